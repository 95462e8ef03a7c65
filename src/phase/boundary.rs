//! Lines on a phase diagram, located by root finding and not by pixel: critical strengths, where a
//! ratio is 1, where the outcome changes.

use std::collections::HashMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::cell::{Cell, CellOutcome};
use super::cells::Cells;
use super::diagram::{PairMemory, PhaseMap};
use super::error::PhaseError;
use super::run::read_cells;
use crate::observable::Unit;
use crate::root::zero;
use crate::search::SearchPhase;
use crate::watch::Watch;

/// What a line separates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BoundaryKind {
    /// `A = 0`: the gradient at `w0` vanishes (aligned pre-training).
    CriticalStrength,
    /// The ratio is 1.
    RatioOne,
    /// Runs learn on one side only.
    Learned,
}

/// Polylines of one kind; with one axis every polyline is a point, `y` being 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Boundary {
    /// What they are.
    pub kind: BoundaryKind,
    /// Value of the third axis, when there is one.
    pub sheet: Option<f64>,
    /// Points (x, y) in order, each located to 1e-8 of the grid's spacing; a crossing without a
    /// continuation is a line of one point.
    pub polylines: Vec<Vec<(f64, f64)>>,
}

/// Most grid values per axis that lines are looked for on.
const MOST: usize = 200;
/// Of a grid edge.
const PRECISION: f64 = 1e-8;

/// A value of a cell whose sign changes are wanted; `None` where it has none.
type OfCell = fn(&Cell) -> Option<f64>;

impl BoundaryKind {
    /// The lines that a map has.
    fn of(map: &PhaseMap) -> Vec<Self> {
        let of_value = match map.value().number.unit {
            Unit::Ratio => Some(Self::RatioOne),
            Unit::Outcome => Some(Self::Learned),
            _ => None,
        };
        [Some(Self::CriticalStrength), of_value]
            .into_iter()
            .flatten()
            .collect()
    }

    /// The value, where cells have it: nothing is solved twice.
    fn of_cell(self) -> Option<OfCell> {
        match self {
            Self::CriticalStrength => None,
            Self::RatioOne => Some(|cell| cell.value.filter(|v| *v > 0.0).map(f64::ln)),
            Self::Learned => Some(|cell| {
                let learned = cell.outcome == CellOutcome::Learned;
                Some(if learned { 1.0 } else { -1.0 })
            }),
        }
    }
}

/// All lines of a map whose cells are in a file.
///
/// # Errors
/// When a problem between grid points cannot be posed, or the file cannot be read;
/// [`PhaseError::Interrupted`].
pub fn boundaries(
    map: &PhaseMap,
    file: &dyn Cells,
    watch: &dyn Watch,
) -> Result<Vec<Boundary>, PhaseError> {
    watch.begin("places looked at for lines", 0);
    let mut found = Vec::new();
    for kind in BoundaryKind::of(map) {
        for (index, third) in sheets(map).into_iter().enumerate() {
            let sheet = Sheet::new((map, file, watch), kind, (index, third));
            let polylines = sheet.polylines()?;
            // A place without a problem and one that was cancelled look alike there.
            sheet.unless_cancelled(|| Ok(None))?;
            if !polylines.is_empty() {
                found.push(Boundary {
                    kind,
                    sheet: third,
                    polylines,
                });
            }
        }
    }
    Ok(found)
}

/// Values of the third axis, or one sheet without.
fn sheets(map: &PhaseMap) -> Vec<Option<f64>> {
    match map.axes().get(2) {
        Some(axis) => axis.values().iter().copied().map(Some).collect(),
        None => vec![None],
    }
}

/// Indices of at most [`MOST`] of the values, both ends among them.
fn thinned(length: usize) -> Vec<usize> {
    if length <= MOST {
        return (0..length).collect();
    }
    (0..MOST).map(|i| i * (length - 1) / (MOST - 1)).collect()
}

/// A point of the thinned grid's edges: the lower end's indices, and whether it goes along y.
type Edge = (usize, usize, bool);

/// Values on the thinned grid, column by column.
type Columns = Vec<Vec<Option<f64>>>;

/// One sheet of a map, thinned, on which a line is looked for.
struct Sheet<'a> {
    map: &'a PhaseMap,
    file: &'a dyn Cells,
    watch: &'a dyn Watch,
    kind: BoundaryKind,
    index: usize,
    third: Option<f64>,
    /// Indices of the thinned values along each axis, and the values.
    columns_at: Vec<usize>,
    rows_at: Vec<usize>,
    x: Vec<f64>,
    y: Vec<f64>,
}

