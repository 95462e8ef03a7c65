//! Where results go: standard output, files, messages.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

pub(super) use super::failed::{Failed, message};
use super::front;
use crate::output::printable::{self, shown_path};
use crate::output::{Figure, FileFormat, Table, write_atomically};
use crate::storage::Temporary;
pub(super) use crate::study::provenance::provenance;
pub(super) use crate::study::words::interrupted;

/// Writes lines for people to standard output.
pub(super) fn say(text: &str) -> Result<(), Failed> {
    print(&printable::lines(text))
}

/// Writes text to standard output.
pub(super) fn print(text: &str) -> Result<(), Failed> {
    print_bytes(text.as_bytes())
}

fn print_bytes(bytes: &[u8]) -> Result<(), Failed> {
    front::printing();
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failed::ClosedPipe),
        Err(error) => Err(Failed::Failure(format!(
            "cannot write to standard output: {error}"
        ))),
    }
}

/// Printing of data, of which a part is none: a reader who has gone did not get what was asked for.
pub(super) fn data(printed: Result<(), Failed>) -> Result<(), Failed> {
    printed.map_err(|failed| match failed {
        Failed::ClosedPipe => Failed::failure(
            "standard output was closed before all data was written: what was read of it is not whole",
        ),
        other => other,
    })
}

/// How a result goes to standard output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// A short summary to read.
    #[default]
    Human,
    /// One JSON object.
    Json,
    /// Comma-separated values, one header line.
    Csv,
    /// A numpy archive.
    Npz,
}

impl Format {
    /// Refuses binary data for a terminal, before anything is computed.
    pub(super) fn check(self) -> Result<(), Failed> {
        if self == Format::Npz && io::stdout().is_terminal() {
            return Err(Failed::usage(
                "a numpy archive is not for a terminal: redirect it to a file",
            ));
        }
        Ok(())
    }
}

/// A result in all its forms.
pub(super) struct Report {
    pub(super) summary: String,
    /// For standard output.
    pub(super) json: Value,
    pub(super) table: Table,
}

impl Report {
    /// Prints the report in the format asked for.
    pub(super) fn print(&self, format: Format) -> Result<(), Failed> {
        match format {
            Format::Human => say(&self.summary),
            Format::Json => data(print(&json_text(&self.json)?)),
            Format::Csv => data(print_bytes(&self.table.to_csv()?)),
            Format::Npz => data(print_bytes(&self.table.to_npz()?)),
        }
    }

    /// Marks a part of a result as one, in every form, and says why it is no more.
    pub(super) fn mark_partial(&mut self, why: &str) {
        for description in [&mut self.json, &mut self.table.metadata] {
            if let Some(map) = description.as_object_mut() {
                map.insert("complete".into(), json!(false));
                map.insert("why".into(), json!(why));
            }
        }
        self.summary.push_str(&format!("\n{why}\n"));
    }

    fn is_partial(&self) -> bool {
        self.json["complete"] == json!(false)
    }

    /// Writes data, figure and `more` tables (with their endings) in these formats under the name of the command,
    /// and says so in the summary. A part of a result has a name of its own, which the complete one removes,
    /// and no figure: whoever interrupts does not want to wait.
    pub(super) fn save(
        &mut self,
        folder: &Path,
        command: &str,
        formats: &[FileFormat],
        figure: Option<&Figure>,
        more: &[(&str, Table)],
    ) -> Result<(), Failed> {
        let stem = stem(command, self.is_partial());
        let mut files = Vec::new();
        let mut put = |ending: &str, format: FileFormat, bytes: Option<Vec<u8>>| {
            if let Some(bytes) = bytes {
                files.push(write(folder, &format!("{stem}{ending}.{format}"), &bytes)?);
            }
            Ok::<(), Failed>(())
        };
        for format in formats {
            put("", *format, self.table.encode(*format)?)?;
            if *format == FileFormat::Json {
                put("", *format, Some(json_text(&self.json)?.into_bytes()))?;
            }
        }
        for (ending, table) in more {
            for format in formats {
                put(ending, *format, table.encode(*format)?)?;
            }
        }
        if !self.is_partial() {
            for (figure, format) in figure
                .iter()
                .flat_map(|f| formats.iter().map(move |k| (f, k)))
            {
                put("", *format, figure.encode(*format)?)?;
            }
            remove_partial(folder, command);
        }
        self.summary.push_str(&written(&files));
        Ok(())
    }
}

/// Names of the files of a command begin with this.
pub(super) fn stem(command: &str, is_partial: bool) -> String {
    let part = if is_partial { "-partial" } else { "" };
    format!("{command}{part}")
}

/// Removes what an interrupted run of a command left in a folder.
pub(super) fn remove_partial(folder: &Path, command: &str) {
    let stem = stem(command, true);
    for format in FileFormat::ALL {
        for ending in ["", "-seeds"] {
            let _none = std::fs::remove_file(folder.join(format!("{stem}{ending}.{format}")));
        }
    }
}

/// The line that names the files written.
pub(super) fn written(files: &[PathBuf]) -> String {
    let names: Vec<String> = files.iter().map(|f| shown_path(f)).collect();
    format!("\nwrote {}\n", names.join(", "))
}

/// Most lines of a kind on standard error.
const MOST_MESSAGES: usize = 5;

/// A line for each failure, the first few in full and a count of the others.
pub(super) fn list(failures: &[String]) {
    for failure in failures.iter().take(MOST_MESSAGES) {
        message(&format!("lorode: {failure}"));
    }
    let more = failures.len().saturating_sub(MOST_MESSAGES);
    if more > 0 {
        message(&format!("lorode: and {more} more like these"));
    }
}

/// JSON as written to files and standard output; its numbers read back to the same bits.
pub(super) fn json_text(value: &Value) -> Result<String, Failed> {
    let mut text = serde_json::to_string_pretty(value).map_err(Failed::failure)?;
    text.push('\n');
    Ok(text)
}

/// A folder that can be written to, made if need be, so that no result is computed in vain.
pub(super) fn writable_folder(path: &Path) -> Result<PathBuf, Failed> {
    let refuse = |error: io::Error| {
        Failed::Usage(format!(
            "the output directory '{}' is not writable: {error}; give another one with --out",
            path.display()
        ))
    };
    std::fs::create_dir_all(path).map_err(refuse)?;
    // Removed again at once.
    Temporary::in_folder(path).map_err(refuse)?;
    Ok(path.to_owned())
}

/// Writes one file of a result, whole or not at all.
pub(super) fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, Failed> {
    front::writing();
    let path = folder.join(name);
    write_atomically(&path, bytes)?;
    Ok(path)
}
