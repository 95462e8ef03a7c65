//! What `lorode phase` and `lorode merge` print and write, read from the file of cells piece by
//! piece.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::emit::{Failed, Format, data, message, say, written};
use super::front;
use super::options::OutputOptions;
use super::progress::Progress;
use crate::error::Error;
use crate::output::{FileFormat, Lattice};
use crate::phase::{CellOutcome, OUTCOMES, boundaries};
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
    let mut files = Vec::new();
    if let Some(folder) = folder {
        let formats = output.saved(&FileFormat::OF_MAPS);
        front::writing();
        files = save(
            finished,
            &lattice,
            &lines,
            (folder, &formats),
            &output.files.picture,
        )?;
    }
    for warning in warnings(finished.map) {
        message(&format!("lorode: warning: {warning}"));
    }
    match output.format {
        Format::Human => say(&(summary(finished, &lines)? + &written(&files) + replaced)),
        Format::Json => to_stdout(|out| write_json(out, finished, &lattice, &lines)),
        Format::Csv => to_stdout(|out| lattice.write_csv(out)),
        Format::Npz => {
            let mut bytes = io::Cursor::new(Vec::new());
            lattice.write_npz(&mut bytes).map_err(Failed::failure)?;
            to_stdout(|out| out.write_all(bytes.get_ref()))
        }
    }
}

fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failed> {
    front::printing();
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => data(Err(Failed::ClosedPipe)),
        Err(error) => Err(Failed::Failure(format!(
            "cannot write to standard output: {error}"
        ))),
    }
}
