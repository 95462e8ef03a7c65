//! Full fine-tuning: all of `w`, from `w0`.
//!
//! ```text
//! dm/dt = alpha + beta m - lambda m
//! dr/dt = 2 beta r + nu N - 2 lambda r,   r = q - m^2
//! ```
//!
//! the second line being `dq/dt = 2 (alpha m + beta q) + nu N` with `2 m dm/dt` taken off.

use super::{ClosedSystem, Training, shown};
use crate::expectation::Overlaps;
use crate::observable::Observed;

/// State `(m, r)`.
pub(super) struct FullFineTuning {
    pub(super) training: Training,
}

impl ClosedSystem for FullFineTuning {
    fn start(&self) -> Vec<f64> {
        vec![self.training.rho, self.training.orthogonal.powi(2)]
    }

    fn rates_with(&self, part: f64, state: &[f64], rates: &mut [f64]) {
        let (t, at) = (&self.training, Overlaps::from_residual(state[0], state[1]));
        let drift = t.drift(&at);
        rates[0] = drift.alpha + drift.beta * at.m - t.decay * at.m;
        rates[1] = 2.0 * (drift.beta - t.decay) * state[1] + t.noise(&at, part);
    }

    fn observe(&self, state: &[f64]) -> Observed {
        let at = Overlaps::from_residual(state[0], state[1]);
        let (m, residual) = shown(&at);
        Observed {
            u: None,
            alignment: at.cosine(),
            s: None,
            m,
            residual,
        }
    }

    fn loss(&self, state: &[f64]) -> f64 {
        self.training.loss(&self.observe(state))
    }
}
