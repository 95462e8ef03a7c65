//! Averages of a pair as patches on the cells of the plane of (angle, `q`), built where runs go.
//!
//! The plane is cut into octaves of `q` and charts of the angle, and these into cells, cut in either direction
//! until a Chebyshev interpolant is as good as what it samples. The [`Corners`] where breaks of both links meet have
//! cells of their own.

mod leaf;
mod samples;

use std::sync::{Mutex, OnceLock, PoisonError};

use super::Overlaps;
use super::chart::{Chart, Symmetry};
use super::chebyshev_patch::{Allowed, Patch, node};
use super::corners::{Corner, Corners, Part};
use crate::watch::asked_to_end;
pub(super) use leaf::Leaf;
use samples::Samples;

/// Nodes along each side of a patch.
pub(super) const NODES: usize = 10;
/// Interpolation error allowed, relative to the largest value on the patch.
const TOLERANCE: f64 = 3e-14;
/// How much larger than allowed errors may be that one halving mends, and two.
const SLIGHT: f64 = 300.0;
const MODERATE: f64 = 1e7;
/// How much larger the averages at one place of a patch may be than at another.
const UNEVEN: f64 = 20.0;
/// Averages below this are 0 to any purpose.
const UNDERFLOW: f64 = 1e-140;
/// Cells that are made at the same time at most.
const LOCKS: usize = 64;
/// Bits of the narrowest cell.
const NARROWEST: u32 = 14;
/// Bits of a coordinate in [0, 1).
const BITS: u32 = 52;
const FRACTION: u64 = (1 << BITS) - 1;
const UNIT: f64 = (1_u64 << BITS) as f64;

/// Functions of the overlaps, the first two on one scale.
pub(super) trait Family<const F: usize> {
    /// Values and bounds of their absolute errors at node `(i, j)` of a cell; `None` where they cannot be had.
    fn sampler(&self, nodes: &Nodes) -> Option<impl FnMut(usize, usize) -> Option<[[f64; F]; 2]>>;
}

/// Cells with the same angles at their nodes: the number of their chart, and where in it they are.
pub(super) type Strip = (usize, u64, u32);

/// Charts of the plane; those of corners have numbers from here on.
const CHARTS: usize = 3;

/// Where a cell is sampled.
pub(super) struct Nodes {
    /// Node `(i, j)` is `at[j][i]`.
    pub(super) at: [[Overlaps; NODES]; NODES],
    /// Where all nodes with the same `i` have the same angle: which strip that is, and these angles, at any `q`.
    pub(super) strip: Option<(Strip, [Overlaps; NODES])>,
}

impl Nodes {
    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &Overlaps> {
        self.at.iter().flatten()
    }
}

/// All cells of a family of functions.
#[derive(Debug)]
pub(super) struct Cells<const F: usize> {
    /// Exponent of the first octave of `q`.
    first: i64,
    /// One for each chart in each octave.
    octaves: Vec<[Cell<F>; CHARTS]>,
    corners: Corners,
    symmetry: Symmetry,
    /// One for each part of the box around each corner.
    boxes: Vec<[Cell<F>; 3]>,
    making: [Mutex<()>; LOCKS],
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
enum Place<'a> {
    /// A chart and the lower end of an octave of `q`.
    Octave(Chart, Symmetry, f64),
    /// A part of the box around a corner.
    Box(&'a Corner, Part),
}

impl Place<'_> {
    fn overlaps(&self, [x, y]: [f64; 2]) -> Overlaps {
        match self {
            Self::Octave(chart, symmetry, base) => chart.overlaps(x, base * (1.0 + y), *symmetry),
            Self::Box(corner, part) => corner.overlaps(*part, [x, y]),
        }
    }

    /// A point with first coordinate `x` of such a chart.
    fn angle(&self, x: f64) -> Overlaps {
        match self {
            Self::Octave(chart, symmetry, _) => chart.overlaps(x, 1.0, *symmetry),
            Self::Box(..) => self.overlaps([x, 0.5]),
        }
    }

    /// The number of the chart, where places with the same first coordinate have the same angle.
    fn chart(&self) -> Option<usize> {
        match self {
            Self::Octave(chart, ..) => Some(*chart as usize),
            Self::Box(corner, Part::Near) => Some(CHARTS + corner.index),
            Self::Box(..) => None,
        }
    }
}

impl<const F: usize> Cells<F> {
    /// For the whole octaves of a range of `q`, of a pair that is mirrored or not.
    pub(super) fn new(range: [f64; 2], corners: Corners, mirrored: bool) -> Self {
        let [first, end] = range.map(exponent);
        let whole = || Cell {
            low: [0; 2],
            bits: [BITS; 2],
            content: OnceLock::new(),
        };
        Self {
            boxes: (0..corners.count())
                .map(|_| [whole(), whole(), whole()])
                .collect(),
            making: [const { Mutex::new(()) }; LOCKS],
            symmetry: Symmetry {
                even: !corners.meet(),
                mirrored,
            },
            corners,
            first: first + 1,
            octaves: (first + 1..end)
                .map(|_| [whole(), whole(), whole()])
                .collect(),
        }
    }

