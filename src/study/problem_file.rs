//! Files of keys (TOML): problems with the keys of the options, tasks and stages, styles of figures.

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::problem::{ProblemOptions, located};
use crate::storage::{input_at_most, read_at_most};
use crate::study::train::{HistoryOptions, STANDARD_INPUT};

/// Bytes of the longest problem file: a thousand times the longest that anybody wrote.
const LONGEST: u64 = 1 << 20;

/// Reads a problem file.
pub(crate) fn read(path: &Path) -> Result<ProblemOptions, Error> {
    let (mut options, _) = keyed::<ProblemOptions>(path, "problem")?;
    for links in [
        &mut options.link,
        &mut options.teacher,
        &mut options.student,
    ] {
        place(links, path);
    }
    Ok(options)
}

/// Whether a file has tasks or stages; one that cannot be read is a problem's, and refused as such, and so is a pipe, which
/// can be read but once. The standard input is taken for a history: problems have flags.
pub(crate) fn is_history(path: &Path) -> bool {
    if path == Path::new(STANDARD_INPUT) {
        return true;
    }
    if !path.is_file() {
        return false;
    }
    let bytes = read_at_most(path, LONGEST).unwrap_or_default();
    let keys: Option<toml::Table> = toml::from_str(&String::from_utf8_lossy(&bytes)).ok();
    keys.is_some_and(|keys| keys.contains_key("stage") || keys.contains_key("tasks"))
}

/// Reads a file of tasks and stages.
pub(crate) fn read_history(path: &Path) -> Result<HistoryOptions, Error> {
    let (mut options, _) = keyed::<HistoryOptions>(path, "history")?;
    let own = [&mut options.link, &mut options.student];
    place(own.into_iter().flatten(), path);
    let tasks = options.tasks.values_mut();
    place(tasks.filter_map(|task| task.link.as_mut()), path);
    Ok(options)
}

impl HistoryOptions {
    /// The text of a file of `lorode train` that holds these tasks and stages.
    ///
    /// ```
    /// use lorode::study::train::HistoryOptions;
    ///
    /// let json = r#"{"link": "erf", "tasks": {"target": {}}, "stage": [{"task": "target", "until": {"t": 5}}]}"#;
    /// let history: HistoryOptions = serde_json::from_str(json)?;
    /// assert!(history.toml()?.contains("[stage.until]\nt = 5"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Keys that TOML cannot write.
    pub fn toml(&self) -> Result<String, Error> {
        toml::to_string(self).map_err(|error| Error::Setting(error.to_string()))
    }
}

/// Tables of links are looked for beside the file.
fn place<'a>(links: impl IntoIterator<Item = &'a mut String>, path: &Path) {
    let folder = path.parent().unwrap_or(Path::new(""));
    links
        .into_iter()
        .for_each(|text| *text = located(text, folder));
}

/// Reads a file of keys of some kind: what it says, and its keys.
pub(crate) fn keyed<T: DeserializeOwned>(
    path: &Path,
    kind: &str,
) -> Result<(T, Vec<String>), Error> {
    let name = path.display();
    let refuse = |error: &dyn std::fmt::Display| {
        Error::Setting(format!("cannot read the {kind} file '{name}': {error}"))
    };
    let bytes = match path == Path::new(STANDARD_INPUT) {
        true => input_at_most(LONGEST),
        false => read_at_most(path, LONGEST),
    };
    let bytes = bytes.map_err(|error| refuse(&error))?;
    let text = String::from_utf8(bytes).map_err(|_| refuse(&"it is no text (UTF-8)"))?;
    let read = toml::from_str(&text).map_err(|error| {
        let line = error
            .span()
            .map_or(1, |span| 1 + text[..span.start].matches('\n').count());
        let place = error
            .span()
            .and_then(|span| text.get(span))
            .unwrap_or_default();
        let mut what = explain(error.message());
        if what == "duplicate key" {
            what = format!("duplicate key '{place}': give each key once");
        }
        let key = error.span().and_then(|span| key_at(&text, span.start));
        let key = key.filter(|key| !what.contains(&format!("'{key}'")));
        let place = key.map_or(String::new(), |key| format!("{key}: "));
        Error::Setting(format!("{name}:{line}: {place}{what}"))
    });
    let read = read?;
    let keys: toml::Table = toml::from_str(&text).map_err(|error| refuse(&error.message()))?;
    Ok((read, keys.keys().cloned().collect()))
}

/// The key of the line that holds a place in a text.
fn key_at(text: &str, place: usize) -> Option<&str> {
    let start = text.get(..place)?.rfind('\n').map_or(0, |at| at + 1);
    let (key, _) = text.get(start..)?.lines().next()?.split_once('=')?;
    let key = key.trim();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    (!key.is_empty() && key.chars().all(plain)).then_some(key)
}

/// Similarity, in thousandths, of a name that may have been meant.
const MEANT: i64 = 700;

/// One line; for an unknown key, the nearest allowed one first.
fn explain(message: &str) -> String {
    let message = message.trim().replace('\n', " ");
    let mut names = message.split('`').skip(1).step_by(2);
    if !message.starts_with("unknown field") {
        return message;
    }
    let Some(unknown) = names.next() else {
        return message;
    };
    // Aliases (underscores, eta) are understood but not advertised.
    let allowed: Vec<&str> = names.filter(|n| !n.contains('_') && *n != "eta").collect();
    let similarity = |name: &&&str| {
        let contained = name.len() > 2 && (unknown.contains(**name) || name.contains(unknown));
        let score = strsim::jaro_winkler(unknown, name);
        (1000.0 * if contained { score.max(0.95) } else { score }) as i64
    };
    let nearest = allowed.iter().max_by_key(similarity);
    let meant = match nearest.filter(|name| similarity(name) > MEANT) {
        Some(nearest) => format!("did you mean '{nearest}'? "),
        None => String::new(),
    };
    let stages = match allowed.contains(&"stage") {
        true => "; keys of a problem, as lr and dim, stand in every [[stage]]",
        false => "",
    };
    format!(
        "unknown key '{unknown}': {meant}allowed are {}{stages}",
        allowed.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_comes_back_from_its_text() {
        let text = include_str!("../../examples/how-long-to-pretrain.toml");
        let read: HistoryOptions = toml::from_str(text).unwrap();
        let again: HistoryOptions = toml::from_str(&read.toml().unwrap()).unwrap();
        assert_eq!((again.stages.len(), &again), (2, &read));
    }

    #[test]
    fn an_unknown_key_names_the_nearest() {
        let error = toml::from_str::<ProblemOptions>("link = \"erf\"\nangel = 3.0\n").unwrap_err();
        let text = explain(error.message());
        assert!(text.starts_with("unknown key 'angel': did you mean 'angle'? allowed are link,"));
    }
}
