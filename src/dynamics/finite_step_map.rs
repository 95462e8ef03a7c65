//! Finite-step map of spherical LoRA: exact for any step size `eta` when `d -> infinity` at fixed
//! `B / d` (docs/theory.md, section 3).
//!
//! ```text
//! |v~|^2 = 1 + 2 eta u G + eta^2 u^2 (alpha^2 + 2 alpha beta m + beta^2 q + (d/B) N)
//! u+ = u + eta G ;  a+ = (a + eta u (alpha + beta m)) / |v~|
//! b+ = (b + eta u beta (rho_perp + u b)) / |v~|
//! ```

use std::sync::Arc;

use super::{Training, lora_overlaps, outside};
use crate::expectation::Kernel;
use crate::observable::Observed;
use crate::problem::{Problem, ProblemError, Start};

/// The map of one problem.
#[derive(Debug)]
pub struct FiniteStepMap {
    training: Training,
    start: Start,
    step: f64,
    dim_per_sample: f64,
}

impl FiniteStepMap {
    /// From a problem with step size and batch.
    ///
    /// # Errors
    /// When the step size or the batch is not known.
    pub fn new(problem: &Problem) -> Result<Self, ProblemError> {
        let sgd = problem.scaling().sgd(["for the finite-step map"; 2])?;
        Ok(Self {
            training: Training::new(problem, Arc::clone(problem.model().flow())),
            start: problem.start(),
            step: sgd.step,
            dim_per_sample: sgd.dim / sgd.batch,
        })
    }

    /// `(u, a, b)` at step 0.
    pub fn start(&self) -> [f64; 3] {
        [self.start.u, self.start.alignment, self.start.transverse]
    }

    /// Step size `eta`.
    pub fn step_size(&self) -> f64 {
        self.step
    }

    /// The kernel the map uses.
    pub fn kernel(&self) -> &dyn Kernel {
        &*self.training.kernel
    }

    /// One step.
    pub fn apply(&self, state: [f64; 3]) -> [f64; 3] {
        self.apply_with(state, 1.0)
    }

    /// One step with a part of the noise.
    pub(crate) fn apply_with(&self, [u, a, b]: [f64; 3], part: f64) -> [f64; 3] {
        let (t, eta) = (&self.training, self.step);
        let at = lora_overlaps(t, u, a, b, outside(a, b));
        let drift = t.drift(&at);
        let noise = t.kernel.noise(&at).total(t.label_noise);
        let gradient = drift.alpha * a + drift.beta * (t.s(a, b) + u);
        // |alpha omega* + beta w|^2 by components, so that it is never negative.
        let along = drift.alpha + drift.beta * at.m;
        let force = along * along + drift.beta * drift.beta * at.residual;
        let stretch = eta * u;
        let norm = (1.0
            + 2.0 * stretch * gradient
            + stretch * stretch * (force + part * self.dim_per_sample * noise))
            .sqrt();
        [
            u + eta * gradient,
            (a + stretch * along) / norm,
            (b + stretch * drift.beta * (t.orthogonal + u * b)) / norm,
        ]
    }

    /// The population loss of a state, without label noise.
    pub fn loss(&self, state: [f64; 3]) -> f64 {
        self.training.loss(&self.observe(state))
    }

    /// The overlaps of a state.
    pub fn observe(&self, [u, a, b]: [f64; 3]) -> Observed {
        self.training.lora(u, a, b, outside(a, b))
    }
}
