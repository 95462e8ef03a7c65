//! A map with few solves: blocks whose corners and middle agree are filled in, the others divided.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::cell::{Cell, CellOutcome};
use super::cells::Cells;
use super::diagram::{PairMemory, PhaseMap};
use super::error::PhaseError;
use super::run::Unwritten;
use super::units::UNIT;
use crate::observable::Unit;
use crate::watch::Watch;

/// Cells along a block at the start.
const COARSE: usize = 16;
/// Deviation of the middle from the mean of the corners that is filled in, against the values'
/// own size (a factor of the value, since times span decades).
const TOLERANCE: f64 = 0.02;

/// What a refined map took, and how good it is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Refinement {
    /// Cells that were solved.
    pub solved: u64,
    /// Cells that were filled in.
    pub inferred: u64,
    /// Largest relative deviation that was measured in a block that was filled in; 0 for outcomes,
    /// which are filled in only where all agree.
    pub error: f64,
}

/// A block of cells, both corners included.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Block {
    x: (usize, usize),
    y: (usize, usize),
}

struct Sheet<'a> {
    map: &'a PhaseMap,
    file: &'a dyn Cells,
    watch: &'a dyn Watch,
    unwritten: &'a Unwritten,
    sheet: u64,
    size: (usize, usize),
    cells: Vec<Option<Cell>>,
}

impl PhaseMap {
    /// Computes a map by refinement, into its file; what the file has already is not solved again.
    ///
    /// # Errors
    /// As [`compute`](super::compute).
    pub fn compute_refined(
        &self,
        file: &dyn Cells,
        watch: &dyn Watch,
        unwritten: &Unwritten,
    ) -> Result<Refinement, PhaseError> {
        watch.begin("cells solved or filled in", self.cells());
        let length = |i: usize| self.axes().get(i).map_or(1, |axis| axis.values().len());
        let mut total = Refinement::default();
        for sheet in 0..length(2) as u64 {
            let mut sheet = Sheet::read(
                (self, file),
                (watch, unwritten),
                sheet,
                (length(0), length(1)),
            )?;
            let error = sheet.refine()?;
            total.error = total.error.max(error);
            for cell in sheet.cells.iter().flatten() {
                if cell.inferred {
                    total.inferred += 1;
                } else {
                    total.solved += 1;
                }
            }
        }
        file.sync()?;
        Ok(total)
    }
}

impl<'a> Sheet<'a> {
    /// A sheet with the cells solved before.
    fn read(
        (map, file): (&'a PhaseMap, &'a dyn Cells),
        (watch, unwritten): (&'a dyn Watch, &'a Unwritten),
        sheet: u64,
        size: (usize, usize),
    ) -> Result<Self, PhaseError> {
        let count = size.0 * size.1;
        let mut this = Self {
            map,
            file,
            watch,
            unwritten,
            sheet,
            size,
            cells: vec![None; count],
        };
        for unit in 0..file.units_of_map() {
            let first = unit * UNIT;
            let own = sheet * count as u64..(sheet + 1) * count as u64;
            if first + UNIT <= own.start || first >= own.end {
                continue;
            }
            for (i, cell) in file.read(unit)?.into_iter().enumerate() {
                let number = map.cell_at(first + i as u64);
                if own.contains(&number) {
                    this.cells[(number - own.start) as usize] = cell.filter(|c| !c.inferred);
                }
            }
        }
        let known = this.cells.iter().flatten().count() as u64;
        this.unwritten.count(known);
        this.watch.recall(known);
        Ok(this)
    }

    fn index(&self, x: usize, y: usize) -> usize {
        y * self.size.0 + x
    }

    fn refine(&mut self) -> Result<f64, PhaseError> {
        let mut blocks = self.coarse_blocks();
        let mut error = 0.0_f64;
        while !blocks.is_empty() {
            let wanted: BTreeSet<usize> = blocks.iter().flat_map(|b| self.probes(*b)).collect();
            self.solve(&wanted)?;
            let mut next = Vec::new();
            for block in blocks {
                match self.deviation(block) {
                    Some(deviation) => {
                        error = error.max(deviation);
                        self.fill(block)?;
                    }
                    None => next.extend(divide(block)),
                }
            }
            blocks = next;
        }
        Ok(error)
    }

    fn coarse_blocks(&self) -> Vec<Block> {
        let cuts = |length: usize| -> Vec<(usize, usize)> {
            let mut all = Vec::new();
            let mut from = 0;
            while from + 1 < length {
                let to = (from + COARSE).min(length - 1);
                all.push((from, to));
                from = to;
            }
            if all.is_empty() { vec![(0, 0)] } else { all }
        };
        let rows = cuts(self.size.1);
        let columns = cuts(self.size.0);
        rows.iter()
            .flat_map(|y| columns.iter().map(|x| Block { x: *x, y: *y }))
            .collect()
    }

    /// Corners, middles of the sides, and middle of a block.
    fn probes(&self, block: Block) -> Vec<usize> {
        let three = |(a, b): (usize, usize)| [a, usize::midpoint(a, b), b];
        let xs = three(block.x);
        let all = three(block.y).into_iter().flat_map(|y| xs.map(|x| (x, y)));
        all.map(|(x, y)| self.index(x, y)).collect()
    }

