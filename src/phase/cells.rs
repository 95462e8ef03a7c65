//! Where the cells of a map are kept while it is computed: in memory, or in a file
//! ([`CellFile`](super::CellFile)).

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::cell::Cell;
use super::error::PhaseError;
use super::units::UNIT;
use crate::shard::Shard;

/// The cells of a map or of a shard of it, read and written unit by unit from any thread.
pub trait Cells: Send + Sync {
    /// Which part this is.
    fn shard(&self) -> Shard;

    /// Cells of the whole map.
    fn cells(&self) -> u64;

    /// The cells of a unit; `None` for those not computed.
    ///
    /// # Errors
    /// When they cannot be read.
    fn read(&self, unit: u64) -> Result<Vec<Option<Cell>>, PhaseError>;

    /// Keeps cells of a unit, from place `first` on.
    ///
    /// # Errors
    /// When they cannot be written.
    fn write(&self, unit: u64, first: u64, cells: &[Cell]) -> Result<(), PhaseError>;

    /// Makes sure of what was written.
    ///
    /// # Errors
    /// When that fails.
    fn sync(&self) -> Result<(), PhaseError> {
        Ok(())
    }

    /// Cells of this part.
    fn own_cells(&self) -> u64 {
        self.shard().cells(self.cells())
    }

    /// Units of the whole map.
    fn units_of_map(&self) -> u64 {
        self.cells().div_ceil(UNIT)
    }
}

/// The cells of a whole map in memory, 32 bytes each.
#[derive(Debug)]
pub struct MemoryCells(Mutex<Vec<Option<Cell>>>);

/// All cells of a map.
impl From<Vec<Cell>> for MemoryCells {
    fn from(cells: Vec<Cell>) -> Self {
        Self(Mutex::new(cells.into_iter().map(Some).collect()))
    }
}

impl MemoryCells {
    /// Room for so many cells.
    pub fn new(cells: usize) -> Self {
        Self(Mutex::new(vec![None; cells]))
    }

    /// The cells of a whole map that are kept elsewhere.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn of(other: &dyn Cells) -> Result<Self, PhaseError> {
        let mut all = Vec::with_capacity(other.cells() as usize);
        for unit in 0..other.units_of_map() {
            all.extend(other.read(unit)?);
        }
        Ok(Self(Mutex::new(all)))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Option<Cell>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cells for MemoryCells {
    fn shard(&self) -> Shard {
        Shard::WHOLE
    }

    fn cells(&self) -> u64 {
        self.lock().len() as u64
    }

    fn read(&self, unit: u64) -> Result<Vec<Option<Cell>>, PhaseError> {
        let first = (unit * UNIT) as usize;
        let all = self.lock();
        Ok(all
            .iter()
            .skip(first)
            .take(UNIT as usize)
            .copied()
            .collect())
    }

    fn write(&self, unit: u64, first: u64, cells: &[Cell]) -> Result<(), PhaseError> {
        let first = (unit * UNIT + first) as usize;
        let mut all = self.lock();
        let places = all.iter_mut().skip(first);
        places
            .zip(cells)
            .for_each(|(place, cell)| *place = Some(*cell));
        Ok(())
    }
}
