//! Where an expression vanishes or changes sign.

use super::compiled::Tape;
use super::differentiate::derivative;
use super::expression::Expr;
use super::form::affine;
use super::smooth_pieces::{BESIDE, between, break_argument, piece};
use crate::root::zero;

/// Zeros are looked for in `[-RANGE, RANGE]`: forty standard deviations of a unit Gaussian.
pub(super) const RANGE: f64 = 40.0;

/// Grid points per unit length; faster oscillations than this resolves are not seen.
const RESOLUTION: i32 = 64;

/// A minimum of `|g|` this small relative to its surroundings is a zero.
const TOUCHING: f64 = 1e-13;

/// The zeros of one expression.
#[derive(Debug, Default)]
pub(super) struct Zeros {
    /// Where the sign changes, or where an interval of zeros ends.
    pub(super) crossings: Vec<f64>,
    /// Where the expression touches zero from one side.
    pub(super) touching: Vec<f64>,
}

/// The grid on which functions are scanned, ascending.
pub(super) fn grid() -> impl Iterator<Item = f64> + Clone {
    let last = RANGE as i32 * RESOLUTION;
    (-last..=last).map(|i| f64::from(i) / f64::from(RESOLUTION))
}

/// The zeros of `g` in the range; of an affine `g` its exact zero, wherever it lies.
pub(super) fn zeros(g: &Expr) -> Zeros {
    if g.nodes().iter().all(|node| break_argument(node).is_none())
        && let Some((constant, slope)) = affine(g)
    {
        let at = -constant / slope;
        // `+ 0.0` turns the -0 of a zero constant into 0.
        let crossings = if at.is_finite() {
            vec![at + 0.0]
        } else {
            vec![]
        };
        return Zeros {
            crossings,
            touching: vec![],
        };
    }
    scan(&Tape::compile(g), &Tape::compile(&derivative(g)))
}

/// The zeros of `g`, which is smooth between these points: exact where it is affine on every piece,
/// however close they lie, and else as [`zeros`] finds them.
pub(super) fn zeros_between(g: &Expr, points: &[f64]) -> Zeros {
    if g.nodes().iter().all(|node| break_argument(node).is_none()) {
        return zeros(g);
    }
    let first = points.first().map_or(0.0, |p| p - BESIDE);
    let last = points.last().map(|p| (p + BESIDE, *p, f64::INFINITY));
    let inside = points.windows(2).map(|p| (between(p[0], p[1]), p[0], p[1]));
    let left = (
        first,
        f64::NEG_INFINITY,
        points.first().copied().unwrap_or(f64::INFINITY),
    );
    let mut crossings = Vec::new();
    for (probe, from, to) in std::iter::once(left).chain(inside).chain(last) {
        let Some((constant, slope)) = affine(&piece(g, probe)) else {
            return zeros(g);
        };
        let at = -constant / slope + 0.0;
        if at.is_finite() && (from..=to).contains(&at) {
            crossings.push(at);
        }
    }
    Zeros {
        crossings,
        touching: vec![],
    }
}

fn scan(g: &Tape, slope: &Tape) -> Zeros {
    let x: Vec<f64> = grid().collect();
    let mut y = vec![0.0; x.len()];
    let mut dy = vec![0.0; x.len()];
    g.values(&x, &mut y);
    slope.values(&x, &mut dy);
    let mut found = Zeros::default();
    for i in 1..x.len() {
        let (left, right) = (y[i - 1], y[i]);
        if (left == 0.0) != (right == 0.0) {
            let ends = if left == 0.0 {
                (x[i - 1], x[i])
            } else {
                (x[i], x[i - 1])
            };
            found.crossings.push(last_zero(g, ends));
        } else if left * right < 0.0 || (left < 0.0) != (right < 0.0) {
            found.crossings.push(crossing(g, x[i - 1], x[i]));
        } else if left.abs() > 0.0 && dy[i - 1] * left < 0.0 && dy[i] * right > 0.0 {
            dip(g, slope, (x[i - 1], x[i]), &mut found);
        }
    }
    found
}

/// The last zero from one that is known towards a point that is none.
fn last_zero(g: &Tape, (mut zero, mut other): (f64, f64)) -> f64 {
    loop {
        let middle = 0.5 * (zero + other);
        if middle.total_cmp(&zero).is_eq() || middle.total_cmp(&other).is_eq() {
            return zero;
        }
        if g.value(middle) == 0.0 {
            zero = middle;
        } else {
            other = middle;
        }
    }
}

/// `|g|` has a minimum between two points at which `g` has the same sign.
fn dip(g: &Tape, slope: &Tape, (a, b): (f64, f64), found: &mut Zeros) {
    let bottom = crossing(slope, a, b);
    let (ends, low) = ([g.value(a), g.value(b)], g.value(bottom));
    if (low < 0.0) != (ends[0] < 0.0) && low != 0.0 {
        found.crossings.push(crossing(g, a, bottom));
        found.crossings.push(crossing(g, bottom, b));
    } else if low.abs() <= TOUCHING * ends[0].abs().max(ends[1].abs()) {
        found.touching.push(bottom);
    }
}

/// The point of `[a, b]` where `g` changes sign, to the last bit.
fn crossing(g: &Tape, a: f64, b: f64) -> f64 {
    zero(|x| g.value(x), ((a, g.value(a)), (b, g.value(b))), 0.0)
}