    /// Solves cells that have not been, on all cores.
    fn solve(&mut self, wanted: &BTreeSet<usize>) -> Result<(), PhaseError> {
        let missing: Vec<usize> = wanted
            .iter()
            .copied()
            .filter(|i| self.cells[*i].is_none_or(|c| c.inferred))
            .collect();
        let count = (self.size.0 * self.size.1) as u64;
        let found: Vec<Option<Cell>> = missing
            .par_iter()
            .map(|i| {
                if self.watch.cancelled() {
                    return Ok(None);
                }
                let number = self.sheet * count + *i as u64;
                let coordinates = self.map.coordinates(number);
                let cell = self
                    .map
                    .evaluate_with(&coordinates, &mut PairMemory::default())
                    .unwrap_or(Cell::new(None, CellOutcome::Failed));
                if self.watch.cancelled() {
                    // It may have failed for that.
                    return Ok(None);
                }
                self.put(*i, cell)?;
                // One that was filled in before is counted already.
                self.watch.advance(u64::from(self.cells[*i].is_none()));
                Ok(Some(cell))
            })
            .collect::<Result<_, PhaseError>>()?;
        for (i, cell) in missing.iter().zip(found) {
            let Some(cell) = cell else {
                return Err(PhaseError::Interrupted {
                    done: self.unwritten.done(),
                    cells: self.file.cells(),
                });
            };
            self.cells[*i] = Some(cell);
        }
        Ok(())
    }

    fn put(&self, index: usize, cell: Cell) -> Result<(), PhaseError> {
        let count = (self.size.0 * self.size.1) as u64;
        let place = self.map.place_of(self.sheet * count + index as u64);
        self.unwritten.count(1);
        self.file.write(place / UNIT, place % UNIT, &[cell])
    }

    /// How far the probes of a block are from what would be filled in; `None` when it is to be
    /// divided.
    fn deviation(&self, block: Block) -> Option<f64> {
        if block.x.1 - block.x.0 <= 1 && block.y.1 - block.y.0 <= 1 {
            return Some(0.0);
        }
        let first = self.cells[self.index(block.x.0, block.y.0)]?;
        let mut largest = 0.0_f64;
        for index in self.probes(block) {
            let cell = self.cells[index]?;
            let alike = |c: &Cell| (c.outcome, c.value.is_some(), c.infinite);
            if alike(&cell) != alike(&first) {
                return None;
            }
            let (x, y) = (index % self.size.0, index / self.size.0);
            let (Some(own), Some(guess)) = (cell.value, self.guess(block, x, y)) else {
                continue;
            };
            let deviation = (own - guess).abs() / own.abs().max(f64::MIN_POSITIVE);
            largest = largest.max(deviation);
        }
        (largest <= TOLERANCE).then_some(largest)
    }

    /// The value at a place of a block from its corners: bilinear, in the logarithm where all are
    /// positive; the outcome's code as it is.
    fn guess(&self, block: Block, x: usize, y: usize) -> Option<f64> {
        let value = |x: usize, y: usize| self.cells[self.index(x, y)].and_then(|c| c.value);
        let corners = [
            value(block.x.0, block.y.0)?,
            value(block.x.1, block.y.0)?,
            value(block.x.0, block.y.1)?,
            value(block.x.1, block.y.1)?,
        ];
        if self.map.value().number.unit == Unit::Outcome {
            return Some(corners[0]);
        }
        let fraction = |at: usize, (from, to): (usize, usize)| {
            if to == from {
                0.0
            } else {
                (at - from) as f64 / (to - from) as f64
            }
        };
        let (s, t) = (fraction(x, block.x), fraction(y, block.y));
        let logarithmic = corners.iter().all(|c| *c > 0.0);
        let [a, b, c, d] = if logarithmic {
            corners.map(f64::ln)
        } else {
            corners
        };
        let mean = (1.0 - t) * ((1.0 - s) * a + s * b) + t * ((1.0 - s) * c + s * d);
        Some(if logarithmic { mean.exp() } else { mean })
    }

    /// Fills in what was not solved.
    fn fill(&mut self, block: Block) -> Result<(), PhaseError> {
        let Some(model) = self.cells[self.index(block.x.0, block.y.0)] else {
            return Ok(());
        };
        for y in block.y.0..=block.y.1 {
            for x in block.x.0..=block.x.1 {
                let index = self.index(x, y);
                if self.cells[index].is_some() {
                    continue;
                }
                let cell = Cell {
                    value: model.value.and_then(|_| self.guess(block, x, y)),
                    inferred: true,
                    ..model
                };
                self.put(index, cell)?;
                self.cells[index] = Some(cell);
                self.watch.advance(1);
            }
        }
        Ok(())
    }
}

/// Four blocks, or two where one side is a single step.
fn divide(block: Block) -> Vec<Block> {
    let halves = |(a, b): (usize, usize)| {
        let middle = usize::midpoint(a, b);
        if middle == a {
            vec![(a, b)]
        } else {
            vec![(a, middle), (middle, b)]
        }
    };
    let columns = halves(block.x);
    halves(block.y)
        .into_iter()
        .flat_map(|y| columns.iter().map(move |x| Block { x: *x, y }))
        .collect()
}
