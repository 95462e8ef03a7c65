//! Finite-size law of the exit time: the start is random, hence so is the exit.

use std::f64::consts::{FRAC_2_SQRT_PI, LN_2, SQRT_2};

use super::SearchPhase;
use crate::expectation::{Kernel, Overlaps};
use crate::problem::Problem;

/// Euler's constant.
const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;
/// Largest share of a given `u0` in the unstable amplitude for which the law, that of a start
/// at `u = 0`, is still offered.
const U0_SHARE: f64 = 1e-2;

/// Law of the exit time over random directions `v(0)` on the sphere, at dimension `d`.
///
/// The alignment on the unstable direction is `X e^{lambda_+ t}`, `X` Gaussian of standard
/// deviation `sd`,
///
/// ```text
/// sd = |cos| chi A sqrt( (A^2 + nu N lambda_+ / 2) / d ) / (lambda_+^2 + chi A^2)
/// P(t_exit <= t) = erfc( threshold / (sqrt(2) sd e^{lambda_+ t}) )
/// ```
///
/// (docs/theory.md, section 4). It holds for large `d` and a threshold small enough for the
/// linearisation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExitLaw {
    phase: SearchPhase,
    threshold: f64,
    deviation: f64,
}

impl ExitLaw {
    /// The law of a problem; `None` where nothing grows, or where a large `u0` decides instead
    /// of chance.
    pub fn new(problem: &Problem, phase: &SearchPhase, kernel: &dyn Kernel) -> Option<Self> {
        phase.tau?;
        let dim = problem.scaling.dim;
        let gradient2 = phase.gradient_norm * phase.gradient_norm;
        let share = (phase.bare_rate * problem.start().u).powi(2) * dim / gradient2;
        if share > U0_SHARE * U0_SHARE {
            return None;
        }
        let nu = problem.scaling.nu;
        let noise = if nu == 0.0 {
            0.0
        } else {
            let (rho, orthogonal) = (problem.pretraining.rho(), problem.pretraining.orthogonal());
            let at = Overlaps::from_residual(rho, orthogonal * orthogonal);
            nu * kernel.noise(&at).total(problem.label_noise)
        };
        // Noise in u enters through the left eigenvector and is forgotten at rate lambda_+.
        let kicks = 0.5 * noise * phase.bare_rate * phase.bare_rate / phase.growth_rate;
        let deviation = phase.alignment_per_amplitude().abs() * ((gradient2 + kicks) / dim).sqrt();
        (deviation > 0.0 && deviation.is_finite()).then_some(Self {
            phase: *phase,
            threshold: problem.threshold,
            deviation,
        })
    }

    /// `P(t_exit <= t)`, for `t >= 0`.
    pub fn probability(&self, t: f64) -> f64 {
        let amplitude = self.deviation * (self.phase.growth_rate * t).exp();
        libm::erfc(self.threshold / (SQRT_2 * amplitude))
    }

    /// Time by which a fraction `p` of the runs, in (0, 1), have left; 0 for those that start
    /// beyond the threshold.
    pub fn quantile(&self, p: f64) -> Option<f64> {
        if !(p > 0.0 && p < 1.0) {
            return None;
        }
        let amplitude = SQRT_2 * self.deviation * inverse_erfc(p);
        self.phase.time_to(self.threshold, amplitude)
    }

    /// Mean: `(log(threshold / sd) + (gamma_E + log 2) / 2) / lambda_+`.
    pub fn mean(&self) -> Option<f64> {
        let tau = self.phase.tau?;
        let mean = (self.threshold / self.deviation).ln() + 0.5 * (EULER_GAMMA + LN_2);
        Some((tau * mean).max(0.0))
    }
}

/// Inverse of erfc on (0, 1): statrs is good to 1e-10, two Newton steps with libm's erfc give
/// the rest.
fn inverse_erfc(p: f64) -> f64 {
    let mut z = statrs::function::erf::erfc_inv(p);
    for _ in 0..2 {
        z += (libm::erfc(z) - p) / (FRAC_2_SQRT_PI * (-z * z).exp());
    }
    z
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverse_erfc_is_the_inverse() {
        for p in [1e-6, 0.05, 0.3, 0.5, 0.95, 0.999_999] {
            assert!((libm::erfc(inverse_erfc(p)) / p - 1.0).abs() < 1e-14, "{p}");
        }
    }
}
