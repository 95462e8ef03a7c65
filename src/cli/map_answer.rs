//! What `lorode phase` and `lorode merge` print and write, read from the file of cells piece by
//! piece.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::emit::{Failed, Format, data, message, provenance, remove_partial, say, stem, written};
use super::front;
use super::options::OutputOptions;
use super::progress::Progress;
use crate::error::Error;
use crate::output::{FileFormat, Lattice, stream_atomically, write_atomically};
use crate::phase::{Boundary, CellOutcome, OUTCOMES, boundaries, read_cells};
use crate::study::phase::{Finished, figure, in_lattice, named, summary, warnings, write_json};

/// Writes all files and prints what was asked for.
pub(super) fn deliver(
    finished: &Finished<'_>,
    folder: Option<&Path>,
    output: &OutputOptions,
) -> Result<(), Failed> {
    let progress = Progress::new();
    let lines = boundaries(finished.map, finished.file, &progress).map_err(Error::from)?;
    progress.end();
    let metadata = provenance("phase", finished.parameters);
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
        files = save(finished, &lattice, &lines, folder, &formats)?;
    }
    for warning in warnings(finished.map) {
        message(&format!("lorode: warning: {warning}"));
    }
    match output.format {
        Format::Human => say(&(summary(finished, &lines)? + &written(&files))),
        Format::Json => to_stdout(|out| write_json(out, finished, &lattice, &lines)),
        Format::Csv => to_stdout(|out| lattice.write_csv(out)),
        Format::Npz => {
            let mut bytes = io::Cursor::new(Vec::new());
            lattice.write_npz(&mut bytes).map_err(Failed::failure)?;
            to_stdout(|out| out.write_all(bytes.get_ref()))
        }
    }
}

/// Largest map whose finished part is written beside its file of cells.
const LARGEST_PART: u64 = 100_000;

/// Writes the cells that are finished, for reading: CSV with their rows, JSON with nulls elsewhere.
/// A large map has them in its file of cells only.
pub(super) fn save_part(finished: &Finished<'_>, folder: &Path, why: &str) -> Result<(), Failed> {
    let map = finished.map;
    if map.cells() > LARGEST_PART {
        return Ok(());
    }
    let mut metadata = provenance("phase", finished.parameters);
    if let Some(metadata) = metadata.as_object_mut() {
        metadata.insert("complete".into(), json!(false));
        metadata.insert("why".into(), json!(why));
    }
    let words = OUTCOMES.map(CellOutcome::word);
    let read = |first: u64, count: u64| {
        let cells = read_cells(map, finished.file, first, count).map_err(io::Error::other)?;
        Ok(cells.into_iter().map(in_lattice).collect())
    };
    let lattice = Lattice {
        axes: named(map),
        name: map.value().number.name,
        words: &words,
        metadata: &metadata,
        read: &read,
    };
    front::writing();
    let path = |name: &str| folder.join(format!("{}.{name}", stem("phase", true)));
    stream_atomically(&path("csv"), |out| lattice.write_csv(out))?;
    stream_atomically(&path("json"), |out| {
        write_json(out, finished, &lattice, &[])
    })?;
    Ok(())
}

/// The cells and the figure in these formats.
fn save(
    finished: &Finished<'_>,
    lattice: &Lattice<'_>,
    lines: &[Boundary],
    folder: &Path,
    formats: &[FileFormat],
) -> Result<Vec<PathBuf>, Failed> {
    front::writing();
    let path = |format: &FileFormat| folder.join(format!("phase.{format}"));
    let mut drawn = None;
    for format in formats {
        let path = path(format);
        match format {
            FileFormat::Csv => stream_atomically(&path, |out| lattice.write_csv(out))?,
            FileFormat::Json => {
                stream_atomically(&path, |out| write_json(out, finished, lattice, lines))?;
            }
            FileFormat::Npz => stream_atomically(&path, |out| lattice.write_npz(out))?,
            FileFormat::Parquet => stream_atomically(&path, |out| lattice.write_parquet(out))?,
            FileFormat::Svg | FileFormat::Png | FileFormat::Pdf => {
                let figure = match &mut drawn {
                    Some(figure) => figure,
                    none => none.insert(figure(finished, lines)?),
                };
                if let Some(bytes) = figure.encode(*format)? {
                    write_atomically(&path, &bytes)?;
                }
            }
        }
    }
    remove_partial(folder, "phase");
    Ok(formats.iter().map(path).collect())
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
