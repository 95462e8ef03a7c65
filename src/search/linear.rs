//! Linearisation around `u = 0`: gradient norm, curvature, growth rate, search time.

use serde::Serialize;

use crate::expectation::{Kernel, Overlaps};
use crate::problem::{Adapter, Problem, Start};

/// The linearised search phase of a LoRA problem.
///
/// Around `u = 0` the pair (u, p), `p` the projection of `v` on the gradient direction at `w0`,
/// obeys `d(u, p)/dt = [[B - lambda, A], [chi A, -lambda']] (u, p)`, where
///
/// ```text
/// A = |grad_w L(w0)| = sqrt(alpha^2 + 2 alpha beta rho + beta^2 kappa)   (signed when aligned)
/// B = beta(rho, kappa)
/// ```
///
/// `lambda` is the weight decay, `lambda' = lambda` for free LoRA and 0 on the sphere.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SearchPhase {
    /// `A`; signed (`alpha + mu beta`) when the pre-training is aligned, else >= 0.
    pub gradient_norm: f64,
    /// `B`.
    pub curvature: f64,
    /// `lambda_+`, the larger eigenvalue.
    pub growth_rate: f64,
    /// `lambda_-`, the smaller one.
    pub decay_rate: f64,
    /// `tau = 1 / lambda_+`; `None` where nothing grows towards the target (`A = 0`), and for free
    /// LoRA with weight decay, whose rate is not constant.
    pub tau: Option<f64>,
    /// Cosine between the gradient direction and `omega*` (1 when aligned).
    pub(super) cosine: f64,
    /// Component of the gradient direction along the part of `w0` orthogonal to `omega*`.
    sine: f64,
    /// `lambda_+ + lambda'`, the eigenvalue before the decay of `v`.
    pub(super) bare_rate: f64,
    /// `chi A`.
    pub(super) drive: f64,
    /// `p(0)`.
    pub(super) projection: f64,
}

impl SearchPhase {
    /// Analyses a problem; `None` without a LoRA adapter, which has no such phase, and from
    /// `w0 = 0` with a student that has a kink at 0, whose gradient there is not linear.
    pub fn of(problem: &Problem, kernel: &dyn Kernel) -> Option<Self> {
        if !problem.adapter.is_lora() {
            return None;
        }
        let (rho, orthogonal) = (problem.pretraining.rho(), problem.pretraining.orthogonal());
        let breaks = problem.student.breaks();
        if rho == 0.0 && orthogonal == 0.0 && breaks.iter().any(|b| b.at == 0.0) {
            return None;
        }
        let at = start_overlaps(rho, orthogonal);
        let drift = kernel.drift(&at);
        let (along, across) = (drift.alpha + drift.beta * rho, drift.beta * orthogonal);
        let gradient = if orthogonal == 0.0 {
            along
        } else {
            along.hypot(across)
        };
        let start = problem.start();
        let (cosine, sine) = if gradient == 0.0 {
            (0.0, 0.0)
        } else {
            (along / gradient, across / gradient)
        };
        let drive = problem.step_ratio * gradient;
        let decay = problem.weight_decay;
        let (own, shift) = match problem.adapter {
            Adapter::Free => (drift.beta, decay),
            _ => (drift.beta - decay, 0.0),
        };
        let (bare_rate, other) = eigenvalues(own, drive * gradient);
        let growth_rate = bare_rate - shift;
        // Free LoRA with decay shrinks v itself; the growth rate then holds at the start only.
        let constant = problem.adapter != Adapter::Free || decay == 0.0;
        let grows = constant && gradient != 0.0 && growth_rate > 0.0 && growth_rate.is_normal();
        Some(Self {
            gradient_norm: gradient,
            curvature: drift.beta,
            growth_rate,
            decay_rate: other - shift,
            tau: grows.then(|| 1.0 / growth_rate),
            cosine,
            sine,
            bare_rate,
            drive,
            projection: cosine * start.alignment + sine * start.transverse,
        })
    }

