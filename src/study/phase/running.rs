//! A map whose cells are in a file while it is computed, so that it can be broken off.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Finished, check_room, made, save_part};
use crate::error::Error;
use crate::numeral::counted;
use crate::phase::{CellFile, Cells as _, PhaseError, PhaseMap, Refinement, Unwritten, compute};
use crate::shard::Shard;
use crate::study::part::part_name;
use crate::study::words::interrupted;
use crate::watch::Watch;

/// Cells on disk while a map is computed.
const CELLS: &str = "phase.cells";

/// A map that is being computed.
pub(crate) struct Running {
    map: PhaseMap,
    file: CellFile,
    unwritten: Unwritten,
    /// Where its results go; without one its cells are kept only while it is computed.
    folder: Option<PathBuf>,
    /// The file of its cells, where it has a name.
    path: Option<PathBuf>,
    part: Option<Shard>,
    parameters: Value,
}

impl Running {
    /// The map, or a part of it, with the file of its cells in `folder`: new, or taken up where that is asked
    /// for by `resume`, as that of a part always is. With what there is to say of it.
    ///
    /// # Errors
    /// A map that the disk has no room for; a file that is not of it, that another run has, or that is not to
    /// be taken up.
    pub(crate) fn begin(
        map: PhaseMap,
        parameters: Value,
        part: Option<Shard>,
        (folder, resume): (Option<PathBuf>, bool),
    ) -> Result<(Self, Option<String>), Error> {
        let shard = part.unwrap_or(Shard::WHOLE);
        let place = folder.clone().unwrap_or_else(std::env::temp_dir);
        check_room(&map, shard, &place)?;
        let made = made(&parameters);
        let path = folder.as_ref().map(|folder| match part {
            Some(shard) => folder.join(part_name("phase", shard)),
            None => folder.join(CELLS),
        });
        let (file, said) = match &path {
            None => (CellFile::scratch(&place, &made, map.cells(), shard)?, None),
            Some(path) => {
                let is_new = path.symlink_metadata().is_err();
                if !is_new && !resume && part.is_none() && !CellFile::is_busy(path) {
                    return Err(Error::Setting(format!(
                        "an unfinished map is in '{}': go on with it by --resume, or remove it",
                        path.display()
                    )));
                }
                let file = match is_new {
                    true => CellFile::create(path, &made, map.cells(), shard),
                    // A part that is there already is not computed twice.
                    false => CellFile::open(path, &made, map.cells(), shard),
                };
                let file = file.map_err(|error| Error::Setting(error.to_string()))?;
                let said = if is_new { None } else { mended(&file, path)? };
                (file, said)
            }
        };
        let running = Self {
            map,
            file,
            unwritten: Unwritten::default(),
            folder,
            path,
            part,
            parameters,
        };
        Ok((running, said))
    }

    /// Computes the cells that are missing.
    ///
    /// # Errors
    /// As [`compute`]; what is finished of a map that was broken off is still to be [kept](Self::keep).
    pub(crate) fn compute(
        &self,
        refine: bool,
        watch: &dyn Watch,
    ) -> Result<Option<Refinement>, PhaseError> {
        let (map, file, unwritten) = (&self.map, &self.file, &self.unwritten);
        match refine {
            true => map.compute_refined(file, watch, unwritten).map(Some),
            false => compute(map, file, watch, unwritten).map(|()| None),
        }
    }

    /// Keeps what is finished of a map that is broken off, and says where.
    pub(crate) fn keep(&self) -> Error {
        let count = |cells: u64| usize::try_from(cells).unwrap_or(usize::MAX);
        let done = self.unwritten.done();
        let why = interrupted(count(done), count(self.file.own_cells()), "cell");
        let Some(folder) = &self.folder else {
            return Error::Unfinished(format!("{why}; without --out nothing is kept"));
        };
        let mut kept = self.unwritten.write(&self.file).map_err(Error::from);
        if self.part.is_none() && done > 0 {
            kept = kept.and_then(|()| save_part(&self.finished(None), folder, &why));
        }
        Error::Unfinished(match kept {
            Ok(()) => format!("{why} and kept; --resume goes on with them"),
            Err(error) => format!("{why}; {error}"),
        })
    }

    /// The map with its cells.
    pub(crate) fn finished(&self, refinement: Option<Refinement>) -> Finished<'_> {
        Finished {
            map: &self.map,
            file: &self.file,
            parameters: &self.parameters,
            refinement,
        }
    }

    /// Where its results go.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// What is said of a part that is finished.
    pub(crate) fn part_in_words(&self) -> Option<String> {
        let (part, path) = (self.part?, self.path.as_ref()?);
        let cells = counted(self.map.cells(), "cell");
        Some(format!("part {part} of {cells}: {}\n", path.display()))
    }

    /// Removes the file of the cells, once the results are written.
    pub(crate) fn clear(&self) {
        if let Some(path) = &self.path {
            let _gone = std::fs::remove_file(path);
        }
    }
}

/// What is said of a file that lost cells.
fn mended(file: &CellFile, path: &Path) -> Result<Option<String>, Error> {
    let damaged = file.faults()?.damaged;
    let path = path.display();
    Ok((damaged > 0).then(|| {
        format!(
            "'{path}' is damaged: cells that do not fit their checksums are computed again ({damaged})"
        )
    }))
}

/// The cells of a map in a folder, with those that an earlier run had finished.
///
/// # Errors
/// A disk without room; a file that is of another map, or that another run has.
pub(super) fn cached(map: &PhaseMap, parameters: &Value, folder: &Path) -> Result<CellFile, Error> {
    let refused = |error: &dyn std::fmt::Display| {
        Error::Setting(format!(
            "cache = '{}' is not allowed: {error}",
            folder.display()
        ))
    };
    std::fs::create_dir_all(folder).map_err(|error| refused(&error))?;
    check_room(map, Shard::WHOLE, folder)?;
    let (path, made) = (folder.join(CELLS), made(parameters));
    let file = match path.symlink_metadata() {
        Ok(_) => CellFile::open(&path, &made, map.cells(), Shard::WHOLE),
        Err(_) => CellFile::create(&path, &made, map.cells(), Shard::WHOLE),
    };
    file.map_err(|error| refused(&error))
}
