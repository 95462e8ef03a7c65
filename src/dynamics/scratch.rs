//! From scratch on the sphere: `w = v`, `q = 1`.
//!
//! ```text
//! dm/dt = alpha (1 - m^2) - (nu/2) N m,   m(0) = alignment0
//! ```
//!
//! Without noise `r = 1 - m^2` may be a variable of its own, as in [`spherical`](super::spherical): `dr/dt = -2 alpha m r`.

use super::{ClosedSystem, Training, outside};
use crate::expectation::Overlaps;
use crate::observable::Observed;
use crate::problem::Start;

/// State `(m)`, or `(m, r)`.
pub(super) struct FromScratch {
    pub(super) training: Training,
    pub(super) start: Start,
    /// Whether `r` is a variable; without noise only.
    pub(super) has_rest: bool,
}

fn on_sphere(state: &[f64]) -> Overlaps {
    let rest = state.get(1).copied();
    Overlaps::from_residual(state[0], rest.unwrap_or_else(|| outside(state[0], 0.0)))
}

impl ClosedSystem for FromScratch {
    fn start(&self) -> Vec<f64> {
        let mut state = vec![self.start.alignment];
        state.extend(self.has_rest.then(|| outside(state[0], 0.0)));
        state
    }

    fn rates_with(&self, part: f64, state: &[f64], rates: &mut [f64]) {
        let (t, m, at) = (&self.training, state[0], on_sphere(state));
        let alpha = t.drift(&at).alpha;
        let noise = t.noise(&at, part);
        let turn = match self.has_rest {
            true => alpha * at.residual,
            false => alpha * (1.0 - m) * (1.0 + m),
        };
        rates[0] = turn - 0.5 * noise * m;
        if let Some(rate) = rates.get_mut(1) {
            *rate = -m * (2.0 * alpha * at.residual);
        }
    }

    fn observe(&self, state: &[f64]) -> Observed {
        let at = on_sphere(state);
        Observed {
            u: None,
            alignment: state[0],
            s: None,
            m: at.m,
            residual: at.residual,
        }
    }

    fn loss(&self, state: &[f64]) -> f64 {
        self.training.loss(&self.observe(state))
    }
}
