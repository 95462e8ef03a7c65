//! What a map takes of disk and memory, and the names of its files.

use std::path::Path;

use serde_json::{Value, json};

use super::Phase;
use crate::error::Error;
use crate::numeral::counted;
use crate::phase::{CellFile, Parts, PhaseError, PhaseMap};
use crate::shard::Shard;
use crate::storage::require_memory;

/// Bytes on disk of a cell in all formats together, about.
const BYTES_PER_CELL: u64 = 120;

/// Refuses what does not fit the memory: rows always, sheets and archives where they are held.
pub(crate) fn check_memory(map: &PhaseMap, refine: bool, archive: bool) -> Result<(), Error> {
    const ROW: f64 = 64.0;
    const SHEET: f64 = 80.0;
    const ARCHIVE: f64 = 27.0;
    let length = |i: usize| map.axes().get(i).map_or(1.0, |a| a.values().len() as f64);
    let sheet = match refine || map.is_column_wise() {
        true => SHEET * length(0) * length(1),
        false => 0.0,
    };
    let archive = match archive {
        true => ARCHIVE * map.cells() as f64,
        false => 0.0,
    };
    let what = format!("a map of {} cells", map.cells());
    let advice = "choose coarser axes, or leave out --refine and --format=npz";
    Ok(require_memory(
        what,
        ROW * length(0) + sheet + archive,
        advice,
    )?)
}

/// What a file of cells says of how it is made.
pub(crate) fn made(parameters: &Value) -> Value {
    json!({ "version": env!("CARGO_PKG_VERSION"), "parameters": parameters })
}

/// Refuses what the disk cannot hold, before anything is computed.
pub(crate) fn check_room(map: &PhaseMap, shard: Shard, folder: &Path) -> Result<(), Error> {
    let cells = map.cells();
    let need = CellFile::bytes(cells, shard).saturating_add(if shard == Shard::WHOLE {
        cells.saturating_mul(BYTES_PER_CELL)
    } else {
        0
    });
    let free = fs4::available_space(folder).unwrap_or(u64::MAX);
    if need > free {
        let folder = folder.to_owned();
        return Err(PhaseError::Disk {
            cells,
            need,
            free,
            folder,
        }
        .into());
    }
    Ok(())
}

/// The map that parts are of.
///
/// # Errors
/// When another version made them, or their axes have other cells.
pub(crate) fn map_of_parts(parts: &Parts, folder: &Path) -> Result<PhaseMap, Error> {
    let (own, folder) = (env!("CARGO_PKG_VERSION"), folder.display());
    let version = parts.made()["version"].as_str().unwrap_or_default();
    if version != own {
        return Err(Error::Unfinished(format!(
            "the parts in '{folder}' are of version {version}, this is {own}: merge with that version"
        )));
    }
    let map = Phase::from_parameters(&parts.made()["parameters"])?.map()?;
    if map.cells() != parts.cells() {
        return Err(Error::Unfinished(format!(
            "the parts in '{folder}' are of {} and their axes have {}: compute them again",
            counted(parts.cells(), "cell"),
            map.cells()
        )));
    }
    Ok(map)
}
