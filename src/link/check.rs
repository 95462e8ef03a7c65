//! What a link must satisfy before it is accepted: finite, not constant, moderate growth.

use std::collections::VecDeque;
use std::sync::LazyLock;

use super::breaks::Break;
use super::builtin::Kind;
use super::compiled::{Tape, evaluate};
use super::differentiate::derivative;
use super::error::{LinkError, quote};
use super::expression::{Expr, Node};
use super::growth::too_fast;
use super::wide::function;
use super::zeros::{RANGE, grid, zeros};

/// A value this small relative to its neighbourhood is a zero.
const VANISHING: f64 = 1e-8;

/// Where the weight of a Gaussian is.
const NEAR: f64 = 3.0;

/// Sizes whose fourth power, with a moment of the Gaussian, is a number ...
const LARGEST: f64 = 1e75;

/// ... and whose square does not vanish.
const SMALLEST: f64 = 1e-150;

/// A power of the distance below this one has an infinite slope.
const FLATTEST: f64 = 0.99;

/// Powers of `|x|` from this one up to 1 have a slope whose square has a mean.
const STEEPEST: f64 = 0.5 + 1e-6;
/// Where the power of an infinite slope at 0 is measured, and how near 1 it is no longer one.
const CLOSE: f64 = 7.888_609_052_210_118e-31;
const STRAIGHT: f64 = 1.0 - 1e-6;

/// Part of the terms of a link that is more than their rounding.
const NOTICED: f64 = 1e-9;
/// Disks in which a feature narrower than the grid is looked for.
const MOST_CELLS: usize = 40_000;

/// The distance at which that neighbourhood is looked at.
const NEARBY: f64 = 1.0 / 64.0;

/// Refuses links that are infinite, not a number, constant, or grow too fast; gives the power of `|x|` that they go like at
/// 0 where their slope is infinite there.
pub(super) fn check_value(expr: &Expr, value: &Tape, text: &str) -> Result<Option<f64>, LinkError> {
    if expr.constant().is_some_and(f64::is_finite) {
        return Err(constant(text));
    }
    let what = "the value";
    moderate(value, what, text)?;
    let mut points = SCANNED.clone();
    let mut values = vec![0.0; points.len()];
    value.values(&points, &mut values);
    finite(&points, &values, what, text)?;
    if (is_flat(&values) || values.iter().all(|y| y.abs() < SMALLEST))
        && let Some(at) = narrow(value, values[0])
    {
        points.push(at);
        values.push(value.value(at));
        finite(&[at], &values[points.len() - 1..], what, text)?;
    }
    in_scale(&points, &values, text)?;
    let steep = singularity(expr, value, text)?;
    if is_flat(&values) {
        return Err(constant(text));
    }
    Ok(steep)
}

fn is_flat(values: &[f64]) -> bool {
    let mut pairs = values.windows(2);
    pairs.all(|pair| pair[0].total_cmp(&pair[1]).is_eq())
}

/// A point between those of the grid where the link is not what it seems to be at all of them, by more than rounding:
/// their distances are halved where disks of the complex plane leave room for one, the widest first.
fn narrow(value: &Tape, seems: f64) -> Option<f64> {
    let least = SMALLEST.max(NOTICED * seems.abs());
    let half = 0.5 * NEARBY;
    let mut cells: VecDeque<(f64, f64)> = grid().map(|x| (x + half, half)).collect();
    for _ in 0..MOST_CELLS {
        let (at, half) = cells.pop_front()?;
        let disk = value.disk(at, half);
        let off = (disk.centre - seems).abs();
        if off > least && off > NOTICED * value.terms(at) {
            return Some(at);
        }
        // Also where nothing is known.
        if off + disk.radius <= least {
            continue;
        }
        let half = 0.5 * half;
        cells.extend([(at - half, half), (at + half, half)]);
    }
    None
}

/// Refuses derivatives that are infinite, not a number, or grow too fast; at breaks they may be infinite, where
/// [`check_value`] let them pass.
pub(super) fn check_derivatives(
    [first, second]: [&Tape; 2],
    breaks: &[Break],
    text: &str,
) -> Result<(), LinkError> {
    let what = "the derivative";
    moderate(first, what, text)?;
    let regular = |x: &f64| breaks.iter().all(|b| (b.at - x).abs() > 0.0);
    let points: Vec<f64> = SCANNED.iter().copied().filter(regular).collect();
    let mut values = vec![0.0; points.len()];
    first.values(&points, &mut values);
    finite(&points, &values, what, text)?;
    // Second derivatives may be infinite at single points, so only irregular points count.
    let shifted: Vec<f64> = points.iter().map(|x| x + 0.002_718_281_8).collect();
    second.values(&shifted, &mut values);
    finite(&shifted, &values, "the second derivative", text)
}

