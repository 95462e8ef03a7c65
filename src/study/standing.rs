//! What stands in a folder where a result is to be written: whether it may be replaced, and whose it is.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::command_words::words;
use super::files::{ENDINGS, stem};
use super::found::{Found, found};
pub(crate) use super::other_problem::Command;
use super::other_problem::differing;
use crate::error::Error;
use crate::output::FileFormat;
use crate::output::printable::shown_path;

/// Formats, those first that say best how they were made.
const BY_WORD: [FileFormat; 7] = [
    FileFormat::Json,
    FileFormat::Npz,
    FileFormat::Parquet,
    FileFormat::Csv,
    FileFormat::Png,
    FileFormat::Pdf,
    FileFormat::Svg,
];

/// A folder for the files of a command.
pub(crate) struct Destination<'a> {
    pub(crate) folder: &'a Path,
    /// What the names of the files begin with.
    pub(crate) name: &'a str,
    pub(crate) formats: &'a [FileFormat],
    /// The command that makes them.
    pub(crate) command: Command,
    /// Whether the folder was named by the user: a result in it is kept unless it is of the same problem.
    pub(crate) is_named: bool,
    /// Whether any result of ours may be replaced.
    pub(crate) force: bool,
}

impl Destination<'_> {
    /// Looks at what is there before anything is computed, and returns the line on the result that will be replaced,
    /// if it is that of another command; else nothing.
    ///
    /// # Errors
    /// A file that does not say that lorode made it; in a named folder the result of another problem.
    pub(crate) fn claim(&self) -> Result<String, Error> {
        let mut known: Option<String> = None;
        for (path, format, is_partial) in self.candidates() {
            // A link is replaced, not followed; what is no file is refused when it is written to.
            if !path.symlink_metadata().is_ok_and(|there| there.is_file()) {
                continue;
            }
            match found(&path, format) {
                Found::Foreign if is_partial || self.formats.contains(&format) => {
                    return Err(self.foreign(&path));
                }
                // The first file says whose the others are: a figure breaks its command into lines.
                Found::Made(line, history) if !is_partial && known.is_none() => {
                    let theirs = Command { line, history };
                    let differs = differing(&theirs, &self.command);
                    if let Some(differs) = differs.filter(|_| self.is_named && !self.force) {
                        return Err(self.other(&path, &differs));
                    }
                    known = Some(theirs.line);
                }
                _ => {}
            }
        }
        let other = known.filter(|command| *command != self.command.line);
        Ok(other.map_or_else(String::new, |old| {
            format!("replaced the result of `{old}`\n")
        }))
    }

    /// All files that may be written, replaced or removed, those of parts last.
    fn candidates(&self) -> Vec<(PathBuf, FileFormat, bool)> {
        let mut all = Vec::new();
        for is_partial in [false, true] {
            for ending in ENDINGS {
                let name = stem(self.name, is_partial) + ending;
                let path = |format| self.folder.join(format!("{name}.{format}"));
                all.extend(BY_WORD.map(|format| (path(format), format, is_partial)));
            }
        }
        all
    }

    fn foreign(&self, path: &Path) -> Error {
        Error::Setting(format!(
            "'{}' does not say that lorode made it, and is left alone: move it, or give another --out",
            shown_path(path)
        ))
    }

    fn other(&self, path: &Path, differs: &str) -> Error {
        Error::Setting(format!(
            "'{}' holds the result of another problem ({differs}): give another --out, or --force to replace it",
            shown_path(path)
        ))
    }
}

/// Looks at a file that a result is to be written to, and is content with one that is empty.
///
/// # Errors
/// A file that does not say that lorode made it; without `force` the complete result of another problem.
pub(crate) fn claim_file(
    path: &Path,
    format: FileFormat,
    metadata: &Value,
    force: bool,
) -> Result<(), Error> {
    // A link is replaced, not followed; what is no file is refused when it is written to.
    let there = path.symlink_metadata().ok();
    if !there.is_some_and(|there| there.is_file() && there.len() > 0) {
        return Ok(());
    }
    let shown = shown_path(path);
    let Found::Made(line, history) = found(path, format) else {
        return Err(Error::Setting(format!(
            "'{shown}' does not say that lorode made it, and is left alone: move it, or give another path"
        )));
    };
    let theirs = Command { line, history };
    let ours = Command {
        line: metadata["command"].as_str().unwrap_or_default().to_owned(),
        history: metadata["parameters"].get("history").cloned(),
    };
    let study = |command: &Command| words(&command.line).into_iter().nth(1).map(str::to_owned);
    let (there, here) = (study(&theirs), study(&ours));
    let studies = (there != here).then(|| {
        let named = |study: Option<String>| study.unwrap_or_default();
        format!("study there: {}, here: {}", named(there), named(here))
    });
    match studies
        .or_else(|| differing(&theirs, &ours))
        .filter(|_| !force)
    {
        None => Ok(()),
        Some(differs) => Err(Error::Setting(format!(
            "'{shown}' holds the result of another problem ({differs}): give another path, or force to replace it"
        ))),
    }
}
