//! Full fine-tuning by SGD with momentum `1 - gamma sqrt(eta)`, in the time `sqrt(eta) steps`: beside `r = q - m^2`, the
//! square of what `w` has at right angles to `omega*`, there are `c = <w_out, p_out>` and `k = |p_out|^2` of its velocity.
//!
//! ```text
//! m'' + gamma m' = alpha + beta m - lambda m
//! r' = 2 c,   c' = k - gamma c + (beta - lambda) r,   k' = -2 gamma k + 2 (beta - lambda) c + nu N
//! ```
//!
//! (docs/step-sizes.md). The energy `L + |w'|^2/2` falls without noise.

use super::{ClosedSystem, ROLLING, Training};
use crate::expectation::Overlaps;
use crate::observable::Observed;

/// State `(m, m', r, c, k)`.
pub(super) struct FullHeavyBall {
    pub(super) training: Training,
    pub(super) friction: f64,
}

impl ClosedSystem for FullHeavyBall {
    fn start(&self) -> Vec<f64> {
        let across = self.training.orthogonal.powi(2);
        vec![self.training.rho, 0.0, across, 0.0, 0.0]
    }

    fn grain(&self) -> f64 {
        ROLLING
    }

    fn rates_with(&self, part: f64, state: &[f64], rates: &mut [f64]) {
        let (t, gamma) = (&self.training, self.friction);
        let [m, dm, r, c, k] = [state[0], state[1], state[2], state[3], state[4]];
        let at = Overlaps::from_residual(m, r.max(0.0));
        let drift = t.drift(&at);
        let pull = drift.beta - t.decay;
        rates[0] = dm;
        rates[1] = drift.alpha + pull * m - gamma * dm;
        rates[2] = 2.0 * c;
        rates[3] = k - gamma * c + pull * r;
        rates[4] = -2.0 * gamma * k + 2.0 * pull * c + t.noise(&at, part);
    }

    fn observe(&self, state: &[f64]) -> Observed {
        Observed::of_weights(state[0], state[2].max(0.0))
    }

    fn loss(&self, state: &[f64]) -> f64 {
        self.training.loss(&self.observe(state))
    }

    fn kinetic(&self, state: &[f64]) -> f64 {
        0.5 * (state[1] * state[1] + state[4].max(0.0))
    }
}
