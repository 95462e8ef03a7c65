//! Computing the cells of a map on all cores, into its file.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::cell::{Cell, CellOutcome};
use super::error::PhaseError;
use super::map::{PairMemory, PhaseMap};
use super::store::{CellFile, UNIT};

/// A unit that takes longer writes what it has so far this often.
const WRITE: Duration = Duration::from_secs(1);

/// What the caller sees while a map is computed.
pub struct Watch<'a> {
    /// Set it to have the computation end early; what is finished is kept.
    pub interrupted: &'a AtomicBool,
    /// Called with the number of cells that are done.
    pub advanced: &'a (dyn Fn(u64) + Sync),
}

impl PhaseMap {
    /// Which cell of the map stands at a place of the file: row by row, or column by column where
    /// the cells of a column share a link.
    pub(super) fn cell_at(&self, place: u64) -> u64 {
        if !self.is_column_wise() {
            return place;
        }
        let (nx, ny) = (self.length(0), self.length(1));
        let (sheet, rest) = (place / (nx * ny), place % (nx * ny));
        sheet * nx * ny + (rest % ny) * nx + rest / ny
    }

    /// The inverse of [`cell_at`](Self::cell_at).
    pub(super) fn place_of(&self, cell: u64) -> u64 {
        if !self.is_column_wise() {
            return cell;
        }
        let (nx, ny) = (self.length(0), self.length(1));
        let (sheet, rest) = (cell / (nx * ny), cell % (nx * ny));
        sheet * nx * ny + (rest % nx) * ny + rest / nx
    }

    fn length(&self, axis: usize) -> u64 {
        self.axes().get(axis).map_or(1, |a| a.values().len() as u64)
    }
}

/// Computes what a file of cells lacks. Results do not depend on the number of
/// threads, nor on how often the computation was broken off.
///
/// # Errors
/// [`PhaseError::Interrupted`] with what was finished kept; a problem that cannot be posed; a
/// file that cannot be written.
pub fn compute(map: &PhaseMap, file: &CellFile, watch: &Watch<'_>) -> Result<(), PhaseError> {
    let units: Vec<u64> = file.shard().units(file.units_of_map()).collect();
    let done = AtomicU64::new(0);
    units.par_iter().try_for_each(|unit| {
        let finished = compute_unit(map, file, *unit, watch)?;
        done.fetch_add(finished, Ordering::Relaxed);
        Ok(())
    })?;
    let all = units.iter().map(|unit| file.length(*unit)).sum();
    let done = done.into_inner();
    if done < all {
        return Err(PhaseError::Interrupted { done, cells: all });
    }
    file.sync()
}

/// Computes the missing cells of a unit; returns how many are done.
fn compute_unit(
    map: &PhaseMap,
    file: &CellFile,
    unit: u64,
    watch: &Watch<'_>,
) -> Result<u64, PhaseError> {
    let mut cells = file.read(unit)?;
    let known = cells.iter().filter(|cell| cell.is_some()).count() as u64;
    (watch.advanced)(known);
    let mut memory = PairMemory::default();
    let (mut written, mut clock) = (0, Instant::now());
    for i in 0..cells.len() {
        if watch.interrupted.load(Ordering::Relaxed) {
            break;
        }
        if cells[i].is_some() {
            continue;
        }
        let coordinates = map.coordinates(map.cell_at(unit * UNIT + i as u64));
        // The corners are problems; one in between that is none (a coefficient of 0) is a failed cell.
        let cell = map.evaluate_with(&coordinates, &mut memory);
        cells[i] = Some(cell.unwrap_or(Cell::new(None, CellOutcome::Failed)));
        (watch.advanced)(1);
        if clock.elapsed() > WRITE {
            write_run(file, unit, &cells[..=i], &mut written)?;
            clock = Instant::now();
        }
    }
    write_run(file, unit, &cells, &mut written)?;
    Ok(cells.iter().filter(|cell| cell.is_some()).count() as u64)
}

/// Writes the cells from `written` on, up to the first that is missing.
fn write_run(
    file: &CellFile,
    unit: u64,
    cells: &[Option<Cell>],
    written: &mut usize,
) -> Result<(), PhaseError> {
    while *written < cells.len() {
        let run: Vec<Cell> = cells[*written..].iter().map_while(|cell| *cell).collect();
        if run.is_empty() {
            // Between a finished run and the next one that an earlier attempt left.
            if cells[*written..].iter().all(Option::is_none) {
                break;
            }
            *written += 1;
            continue;
        }
        file.write(unit, *written as u64, &run)?;
        *written += run.len();
    }
    Ok(())
}

/// Cells of a complete file in the order of the map, x running fastest.
///
/// # Errors
/// When the file cannot be read.
pub fn read_cells(
    map: &PhaseMap,
    file: &CellFile,
    first: u64,
    count: u64,
) -> Result<Vec<Option<Cell>>, PhaseError> {
    let wanted = first..first + count;
    let mut cells = vec![None; count as usize];
    // In a map that stands in columns, any unit may hold some of them.
    let units = if map.is_column_wise() {
        0..file.units_of_map()
    } else {
        first / UNIT..(first + count).div_ceil(UNIT)
    };
    for unit in units {
        for (i, cell) in file.read(unit)?.into_iter().enumerate() {
            let number = map.cell_at(unit * UNIT + i as u64);
            if wanted.contains(&number) {
                cells[(number - first) as usize] = cell;
            }
        }
    }
    Ok(cells)
}
