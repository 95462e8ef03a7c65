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
//!
//! Next to the target `1 - a^2 - b^2` is a difference that cancels. Where a run without noise is followed to losses at which
//! that counts, it is a variable of its own:
//!
//! ```text
//! r = 1 - a^2 - b^2,   dr/dt = -2 chi u r [(alpha + beta rho) a + beta rho_perp b]
//! ```

use super::{ClosedSystem, Training, lora_overlaps, outside};
use crate::observable::Observed;
use crate::problem::Start;

/// State `(u, a, b)`, or `(u, a)` where `b` stays 0; with what is left of `v`, `(u, a, b, r)`.
pub(super) struct SphericalLora {
    pub(super) training: Training,
    pub(super) start: Start,
    /// Whether `r` is a variable; without noise only.
    pub(super) has_rest: bool,
}

impl ClosedSystem for SphericalLora {
    fn start(&self) -> Vec<f64> {
        let Start {
            u,
            alignment: a,
            transverse: b,
            ..
        } = self.start;
        let mut state = vec![u, a, b];
        state.extend(self.has_rest.then(|| outside(a, b)));
        state
    }

    fn moving(&self) -> usize {
        let aligned = self.training.orthogonal == 0.0 && self.start.transverse == 0.0;
        match (self.has_rest, aligned) {
            (true, _) => 4,
            (false, true) => 2,
            (false, false) => 3,
        }
    }

    fn rates_with(&self, part: f64, state: &[f64], rates: &mut [f64]) {
        let (t, [u, a, b, rest]) = (&self.training, components(state));
        let at = lora_overlaps(t, u, a, b, rest);
        let drift = t.drift(&at);
        // -grad_w0 L = along omega* + across e2, and 1 - a^2 = r + b^2 is a factor.
        let (_, along) = t.slopes(&drift, &at, u * a);
        let across = drift.beta * t.orthogonal;
        let chi = t.step_ratio;
        let shrink = 0.5 * chi * chi * u * u * t.noise(&at, part);
        rates[0] = along * a + across * b + drift.beta * u - t.decay * u;
        let but = |x: f64, other: f64| match self.has_rest {
            true => rest + other * other,
            false => (1.0 - x) * (1.0 + x),
        };
        rates[1] = chi * u * (along * but(a, b) - across * a * b) - shrink * a;
        if let Some(rate) = rates.get_mut(2) {
            *rate = chi * u * (across * but(b, a) - along * a * b) - shrink * b;
        }
        if let Some(rate) = rates.get_mut(3) {
            *rate = -2.0 * chi * u * rest * (along * a + across * b);
        }
    }

    fn observe(&self, state: &[f64]) -> Observed {
        let [u, a, b, rest] = components(state);
        self.training.lora(u, a, b, rest)
    }

    fn loss(&self, state: &[f64]) -> f64 {
        self.training.loss(&self.observe(state))
    }
}

/// `(u, a, b, r)`.
fn components(state: &[f64]) -> [f64; 4] {
    let (u, a, b) = (state[0], state[1], state.get(2).copied().unwrap_or(0.0));
    let rest = state.get(3).copied();
    [u, a, b, rest.unwrap_or_else(|| outside(a, b))]
}
