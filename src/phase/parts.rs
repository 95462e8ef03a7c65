//! The parts of a map in a folder, joined into one.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::cell::Cell;
use super::cells::Cells;
use super::error::PhaseError;
use super::store::CellFile;
use crate::numeral::counted;
use crate::shard::{Shard, all_there};

/// All parts of one map, each once.
#[derive(Debug)]
pub struct Parts {
    parts: Vec<Part>,
    made: Value,
    cells: u64,
}

/// A part, as its first line describes it.
#[derive(Debug)]
struct Part {
    path: PathBuf,
    shard: Shard,
    cells: u64,
    made: Value,
}

impl Parts {
    /// The parts in a folder; files that are none, as the companions `._*` of some systems, are
    /// passed over.
    ///
    /// # Errors
    /// A missing, unreadable or foreign part is named.
    pub fn find(folder: &Path) -> Result<Self, PhaseError> {
        let mut parts: Vec<Part> = Vec::new();
        let entries = std::fs::read_dir(folder)
            .map_err(|e| PhaseError::file(folder, format!("cannot be read: {e}")))?;
        for entry in entries.flatten() {
            let path = entry.path();
            if !is_part(&path) {
                continue;
            }
            // Closed again: there may be more parts than a process may open.
            let (file, mut line) = CellFile::with_head(&path, false)?;
            parts.push(Part {
                path,
                shard: file.shard(),
                cells: file.cells(),
                made: line["made"].take(),
            });
        }
        parts.sort_by(|a, b| (a.shard.index, &a.path).cmp(&(b.shard.index, &b.path)));
        let Some(first) = parts.first() else {
            return Err(PhaseError::file(
                folder,
                "holds no parts (files *.part of phase --shard)",
            ));
        };
        for part in &parts {
            agree(part, first)?;
        }
        let all: Vec<(Shard, &Path)> = parts.iter().map(|p| (p.shard, &*p.path)).collect();
        all_there(folder, &all).map_err(|(path, why)| PhaseError::file(&path, why))?;
        let (made, cells) = (first.made.clone(), first.cells);
        Ok(Self { parts, made, cells })
    }

    /// What the first lines say of how the map is made.
    pub fn made(&self) -> &Value {
        &self.made
    }

    /// Cells of the whole map.
    pub fn cells(&self) -> u64 {
        self.cells
    }

    /// Joins the parts in a file that goes with the value.
    ///
    /// # Errors
    /// An unfinished or damaged part is named; a folder that cannot be written to.
    pub fn join(&self, folder: &Path) -> Result<CellFile, PhaseError> {
        let open = |part: &Part| Ok(CellFile::with_head(&part.path, false)?.0);
        for part in &self.parts {
            let faults = open(part)?.faults()?;
            let what = match (faults.damaged, faults.missing) {
                (0, 0) => continue,
                (0, missing) => format!("is not finished ({} missing)", counted(missing, "cell")),
                (damaged, _) => {
                    format!("is damaged (cells that do not fit their checksums: {damaged})")
                }
            };
            return Err(PhaseError::file(
                &part.path,
                format!("{what}: run its command again, which computes what it lacks"),
            ));
        }
        let whole = CellFile::scratch(folder, &self.made, self.cells, Shard::WHOLE)?;
        for part in &self.parts {
            let file = open(part)?;
            for unit in file.shard().units(file.units_of_map()) {
                let cells: Option<Vec<Cell>> = file.read(unit)?.into_iter().collect();
                let changed = || PhaseError::file(&part.path, "has changed while it was read");
                whole.write(unit, 0, &cells.ok_or_else(changed)?)?;
            }
        }
        Ok(whole)
    }
}

/// Whether a file is a part, or has the name of one: `phase-02-of-16.part`.
fn is_part(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let Some(stem) = name
        .strip_suffix(".part")
        .filter(|_| !name.starts_with('.'))
    else {
        return false;
    };
    let numbers = stem
        .strip_prefix("phase-")
        .and_then(|s| s.split_once("-of-"));
    let is_number = |text: &str| text.parse::<u64>().is_ok();
    if numbers.is_some_and(|(index, count)| is_number(index) && is_number(count)) {
        return true;
    }
    // Under another name, as browsers leave them, only if it says that it is one.
    const BEGINNING: &[u8] = b"{\"format\":\"lorode cells ";
    let mut bytes = [0; BEGINNING.len()];
    let read = |mut file: File| file.read_exact(&mut bytes).is_ok();
    path.is_file() && File::open(path).is_ok_and(read) && bytes == BEGINNING
}

/// Refuses a part of another map than the first.
fn agree(part: &Part, first: &Part) -> Result<(), PhaseError> {
    if part.made != first.made || part.cells != first.cells {
        let than = first.path.display();
        let reason = format!("is of another map or version than '{than}'");
        return Err(PhaseError::file(&part.path, reason));
    }
    Ok(())
}
