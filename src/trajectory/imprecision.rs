//! How well the averages along a run are known.

use super::FlowError;
use crate::dynamics::NO_WEIGHTS;
use crate::expectation::{Drift, Overlaps};
use crate::observable::Observed;
use crate::problem::Problem;

/// Averages below this are 0 to any purpose.
const UNDERFLOW: f64 = 1e-140;
/// A length of the weights beside theirs.
const BESIDE: f64 = 0.9;
/// Relative error from which a number has no digit.
const NO_DIGIT: f64 = 0.5;

/// Largest relative error to expect of the averages at places of a run: of `alpha` and `beta` against both, and, with
/// noise, of the noise kernel against it and what an untrained student would have; as far as the errors are at hand, so that
/// it costs some right-hand sides.
///
/// # Errors
/// [`FlowError::Unresolved`] where that leaves no digit.
pub(super) fn imprecision<'a>(
    problem: &Problem,
    places: impl Iterator<Item = &'a Observed>,
) -> Result<f64, FlowError> {
    let mut worst = 0.0_f64;
    for seen in places {
        let relative = at(problem, &Overlaps::from_residual(seen.m, seen.residual));
        if relative >= NO_DIGIT || relative.is_nan() {
            return Err(FlowError::Unresolved {
                m: seen.m,
                q: seen.q(),
                relative,
            });
        }
        worst = worst.max(relative);
    }
    Ok(worst)
}

fn at(problem: &Problem, at: &Overlaps) -> f64 {
    if at.q <= NO_WEIGHTS {
        return 0.0;
    }
    let (kernel, label_noise) = (problem.model().flow(), problem.label_noise());
    let noisy = problem.scaling().nu > 0.0;
    let (drift, errors) = (kernel.drift(at), kernel.errors_at_hand(at, noisy));
    let root = at.q.sqrt();
    let size_of = |drift: Drift| drift.alpha.abs() + drift.beta.abs() * root;
    // What is 0 is so by symmetry, and not off by what its terms might be.
    let off = if drift.alpha == 0.0 {
        0.0
    } else {
        errors.alpha
    };
    let off = off + errors.beta * root;
    let mut size = size_of(drift);
    if off >= NO_DIGIT * size {
        // Both vanish where a run comes to rest across the target, and count against what a change of the weights makes.
        let beside = Overlaps::from_residual(BESIDE * at.m, BESIDE * BESIDE * at.residual);
        size = size.max(size_of(kernel.drift(&beside)));
    }
    let relative = off / (size + UNDERFLOW);
    if !noisy {
        return relative;
    }
    let noise = kernel.noise(at);
    let size = noise.total(label_noise) + problem.model().target_power() * noise.slope;
    let noise = errors.noise(label_noise) / (size + UNDERFLOW);
    if noise > relative || noise.is_nan() {
        noise
    } else {
        relative
    }
}
