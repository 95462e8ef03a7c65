//! Events: where a function of the state first reaches 0 from below.

use super::StepFailure;
use super::driver::{Knot, Stepper};

/// A function of the state to watch.
#[derive(Clone, Copy)]
pub struct Event<'a> {
    /// Met where this goes from negative to 0 or above; of order 1. Its error counts in the step
    /// control, as an absolute one up to a value of 1: the logarithm of a ratio is known relative to
    /// the ratio.
    pub function: &'a dyn Fn(&[f64]) -> f64,
    /// Whether the integration ends there.
    pub terminal: bool,
}

/// Where an event was met.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Time.
    pub t: f64,
    /// State there.
    pub state: Vec<f64>,
}

/// Trials; a bracketing secant needs about four.
const MAX_TRIALS: usize = 60;

/// A step made again up to a time inside it, with its own error control: no interpolant, hence no
/// error of interpolation.
pub(super) type Shoot<'s, const N: usize> = dyn FnMut(f64) -> Knot<N> + 's;

/// Where `function` reaches 0 in the step from `before` to `after`, if it does: at its end, or at a
/// summit inside it. `precision` is relative, in time.
pub(super) fn met_between<const N: usize>(
    function: &dyn Fn(&[f64]) -> f64,
    (before, value): (&Knot<N>, f64),
    (after, new_value): (&Knot<N>, f64),
    precision: f64,
    shoot: &mut Shoot<'_, N>,
) -> Option<Knot<N>> {
    if value >= 0.0 || value.max(new_value) < -FAR {
        return None;
    }
    let summit = summit(function, (before, value), (after, new_value), shoot);
    let (high, f_high) = match summit {
        Some(summit) => summit,
        None if new_value >= 0.0 => (*after, new_value),
        None => return None,
    };
    Some(locate(
        function,
        (*before, value),
        (high, f_high),
        precision,
        shoot,
    ))
}

/// A sign change between two knots, by a bracketing secant (Illinois: an end that stays loses half
/// its weight).
fn locate<const N: usize>(
    function: &dyn Fn(&[f64]) -> f64,
    (mut low, mut f_low): (Knot<N>, f64),
    (mut high, mut f_high): (Knot<N>, f64),
    precision: f64,
    shoot: &mut Shoot<'_, N>,
) -> Knot<N> {
    let (mut w_low, mut w_high) = (f_low, f_high);
    for _ in 0..MAX_TRIALS {
        let width = high.t - low.t;
        if f_high == 0.0 || width <= precision * high.t.abs() {
            break;
        }
        // An infinite weight is no guide: halve.
        let fraction = if w_low.is_finite() && w_high.is_finite() {
            (w_low / (w_low - w_high)).clamp(1e-6, 1.0 - 1e-6)
        } else {
            0.5
        };
        let t = low.t + fraction * width;
        if t <= low.t || t >= high.t {
            break;
        }
        let trial = shoot(t);
        let trial_value = function(&trial.y);
        let slope = (f_high - f_low) / width;
        if trial_value.abs() <= precision * t.abs() * slope.abs() && slope.is_finite() {
            return trial;
        }
        if trial_value >= 0.0 {
            (high, f_high, w_high) = (trial, trial_value, trial_value);
            w_low *= 0.5;
        } else {
            (low, f_low, w_low) = (trial, trial_value, trial_value);
            w_high *= 0.5;
        }
    }
    high
}

/// Values from which no single step reaches 0: event functions are of order 1.
const FAR: f64 = 5.0;
/// Where a step is sampled for a summit, as fractions of it: near its ends for the slopes there.
const SAMPLES: [f64; 6] = [0.0, 1e-3, 1.0 / 3.0, 2.0 / 3.0, 0.999, 1.0];
/// Changes over a step that a summit may lie above the samples.
const REACH: f64 = 10.0;

