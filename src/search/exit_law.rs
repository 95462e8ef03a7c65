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

/// Law of the exit time over random directions `v(0)` on the sphere and the noise of SGD, at
/// dimension `d`.
///
/// The amplitude on the unstable direction is `z e^{t / tau}`, `z` Gaussian of standard deviation
/// `sd`. A run of amplitude `epsilon` exits after `T(epsilon)`, where `T(epsilon) + tau ln(epsilon)`
/// does not depend on a small `epsilon`, so that
///
/// ```text
/// sd^2 = (A^2 + nu N lambda^2 / (2 lambda_+)) (lambda^2 + chi^2 A^2) / (d (lambda^2 + chi A^2)^2)
/// t_exit = T(epsilon) + tau ln(epsilon / |z|)
/// P(t_exit <= t) = erfc( epsilon e^{(T(epsilon) - t) / tau} / (sqrt(2) sd) )
/// ```
///
/// with `lambda` the growth rate before the decay of `v` (docs/theory.md, section 4). It holds for
/// large `d`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExitLaw {
    tau: f64,
    /// Standard deviation of `z`.
    deviation: f64,
    /// `T(epsilon) / tau + ln(epsilon)`: logarithm of the amplitude that exits at time 0, were
    /// growth exponential throughout.
    log_exit: f64,
}

impl ExitLaw {
    /// The law of the linearised search, in which the amplitude grows exponentially up to the
    /// threshold: an estimate that is early by what the rest of the way takes, and that has times
    /// where the flow never exits ([`ExitLaw::carried`] has neither fault).
    ///
    /// `None` where nothing grows, for a heavy ball, or where a large `u0` decides instead of chance.
    pub fn linear(problem: &Problem, phase: &SearchPhase) -> Option<Self> {
        Self::linear_by(problem, phase, &**problem.model().exact())
    }

    /// As [`linear`](Self::linear), with other averages of the same model.
    pub(crate) fn linear_by(
        problem: &Problem,
        phase: &SearchPhase,
        kernel: &dyn Kernel,
    ) -> Option<Self> {
        let tau = phase.tau.filter(|_| !phase.rolls)?;
        let dim = problem.scaling().dim;
        let (gradient, rate) = (phase.gradient_norm.abs(), phase.bare_rate);
        if rate * problem.start().u.abs() * dim.sqrt() > U0_SHARE * gradient {
            return None;
        }
        let nu = problem.scaling().nu;
        let noise = if nu == 0.0 {
            0.0
        } else {
            let (rho, orthogonal) = (
                problem.pretraining().rho(),
                problem.pretraining().orthogonal(),
            );
            let at = Overlaps::from_residual(rho, orthogonal * orthogonal);
            nu * kernel.noise(&at).total(problem.label_noise())
        };
        // Noise in u enters through the left eigenvector and is forgotten at rate lambda_+.
        let kicks = rate * (0.5 * noise * tau).sqrt();
        let direction = rate.hypot(phase.drive);
        let norm = rate.hypot(problem.step_ratio().sqrt() * gradient);
        let deviation = gradient.hypot(kicks) / norm * (direction / norm) / dim.sqrt();
        let alignment = phase.on_unstable_direction(1.0).alignment.abs();
        let usable = deviation > 0.0 && deviation.is_finite();
        usable.then_some(Self {
            tau,
            deviation,
            log_exit: (problem.threshold() / alignment).ln(),
        })
    }

    /// The same law with a run carried to its exit: one that starts at `amplitude` > 0 on the
    /// [unstable direction](SearchPhase::on_unstable_direction) exits after `time`.
    #[must_use]
    pub fn carried(self, time: f64, amplitude: f64) -> Self {
        Self {
            log_exit: time / self.tau + amplitude.ln(),
            ..self
        }
    }

    /// `P(t_exit <= t)`, for `t >= 0`.
    pub fn probability(&self, t: f64) -> f64 {
        let amplitude = (self.log_exit - t / self.tau).exp();
        libm::erfc(amplitude / (SQRT_2 * self.deviation))
    }

    /// Time by which a fraction `p` of the runs, in (0, 1), have left; 0 for those that start
    /// beyond the threshold. `None` where it is no finite number.
    pub fn quantile(&self, p: f64) -> Option<f64> {
        let within = p > 0.0 && p < 1.0;
        let time = within.then(|| self.time_of(self.amplitude(p)));
        time.filter(|t| t.is_finite()).map(|t| t.max(0.0))
    }

    /// The amplitude `|z|` that a fraction `p` of the runs, in (0, 1), exceeds.
    pub(crate) fn amplitude(&self, p: f64) -> f64 {
        SQRT_2 * self.deviation * inverse_erfc(p)
    }

    /// Mean: `T(epsilon) + tau ( ln(epsilon / sd) + (gamma_E + ln 2) / 2 )`, at least 0; `None`
    /// where it is no finite number.
    pub fn mean(&self) -> Option<f64> {
        let time = self.plain_mean();
        time.is_finite().then(|| time.max(0.0))
    }

    /// The mean, which may be negative.
    pub(crate) fn plain_mean(&self) -> f64 {
        // The mean of ln|z / sd| is -(gamma_E + ln 2) / 2.
        self.time_of(self.deviation * (-0.5 * (EULER_GAMMA + LN_2)).exp())
    }

    /// Exit time of a run of amplitude `z` > 0, negative for one beyond the threshold.
    pub(crate) fn time_of(&self, z: f64) -> f64 {
        self.tau * (self.log_exit - z.ln())
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