impl<'a> Sheet<'a> {
    fn new(
        (map, file, watch): (&'a PhaseMap, &'a dyn Cells, &'a dyn Watch),
        kind: BoundaryKind,
        (index, third): (usize, Option<f64>),
    ) -> Self {
        let axis = |i: usize| map.axes().get(i).map_or(&[0.0][..], |axis| axis.values());
        let (all_x, all_y) = (axis(0), axis(1));
        let (columns_at, rows_at) = (thinned(all_x.len()), thinned(all_y.len()));
        Self {
            map,
            file,
            watch,
            kind,
            index,
            third,
            x: columns_at.iter().map(|i| all_x[*i]).collect(),
            y: rows_at.iter().map(|j| all_y[*j]).collect(),
            columns_at,
            rows_at,
        }
    }

    /// Asked before and after each place: one that was cancelled has no value.
    fn unless_cancelled(
        &self,
        work: impl FnOnce() -> Result<Option<f64>, PhaseError>,
    ) -> Result<Option<f64>, PhaseError> {
        let cancelled = || self.watch.cancelled();
        let value = if cancelled() { Ok(None) } else { work() };
        self.watch.advance(1);
        match cancelled() {
            true => Err(PhaseError::Interrupted {
                done: self.file.cells(),
                cells: self.file.cells(),
            }),
            false => value,
        }
    }

    /// The function whose sign changes are wanted, at a place of the sheet.
    fn value(&self, x: f64, y: f64, memory: &mut PairMemory) -> Result<Option<f64>, PhaseError> {
        let map = self.map;
        let all = [Some(x), Some(y), self.third].into_iter().flatten();
        let at: Vec<f64> = all.take(map.axes().len()).collect();
        self.unless_cancelled(|| match self.kind.of_cell() {
            Some(of_cell) => Ok(of_cell(&map.evaluate_with(&at, memory)?)),
            None => map.at(&at, memory, |point| {
                let aligned = point.problem.pretraining().orthogonal() == 0.0;
                let phase = SearchPhase::by(point.problem, &**point.problem.model().flow());
                // Without pre-training A = 0 is the information exponent, no line.
                let there = aligned && point.problem.pretraining().rho() != 0.0;
                phase.filter(|_| there).map(|phase| phase.gradient_norm)
            }),
        })
    }

    /// The values that the cells have.
    fn known(&self, of_cell: OfCell) -> Result<Columns, PhaseError> {
        let count = |i: usize| self.map.axes().get(i).map_or(1, |axis| axis.values().len());
        let (nx, ny) = (count(0), count(1));
        let mut columns = vec![Vec::with_capacity(self.y.len()); self.x.len()];
        for j in &self.rows_at {
            let first = ((self.index * ny + j) * nx) as u64;
            let row = read_cells(self.map, self.file, first, nx as u64)?;
            for (column, i) in columns.iter_mut().zip(&self.columns_at) {
                column.push(row[*i].as_ref().and_then(of_cell));
            }
        }
        Ok(columns)
    }

    /// The values anew, along the axis that keeps a coefficient fixed, so that neighbours share their
    /// averages.
    fn looked_at(&self) -> Columns {
        let (x, y) = (&self.x, &self.y);
        // A place without a problem has no value.
        let at = |x, y, memory: &mut PairMemory| self.value(x, y, memory).unwrap_or(None);
        if self.map.is_column_wise() {
            let column = |x: &f64| {
                let mut memory = PairMemory::default();
                y.iter().map(|y| at(*x, *y, &mut memory)).collect()
            };
            return x.par_iter().map(column).collect();
        }
        let row = |y: &f64| {
            let mut memory = PairMemory::default();
            x.iter().map(|x| at(*x, *y, &mut memory)).collect()
        };
        let rows: Columns = y.par_iter().map(row).collect();
        (0..x.len())
            .map(|i| rows.iter().map(|row| row[i]).collect())
            .collect()
    }

    /// The edges on which the sign changes.
    fn edges(&self, columns: &Columns) -> Vec<Edge> {
        let mut edges = Vec::new();
        let changes =
            |a: Option<f64>, b: Option<f64>| a.zip(b).is_some_and(|(a, b)| (a < 0.0) != (b < 0.0));
        for i in 0..self.x.len() {
            for j in 0..self.y.len() {
                if i + 1 < self.x.len() && changes(columns[i][j], columns[i + 1][j]) {
                    edges.push((i, j, false));
                }
                if j + 1 < self.y.len() && changes(columns[i][j], columns[i][j + 1]) {
                    edges.push((i, j, true));
                }
            }
        }
        edges
    }

    /// Where on an edge.
    fn crossing(&self, columns: &Columns, (i, j, up): Edge) -> Result<(f64, f64), PhaseError> {
        let (x, y) = (&self.x, &self.y);
        let (ends, other) = if up {
            ((y[j], y[j + 1]), columns[i][j + 1])
        } else {
            ((x[i], x[i + 1]), columns[i + 1][j])
        };
        let mut memory = PairMemory::default();
        let place = |t: f64| if up { (x[i], t) } else { (t, y[j]) };
        let mut along = |t: f64| {
            let (x, y) = place(t);
            self.value(x, y, &mut memory)
        };
        let values = (columns[i][j].unwrap_or(0.0), other.unwrap_or(0.0));
        Ok(place(root(&mut along, ends, values)?))
    }

    fn polylines(&self) -> Result<Vec<Vec<(f64, f64)>>, PhaseError> {
        let columns = match self.kind.of_cell() {
            Some(of_cell) => self.known(of_cell)?,
            None => self.looked_at(),
        };
        let edges = self.edges(&columns);
        let points = edges.par_iter().map(|edge| self.crossing(&columns, *edge));
        let points: Vec<(f64, f64)> = points.collect::<Result<_, _>>()?;
        let located: HashMap<Edge, (f64, f64)> = edges.iter().copied().zip(points).collect();
        let size = (self.x.len(), self.y.len());
        if size.0 == 1 || size.1 == 1 {
            return Ok(edges.iter().map(|edge| vec![located[edge]]).collect());
        }
        let centre = |i: usize, j: usize| columns[i][j];
        Ok(chain(&segments(&located, size, centre), &located))
    }
}

/// Root on an edge; where the function has no value on the way, the place nearest to it so far.
fn root(
    f: &mut dyn FnMut(f64) -> Result<Option<f64>, PhaseError>,
    (a, b): (f64, f64),
    (fa, fb): (f64, f64),
) -> Result<f64, PhaseError> {
    let mut failed = None;
    let value = |t| match f(t) {
        Ok(value) => value.unwrap_or(f64::NAN),
        Err(error) => {
            failed = Some(error);
            f64::NAN
        }
    };
    let at = zero(value, ((a, fa), (b, fb)), PRECISION * (b - a));
    failed.map_or(Ok(at), Err)
}

/// Pairs of edges that a line joins inside one square of the grid.
fn segments(
    located: &HashMap<Edge, (f64, f64)>,
    (nx, ny): (usize, usize),
    value: impl Fn(usize, usize) -> Option<f64>,
) -> Vec<(Edge, Edge)> {
    let mut segments = Vec::new();
    for j in 0..ny - 1 {
        for i in 0..nx - 1 {
            let around = [
                (i, j, false),
                (i + 1, j, true),
                (i, j + 1, false),
                (i, j, true),
            ];
            let crossed: Vec<Edge> = around
                .into_iter()
                .filter(|e| located.contains_key(e))
                .collect();
            match crossed[..] {
                [a, b] => segments.push((a, b)),
                // A saddle: the corners of one sign are joined by the mean's sign.
                [bottom, right, top, left] => {
                    let corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)];
                    let sum: f64 = corners.iter().filter_map(|&(i, j)| value(i, j)).sum();
                    let lower = value(i, j).unwrap_or(0.0);
                    if (sum < 0.0) == (lower < 0.0) {
                        segments.extend([(bottom, right), (top, left)]);
                    } else {
                        segments.extend([(bottom, left), (top, right)]);
                    }
                }
                _ => {}
            }
        }
    }
    segments
}