    /// The interpolant that holds `at` and the local coordinates there; `None` where there is none, and where the work is
    /// to end before it is made.
    pub(super) fn find(
        &self,
        family: &impl Family<F>,
        at: &Overlaps,
    ) -> Option<(&Leaf<F>, f64, f64)> {
        let octave = usize::try_from(exponent(at.q) - self.first).ok()?;
        let m = if self.symmetry.mirrored {
            at.m.abs()
        } else {
            at.m
        };
        let at = &Overlaps { m, ..*at };
        let (chart, x) = Chart::of(at, self.symmetry);
        let charts = self.octaves.get(octave)?;
        let near = match chart {
            Chart::Middle => None,
            _ => self.corners.find(at),
        };
        let bits = at.q.to_bits();
        let (mut cell, place, at) = match near {
            Some((corner, part, places)) => (
                &self.boxes.get(corner.index)?[part as usize],
                Place::Box(corner, part),
                places.map(|x| x * UNIT),
            ),
            None => (
                &charts[chart as usize],
                Place::Octave(chart, self.symmetry, f64::from_bits(bits & !FRACTION)),
                [x * UNIT, (bits & FRACTION) as f64],
            ),
        };
        let point = at.map(|x| (x as u64).min(FRACTION));
        loop {
            match self.content(cell, family, &place)? {
                Content::Leaf(leaf) => {
                    let [x, y] = [0, 1].map(|axis| {
                        // Of the coordinate itself: small ones have more digits than bits.
                        let inside = at[axis] - cell.low[axis] as f64;
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

impl<const F: usize> Cells<F> {
    /// What a cell holds, made once; `None` where the work is to end before it is.
    fn content<'a>(
        &self,
        cell: &'a Cell<F>,
        family: &impl Family<F>,
        place: &Place,
    ) -> Option<&'a Content<F>> {
        if let Some(known) = cell.content.get() {
            return Some(known);
        }
        // One thread makes it while others wait; those that make other cells mostly do not.
        let lock = (cell.low[0] ^ cell.low[1].rotate_left(8)) >> (BITS - 8);
        let lock = &self.making[lock as usize % LOCKS];
        let _one_at_a_time = lock.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = cell.content.get() {
            return Some(known);
        }
        let made = cell.fill(family, place);
        // What was left halfway is not kept.
        (!asked_to_end()).then(|| cell.content.get_or_init(|| made))
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
        if self.bits == [BITS; 2] && matches!(place, Place::Octave(..)) {
            // In the square of the sine a piece is twice as wide as in the sine.
            let aligned = |chart: &Chart| matches!(chart, Chart::Aligned | Chart::Opposed);
            let wide = matches!(place, Place::Octave(chart, of, _) if of.even && aligned(chart));
            return self.cut([1 + u32::from(wide), 1]);
        }
        let nodes = self.nodes(place);
        let Some(mut sampler) = family.sampler(&nodes) else {
            return Content::Nothing;
        };
        let mut samples = Samples::new();
        let ends = [0, NODES - 1];
        // The border shows in which direction the cell has to be cut, mostly.
        for axis in [0, 1] {
            let line = |end: usize, k: usize| if axis == 0 { (k, end) } else { (end, k) };
            let mut most = 0;
            for end in ends {
                for k in 0..NODES {
                    samples.take(&mut sampler, line(end, k));
                }
            }
            let Some(allowed) = samples.allowed() else {
                return Content::Nothing;
            };
            for end in ends {
                let values = std::array::from_fn(|k| {
                    let (i, j) = line(end, k);
                    samples.values[j][i]
                });
                most = most.max(halvings(&values, &allowed));
            }
            if most > 0 {
                return self.cut(if axis == 0 { [most, 0] } else { [0, most] });
            }
        }
        for (i, j) in (0..NODES * NODES).map(|k| (k % NODES, k / NODES)) {
            samples.take(&mut sampler, (i, j));
        }
        let Some(allowed) = samples.allowed() else {
            return Content::Nothing;
        };
        match Patch::new(&samples.values, &allowed) {
            Some(patch) => Content::Leaf(Box::new(Leaf {
                patch: *patch,
                claimed: match place {
                    Place::Octave(..) => samples.errors,
                    Place::Box(..) => samples.claims(&nodes),
                },
            })),
            None => self.cut([1, 1]),
        }
    }

    fn nodes(&self, place: &Place) -> Nodes {
        let node = |axis: usize, i: usize| {
            let half = 0.5 * (1_u64 << self.bits[axis]) as f64;
            (self.low[axis] as f64 + half * (1.0 + node::<NODES>(i))) / UNIT
        };
        let row = |j: usize| std::array::from_fn(|i| place.overlaps([node(0, i), node(1, j)]));
        Nodes {
            at: std::array::from_fn(row),
            strip: place.chart().map(|chart| {
                let angles = std::array::from_fn(|i| place.angle(node(0, i)));
                ((chart, self.low[0], self.bits[0]), angles)
            }),
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
    // Below this only rounding errors differ.
    let faint = allowed.absolute[0].max(allowed.absolute[1]) / TOLERANCE;
    let sizes = line.map(|v| v[0].abs().max(v[1].abs()).max(faint));
    let least = sizes.iter().fold(f64::INFINITY, |a, s| a.min(*s));
    let most = sizes.iter().fold(0.0_f64, |a, s| a.max(*s));
    let excess = allowed.excess(line);
    if excess.is_nan() || excess > MODERATE {
        3
    } else if excess > SLIGHT || most > UNEVEN * UNEVEN * least {
        2
    } else {
        u32::from(excess > 1.0 || most > UNEVEN * least)
    }
}