    /// Linear estimate of the exit time: when `|alignment|` reaches `threshold` on the unstable
    /// direction alone, from the problem's start.
    ///
    /// ```text
    /// a(t) = cos(g, omega*) chi A (lambda_+ u0 + A p0) / (lambda_+^2 + chi A^2) e^{lambda_+ t}
    /// ```
    ///
    /// `None` where nothing grows, and 0 where the threshold is passed at the start.
    pub fn exit_linear(&self, problem: &Problem) -> Option<f64> {
        let amplitude = self.alignment_per_amplitude()
            * (self.bare_rate * problem.start().u + self.gradient_norm * self.projection);
        self.time_to(problem.threshold, amplitude.abs())
    }

    /// Cosine between the gradient direction at `w0` and `omega*`; 1 when aligned, 0 where the
    /// gradient vanishes.
    pub fn cosine(&self) -> f64 {
        self.cosine
    }

    /// The point of amplitude `z` on the unstable direction `(u, p) = (lambda, chi A) / n`,
    /// `n^2 = lambda^2 + chi^2 A^2`, `lambda` being `lambda_+` before the decay of `v`.
    pub fn on_unstable_direction(&self, z: f64) -> Start {
        let norm = self.bare_rate.hypot(self.drive);
        let p = z * (self.drive / norm);
        Start {
            u: z * (self.bare_rate / norm),
            alignment: p * self.cosine,
            transverse: p * self.sine,
        }
    }

    /// Growth rate of the unstable amplitude at a state `(u, a, b, ..)` of a flow with its rates: the
    /// components of both along the left eigenvector `(lambda, A)`, one over the other.
    pub fn growth_of(&self, state: &[f64], rates: &[f64]) -> f64 {
        let along = |x: &[f64]| match x {
            [u, a, b, ..] => {
                self.bare_rate * u + self.gradient_norm * (self.cosine * a + self.sine * b)
            }
            _ => f64::NAN,
        };
        along(rates) / along(state)
    }

    /// Alignment carried by a left-eigenvector component of 1.
    pub(super) fn alignment_per_amplitude(&self) -> f64 {
        let norm2 = self.bare_rate * self.bare_rate + self.drive * self.gradient_norm;
        self.cosine * self.drive / norm2
    }

    /// `log(threshold / amplitude) / lambda_+`, at least 0.
    pub(super) fn time_to(&self, threshold: f64, amplitude: f64) -> Option<f64> {
        let tau = self.tau?;
        let time = tau * (threshold / amplitude).ln();
        time.is_finite().then(|| time.max(0.0))
    }
}

/// The overlaps at `w = w0`; without pre-training, of an infinitesimal `w` at right angles to
/// `omega*`, as a random direction is.
fn start_overlaps(rho: f64, orthogonal: f64) -> Overlaps {
    const FAINT: f64 = 1e-200;
    let residual = orthogonal * orthogonal;
    Overlaps::from_residual(
        rho,
        if rho == 0.0 {
            residual.max(FAINT)
        } else {
            residual
        },
    )
}

/// Eigenvalues of `[[b, a], [c, 0]]` with `a c = product >= 0`, larger first, neither by
/// cancellation.
fn eigenvalues(b: f64, product: f64) -> (f64, f64) {
    let root = (b * b + 4.0 * product).sqrt();
    if b < 0.0 {
        let minus = 0.5 * (b - root);
        (-product / minus, minus)
    } else {
        let plus = 0.5 * (b + root);
        (plus, if plus == 0.0 { 0.0 } else { -product / plus })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eigenvalues_solve_the_characteristic_equation_without_cancellation() {
        // Near mu = 1: B = -1, A = 1e-9; lambda_+ = A^2 to first order, lost by the naive form.
        let (plus, minus) = eigenvalues(-1.0, 1e-18);
        assert!((plus / 1e-18 - 1.0).abs() < 1e-15);
        assert!((minus + 1.0).abs() < 1e-15);
        for (b, product) in [(2.0, 3.0), (-2.0, 3.0), (0.0, 1.0), (5.0, 0.0), (-5.0, 0.0)] {
            let (plus, minus) = eigenvalues(b, product);
            assert!((plus + minus - b).abs() < 1e-14);
            assert!((plus * minus + product).abs() < 1e-14);
        }
    }
}
