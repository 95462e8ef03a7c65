//! Computing the cells of a map on all cores, into its file.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::cell::{Cell, CellOutcome};
use super::cells::Cells;
use super::diagram::{PairMemory, PhaseMap};
use super::error::PhaseError;
use super::row::{Row, find};
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

    /// The place after the last one of the row, or column, in which a place of the file stands.
    pub(super) fn end_of_row(&self, place: u64) -> u64 {
        let length = self.length(usize::from(self.is_column_wise()));
        (place / length + 1) * length
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
    let cells = file.read(unit)?;
    let shared = Arc::new(Finished::new(cells.len()));
    unwritten.lock().insert(unit, Arc::clone(&shared));
    for (i, cell) in cells.iter().enumerate() {
        if let Some(cell) = cell {
            shared.put(i, *cell);
            unwritten.count(1);
            watch.recall(1);
        }
    }
    let mut open = OpenUnit {
        map,
        file,
        unit,
        watch,
        unwritten,
        cells,
        shared,
        memory: PairMemory::default(),
        last: watch.clock(),
    };
    open.find_all()?;
    write_runs(file, unit, &open.cells)?;
    unwritten.lock().remove(&unit);
    Ok(())
}

/// A unit at work.
struct OpenUnit<'a> {
    map: &'a PhaseMap,
    file: &'a dyn Cells,
    unit: u64,
    watch: &'a dyn Watch,
    unwritten: &'a Unwritten,
    cells: Vec<Option<Cell>>,
    shared: Arc<Finished<Cell>>,
    memory: PairMemory,
    /// When it was written last.
    last: Option<f64>,
}

impl OpenUnit<'_> {
    fn find_all(&mut self) -> Result<(), PhaseError> {
        let length = self.cells.len();
        if let Some(tolerance) = self.map.interpolates() {
            let mut from = 0;
            while from < length {
                let to = self.map.end_of_row(self.unit * UNIT + from as u64) - self.unit * UNIT;
                let to = length.min(to as usize);
                if !find(self, (from, to - 1), tolerance)? {
                    return Ok(());
                }
                from = to;
            }
            return Ok(());
        }
        // Neighbours in a column share a link; others are done in an order that tells what the rest will cost.
        let order = match self.map.is_column_wise() {
            true => (0..length).collect(),
            false => Shard::WHOLE.spread(length),
        };
        for i in order {
            if self.solve(i)?.is_none() {
                break;
            }
        }
        Ok(())
    }
}

impl Row for OpenUnit<'_> {
    fn solve(&mut self, place: usize) -> Result<Option<Cell>, PhaseError> {
        if self.cells[place].is_some() {
            return Ok(self.cells[place]);
        }
        if self.watch.cancelled() {
            return Ok(None);
        }
        let number = self.map.cell_at(self.unit * UNIT + place as u64);
        let coordinates = self.map.coordinates(number);
        // The corners are problems; one in between that is none (a coefficient of 0) is a failed cell.
        let cell = self.map.evaluate_with(&coordinates, &mut self.memory);
        if self.watch.cancelled() {
            // It may have failed for that.
            return Ok(None);
        }
        let cell = cell.unwrap_or(Cell::new(None, CellOutcome::Failed));
        self.put(place, cell)?;
        Ok(Some(cell))
    }

    fn put(&mut self, place: usize, cell: Cell) -> Result<(), PhaseError> {
        if self.cells[place].is_some() {
            return Ok(());
        }
        self.cells[place] = Some(cell);
        self.shared.put(place, cell);
        self.unwritten.count(1);
        self.watch.advance(1);
        let now = self.watch.clock();
        if now
            .zip(self.last)
            .is_some_and(|(now, last)| now - last > WRITE)
        {
            write_runs(self.file, self.unit, &self.cells)?;
            self.last = now;
        }
        Ok(())
    }
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
