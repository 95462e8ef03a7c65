//! Linearisation around `u = 0`: gradient norm, curvature, growth rate, search time.

use serde::Serialize;
use thiserror::Error;

use super::rates::{eigenvalues, rolling, slope};
use crate::expectation::{Kernel, KernelErrors, Overlaps};
use crate::problem::{Problem, Start};

/// Relative error from which not even the first digit holds.
const NO_DIGIT: f64 = 0.5;
/// Rounding of a growth rate, from averages that are exact.
const ROUNDING: f64 = 8.0 * f64::EPSILON;

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
/// `lambda` is the weight decay, `lambda' = lambda` for free LoRA and 0 on the sphere. A heavy ball of friction `gamma`
/// grows at `(-gamma + sqrt(gamma^2 + 4 lambda_+))/2`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SearchPhase {
    /// `A`; signed (`alpha + mu beta`) when the pre-training is aligned, else >= 0; 0 where it vanishes to
    /// rounding.
    pub gradient_norm: f64,
    /// `B`.
    pub curvature: f64,
    /// `lambda_+`, the larger eigenvalue.
    pub growth_rate: f64,
    /// `lambda_-`, the smaller one.
    pub decay_rate: f64,
    /// `tau = 1 / lambda_+`; `None` where nothing grows towards the target (`A = 0`), and for free
    /// LoRA with weight decay, whose rate is not constant. [`search_time`](Self::search_time) tells these apart.
    pub tau: Option<f64>,
    /// How far these numbers may be off; `None` where that was not asked for
    /// ([`estimated`](Self::estimated)).
    pub errors: Option<SearchErrors>,
    /// Cosine between the gradient direction and `omega*` (1 when aligned).
    pub(super) cosine: f64,
    /// Component of the gradient direction along the part of `w0` orthogonal to `omega*`.
    sine: f64,
    /// `lambda_+ + lambda'`, the eigenvalue before the decay of `v`.
    pub(super) bare_rate: f64,
    /// `chi A`.
    pub(super) drive: f64,
    /// `chi`.
    step_ratio: f64,
    /// `p(0)`.
    pub(super) projection: f64,
    /// Whether the growth rate holds beyond the start.
    is_constant: bool,
    /// Whether it is that of a heavy ball, of which there is no estimate and no law of exit times.
    pub(super) rolls: bool,
}

/// Absolute errors to expect of the numbers of a [`SearchPhase`], from those of the averages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct SearchErrors {
    /// Of `A`.
    pub gradient_norm: f64,
    /// Of `B`.
    pub curvature: f64,
    /// Of `lambda_+`.
    pub growth_rate: f64,
}

/// The averages at `w0` are not known to a single digit.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[error(
    "the averages at w0 are not resolved (A = {gradient:.3e} with an error of {gradient_error:.0e}, \
     B = {curvature:.3e} with {curvature_error:.0e}): the links bend too sharply there, or grow too fast for \
     double precision"
)]
pub struct Imprecise {
    /// `A`.
    pub gradient: f64,
    /// Its absolute error.
    pub gradient_error: f64,
    /// `B`.
    pub curvature: f64,
    /// Its absolute error.
    pub curvature_error: f64,
}

/// How the errors of averages are found.
type Estimate = fn(&dyn Kernel, &Overlaps) -> KernelErrors;

/// The averages at `w0` that the phase is made of.
struct Averages {
    /// The gradient along `omega*` and across.
    along: f64,
    across: f64,
    /// `A` and `B` with their errors, if asked for.
    gradient: f64,
    curvature: f64,
    errors: Option<(f64, f64)>,
}

impl Averages {
    fn of(problem: &Problem, kernel: &dyn Kernel, estimate: Option<Estimate>) -> Self {
        let weights = problem.pretraining();
        let (rho, orthogonal, gap) = (weights.rho(), weights.orthogonal(), weights.gap());
        if orthogonal == 0.0 {
            let model = problem.model();
            // Of the gap that was given, not that of the nearest double to rho: next to the answer A goes like it.
            let next = model.teacher() == model.student() && gap > 0.0;
            let rho = if next {
                rho.min(1.0 - 0.5 * f64::EPSILON)
            } else {
                rho
            };
            let mut drift = kernel.aligned().at(rho);
            if next {
                let share = gap / (1.0 - rho);
                drift.gradient *= share;
                drift.gradient_error *= share;
            }
            if let Some((near, error)) = model.near_answer(gap, 0.0) {
                let gradient = near.slope(gap, 0.0);
                let error = error * gradient.abs();
                if error < drift.gradient_error || drift.gradient == 0.0 {
                    (drift.gradient, drift.gradient_error) = (gradient, error);
                }
            }
            return Self {
                along: drift.gradient,
                across: 0.0,
                gradient: drift.gradient,
                curvature: drift.curvature,
                errors: Some((drift.gradient_error, drift.curvature_error)),
            };
        }
        let at = Overlaps::from_residual(rho, orthogonal * orthogonal);
        let drift = kernel.drift(&at);
        let (along, across) = (drift.alpha + drift.beta * rho, drift.beta * orthogonal);
        let errors = estimate.map(|errors| {
            let errors = errors(kernel, &at);
            (
                errors.alpha + errors.beta * problem.pretraining().kappa().sqrt(),
                errors.beta,
            )
        });
        Self {
            along,
            across,
            gradient: along.hypot(across),
            curvature: drift.beta,
            errors,
        }
    }
}

