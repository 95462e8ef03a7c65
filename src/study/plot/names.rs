//! What results are called in a legend.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::study::command_words::given;
use crate::study::in_force::in_force;
use crate::study::read::Saved;

/// A name for each: its study where these differ, the parameters in which it differs from others of its study; the
/// name of its file where nothing else tells it from the others.
pub(super) fn of(results: &[(String, Saved)]) -> Vec<String> {
    let studies: BTreeSet<&str> = results.iter().map(|(_, s)| s.study.as_str()).collect();
    let all: Vec<_> = results.iter().map(|(_, saved)| parameters(saved)).collect();
    let name = |(place, (_, saved)): (usize, &(String, Saved))| {
        let mut parts = Vec::new();
        if studies.len() > 1 {
            parts.push(word(&saved.study).to_owned());
        }
        for (key, value) in &all[place] {
            let same = results.iter().zip(&all);
            let mut same = same.filter(|((_, other), _)| other.study == saved.study);
            if same.any(|(_, other)| other.get(key) != Some(value)) {
                parts.extend(said(key, value));
            }
        }
        parts.join(", ")
    };
    let names: Vec<String> = results.iter().enumerate().map(name).collect();
    let is_lone = |name: &String| names.iter().filter(|other| *other == name).count() == 1;
    let with_file = |(name, (file, _)): (&String, &(String, Saved))| match is_lone(name) {
        true if !name.is_empty() => name.clone(),
        _ if name.is_empty() => stem(file),
        _ => format!("{name} ({})", stem(file)),
    };
    names.iter().zip(results).map(with_file).collect()
}

fn parameters(saved: &Saved) -> serde_json::Map<String, Value> {
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
