//! Lines on a phase diagram, located by root finding and not by pixel: critical strengths, where a
//! ratio is 1, where the outcome changes.

use std::collections::HashMap;

use rayon::prelude::*;
use serde::Serialize;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Serialize)]
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

/// A function whose sign changes are wanted; `None` where it has no value.
type Function<'a> = dyn Fn(&[f64], &mut PairMemory) -> Result<Option<f64>, PhaseError> + Sync + 'a;

/// The same function of a cell.
type OfCell<'a> = dyn Fn(&Cell) -> Option<f64> + Sync + 'a;

/// A line that is looked for.
struct Wanted<'a> {
    kind: BoundaryKind,
    function: &'a Function<'a>,
    /// The function's value from that of a cell, where cells have it: nothing is solved twice.
    known: Option<&'a OfCell<'a>>,
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
    // Asked before and after each place: one that was cancelled has no value.
    let asked = |work: &mut dyn FnMut() -> Result<Option<f64>, PhaseError>| {
        let value = if watch.cancelled() { Ok(None) } else { work() };
        watch.advance(1);
        match watch.cancelled() {
            true => Err(PhaseError::Interrupted {
                done: file.cells(),
                cells: file.cells(),
            }),
            false => value,
        }
    };
    let critical = |at: &[f64], memory: &mut PairMemory| {
        asked(&mut || {
            map.at(at, memory, |point| {
                let aligned = point.problem.pretraining().orthogonal() == 0.0;
                let phase = SearchPhase::by(point.problem, &**point.problem.model().flow());
                // Without pre-training A = 0 is the information exponent, no line.
                let there = aligned && point.problem.pretraining().rho() != 0.0;
                phase.filter(|_| there).map(|phase| phase.gradient_norm)
            })
        })
    };
    let of_ratio = |cell: &Cell| cell.value.filter(|v| *v > 0.0).map(f64::ln);
    let of_outcome = |cell: &Cell| {
        let learned = cell.outcome == CellOutcome::Learned;
        Some(if learned { 1.0 } else { -1.0 })
    };
    let ratio = |at: &[f64], memory: &mut PairMemory| {
        asked(&mut || Ok(of_ratio(&map.evaluate_with(at, memory)?)))
    };
    let learned = |at: &[f64], memory: &mut PairMemory| {
        asked(&mut || Ok(of_outcome(&map.evaluate_with(at, memory)?)))
    };
    let mut wanted: Vec<Wanted<'_>> = vec![Wanted {
        kind: BoundaryKind::CriticalStrength,
        function: &critical,
        known: None,
    }];
    match map.value().number.unit {
        Unit::Ratio => wanted.push(Wanted {
            kind: BoundaryKind::RatioOne,
            function: &ratio,
            known: Some(&of_ratio),
        }),
        Unit::Outcome => wanted.push(Wanted {
            kind: BoundaryKind::Learned,
            function: &learned,
            known: Some(&of_outcome),
        }),
        _ => {}
    }
    let mut found = Vec::new();
    for wanted in wanted {
        for (index, sheet) in sheets(map).into_iter().enumerate() {
            let polylines = trace(map, file, &wanted, (index, sheet))?;
            // A place without a problem and one that was cancelled look alike there.
            asked(&mut || Ok(None))?;
            if !polylines.is_empty() {
                found.push(Boundary {
                    kind: wanted.kind,
                    sheet,
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

fn trace(
    map: &PhaseMap,
    file: &dyn Cells,
    wanted: &Wanted<'_>,
    (index, sheet): (usize, Option<f64>),
) -> Result<Vec<Vec<(f64, f64)>>, PhaseError> {
    let function = wanted.function;
    let axes = map.axes();
    let (nx, ny) = (
        axes[0].values().len(),
        axes.get(1).map_or(1, |a| a.values().len()),
    );
    let (columns_at, rows_at) = (thinned(nx), thinned(ny));
    let x: Vec<f64> = columns_at.iter().map(|i| axes[0].values()[*i]).collect();
    let y: Vec<f64> = match axes.get(1) {
        Some(axis) => rows_at.iter().map(|j| axis.values()[*j]).collect(),
        None => vec![0.0],
    };
    let place = |x: f64, y: f64| -> Vec<f64> {
        let count = axes.len();
        [Some(x), Some(y), sheet]
            .into_iter()
            .flatten()
            .take(count)
            .collect()
    };
    // Along the axis that keeps a coefficient fixed, so that neighbours share their averages.
    let columns: Vec<Vec<Option<f64>>> = match wanted.known {
        Some(value) => {
            let mut columns = vec![Vec::with_capacity(y.len()); x.len()];
            for j in &rows_at {
                let first = ((index * ny + j) * nx) as u64;
                let row = read_cells(map, file, first, nx as u64)?;
                for (column, i) in columns.iter_mut().zip(&columns_at) {
                    column.push(row[*i].as_ref().and_then(value));
                }
            }
            columns
        }
        None => {
            // A place without a problem has no value.
            let at = |x: f64, y: f64, memory: &mut PairMemory| {
                function(&place(x, y), memory).unwrap_or(None)
            };
            if map.is_column_wise() {
                let column = |x: &f64| {
                    let mut memory = PairMemory::default();
                    y.iter().map(|y| at(*x, *y, &mut memory)).collect()
                };
                x.par_iter().map(column).collect()
            } else {
                let row = |y: &f64| -> Vec<Option<f64>> {
                    let mut memory = PairMemory::default();
                    x.iter().map(|x| at(*x, *y, &mut memory)).collect()
                };
                let rows: Vec<Vec<Option<f64>>> = y.par_iter().map(row).collect();
                (0..x.len())
                    .map(|i| rows.iter().map(|row| row[i]).collect())
                    .collect()
            }
        }
    };
    let mut edges: Vec<Edge> = Vec::new();
    let changes =
        |a: Option<f64>, b: Option<f64>| a.zip(b).is_some_and(|(a, b)| (a < 0.0) != (b < 0.0));
    for i in 0..x.len() {
        for j in 0..y.len() {
            if i + 1 < x.len() && changes(columns[i][j], columns[i + 1][j]) {
                edges.push((i, j, false));
            }
            if j + 1 < y.len() && changes(columns[i][j], columns[i][j + 1]) {
                edges.push((i, j, true));
            }
        }
    }
    let points: Vec<(f64, f64)> = edges
        .par_iter()
        .map(|&(i, j, up)| {
            let ends = if up {
                (y[j], y[j + 1])
            } else {
                (x[i], x[i + 1])
            };
            let mut memory = PairMemory::default();
            let mut along = |t: f64| {
                let at = if up { place(x[i], t) } else { place(t, y[j]) };
                function(&at, &mut memory)
            };
            let other = if up {
                columns[i][j + 1]
            } else {
                columns[i + 1][j]
            };
            let values = (columns[i][j].unwrap_or(0.0), other.unwrap_or(0.0));
            let root = root(&mut along, ends, values)?;
            Ok(if up { (x[i], root) } else { (root, y[j]) })
        })
        .collect::<Result<_, PhaseError>>()?;
    let located: HashMap<Edge, (f64, f64)> = edges.iter().copied().zip(points).collect();
    if x.len() == 1 || y.len() == 1 {
        return Ok(edges.iter().map(|edge| vec![located[edge]]).collect());
    }
    let centre = |i: usize, j: usize| columns[i][j];
    Ok(chain(
        &segments(&located, (x.len(), y.len()), centre),
        &located,
    ))
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
