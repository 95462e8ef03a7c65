//! Averages of a pair as patches on the cells of the plane of (angle, `q`), built where runs go.
//!
//! The plane is cut into octaves of `q` and charts of the angle, and these into cells, cut in either direction
//! until a Chebyshev interpolant is as good as what it samples. Where breaks of both links meet, at `sqrt(q) h = k`
//! and angle 0, averages are functions of `(sqrt(q) h - k) / angle`: there cells shrink with their distance from
//! that corner.

use std::sync::OnceLock;

use super::Overlaps;
use super::chart::Chart;
use super::chebyshev_patch::{Allowed, Patch, node};

/// Nodes along each side of a patch.
const NODES: usize = 10;
/// Interpolation error allowed, relative to the largest value on the patch.
const TOLERANCE: f64 = 1e-13;
/// Rounding errors, in parts of their bounds.
const TYPICAL: f64 = 0.02;
/// How much larger than allowed errors may be that one halving mends.
const SLIGHT: f64 = 300.0;
/// How much larger the averages at one place of a patch may be than at another.
const UNEVEN: f64 = 20.0;
/// Averages below this are 0 to any purpose.
const UNDERFLOW: f64 = 1e-140;
/// Bits of the narrowest cell: there the averages around a corner are one number each.
const NARROWEST: u32 = 6;
/// Bits of a coordinate in [0, 1).
const BITS: u32 = 52;
const FRACTION: u64 = (1 << BITS) - 1;
const UNIT: f64 = (1_u64 << BITS) as f64;

/// Functions of the overlaps, the first two on one scale.
pub(super) trait Family<const F: usize> {
    /// Values and bounds of their absolute errors.
    fn sample(&self, at: &Overlaps) -> [[f64; F]; 2];
}

/// An interpolant of a family.
#[derive(Debug)]
pub(super) struct Leaf<const F: usize> {
    pub(super) patch: Patch<F, NODES>,
    /// Errors of its samples.
    claimed: [f64; F],
}

impl<const F: usize> Leaf<F> {
    /// Absolute error of function `f`: what its samples claim and what interpolation adds.
    pub(super) fn error(&self, f: usize) -> f64 {
        self.claimed[f] + self.patch.error(f)
    }
}

/// All cells of a family of functions.
#[derive(Debug)]
pub(super) struct Cells<const F: usize> {
    /// Exponent of the first octave of `q`.
    first: i64,
    /// One for each chart in each octave.
    octaves: Vec<[Cell<F>; 3]>,
}

/// A rectangle of a chart and an octave, each of them [0, 1), by the bits of its coordinates.
#[derive(Debug)]
struct Cell<const F: usize> {
    low: [u64; 2],
    /// Bits that differ within the cell.
    bits: [u32; 2],
    content: OnceLock<Content<F>>,
}

#[derive(Debug)]
enum Content<const F: usize> {
    Leaf(Box<Leaf<F>>),
    Parts(Parts<F>),
    /// To be evaluated.
    Nothing,
}

/// The parts of a cell, by the next few bits of each coordinate.
#[derive(Debug)]
struct Parts<const F: usize> {
    masks: [u64; 2],
    shifts: [u32; 2],
    /// Where the number of the part in the second direction begins.
    row: u32,
    cells: Box<[Cell<F>]>,
}

/// Where samples are taken.
struct Place {
    chart: Chart,
    /// Lower end of the octave of `q`.
    base: f64,
}

impl<const F: usize> Cells<F> {
    /// For the whole octaves of a range of `q`.
    pub(super) fn new(range: [f64; 2]) -> Self {
        let [first, end] = range.map(exponent);
        let whole = || Cell {
            low: [0; 2],
            bits: [BITS; 2],
            content: OnceLock::new(),
        };
        Self {
            first: first + 1,
            octaves: (first + 1..end)
                .map(|_| [whole(), whole(), whole()])
                .collect(),
        }
    }

    /// The interpolant that holds `at` and the local coordinates there; `None` where there is none.
    pub(super) fn find(
        &self,
        family: &impl Family<F>,
        at: &Overlaps,
    ) -> Option<(&Leaf<F>, f64, f64)> {
        let octave = usize::try_from(exponent(at.q) - self.first).ok()?;
        let (chart, x) = Chart::of(at);
        let mut cell = &self.octaves.get(octave)?[chart as usize];
        let bits = at.q.to_bits();
        let place = Place {
            chart,
            base: f64::from_bits(bits & !FRACTION),
        };
        let point = [((x * UNIT) as u64).min(FRACTION), bits & FRACTION];
        loop {
            match cell.content.get_or_init(|| cell.fill(family, &place)) {
                Content::Leaf(leaf) => {
                    let [x, y] = [0, 1].map(|axis| {
                        let inside = (point[axis] - cell.low[axis]) as f64;
                        2.0 * inside / (1_u64 << cell.bits[axis]) as f64 - 1.0
                    });
                    return Some((leaf, x, y));
                }
                Content::Parts(parts) => cell = parts.at(point)?,
                Content::Nothing => return None,
            }
        }
    }
}

