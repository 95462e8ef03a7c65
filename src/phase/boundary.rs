//! Lines on a phase diagram, located by root finding and not by pixel: critical strengths, where a
//! ratio is 1, where the outcome changes.

use std::collections::HashMap;

use rayon::prelude::*;
use serde::Serialize;

use super::cell::{Cell, CellOutcome};
use super::error::PhaseError;
use super::map::{PairMemory, PhaseMap};
use super::value::ValueKind;
use crate::search::SearchPhase;

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
    /// Points (x, y) in order, each located to 1e-7 of the grid's spacing.
    pub polylines: Vec<Vec<(f64, f64)>>,
}

/// Most grid values per axis that lines are looked for on.
const MOST: usize = 200;
/// Halvings of a grid edge, by regula falsi or bisection.
const TRIALS: usize = 60;
const PRECISION: f64 = 1e-8;

/// A function whose sign changes are wanted; `None` where it has no value.
type Function<'a> = dyn Fn(&[f64], &mut PairMemory) -> Result<Option<f64>, PhaseError> + Sync + 'a;

/// All lines of a map.
///
/// # Errors
/// When a problem between grid points cannot be posed.
pub fn boundaries(map: &PhaseMap) -> Result<Vec<Boundary>, PhaseError> {
    let critical = |at: &[f64], memory: &mut PairMemory| {
        map.at(at, memory, |point| {
            let aligned = point.problem.pretraining.orthogonal() == 0.0;
            let phase = SearchPhase::of(point.problem, &*point.averages.flow);
            // Without pre-training A = 0 is the information exponent, no line.
            let there = aligned && point.problem.pretraining.rho() != 0.0;
            phase.filter(|_| there).map(|phase| phase.gradient_norm)
        })
    };
    let ratio = |at: &[f64], memory: &mut PairMemory| {
        let cell = map.evaluate_with(at, memory)?;
        Ok(cell.value.filter(|v| *v > 0.0).map(f64::ln))
    };
    let learned = |at: &[f64], memory: &mut PairMemory| {
        let cell: Cell = map.evaluate_with(at, memory)?;
        let learned = cell.outcome == CellOutcome::Learned;
        Ok(Some(if learned { 1.0 } else { -1.0 }))
    };
    let mut wanted: Vec<(BoundaryKind, &Function<'_>)> =
        vec![(BoundaryKind::CriticalStrength, &critical)];
    match map.value().kind {
        ValueKind::Ratio => wanted.push((BoundaryKind::RatioOne, &ratio)),
        ValueKind::Outcome => wanted.push((BoundaryKind::Learned, &learned)),
        _ => {}
    }
    let mut found = Vec::new();
    for (kind, function) in wanted {
        for sheet in sheets(map) {
            let polylines = trace(map, function, sheet)?;
            if !polylines.is_empty() {
                found.push(Boundary {
                    kind,
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

/// At most [`MOST`] of the values, both ends among them.
fn thinned(values: &[f64]) -> Vec<f64> {
    if values.len() <= MOST {
        return values.to_vec();
    }
    let last = values.len() - 1;
    (0..MOST).map(|i| values[i * last / (MOST - 1)]).collect()
}

/// A point of the thinned grid's edges: the lower end's indices, and whether it goes along y.
type Edge = (usize, usize, bool);

fn trace(
    map: &PhaseMap,
    function: &Function<'_>,
    sheet: Option<f64>,
) -> Result<Vec<Vec<(f64, f64)>>, PhaseError> {
    let x = thinned(map.axes()[0].values());
    let y = map
        .axes()
        .get(1)
        .map_or(vec![0.0], |axis| thinned(axis.values()));
    let place = |x: f64, y: f64| -> Vec<f64> {
        let axes = map.axes().len();
        [Some(x), Some(y), sheet]
            .into_iter()
            .flatten()
            .take(axes)
            .collect()
    };
    // Column by column where a coefficient runs along x, so that neighbours share their averages.
    let columns: Vec<Vec<Option<f64>>> = x
        .par_iter()
        .map(|x| {
            let mut memory = PairMemory::default();
            y.iter()
                .map(|y| function(&place(*x, *y), &mut memory))
                .collect()
        })
        .collect::<Result<_, PhaseError>>()?;
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
    if y.len() == 1 {
        return Ok(edges.iter().map(|edge| vec![located[edge]]).collect());
    }
    let centre = |i: usize, j: usize| columns[i][j];
    Ok(chain(
        &segments(&located, (x.len(), y.len()), centre),
        &located,
    ))
}

/// Root on an edge: regula falsi (Illinois) where there is a function, which bisects signs.
fn root(
    f: &mut dyn FnMut(f64) -> Result<Option<f64>, PhaseError>,
    (mut a, mut b): (f64, f64),
    (mut fa, mut fb): (f64, f64),
) -> Result<f64, PhaseError> {
    let span = b - a;
    let mut side = 0;
    for trial in 0..TRIALS {
        if b - a <= PRECISION * span {
            break;
        }
        let secant = (fa * b - fb * a) / (fa - fb);
        // Every third trial halves, whatever the secant says.
        let t = if trial % 3 == 2 || !(a < secant && secant < b) {
            0.5 * (a + b)
        } else {
            secant
        };
        let Some(ft) = f(t)? else { break };
        if ft == 0.0 {
            return Ok(t);
        }
        if (ft < 0.0) == (fa < 0.0) {
            (a, fa) = (t, ft);
            if side == -1 {
                fb *= 0.5;
            }
            side = -1;
        } else {
            (b, fb) = (t, ft);
            if side == 1 {
                fa *= 0.5;
            }
            side = 1;
        }
    }
    Ok(0.5 * (a + b))
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
    polylines
}
