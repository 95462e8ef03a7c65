//! Free LoRA: `v` is not projected; its norm `n = <v, v>` is a fourth variable.
//!
//! ```text
//! du/dt = G - lambda u,   G = alpha a + beta (s + u n)
//! da/dt = chi u (alpha + beta m) - lambda a
//! db/dt = chi u beta (rho_perp + u b) - lambda b
//! dn/dt = 2 chi u G + chi^2 nu u^2 N - 2 lambda n
//! ```

use super::{ClosedSystem, Observed, Training, lora_overlaps, lora_s};
use crate::problem::Start;

/// State `(u, a, b, n)`.
pub(super) struct FreeLora {
    pub(super) training: Training,
    pub(super) start: Start,
}

impl ClosedSystem for FreeLora {
    fn start(&self) -> Vec<f64> {
        let Start {
            u,
            alignment,
            transverse,
        } = self.start;
        vec![u, alignment, transverse, 1.0]
    }

    fn rates(&self, state: &[f64], rates: &mut [f64]) {
        let (t, [u, a, b, n]) = (&self.training, [state[0], state[1], state[2], state[3]]);
        let at = lora_overlaps(t, u, a, b, n);
        let drift = t.kernel.drift(&at);
        let chi = t.step_ratio;
        // The small difference alpha + rho beta is taken once.
        let along = drift.alpha + drift.beta * t.rho;
        let gradient = along * a + drift.beta * (t.orthogonal * b + u * n);
        rates[0] = gradient - t.decay * u;
        rates[1] = chi * u * (drift.alpha + drift.beta * at.m) - t.decay * a;
        rates[2] = chi * u * drift.beta * (t.orthogonal + u * b) - t.decay * b;
        rates[3] = 2.0 * chi * u * gradient + chi * chi * u * u * t.noise(&at) - 2.0 * t.decay * n;
    }

    fn observe(&self, state: &[f64]) -> Observed {
        let [u, a, b, n] = [state[0], state[1], state[2], state[3]];
        Observed {
            u: Some(u),
            alignment: a,
            s: Some(lora_s(&self.training, a, b)),
            overlaps: lora_overlaps(&self.training, u, a, b, n),
        }
    }
}