impl SearchPhase {
    /// Analyses a problem; `None` without a LoRA adapter, which has no such phase, and from
    /// `w0 = 0` with a student that has a kink at 0, whose gradient there is not linear.
    ///
    /// The errors are known for aligned pre-training only; [`estimated`](Self::estimated) finds them always.
    pub fn of(problem: &Problem) -> Option<Self> {
        Self::made(problem, &**problem.model().exact(), None)
    }

    /// As [`of`](Self::of), with other averages of the same model and the errors that these have at hand.
    pub(crate) fn by(problem: &Problem, kernel: &dyn Kernel) -> Option<Self> {
        let at_hand: Estimate = |kernel, at| kernel.errors_at_hand(at, false);
        Self::made(problem, kernel, Some(at_hand))
    }

    /// As [`of`](Self::of), with [`errors`](Self::errors) for any pre-training: some milliseconds where it is
    /// not aligned and the links have no closed form.
    pub fn estimated(problem: &Problem) -> Option<Self> {
        let errors: Estimate = |kernel, at| kernel.errors(at);
        Self::made(problem, &**problem.model().exact(), Some(errors))
    }

    fn made(problem: &Problem, kernel: &dyn Kernel, estimate: Option<Estimate>) -> Option<Self> {
        if !problem.adapter().is_lora() {
            return None;
        }
        let (rho, orthogonal) = (
            problem.pretraining().rho(),
            problem.pretraining().orthogonal(),
        );
        let breaks = problem.model().student().breaks();
        if rho == 0.0 && orthogonal == 0.0 && breaks.iter().any(|b| b.at == 0.0) {
            return None;
        }
        let averages = Averages::of(problem, kernel, estimate);
        let gradient = averages.gradient;
        let start = problem.start();
        let (cosine, sine) = match gradient == 0.0 {
            true => (0.0, 0.0),
            false => (averages.along / gradient, averages.across / gradient),
        };
        let decay = problem.weight_decay();
        // On the sphere v does not decay.
        let (own, shift) = if problem.adapter().facts().on_sphere {
            (averages.curvature - decay, 0.0)
        } else {
            (averages.curvature, decay)
        };
        let coupling = problem.step_ratio().sqrt() * gradient.abs();
        let (bare_rate, other) = eigenvalues(own, coupling);
        let friction = problem.scaling().momentum.friction();
        let growth_rate = rolling(friction, bare_rate - shift);
        let errors = errors(&averages, (own, coupling), (bare_rate, shift), problem);
        let errors = errors.map(|errors| SearchErrors {
            growth_rate: errors.growth_rate / slope(friction, growth_rate),
            ..errors
        });
        // Where decay shrinks v itself the growth rate holds at the start only.
        let is_constant = !problem.setup().shrinks_direction();
        let grows = is_constant && gradient != 0.0 && growth_rate > 0.0;
        Some(Self {
            gradient_norm: gradient,
            curvature: averages.curvature,
            growth_rate,
            decay_rate: other - shift,
            tau: grows
                .then(|| 1.0 / growth_rate)
                .filter(|tau| tau.is_finite()),
            errors,
            cosine,
            sine,
            bare_rate,
            drive: problem.step_ratio() * gradient,
            step_ratio: problem.step_ratio(),
            projection: cosine * start.alignment + sine * start.transverse,
            is_constant,
            rolls: friction.is_some(),
        })
    }

    /// Relative error to expect of the worst of `A`, `B` and `tau`, 0 where it is not known; what vanishes to
    /// rounding is exact. Infinite where one of them is not a number.
    pub fn relative_error(&self) -> f64 {
        let gradient = self.gradient_norm.abs();
        if !(gradient.is_finite() && self.curvature.is_finite()) {
            return f64::INFINITY;
        }
        let Some(errors) = self.errors else {
            return 0.0;
        };
        let of = |error: f64, size: f64| match error / size {
            _ if error == 0.0 => 0.0,
            ratio if ratio.is_nan() => f64::INFINITY,
            ratio => ratio,
        };
        // B may pass through 0; it counts against what it stands beside.
        let beside = self.curvature.abs() + self.step_ratio.sqrt() * gradient;
        let mut worst = if beside == 0.0 {
            0.0
        } else {
            of(errors.curvature, beside)
        };
        if gradient != 0.0 {
            worst = worst.max(of(errors.gradient_norm, gradient));
        }
        if self.tau.is_some() {
            worst = worst.max(of(errors.growth_rate, self.growth_rate));
        }
        worst
    }

