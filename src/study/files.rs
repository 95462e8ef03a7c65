//! Results in files: every format, under the name of the command.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::output::printable::shown_path;
use crate::output::{Figure, FileFormat, OutputError, Table, write_atomically};

/// Files that were written.
#[derive(Default)]
pub(crate) struct Written {
    /// Their paths.
    pub(crate) files: Vec<PathBuf>,
    /// What they do not show.
    pub(crate) notes: Vec<String>,
}

impl Written {
    /// The line that names them.
    pub(crate) fn said(&self) -> String {
        let names: Vec<String> = self.files.iter().map(|file| shown_path(file)).collect();
        format!("\nwrote {}\n", names.join(", "))
    }
}

/// Endings of the names of tables.
pub(crate) const ENDINGS: [&str; 2] = ["", "-seeds"];

/// What of a report goes into files.
pub(crate) struct Parts<'a> {
    /// Everything that is known of it.
    pub(crate) json: &'a Value,
    /// Its table.
    pub(crate) table: &'a Table,
    /// Further tables, with the endings of their names.
    pub(crate) more: &'a [(&'a str, Table)],
    /// Its figure.
    pub(crate) figure: Option<&'a Figure>,
    /// Whether it is not the whole answer.
    pub(crate) partial: bool,
}

/// Writes a report in some formats under the name of its command, and names the files. A part of a result has a
/// name of its own, which the complete one removes, and no figure: whoever interrupts does not want to wait.
pub(crate) fn save(
    folder: &Path,
    command: &str,
    formats: &[FileFormat],
    parts: &Parts<'_>,
) -> Result<Written, OutputError> {
    let stem = stem(command, parts.partial);
    let (mut files, mut notes) = (Vec::new(), Vec::new());
    let mut put = |ending: &str, format: FileFormat, bytes: Option<Vec<u8>>| {
        if let Some(bytes) = bytes {
            let path = folder.join(format!("{stem}{ending}.{format}"));
            write_atomically(&path, &bytes)?;
            files.push(path);
        }
        Ok::<(), OutputError>(())
    };
    for format in formats {
        put("", *format, parts.table.encode(*format)?)?;
        if *format == FileFormat::Json {
            put("", *format, Some(json_text(parts.json)?.into_bytes()))?;
        }
    }
    for (ending, table) in parts.more {
        for format in formats {
            put(ending, *format, table.encode(*format)?)?;
        }
    }
    if !parts.partial {
        if let Some(figure) = parts.figure {
            let drawn = save_figure(folder, command, formats, figure)?;
            files.extend(drawn.files);
            notes = drawn.notes;
        }
        remove_partial(folder, command);
    }
    Ok(Written { files, notes })
}

/// Writes a figure in those of some formats that are of figures, and names the files.
pub(crate) fn save_figure(
    folder: &Path,
    command: &str,
    formats: &[FileFormat],
    figure: &Figure,
) -> Result<Written, OutputError> {
    let mut files = Vec::new();
    for format in formats {
        if let Some(bytes) = figure.encode(*format)? {
            let path = folder.join(format!("{command}.{format}"));
            write_atomically(&path, &bytes)?;
            files.push(path);
        }
    }
    let notes = blanks(figure, formats)?.into_iter().collect();
    Ok(Written { files, notes })
}

/// What is to be said of letters that a figure in some of these formats leaves blank.
pub(crate) fn blanks(
    figure: &Figure,
    formats: &[FileFormat],
) -> Result<Option<String>, OutputError> {
    let drawn = [FileFormat::Png, FileFormat::Pdf].into_iter();
    let drawn: Vec<&str> = drawn
        .filter(|format| formats.contains(format))
        .map(FileFormat::name)
        .collect();
    if drawn.is_empty() {
        return Ok(None);
    }
    let missing = figure.missing_letters()?;
    Ok((!missing.is_empty()).then(|| {
        format!(
            "left blank in {}: {missing}, which the font of figures lacks; svg has them, or give other words",
            drawn.join(" and ")
        )
    }))
}

/// Names of the files of a command begin with this.
pub(crate) fn stem(command: &str, partial: bool) -> String {
    let part = if partial { "-partial" } else { "" };
    format!("{command}{part}")
}

/// Removes what an interrupted run of a command left in a folder.
pub(crate) fn remove_partial(folder: &Path, command: &str) {
    let stem = stem(command, true);
    for format in FileFormat::ALL {
        for ending in ENDINGS {
            let _none = std::fs::remove_file(folder.join(format!("{stem}{ending}.{format}")));
        }
    }
}

/// JSON as written to files and standard output; its numbers read back to the same bits.
pub(crate) fn json_text(value: &Value) -> Result<String, OutputError> {
    let mut text = serde_json::to_string_pretty(value)
        .map_err(|error| OutputError::drawing("encode the result as JSON", error))?;
    text.push('\n');
    Ok(text)
}
