//! Spherical LoRA, the paper's: `v` is projected back to the unit sphere after every step.
//!
//! ```text
//! du/dt = alpha a + beta (s + u) - lambda u
//! da/dt = chi u [alpha (1 - a^2) + beta (rho - s a)]   - chi^2 (nu/2) u^2 N a
//! db/dt = chi u [-alpha a b + beta (rho_perp - s b)]   - chi^2 (nu/2) u^2 N b
//! ```
//!
//! `a = <v, omega*>`, `b` the component of `v` along the part of `w0` orthogonal to `omega*`,
//! `rho_perp = sqrt(kappa - rho^2)`, `s = rho a + rho_perp b`. With aligned pre-training
//! `rho_perp = b = 0` stays exact.

use super::{ClosedSystem, Training, lora_overlaps, outside};
use crate::observable::Observed;
use crate::problem::Start;

/// State `(u, a, b)`, or `(u, a)` where `b` stays 0.
pub(super) struct SphericalLora {
    pub(super) training: Training,
    pub(super) start: Start,
}

impl ClosedSystem for SphericalLora {
    fn start(&self) -> Vec<f64> {
        vec![self.start.u, self.start.alignment, self.start.transverse]
    }

    fn moving(&self) -> usize {
        let aligned = self.training.orthogonal == 0.0 && self.start.transverse == 0.0;
        if aligned { 2 } else { 3 }
    }

    fn rates_with(&self, part: f64, state: &[f64], rates: &mut [f64]) {
        let (t, [u, a, b]) = (&self.training, components(state));
        let at = lora_overlaps(t, u, a, b, outside(a, b));
        let drift = t.drift(&at);
        // -grad_w0 L = along omega* + across e2, and 1 - a^2 is a factor.
        let (_, along) = t.slopes(&drift, &at, u * a);
        let across = drift.beta * t.orthogonal;
        let chi = t.step_ratio;
        let shrink = 0.5 * chi * chi * u * u * t.noise(&at, part);
        rates[0] = along * a + across * b + drift.beta * u - t.decay * u;
        rates[1] = chi * u * (along * (1.0 - a) * (1.0 + a) - across * a * b) - shrink * a;
        if let Some(rate) = rates.get_mut(2) {
            *rate = chi * u * (across * (1.0 - b) * (1.0 + b) - along * a * b) - shrink * b;
        }
    }

    fn observe(&self, state: &[f64]) -> Observed {
        let [u, a, b] = components(state);
        self.training.lora(u, a, b, outside(a, b))
    }

    fn loss(&self, state: &[f64]) -> f64 {
        self.training.loss(&self.observe(state))
    }
}

fn components(state: &[f64]) -> [f64; 3] {
    [state[0], state[1], state.get(2).copied().unwrap_or(0.0)]
}