/// The first summit of `function` inside a step that reaches 0, if any: found on the cubic through
/// both ends, then on the solution itself.
fn summit<const N: usize>(
    function: &dyn Fn(&[f64]) -> f64,
    (before, value): (&Knot<N>, f64),
    (after, new_value): (&Knot<N>, f64),
    shoot: &mut Shoot<'_, N>,
) -> Option<(Knot<N>, f64)> {
    let mut values = [value; SAMPLES.len()];
    for (value, x) in values
        .iter_mut()
        .zip(SAMPLES)
        .take(SAMPLES.len() - 1)
        .skip(1)
    {
        *value = function(&between(before, after, x));
    }
    values[SAMPLES.len() - 1] = new_value;
    let top = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let bottom = values.iter().copied().fold(f64::INFINITY, f64::min);
    if !(top + REACH * (top - bottom) >= 0.0) {
        return None;
    }
    for k in 1..SAMPLES.len() - 1 {
        let (left, here, right) = (values[k - 1], values[k], values[k + 1]);
        if here > left && here >= right {
            let found = climb(
                function,
                (before, after),
                (SAMPLES[k - 1], SAMPLES[k + 1]),
                shoot,
            );
            if found.1 >= 0.0 {
                return Some(found);
            }
        }
    }
    None
}

/// The highest point of a summit between two fractions of a step.
fn climb<const N: usize>(
    function: &dyn Fn(&[f64]) -> f64,
    (before, after): (&Knot<N>, &Knot<N>),
    (mut left, mut right): (f64, f64),
    shoot: &mut Shoot<'_, N>,
) -> (Knot<N>, f64) {
    const GOLDEN: f64 = 0.381_966_011_250_105_2;
    let drawn = |x: f64| function(&between(before, after, x));
    while right - left > 1e-4 {
        let (a, b) = (
            left + GOLDEN * (right - left),
            right - GOLDEN * (right - left),
        );
        if drawn(a) >= drawn(b) {
            right = b;
        } else {
            left = a;
        }
    }
    let mut middle = 0.5 * (left + right);
    let mut solved = |x: f64| {
        let knot = shoot(before.t + x * (after.t - before.t));
        (knot, function(&knot.y))
    };
    let mut best = solved(middle);
    // The vertex of a parabola through three points of the solution, twice.
    for width in [0.05_f64, 0.005] {
        let width = width.min(0.5 * middle).min(0.5 * (1.0 - middle));
        let (low, here, high) = (
            solved(middle - width),
            solved(middle),
            solved(middle + width),
        );
        let bend = low.1 - 2.0 * here.1 + high.1;
        if bend < 0.0 {
            let vertex = middle + 0.5 * width * (low.1 - high.1) / bend;
            middle = vertex.clamp(middle - 2.0 * width, middle + 2.0 * width);
        }
        for candidate in [low, here, high, solved(middle)] {
            if candidate.1 > best.1 {
                best = candidate;
            }
        }
        if best.1 >= 0.0 {
            break;
        }
    }
    best
}

/// The cubic through the states and rates of two knots, at a fraction of the way.
pub(super) fn between<const N: usize>(before: &Knot<N>, after: &Knot<N>, x: f64) -> [f64; N] {
    let h = after.t - before.t;
    std::array::from_fn(|i| {
        let (y0, y1) = (before.y[i], after.y[i]);
        let (d0, d1) = (h * before.f[i], h * after.f[i]);
        let rise = y1 - y0;
        y0 + x * (d0 + x * (3.0 * rise - 2.0 * d0 - d1 + x * (d0 + d1 - 2.0 * rise)))
    })
}

/// Steps within a step: it was one, and is made again to a part of it.
const SHOT_STEPS: usize = 20;

/// Advances a stepper to exactly `t`.
pub(super) fn reach<const N: usize>(
    stepper: &mut impl Stepper<N>,
    t: f64,
) -> Result<Knot<N>, StepFailure> {
    let mut knots = Vec::new();
    while stepper.position().t < t {
        stepper.advance(t, &mut knots)?;
        if knots.len() > SHOT_STEPS {
            return Err(StepFailure::StepSize);
        }
    }
    Ok(*stepper.position())
}
