//! Closed ODEs of the overlaps (docs/theory.md, section 3), one file per adapter.
//!
//! States are components in the orthonormal frame `e1 = omega*`, `e2` along the rest of `w0`:
//! `q - m^2` is then a sum of squares and the aligned limit loses no digit.

mod clean_loss;
mod finite_step_map;
pub mod frame;
mod free;
mod free_heavy_ball;
mod full;
mod full_heavy_ball;
pub mod network;
mod scratch;
mod spherical;

use std::sync::Arc;

pub use clean_loss::CleanLoss;
pub use finite_step_map::FiniteStepMap;

use crate::expectation::{Drift, Expansion, Kernel, Overlaps};
use crate::observable::Observed;
use crate::problem::{Adapter, Problem};

/// An autonomous system of ODEs for a few overlaps.
pub trait ClosedSystem: Send + Sync {
    /// The state at time 0; its length is the dimension.
    fn start(&self) -> Vec<f64>;
    /// How many of its variables move, the first ones; the others stay 0 and may be left out of every
    /// state.
    fn moving(&self) -> usize {
        self.start().len()
    }
    /// `rates = d state / dt` with so much of the noise, `nu` times `part`.
    fn rates_with(&self, part: f64, state: &[f64], rates: &mut [f64]);
    /// `rates = d state / dt`.
    fn rates(&self, state: &[f64], rates: &mut [f64]) {
        self.rates_with(1.0, state, rates);
    }
    /// The overlaps of a state.
    fn observe(&self, state: &[f64]) -> Observed;
    /// The population loss of a state, without label noise.
    fn loss(&self, state: &[f64]) -> f64;
    /// Energy of the velocities of a system that has some: it is at rest where the loss is at its best and this is 0.
    fn kinetic(&self, _state: &[f64]) -> f64 {
        0.0
    }
    /// Size below which the rates do not tell a variable from 0; 0 where every variable counts against itself, as none
    /// passes through 0.
    fn grain(&self) -> f64 {
        0.0
    }
}

/// The same of what rolls: velocities pass through 0, and overlaps of order 1 tell no smaller numbers from it.
const ROLLING: f64 = 1e-3;

impl From<&Observed> for Overlaps {
    fn from(seen: &Observed) -> Self {
        Self::from_residual(seen.m, seen.residual)
    }
}

/// What all systems share: kernel and rates.
#[derive(Clone, Debug)]
pub(crate) struct Training {
    pub(crate) kernel: Arc<dyn Kernel>,
    pub(crate) rho: f64,
    pub(crate) orthogonal: f64,
    nu: f64,
    label_noise: f64,
    step_ratio: f64,
    decay: f64,
    loss: CleanLoss,
    near: Option<Near>,
    /// Without pre-trained weights: [`Model::pull_at_zero`](crate::model::Model::pull_at_zero).
    at_zero: Option<f64>,
}

/// The gradient next to pre-trained weights at which it vanishes nearly.
#[derive(Clone, Copy, Debug)]
struct Near {
    expansion: Expansion,
    /// `1 - rho` where it is that of the answer; else that of `w0`.
    gap: Option<f64>,
}

/// Gradient of the loss at `w0` against its two terms, below which it is taken from its expansion.
const CANCELS: f64 = 1e-5;

impl Near {
    fn of(problem: &Problem, kernel: &dyn Kernel) -> Option<Self> {
        let weights = problem.pretraining();
        let (rho, gap, across) = (weights.rho(), weights.gap(), weights.orthogonal());
        if let Some((expansion, _)) = problem.model().near_answer(gap, across) {
            let gap = Some(gap);
            return Some(Self { expansion, gap });
        }
        if !(across == 0.0 && rho > 0.0 && problem.adapter().is_lora()) {
            return None;
        }
        let Drift { alpha, beta } = kernel.drift(&Overlaps::from_residual(rho, 0.0));
        let cancels = (alpha + beta * rho).abs() <= CANCELS * alpha.abs();
        let expansion = cancels.then(|| Expansion::around(kernel.aligned(), rho));
        Some(Self {
            expansion: expansion.flatten()?,
            gap: None,
        })
    }
}

impl Training {
    fn new(problem: &Problem, kernel: Arc<dyn Kernel>) -> Self {
        Self {
            near: Near::of(problem, &*kernel),
            loss: CleanLoss::by(problem.model(), Arc::clone(&kernel)),
            kernel,
            rho: problem.pretraining().rho(),
            orthogonal: problem.pretraining().orthogonal(),
            nu: problem.scaling().nu,
            label_noise: problem.label_noise(),
            step_ratio: problem.step_ratio(),
            decay: problem.weight_decay(),
            at_zero: (problem.pretraining().kappa() == 0.0)
                .then(|| problem.model().pull_at_zero())
                .flatten(),
        }
    }

    /// The averages that move the weights. Those without weights are their limits: what is left of `alpha` at so small an
    /// overlap would grow out of nothing.
    fn drift(&self, at: &Overlaps) -> Drift {
        let Drift { alpha, beta } = self.kernel.drift(at);
        let at_zero = self.at_zero.filter(|_| at.q <= NO_WEIGHTS);
        Drift {
            alpha: at_zero.unwrap_or(alpha),
            beta,
        }
    }