    /// The phase itself, where its numbers have a digit.
    ///
    /// # Errors
    /// [`Imprecise`] where an error is as large as the number, which is not 0, or a number is none.
    pub fn checked(self) -> Result<Self, Imprecise> {
        if self.relative_error() < NO_DIGIT {
            return Ok(self);
        }
        let errors = self.errors.unwrap_or(SearchErrors {
            gradient_norm: f64::INFINITY,
            curvature: f64::INFINITY,
            growth_rate: f64::INFINITY,
        });
        Err(Imprecise {
            gradient: self.gradient_norm,
            gradient_error: errors.gradient_norm,
            curvature: self.curvature,
            curvature_error: errors.curvature,
        })
    }

    /// `tau` as results give it: infinite where nothing grows towards the target, whether as `A = 0` or as the weights
    /// decay faster; `None` for free LoRA with weight decay, whose rate is not constant.
    pub fn search_time(&self) -> Option<f64> {
        self.tau.or(self.is_constant.then_some(f64::INFINITY))
    }

    /// Absolute error to expect of `tau`, where there is one and it is known.
    pub fn tau_error(&self) -> Option<f64> {
        let (tau, errors) = (self.tau?, self.errors?);
        Some(tau * (errors.growth_rate / self.growth_rate))
    }

    /// Linear estimate of the exit time: when `|alignment|` reaches `threshold` on the unstable
    /// direction alone, from the problem's start.
    ///
    /// ```text
    /// a(t) = cos(g, omega*) chi A (lambda_+ u0 + A p0) / (lambda_+^2 + chi A^2) e^{lambda_+ t}
    /// ```
    ///
    /// `None` where nothing grows and for a heavy ball, 0 where the threshold is passed at the start.
    pub fn exit_linear(&self, problem: &Problem) -> Option<f64> {
        if self.rolls {
            return None;
        }
        let ratio = self.bare_rate / self.gradient_norm;
        let amplitude = self.cosine * self.share() * (ratio * problem.start().u + self.projection);
        self.time_to(problem.threshold(), amplitude.abs())
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

    /// The start with `u = 0` whose unstable amplitude is `z`: `p = z (lambda^2 + chi A^2) / (n A)`, by the left
    /// eigenvector `(lambda, A)`; the direction of `v` has no more than its length.
    pub(crate) fn at_rest(&self, z: f64) -> Start {
        let (rate, gradient) = (self.bare_rate, self.gradient_norm);
        let norm = rate.hypot(self.drive);
        let p = z * (rate * (rate / norm) + gradient * (self.drive / norm)) / gradient;
        let p = p.clamp(-1.0, 1.0);
        Start {
            u: 0.0,
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

    /// `chi / (r^2 + chi)`, `r = lambda / A`: neither is squared, as both may be tiny.
    fn share(&self) -> f64 {
        let ratio = self.bare_rate / self.gradient_norm;
        self.step_ratio / (ratio * ratio + self.step_ratio)
    }

    /// `log(threshold / amplitude) / lambda_+`, at least 0.
    pub(super) fn time_to(&self, threshold: f64, amplitude: f64) -> Option<f64> {
        let tau = self.tau?;
        let time = tau * (threshold / amplitude).ln();
        time.is_finite().then(|| time.max(0.0))
    }
}

/// Errors of the numbers of the phase of a flow, from those of the averages.
fn errors(
    averages: &Averages,
    (own, coupling): (f64, f64),
    (bare_rate, shift): (f64, f64),
    problem: &Problem,
) -> Option<SearchErrors> {
    let (of_gradient, of_curvature) = averages.errors?;
    let spread = own.hypot(2.0 * coupling);
    // d lambda = (lambda dB + 2 chi A dA) / (lambda_+ - lambda_-), and rounding.
    let moved = if spread == 0.0 {
        of_curvature + of_gradient
    } else {
        let drive = 2.0 * problem.step_ratio().sqrt() * (coupling / spread);
        (bare_rate / spread) * of_curvature + drive * of_gradient
    };
    Some(SearchErrors {
        gradient_norm: of_gradient,
        curvature: of_curvature,
        growth_rate: moved + ROUNDING * (bare_rate + shift),
    })
}
