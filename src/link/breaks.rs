//! The points where a link or one of its derivatives jumps.

use super::compiled::Tape;
use super::differentiate::derivative;
use super::error::{LinkError, quote};
use super::expression::{Expr, Node};
use super::smooth_pieces::{BESIDE, between, break_argument, piece};
use super::zeros::{RANGE, zeros, zeros_between};

/// A point where `sigma`, `sigma'` or a higher derivative is discontinuous.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Break {
    /// The point.
    pub at: f64,
    /// `sigma(at+) - sigma(at-)`; 0 where the link is continuous.
    pub jump: f64,
    /// `sigma'(at+) - sigma'(at-)`; 0 where the slope is continuous.
    pub slope_jump: f64,
}

/// More breaks than this would make every Gaussian average a sum of hundreds of integrals.
const MAX_BREAKS: usize = 256;

/// Breaks closer than this, relative to `1 + |x|`, are the same one found twice.
const SAME_POINT: f64 = 1e-12;

/// Differences of one-sided limits below this, relative to the limits, are rounding.
const ROUNDING: f64 = 1e-12;

/// Relative difference of the two sides, continued across a point, that makes it a break.
const DIFFERENT: f64 = 1e-11;

/// Where the two sides are compared, in units of `1 + |at|` from the point.
const OFFSETS: [f64; 8] = [-0.311, -0.127, -0.043, -0.011, 0.009, 0.037, 0.113, 0.293];

/// Derivatives tested for being infinite at a zero under a fractional power.
const ORDERS: usize = 3;

/// The breaks of an expression, ascending.
pub(super) fn breaks(expr: &Expr, text: &str) -> Result<Vec<Break>, LinkError> {
    let points = candidates(expr);
    if points.len() > MAX_BREAKS {
        return Err(LinkError::TooManyBreaks {
            text: quote(text, 0),
            count: points.len(),
            limit: MAX_BREAKS,
            range: RANGE,
        });
    }
    let mut found = Vec::new();
    for (i, &at) in points.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|j| points.get(j));
        let left = before.map_or(at - BESIDE, |&p| between(p, at));
        let right = points.get(i + 1).map_or(at + BESIDE, |&n| between(at, n));
        found.extend(compare(at, &piece(expr, left), &piece(expr, right)));
    }
    Ok(found)
}

/// Where a node is stitched together, see [`LinkFunction::knots`](super::builtin::LinkFunction::knots).
pub(super) fn knots(node: &Expr) -> &[f64] {
    match node.node() {
        Node::Call(f, _) => f.knots(),
        _ => &[],
    }
}

/// Where a node that is not smooth meets its break, ascending.
fn candidates(expr: &Expr) -> Vec<f64> {
    let mut points: Vec<f64> = Vec::new();
    for node in expr.nodes() {
        let new = match (node.node(), break_argument(node)) {
            (_, Some(argument)) => zeros_between(argument, &points).crossings,
            (Node::RealPower(base, _), None) => {
                let at = zeros(base);
                [at.crossings, at.touching].concat()
            }
            _ => vec![],
        };
        for at in new {
            let same = |p: &f64| (p - at).abs() <= SAME_POINT * (1.0 + at.abs());
            if !points.iter().any(same) {
                points.push(at);
            }
        }
        points.sort_by(f64::total_cmp);
        if points.len() > 2 * MAX_BREAKS {
            break;
        }
    }
    points
}

/// The break at `at` between two smooth expressions, or nothing when they join smoothly.
fn compare(at: f64, left: &Expr, right: &Expr) -> Option<Break> {
    if same_function(at, left, right) && !singular(at, left) {
        return None;
    }
    let difference = |left: &Expr, right: &Expr| {
        let [l, r] = [left, right].map(|side| Tape::compile(side).value(at));
        let real = (r - l).abs() > ROUNDING * (1.0 + l.abs() + r.abs());
        if real { r - l } else { 0.0 }
    };
    Some(Break {
        at,
        jump: difference(left, right),
        slope_jump: difference(&derivative(left), &derivative(right)),
    })
}

/// Both sides are analytic, so they join smoothly exactly when one continues the other; comparing
/// their continuations finds kinks of any order, which comparing derivatives would not.
fn same_function(at: f64, left: &Expr, right: &Expr) -> bool {
    let [l, r] = [left, right].map(|side| {
        let tape = Tape::compile(side);
        OFFSETS.map(|offset| tape.value(at + offset * (1.0 + at.abs())))
    });
    let size = l.iter().chain(&r).fold(0.0_f64, |m, y| m.max(y.abs()));
    l.iter().zip(&r).all(|(l, r)| {
        let rounding = DIFFERENT * (l.abs() + r.abs()) + f64::EPSILON * size;
        let both_undefined = l.is_nan() && r.is_nan();
        both_undefined || l.total_cmp(r).is_eq() || (l - r).abs() <= rounding
    })
}

/// True when a derivative is infinite at a zero under a fractional power, as in `(x^2)^1.5`.
fn singular(at: f64, expr: &Expr) -> bool {
    let is_root = |node: &&Expr| matches!(node.node(), Node::RealPower(..));
    if !expr.nodes().iter().any(is_root) {
        return false;
    }
    let mut side = expr.clone();
    (0..ORDERS).any(|_| {
        side = derivative(&side);
        !Tape::compile(&side).value(at).is_finite()
    })
}
