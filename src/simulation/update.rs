//! The arithmetic of one SGD step, given the batch gradient `g = sum_b g_b x_b`.
//!
//! ```text
//! LoRA:     u+ = u + eta (<g, v> - lambda u),   v+ = v + chi eta u g  (- eta lambda v when free)
//! full:     w+ = w + eta (g - lambda w)
//! scratch:  w+ = w + eta g
//! ```
//!
//! (with momentum what is added is taken to be added to a part of the last step, see `rolling.rs`),
//! followed by division by the length for spherical LoRA and from scratch
//! (docs/theory.md, sections 1 and 3).

use crate::problem::Problem;

/// The constants of a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Update {
    pub(super) is_lora: bool,
    pub(super) on_sphere: bool,
    /// `<w0, omega*>`.
    pub(super) rho: f64,
    /// Length of the part of `w0` orthogonal to `omega*`.
    pub(super) orthogonal: f64,
    step: f64,
    step_ratio: f64,
    decay: f64,
}

impl Update {
    pub(super) fn new(problem: &Problem, step: f64) -> Self {
        Self {
            is_lora: problem.adapter().is_lora(),
            on_sphere: problem.adapter().facts().on_sphere,
            rho: problem.pretraining().rho(),
            orthogonal: problem.pretraining().orthogonal(),
            step,
            step_ratio: problem.step_ratio(),
            decay: problem.weight_decay(),
        }
    }

    /// Those of a step of so many times the step size.
    pub(super) fn sized(self, factor: f64) -> Self {
        Self {
            step: factor * self.step,
            ..self
        }
    }

    /// `w` in the frame, from the trained vector in it.
    pub(super) fn weights(&self, u: f64, trained: [f64; 3]) -> [f64; 3] {
        if !self.is_lora {
            return trained;
        }
        [
            self.rho + u * trained[0],
            self.orthogonal + u * trained[1],
            u * trained[2],
        ]
    }

    /// What the trained vector gains per gradient: `chi eta u`, or `eta` without LoRA.
    pub(super) fn pull(&self, u: f64) -> f64 {
        if self.is_lora {
            self.step_ratio * self.step * u
        } else {
            self.step
        }
    }

    /// What weight decay leaves of the trained vector; on the sphere it would be undone.
    pub(super) fn keep(&self) -> f64 {
        if self.on_sphere {
            1.0
        } else {
            1.0 - self.step * self.decay
        }
    }

    /// What `u` gains in a plain step with `<g, v> = force`; 0 without LoRA.
    pub(super) fn added_u(&self, u: f64, force: f64) -> f64 {
        if self.is_lora {
            self.step * (force - self.decay * u)
        } else {
            0.0
        }
    }

    /// `u` after a step with `<g, v> = force`; 0 without LoRA.
    pub(super) fn next_u(&self, u: f64, force: f64) -> f64 {
        if self.is_lora {
            u + self.step * (force - self.decay * u)
        } else {
            0.0
        }
    }
}