    /// The loss of a state, without label noise.
    fn loss(&self, seen: &Observed) -> f64 {
        let moved = seen.u.map(|u| u * seen.alignment);
        // The loss is small next to the answer only.
        let next_to_answer = self.near.is_some_and(|near| near.gap.is_some());
        let moved = moved.filter(|_| next_to_answer);
        match moved.and_then(|moved| self.near(moved, seen.residual)) {
            Some((expansion, gap)) => expansion.loss(gap, seen.residual),
            None => self.loss.at(&Overlaps::from(seen)),
        }
    }

    /// The expansion of the gradient and the distance from its point at `m = rho + moved`, where it holds.
    fn near(&self, moved: f64, residual: f64) -> Option<(&Expansion, f64)> {
        let Near { expansion, gap } = self.near.as_ref()?;
        let distance = gap.map_or(moved, |gap| gap - moved);
        expansion
            .covers(distance, residual)
            .then_some((expansion, distance))
    }

    /// `alpha + beta m` and `alpha + beta rho` at `m = rho + moved`: small differences, each taken once.
    fn slopes(&self, drift: &Drift, at: &Overlaps, moved: f64) -> (f64, f64) {
        match self.near(moved, at.residual) {
            Some((expansion, distance)) => {
                let slope = expansion.slope(distance, at.residual);
                (slope, slope - drift.beta * moved)
            }
            None => (
                drift.alpha + drift.beta * at.m,
                drift.alpha + drift.beta * self.rho,
            ),
        }
    }

    /// `<v, w0>`.
    fn s(&self, alignment: f64, transverse: f64) -> f64 {
        self.rho * alignment + self.orthogonal * transverse
    }

    /// A state of LoRA, see [`lora_overlaps`].
    fn lora(&self, u: f64, alignment: f64, transverse: f64, rest: f64) -> Observed {
        let at = lora_overlaps(self, u, alignment, transverse, rest);
        let (m, residual) = shown(&at);
        Observed {
            u: Some(u),
            alignment,
            s: Some(self.s(alignment, transverse)),
            m,
            residual,
        }
    }

    /// `part nu N(m, q)`, not evaluated in population gradient flow.
    fn noise(&self, at: &Overlaps, part: f64) -> f64 {
        let nu = part * self.nu;
        if nu == 0.0 {
            0.0
        } else {
            nu * self.kernel.noise(at).total(self.label_noise)
        }
    }
}

/// The closed system of a problem, with the averages to integrate with.
pub fn closed_system(problem: &Problem) -> Box<dyn ClosedSystem> {
    closed_system_by(problem, Arc::clone(problem.model().flow()))
}

/// The closed system of a problem with the given kernel; a new adapter is one line here.
pub fn closed_system_by(problem: &Problem, kernel: Arc<dyn Kernel>) -> Box<dyn ClosedSystem> {
    let training = Training::new(problem, kernel);
    let start = problem.start();
    let friction = problem.scaling().momentum.friction();
    // With noise or decay no loss falls that far, and a run at rest is found by its own variables alone.
    let falls = problem.scaling().nu <= 0.0 && problem.weight_decay() <= 0.0;
    let has_rest = falls && problem.loss_tolerance() < FINE;
    match (problem.adapter(), friction) {
        (Adapter::Free, Some(friction)) => Box::new(free_heavy_ball::FreeHeavyBall {
            training,
            start,
            friction,
        }),
        (Adapter::Full, Some(friction)) => {
            Box::new(full_heavy_ball::FullHeavyBall { training, friction })
        }
        (Adapter::Spherical, _) => Box::new(spherical::SphericalLora {
            training,
            start,
            has_rest,
        }),
        (Adapter::Free, None) => Box::new(free::FreeLora { training, start }),
        (Adapter::Full, None) => Box::new(full::FullFineTuning { training }),
        (Adapter::Scratch, _) => Box::new(scratch::FromScratch {
            training,
            start,
            has_rest,
        }),
    }
}

/// Loss tolerance below which spherical LoRA and training from scratch carry what is missing of an alignment of 1 as a variable:
/// the last digit of the alignment is 1e-16 of a loss that is to fall below this part of the first.
const FINE: f64 = 1e-8;

/// Smallest `|u|` used when there is no pre-training: the student's direction is then `v`
/// itself, whatever its length, and a length of 0 would leave `m / sqrt(q)` undefined.
const FAINT: f64 = 1e-100;

/// Self-overlap of what has no weights but [`FAINT`] ones.
pub(crate) const NO_WEIGHTS: f64 = 1e4 * FAINT * FAINT;

/// `m` and `q - m^2` to be told: of what has no weights they are 0.
fn shown(at: &Overlaps) -> (f64, f64) {
    let is_empty = at.q <= NO_WEIGHTS;
    if is_empty {
        (0.0, 0.0)
    } else {
        (at.m, at.residual)
    }
}

/// What a unit vector with these frame components has outside the frame, squared.
pub(crate) fn outside(alignment: f64, transverse: f64) -> f64 {
    ((1.0 - alignment) * (1.0 + alignment) - transverse * transverse).max(0.0)
}

/// Overlaps of `w = w0 + u v` from the frame components of `v` and the square of what it has
/// outside the frame.
fn lora_overlaps(
    training: &Training,
    u: f64,
    alignment: f64,
    transverse: f64,
    rest: f64,
) -> Overlaps {
    let no_weights = training.rho == 0.0 && training.orthogonal == 0.0;
    let u = if no_weights && u.abs() < FAINT {
        FAINT
    } else {
        u
    };
    let across = training.orthogonal + u * transverse;
    Overlaps::from_residual(
        training.rho + u * alignment,
        across * across + u * u * rest.max(0.0),
    )
}