impl<const F: usize> Parts<F> {
    /// The part that holds a point.
    fn at(&self, point: [u64; 2]) -> Option<&Cell<F>> {
        let [i, j] = [0, 1].map(|axis| (point[axis] >> self.shifts[axis]) & self.masks[axis]);
        self.cells.get((i + (j << self.row)) as usize)
    }
}

fn exponent(q: f64) -> i64 {
    (q.to_bits() >> 52) as i64
}

impl<const F: usize> Cell<F> {
    fn fill(&self, family: &impl Family<F>, place: &Place) -> Content<F> {
        if self.bits == [BITS; 2] {
            return self.cut([1, 1]);
        }
        let node = |axis: usize, i: usize| {
            let half = 0.5 * (1_u64 << self.bits[axis]) as f64;
            (self.low[axis] as f64 + half * (1.0 + node::<NODES>(i))) / UNIT
        };
        let (mut values, mut errors) = ([[[0.0; F]; NODES]; NODES], [0.0_f64; F]);
        let mut sample = |values: &mut [[[f64; F]; NODES]; NODES], inner: bool| {
            let end = |i: usize| i == 0 || i == NODES - 1;
            for (j, row) in values.iter_mut().enumerate() {
                let q = place.base * (1.0 + node(1, j));
                for (i, slot) in row.iter_mut().enumerate() {
                    if inner != (end(i) || end(j)) {
                        let at = place.chart.overlaps(node(0, i), q);
                        let [taken, claimed] = family.sample(&at);
                        *slot = taken;
                        errors = std::array::from_fn(|f| errors[f].max(claimed[f]));
                    }
                }
            }
            Allowed {
                relative: TOLERANCE,
                absolute: errors.map(|error| TYPICAL * error + TOLERANCE * UNDERFLOW),
            }
        };
        // The border shows in which direction the cell has to be cut, mostly.
        let allowed = sample(&mut values, false);
        let rows = [values[0], values[NODES - 1]];
        let columns = [0, NODES - 1].map(|i| values.map(|row| row[i]));
        let halvings = [rows, columns].map(|lines| {
            let parts = lines.iter().map(|line| halvings(line, &allowed));
            parts.max().unwrap_or(0)
        });
        if halvings != [0, 0] {
            return self.cut(halvings);
        }
        let allowed = sample(&mut values, true);
        match Patch::new(&values, &allowed) {
            Some(patch) => Content::Leaf(Box::new(Leaf {
                patch: *patch,
                claimed: errors,
            })),
            None => self.cut([1, 1]),
        }
    }

    /// In so many halvings of each direction.
    fn cut(&self, halvings: [u32; 2]) -> Content<F> {
        let bits = [0, 1].map(|axis| self.bits[axis].saturating_sub(halvings[axis]));
        if bits.iter().any(|bits| *bits < NARROWEST) {
            return Content::Nothing;
        }
        let masks = halvings.map(|n| (1_u64 << n) - 1);
        let row = halvings[0];
        let cell = |n: u64| {
            let part = [n & masks[0], n >> row];
            Self {
                low: [0, 1].map(|axis| self.low[axis] + (part[axis] << bits[axis])),
                bits,
                content: OnceLock::new(),
            }
        };
        Content::Parts(Parts {
            masks,
            shifts: bits,
            row,
            cells: (0..1 << (row + halvings[1])).map(cell).collect(),
        })
    }
}

/// How often a line has to be halved for its values to be those of a patch, or before that is looked at again.
fn halvings<const F: usize>(line: &[[f64; F]; NODES], allowed: &Allowed<F>) -> u32 {
    let sizes = line.map(|v| v[0].abs().max(v[1].abs()).max(UNDERFLOW));
    let least = sizes.iter().fold(f64::INFINITY, |a, s| a.min(*s));
    let most = sizes.iter().fold(0.0_f64, |a, s| a.max(*s));
    let excess = allowed.excess(line);
    if !(excess <= SLIGHT && most <= UNEVEN * UNEVEN * least) {
        2
    } else {
        u32::from(excess > 1.0 || most > UNEVEN * least)
    }
}
