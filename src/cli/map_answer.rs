//! What `lorode phase` and `lorode merge` print and write, read from the file of cells piece by
//! piece.

use std::path::Path;

use super::emit::{Failed, Format, data, list, message, say, say_replaced, to_stdout};
use super::front;
use super::options::OutputOptions;
use super::progress::Progress;
use crate::error::Error;
use crate::output::{FileFormat, Lattice};
use crate::phase::{CellOutcome, OUTCOMES, boundaries};
use crate::study::files::Written;
use crate::study::phase::{Finished, named, save, summary, warnings, write_json};

/// Writes all files and prints what was asked for.
pub(super) fn deliver(
    finished: &Finished<'_>,
    (folder, replaced): (Option<&Path>, &str),
    output: &OutputOptions,
) -> Result<(), Failed> {
    let progress = Progress::new();
    let lines = boundaries(finished.map, finished.file, &progress).map_err(Error::from)?;
    progress.end();
    let metadata = finished.metadata(None);
    let words = OUTCOMES.map(CellOutcome::word);
    let read = |first: u64, count: u64| finished.cells(first, count);
    let lattice = Lattice {
        axes: named(finished.map),
        name: finished.map.value().number.name,
        words: &words,
        metadata: &metadata,
        read: &read,
    };
    let mut files = Written::default();
    if let Some(folder) = folder {
        let formats = output.saved(&FileFormat::OF_MAPS);
        front::writing();
        let picture = &output.files.picture;
        files = save(finished, &lattice, &lines, (folder, &formats), picture)?;
    }
    list(&files.notes);
    for warning in warnings(finished.map) {
        message(&format!("lorode: warning: {warning}"));
    }
    say_replaced(output.format, replaced);
    match output.format {
        Format::Human => say(&(summary(finished, &lines)? + &files.said() + replaced)),
        Format::Json => data(to_stdout(|out| write_json(out, finished, &lattice, &lines))),
        Format::Csv => data(to_stdout(|out| lattice.write_csv(out))),
        Format::Npz | Format::Parquet => {
            let bytes = output.format.binary().map(|format| lattice.encode(format));
            let bytes = bytes.transpose().map_err(Failed::failure)?;
            data(to_stdout(|out| out.write_all(&bytes.unwrap_or_default())))
        }
    }
}
