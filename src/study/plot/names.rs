//! What results are called in a legend.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Map, Value};

use crate::problem::{Grid, Usual};
use crate::study::command_words::given;
use crate::study::in_force::in_force;
use crate::study::parameters::parameters as known;
use crate::study::read::Saved;

/// A name for each: its study where these differ, the parameters in which it differs from others of its study; the
/// name of its file where nothing else tells it from the others.
pub(super) fn of(results: &[(String, Saved)]) -> Vec<String> {
    let all: Vec<_> = results.iter().map(|(_, saved)| parameters(saved)).collect();
    // Axes and curves show grids already.
    let named = by_parameters(results, &all, |value| !is_grid(value));
    let named = match are_apart(&named) {
        true => named,
        false => by_parameters(results, &all, |_| true),
    };
    let files: Vec<String> = results.iter().map(|(file, _)| stem(file)).collect();
    let files: Vec<String> = match are_apart(&files) {
        true => files,
        false => results.iter().map(|(file, _)| file.clone()).collect(),
    };
    let is_lone = |name: &String| named.iter().filter(|other| *other == name).count() == 1;
    let with_file = |(name, file): (&String, &String)| match is_lone(name) {
        true if !name.is_empty() => name.clone(),
        _ if name.is_empty() => file.clone(),
        _ => format!("{name} ({file})"),
    };
    named.iter().zip(&files).map(with_file).collect()
}

/// The study of each where these differ, and the parameters in which it differs from others of its study, as far as
/// their values are wanted. What follows from others by a rule differs with these.
fn by_parameters(
    results: &[(String, Saved)],
    all: &[Map<String, Value>],
    is_wanted: impl Fn(&Value) -> bool,
) -> Vec<String> {
    let studies: BTreeSet<&str> = results.iter().map(|(_, s)| s.study.as_str()).collect();
    let name = |(place, (_, saved)): (usize, &(String, Saved))| {
        let ruled: Vec<&str> = known(&saved.study)
            .into_iter()
            .filter(|one| matches!(one.usual, Usual::Rule(_)))
            .map(|one| one.name)
            .collect();
        let is_given = |key: &str| {
            let mut all = results.iter();
            all.any(|(_, saved)| saved.given.iter().any(|one| one == key))
        };
        let mut parts = Vec::new();
        if studies.len() > 1 {
            parts.push(word(&saved.study).to_owned());
        }
        for (key, value) in all[place].iter().filter(|(_, value)| is_wanted(value)) {
            if ruled.contains(&key.as_str()) && !is_given(key) {
                continue;
            }
            let same = results.iter().zip(all);
            let mut same = same.filter(|((_, other), _)| other.study == saved.study);
            if same.any(|(_, other)| other.get(key) != Some(value)) {
                parts.extend(said(key, value));
            }
        }
        parts.join(", ")
    };
    results.iter().enumerate().map(name).collect()
}

/// Whether no two names are the same.
fn are_apart(names: &[String]) -> bool {
    names.iter().collect::<BTreeSet<_>>().len() == names.len()
}

/// Whether a value stands for several numbers.
fn is_grid(value: &Value) -> bool {
    let grid = value.as_str().map(str::parse::<Grid>);
    grid.is_some_and(|grid| grid.is_ok_and(|grid| grid.values().len() > 1))
}

fn parameters(saved: &Saved) -> Map<String, Value> {
    let given = given(&saved.study, &saved.command);
    in_force(&saved.study, &given.into())
}

/// A parameter and its value; of a list of links nothing, as curves are named by them.
fn said(key: &str, value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(true) => return Some(key.to_owned()),
        _ => return None,
    };
    match key {
        "link" | "teacher" | "student" => Some(text),
        _ => Some(format!("{key} = {}", text.trim_end_matches(".0"))),
    }
}

fn word(study: &str) -> &str {
    match study {
        "solve" => "theory",
        "simulate" => "SGD",
        other => other,
    }
}

fn stem(file: &str) -> String {
    let stem = Path::new(file).file_stem();
    stem.map_or(file.to_owned(), |stem| stem.to_string_lossy().into_owned())
}
