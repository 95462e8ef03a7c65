//! Free LoRA: `v` is not projected. The fourth variable is the square `r` of what it has outside the
//! frame, which is bounded by 0 alone; its norm is `n = <v, v> = a^2 + b^2 + r`.
//!
//! ```text
//! du/dt = G - lambda u,   G = alpha a + beta (s + u n)
//! da/dt = chi u (alpha + beta m) - lambda a
//! db/dt = chi u beta (rho_perp + u b) - lambda b
//! dr/dt = 2 chi u^2 beta r + chi^2 nu u^2 N - 2 lambda r
//! ```

use super::{ClosedSystem, Training, lora_overlaps, outside};
use crate::observable::Observed;
use crate::problem::Start;

/// State `(u, a, b, r)`.
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
        vec![u, alignment, transverse, outside(alignment, transverse)]
    }

    fn rates_with(&self, part: f64, state: &[f64], rates: &mut [f64]) {
        let (t, [u, a, b, r]) = (&self.training, [state[0], state[1], state[2], state[3]]);
        let at = lora_overlaps(t, u, a, b, r);
        let n = a * a + b * b + r;
        let drift = t.drift(&at);
        let chi = t.step_ratio;
        let (slope, along) = t.slopes(&drift, &at, u * a);
        let gradient = along * a + drift.beta * (t.orthogonal * b + u * n);
        rates[0] = gradient - t.decay * u;
        rates[1] = chi * u * slope - t.decay * a;
        rates[2] = chi * u * drift.beta * (t.orthogonal + u * b) - t.decay * b;
        rates[3] =
            2.0 * (chi * u * u * drift.beta - t.decay) * r + chi * chi * u * u * t.noise(&at, part);
    }

    fn observe(&self, state: &[f64]) -> Observed {
        let [u, a, b, r] = [state[0], state[1], state[2], state[3]];
        self.training.lora(u, a, b, r)
    }

    fn loss(&self, state: &[f64]) -> f64 {
        self.training.loss(&self.observe(state))
    }
}
