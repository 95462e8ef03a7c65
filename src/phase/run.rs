//! Computing the cells of a map on all cores, into its file.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::cell::{Cell, CellOutcome};
use super::cells::Cells;
use super::diagram::{PairMemory, PhaseMap};
use super::error::PhaseError;
use super::units::UNIT;
use crate::shard::Shard;
use crate::watch::{Finished, Watch};

/// A unit that takes longer, by the caller's clock, writes what it has after so many seconds.
const WRITE: f64 = 1.0;

/// Cells that are found and not yet in their file: a second's worth.
#[derive(Debug, Default)]
pub struct Unwritten {
    units: Mutex<HashMap<u64, Arc<Finished<Cell>>>>,
    done: AtomicU64,
}

impl Unwritten {
    /// Cells that are found, in the file or not.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    pub(super) fn count(&self, cells: u64) {
        self.done.fetch_add(cells, Ordering::Relaxed);
    }

    /// Writes them, whether or not the threads that found them are still at work.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, file: &dyn Cells) -> Result<(), PhaseError> {
        let units = self.lock().clone();
        units.iter().try_for_each(|(unit, cells)| {
            let cells: Vec<_> = (0..cells.len()).map(|i| cells.get(i).copied()).collect();
            write_runs(file, *unit, &cells)
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Arc<Finished<Cell>>>> {
        self.units.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
pub fn compute(
    map: &PhaseMap,
    file: &dyn Cells,
    watch: &dyn Watch,
    unwritten: &Unwritten,
) -> Result<(), PhaseError> {
    let units: Vec<u64> = file.shard().units(file.units_of_map()).collect();
    let spread = Shard::WHOLE.spread(units.len());
    watch.begin("cells", file.own_cells());
    spread
        .into_par_iter()
        .try_for_each(|i| compute_unit((map, file), units[i], watch, unwritten))?;
    let (done, cells) = (unwritten.done(), file.own_cells());
    if done < cells {
        return Err(PhaseError::Interrupted { done, cells });
    }
    file.sync()
}

/// Computes the missing cells of a unit.
fn compute_unit(
    (map, file): (&PhaseMap, &dyn Cells),
    unit: u64,
    watch: &dyn Watch,
    unwritten: &Unwritten,
) -> Result<(), PhaseError> {
    let mut cells = file.read(unit)?;
    let shared = Arc::new(Finished::new(cells.len()));
    unwritten.lock().insert(unit, Arc::clone(&shared));
    for (i, cell) in cells.iter().enumerate() {
        if let Some(cell) = cell {
            shared.put(i, *cell);
            unwritten.count(1);
            watch.recall(1);
        }
    }
    // Neighbours in a column share a link; others are done in an order that tells what the rest will cost.
    let order = match map.is_column_wise() {
        true => (0..cells.len()).collect(),
        false => Shard::WHOLE.spread(cells.len()),
    };
    let mut memory = PairMemory::default();
    let mut last = watch.clock();
    for i in order {
        if cells[i].is_some() {
            continue;
        }
        if watch.cancelled() {
            break;
        }
        let coordinates = map.coordinates(map.cell_at(unit * UNIT + i as u64));
        // The corners are problems; one in between that is none (a coefficient of 0) is a failed cell.
        let cell = map.evaluate_with(&coordinates, &mut memory);
        if watch.cancelled() {
            // It may have failed for that.
            break;
        }
        let cell = cell.unwrap_or(Cell::new(None, CellOutcome::Failed));
        cells[i] = Some(cell);
        shared.put(i, cell);
        unwritten.count(1);
        watch.advance(1);
        let now = watch.clock();
        if now.zip(last).is_some_and(|(now, last)| now - last > WRITE) {
            write_runs(file, unit, &cells)?;
            last = now;
        }
    }
    write_runs(file, unit, &cells)?;
    unwritten.lock().remove(&unit);
    Ok(())
}

/// Writes the cells of a unit that are there.
fn write_runs(file: &dyn Cells, unit: u64, cells: &[Option<Cell>]) -> Result<(), PhaseError> {
    let mut first = 0;
    for run in cells.chunk_by(|a, b| a.is_some() == b.is_some()) {
        let there: Vec<Cell> = run.iter().filter_map(|cell| *cell).collect();
        if !there.is_empty() {
            file.write(unit, first, &there)?;
        }
        first += run.len() as u64;
    }
    Ok(())
}

/// Cells of a complete file in the order of the map, x running fastest.
///
/// # Errors
/// When the file cannot be read.
pub fn read_cells(
    map: &PhaseMap,
    file: &dyn Cells,
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
