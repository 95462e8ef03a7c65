//! Where results go: standard output, files, messages.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

pub(super) use super::failed::{Failed, message};
use super::front;
use crate::output::{Figure, FileFormat, Table, printable};
use crate::storage::Temporary;
pub(super) use crate::study::files::stem;
use crate::study::files::{self, Parts, json_text};

/// Writes lines for people to standard output.
pub(super) fn say(text: &str) -> Result<(), Failed> {
    print(&printable::lines(text))
}

/// Writes text to standard output.
pub(super) fn print(text: &str) -> Result<(), Failed> {
    print_bytes(text.as_bytes())
}

fn print_bytes(bytes: &[u8]) -> Result<(), Failed> {
    to_stdout(|out| out.write_all(bytes))
}

/// Writes to standard output piece by piece.
pub(super) fn to_stdout(
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failed> {
    front::printing();
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failed::ClosedPipe),
        Err(error) => Err(Failed::failure(format!(
            "cannot write to standard output: {error}"
        ))),
    }
}

/// Printing of data, of which a part is none: a reader who has gone did not get what was asked for.
pub(super) fn data(printed: Result<(), Failed>) -> Result<(), Failed> {
    match printed {
        Err(Failed::ClosedPipe) => Err(Failed::failure(
            "standard output was closed before all data was written: what was read of it is not whole",
        )),
        other => other,
    }
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
    /// A Parquet file.
    Parquet,
}

impl Format {
    /// The format of files that it is, where that is no text.
    pub(super) fn binary(self) -> Option<FileFormat> {
        match self {
            Format::Npz => Some(FileFormat::Npz),
            Format::Parquet => Some(FileFormat::Parquet),
            Format::Human | Format::Json | Format::Csv => None,
        }
    }

    /// Refuses binary data for a terminal, before anything is computed.
    pub(super) fn check(self) -> Result<(), Failed> {
        let shown = self.binary().filter(|_| io::stdout().is_terminal());
        shown.map_or(Ok(()), |format| {
            let says = format!("{format} is not for a terminal: redirect it to a file");
            Err(Failed::usage(says))
        })
    }
}

/// A result in all its forms.
pub(super) struct Report {
    pub(super) summary: String,
    /// For standard output.
    pub(super) json: Value,
    pub(super) table: Table,
    /// The line on what its files replaced.
    pub(super) replaced: String,
}

impl Report {
    /// Prints the report in the format asked for.
    pub(super) fn print(&self, format: Format) -> Result<(), Failed> {
        say_replaced(format, &self.replaced);
        match format {
            Format::Human => say(&format!("{}{}", self.summary, self.replaced)),
            Format::Json => data(print(&json_text(&self.json)?)),
            Format::Csv => data(print_bytes(&self.table.to_csv()?)),
            Format::Npz => data(print_bytes(&self.table.to_npz()?)),
            Format::Parquet => data(print_bytes(&self.table.to_parquet()?)),
        }
    }

    /// Writes it with its figure and `more` tables in these formats, and says so in the summary, with the line on what
    /// a whole result `replaced`.
    pub(super) fn save(
        &mut self,
        folder: &Path,
        (command, replaced): (&str, &str),
        formats: &[FileFormat],
        figure: Option<&Figure>,
        more: &[(&str, Table)],
    ) -> Result<(), Failed> {
        front::writing();
        let parts = Parts {
            json: &self.json,
            table: &self.table,
            more,
            figure,
            partial: self.json["complete"] == json!(false),
        };
        let files = files::save(folder, command, formats, &parts)?;
        list(&files.notes);
        self.summary.push_str(&files.said());
        if !parts.partial {
            replaced.clone_into(&mut self.replaced);
        }
        Ok(())
    }
}

/// Where standard output is data, the line on what was replaced is a message.
pub(super) fn say_replaced(format: Format, replaced: &str) {
    if format != Format::Human && !replaced.is_empty() {
        message(&format!("lorode: {}", replaced.trim_end()));
    }
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
