//! Events: where a function of the state first reaches 0 from below.

use super::StepFailure;
use super::driver::{Knot, Stepper};

/// A function of the state to watch.
#[derive(Clone, Copy)]
pub struct Event<'a> {
    /// Met where this goes from negative to 0 or above.
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

/// Relative precision in time.
const TIME_PRECISION: f64 = 1e-12;
/// Trials; a bracketing secant needs about six.
const MAX_TRIALS: usize = 60;

/// Locates a sign change of `function` between two knots by integrating the step that contains
/// it again, up to trial times: no interpolant, hence no interpolation error.
///
/// `shoot(from, t)` integrates from the knot `from` to `t`.
pub(super) fn locate<const N: usize>(
    function: &dyn Fn(&[f64]) -> f64,
    before: Knot<N>,
    after: Knot<N>,
    mut shoot: impl FnMut(Knot<N>, f64) -> Result<Knot<N>, StepFailure>,
) -> Result<Knot<N>, StepFailure> {
    let (mut low, mut f_low) = (before, function(&before.y));
    let (mut high, mut f_high) = (after, function(&after.y));
    // Illinois: a secant that halves the weight of an end that stays.
    let (mut w_low, mut w_high) = (f_low, f_high);
    for _ in 0..MAX_TRIALS {
        if f_high == 0.0 || high.t - low.t <= TIME_PRECISION * high.t.abs() {
            break;
        }
        let width = high.t - low.t;
        let fraction = (w_low / (w_low - w_high)).clamp(1e-6, 1.0 - 1e-6);
        let t = low.t + fraction * width;
        if t <= low.t || t >= high.t {
            break;
        }
        let trial = shoot(before, t)?;
        let value = function(&trial.y);
        // Rounding of the state moves the root by less than this slope's worth of time.
        let slope = (f_high - f_low) / width;
        if value.abs() <= 0.1 * TIME_PRECISION * t.abs() * slope.abs() {
            return Ok(trial);
        }
        if value >= 0.0 {
            (high, f_high, w_high) = (trial, value, value);
            w_low *= 0.5;
        } else {
            (low, f_low, w_low) = (trial, value, value);
            w_high *= 0.5;
        }
    }
    Ok(high)
}

/// Advances a stepper to exactly `t`.
pub(super) fn reach<const N: usize>(
    stepper: &mut impl Stepper<N>,
    t: f64,
) -> Result<Knot<N>, StepFailure> {
    let mut knots = Vec::new();
    while stepper.position().t < t {
        stepper.advance(t, &mut knots)?;
    }
    Ok(stepper.position())
}