/// Refuses values of which no average is a number: the fourth power of large ones, the square of
/// small ones.
fn in_scale(x: &[f64], y: &[f64], text: &str) -> Result<(), LinkError> {
    let largest = |range: f64| {
        let within = x.iter().zip(y).filter(|(x, _)| x.abs() <= range);
        within.fold(0.0_f64, |size, (_, y)| size.max(y.abs()))
    };
    let (near, all) = (largest(NEAR), largest(RANGE));
    let size = if near > LARGEST { near } else { all };
    if near <= LARGEST && (all >= SMALLEST || all <= 0.0) {
        return Ok(());
    }
    Err(LinkError::OutOfScale {
        text: quote(text, 0),
        size,
        low: SMALLEST,
        high: LARGEST,
    })
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

/// The grid, integers first and small `|x|` first, so that refusals name a simple point. To order it takes longer than all
/// that a link is asked there.
static SCANNED: LazyLock<Vec<f64>> = LazyLock::new(|| {
    let mut points: Vec<f64> = grid().collect();
    points.sort_by(|a, b| {
        let rank = |x: f64| (x.fract() != 0.0, x.abs());
        let ((f, x), (g, y)) = (rank(*a), rank(*b));
        f.cmp(&g).then(x.total_cmp(&y)).then(b.total_cmp(a))
    });
    points
});

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

/// The power of an infinite slope at 0 that is allowed, or what is wrong at the point nearest to 0 where something is
/// divided by zero, or a root of zero taken.
fn singularity(expr: &Expr, value: &Tape, text: &str) -> Result<Option<f64>, LinkError> {
    let (mut points, mut power): (Vec<(f64, bool)>, _) = (Vec::new(), None);
    for node in expr.nodes() {
        let (divisor, root) = match node.node() {
            Node::Divide(_, b) if b.constant().is_none() => (b, false),
            Node::Power(a, n) if *n < 0 => (a, false),
            Node::RealPower(a, c) if *c < 1.0 => (a, *c > 0.0),
            Node::Call(f, g) if f.kind() == Kind::Log => (g, false),
            _ => continue,
        };
        let tape = Tape::compile(divisor);
        let found = zeros(divisor);
        let crossings = found.crossings.into_iter().filter(|x| vanishes(&tape, *x));
        for at in crossings.chain(found.touching) {
            match steep(expr, at).filter(|_| root) {
                Some(p) => power = Some(p),
                None => points.push((at, root)),
            }
        }
    }
    let nearest = |(a, _): &(f64, bool), (b, _): &(f64, bool)| {
        a.abs().total_cmp(&b.abs()).then(b.total_cmp(a))
    };
    let Some((at, root)) = points.into_iter().min_by(nearest) else {
        return Ok(power);
    };
    if !root {
        let text = quote(text, 0);
        return Err(LinkError::Singular { text, at });
    }
    let exponent = local_exponent(value, at);
    Err(if exponent < FLATTEST {
        infinite_slope(text, at, exponent)
    } else {
        let text = quote(text, 0);
        LinkError::RootOfZero { text, at }
    })
}

pub(super) fn infinite_slope(text: &str, at: f64, exponent: f64) -> LinkError {
    LinkError::InfiniteSlope {
        text: quote(text, 0),
        at,
        exponent: (100.0 * exponent).round() / 100.0,
    }
}

/// The power of `|x|` that the link goes like at 0 where its slope is infinite and the square of that has a mean: at 0 alone,
/// since nowhere else have doubles the distances that its averages live at.
fn steep(expr: &Expr, at: f64) -> Option<f64> {
    if at.abs() > 0.0 {
        return None;
    }
    let slope = Tape::compile(&derivative(expr));
    let power = |side: f64| {
        let [near, nearer] = [2.0 * CLOSE, CLOSE].map(|x| slope.value(side * x));
        1.0 + (near / nearer).abs().log2()
    };
    // Where it is flat on one side the quotient is not a number, which loses.
    let power = power(1.0).min(power(-1.0));
    (power > STEEPEST && power < STRAIGHT).then_some(power)
}

/// The smaller `p` of `|f(x) - f(at)| ~ |x - at|^p` on the two sides.
fn local_exponent(f: &Tape, at: f64) -> f64 {
    let step = (1.0 + at.abs()) * 2.0_f64.powi(-16);
    let rise = |x: f64| (f.value(at + x) - f.value(at)).abs();
    let sides = [step, -step].map(|h| (rise(2.0 * h) / rise(h)).log2());
    // Where f is flat on one side the quotient is not a number, which loses.
    sides[0].min(sides[1])
}

/// True when `g(x)` is zero up to rounding; a jump across zero is not.
fn vanishes(g: &Tape, x: f64) -> bool {
    // By logarithms, since what underflows is no zero.
    let [left, here, right] = [x - NEARBY, x, x + NEARBY].map(|x| evaluate(g, x, function).log());
    here <= VANISHING.ln() + left.max(right)
}