/// Joins segments to polylines.
fn chain(segments: &[(Edge, Edge)], located: &HashMap<Edge, (f64, f64)>) -> Vec<Vec<(f64, f64)>> {
    let mut ends: HashMap<Edge, Vec<usize>> = HashMap::new();
    for (k, (a, b)) in segments.iter().enumerate() {
        ends.entry(*a).or_default().push(k);
        ends.entry(*b).or_default().push(k);
    }
    let mut used = vec![false; segments.len()];
    let mut polylines = Vec::new();
    // Open lines first, from their ends; what is left are rings.
    let open = (0..segments.len()).filter(|k| {
        let (a, b) = segments[*k];
        ends[&a].len() == 1 || ends[&b].len() == 1
    });
    for first in open.chain(0..segments.len()) {
        if used[first] {
            continue;
        }
        let (a, b) = segments[first];
        let mut line = if ends[&a].len() == 1 {
            vec![a, b]
        } else {
            vec![b, a]
        };
        used[first] = true;
        while let Some(last) = line.last().copied() {
            let Some(&next) = ends[&last].iter().find(|k| !used[**k]) else {
                break;
            };
            used[next] = true;
            let (a, b) = segments[next];
            line.push(if a == last { b } else { a });
        }
        polylines.push(line.iter().map(|edge| located[edge]).collect());
    }
    // A crossing that no neighbour continues, as on the aligned edge of a map of angles.
    let mut lone: Vec<&Edge> = located
        .keys()
        .filter(|edge| !ends.contains_key(edge))
        .collect();
    lone.sort_unstable();
    polylines.extend(lone.into_iter().map(|edge| vec![located[edge]]));
    polylines
}
