//! A map in files, read from its cells piece by piece.

use std::path::Path;

use super::{Finished, figure, named, write_json};
use crate::error::Error;
use crate::output::{FileFormat, Lattice, stream_atomically, write_atomically};
use crate::phase::{Boundary, CellOutcome, OUTCOMES};
use crate::study::Picture;
use crate::study::files::{Written, blanks, remove_partial, stem};

/// Largest map whose finished part is written beside its file of cells.
const LARGEST_PART: u64 = 100_000;

/// Writes the cells that are finished, for reading: CSV with their rows, JSON with nulls elsewhere.
/// A large map has them in its file of cells only.
pub(crate) fn save_part(finished: &Finished<'_>, folder: &Path, why: &str) -> Result<(), Error> {
    let map = finished.map;
    if map.cells() > LARGEST_PART {
        return Ok(());
    }
    let metadata = finished.metadata(Some(why));
    let words = OUTCOMES.map(CellOutcome::word);
    let read = |first: u64, count: u64| finished.some_cells(first, count);
    let lattice = Lattice {
        axes: named(map),
        name: map.value().number.name,
        words: &words,
        metadata: &metadata,
        read: &read,
    };
    let path = |name: &str| folder.join(format!("{}.{name}", stem("phase", true)));
    stream_atomically(&path("csv"), |out| lattice.write_csv(out))?;
    stream_atomically(&path("json"), |out| {
        write_json(out, finished, &lattice, &[])
    })?;
    Ok(())
}

/// Writes all cells, and the figure as it is asked for, in some formats, and names the files.
pub(crate) fn save(
    finished: &Finished<'_>,
    lattice: &Lattice<'_>,
    lines: &[Boundary],
    (folder, formats): (&Path, &[FileFormat]),
    picture: &Picture,
) -> Result<Written, Error> {
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
                    none => none.insert(picture.on(figure(finished, lines)?)?),
                };
                if let Some(bytes) = figure.encode(*format)? {
                    write_atomically(&path, &bytes)?;
                }
            }
        }
    }
    remove_partial(folder, "phase");
    let notes = drawn.map(|figure| blanks(&figure, formats)).transpose()?;
    Ok(Written {
        files: formats.iter().map(path).collect(),
        notes: notes.flatten().into_iter().collect(),
    })
}
