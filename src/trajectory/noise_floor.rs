//! Learned down to the noise, or trapped: two kinds of rest with excess loss.

use super::Goal;
use crate::integrator::{Drifts, Field, fixed_point};

/// The noise is taken away in this many steps, each by this factor: to a millionth.
const STEPS: i32 = 10;
const FACTOR: f64 = 0.25;
/// Part of the excess loss left by a millionth of the noise that shows it to be the noise's.
const PART: f64 = 1e-2;

/// Rates of a state with a part of the noise: `rates(part, state, out)`.
type QuietRates<'a> = dyn Fn(f64, &[f64], &mut [f64]) + 'a;

/// Whether the excess loss of a state at rest is owed to the noise of SGD alone: the fixed point is
/// followed (by Newton's method, so that its stability does not matter) while the noise is taken
/// away, and its excess loss goes with it. A trapped run's fixed point keeps its loss.
pub(super) fn is_noise_floor(
    (rates, grain): (&QuietRates<'_>, f64),
    rest: &[f64],
    excess: &dyn Fn(&[f64]) -> f64,
    goal: &Goal,
) -> bool {
    let all = excess(rest);
    let mut state = rest.to_vec();
    for step in 1..=STEPS {
        let quieter = |y: &[f64], out: &mut [f64]| rates(FACTOR.powi(step), y, out);
        let field = Field {
            dim: state.len(),
            rates: &quieter,
            grain,
            is_dear: false,
            drifts: Drifts::GoOn,
            halts: None,
        };
        match fixed_point(field, &state) {
            Some(next) => state = next,
            None => break,
        }
    }
    let left = excess(&state);
    left <= PART * all || goal.is_low(left)
}
