//! What a link must satisfy before it is accepted: finite, not constant, moderate growth.

use super::builtin::Kind;
use super::error::{LinkError, quote};
use super::expression::{Expr, Node};
use super::growth::too_fast;
use super::tape::Tape;
use super::zeros::{RANGE, grid, zeros};

/// A value this small relative to its neighbourhood is a zero.
const VANISHING: f64 = 1e-8;

/// The distance at which that neighbourhood is looked at.
const NEARBY: f64 = 1.0 / 64.0;

/// Refuses links that are infinite, not a number, constant, or grow too fast.
pub(super) fn check_value(expr: &Expr, value: &Tape, text: &str) -> Result<(), LinkError> {
    if expr.constant().is_some_and(f64::is_finite) {
        return Err(constant(text));
    }
    let what = "the value";
    moderate(value, what, text)?;
    let points = scan_points();
    let mut values = vec![0.0; points.len()];
    value.values(&points, &mut values);
    finite(&points, &values, what, text)?;
    if let Some(at) = singularity(expr) {
        return Err(LinkError::Singular {
            text: quote(text, 0),
            at,
        });
    }
    if values
        .windows(2)
        .all(|pair| pair[0].total_cmp(&pair[1]).is_eq())
    {
        return Err(constant(text));
    }
    Ok(())
}

/// Refuses derivatives that are infinite, not a number, or grow too fast.
pub(super) fn check_derivatives(first: &Tape, second: &Tape, text: &str) -> Result<(), LinkError> {
    let what = "the derivative";
    moderate(first, what, text)?;
    let points = scan_points();
    let mut values = vec![0.0; points.len()];
    first.values(&points, &mut values);
    finite(&points, &values, what, text)?;
    // Second derivatives may be infinite at single points, so only irregular points count.
    let shifted: Vec<f64> = points.iter().map(|x| x + 0.002_718_281_8).collect();
    second.values(&shifted, &mut values);
    finite(&shifted, &values, "the second derivative", text)
}

fn moderate(tape: &Tape, what: &'static str, text: &str) -> Result<(), LinkError> {
    if too_fast(tape) {
        return Err(LinkError::GrowsTooFast {
            text: quote(text, 0),
            what,
        });
    }
    Ok(())
}

fn constant(text: &str) -> LinkError {
    LinkError::Constant {
        text: quote(text, 0),
        range: RANGE,
    }
}

/// The grid, integers first and small `|x|` first, so that refusals name a simple point.
fn scan_points() -> Vec<f64> {
    let mut points: Vec<f64> = grid().collect();
    points.sort_by(|a, b| {
        let rank = |x: f64| (x.fract() != 0.0, x.abs());
        let ((f, x), (g, y)) = (rank(*a), rank(*b));
        f.cmp(&g).then(x.total_cmp(&y)).then(b.total_cmp(a))
    });
    points
}

fn finite(x: &[f64], y: &[f64], what: &'static str, text: &str) -> Result<(), LinkError> {
    match x.iter().zip(y).find(|(_, y)| !y.is_finite()) {
        None => Ok(()),
        Some((&at, y)) => Err(LinkError::NotFinite {
            text: quote(text, 0),
            what,
            state: if y.is_nan() {
                "not a number"
            } else {
                "infinite"
            },
            at,
            range: RANGE,
        }),
    }
}

/// The point nearest to 0 where something is divided by zero.
fn singularity(expr: &Expr) -> Option<f64> {
    let mut points: Vec<f64> = Vec::new();
    for node in expr.nodes() {
        let divisor = match node.node() {
            Node::Divide(_, b) if b.constant().is_none() => b,
            Node::Power(a, n) if *n < 0 => a,
            Node::RealPower(a, c) if *c < 1.0 => a,
            Node::Call(f, g) if f.kind() == Kind::Log => g,
            _ => continue,
        };
        let tape = Tape::compile(divisor);
        let found = zeros(divisor);
        points.extend(found.crossings.iter().filter(|&&x| vanishes(&tape, x)));
        points.extend(found.touching);
    }
    points
        .into_iter()
        .min_by(|a, b| a.abs().total_cmp(&b.abs()).then(b.total_cmp(a)))
}

/// True when `g(x)` is zero up to rounding; a jump across zero is not.
fn vanishes(g: &Tape, x: f64) -> bool {
    let around = g.value(x - NEARBY).abs().max(g.value(x + NEARBY).abs());
    g.value(x).abs() <= VANISHING * around
}
