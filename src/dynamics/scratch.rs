//! From scratch on the sphere: `w = v`, `q = 1`.
//!
//! ```text
//! dm/dt = alpha (1 - m^2) - (nu/2) N m,   m(0) = alignment0
//! ```

use super::{ClosedSystem, Training};
use crate::expectation::Overlaps;
use crate::observable::Observed;
use crate::problem::Start;

/// State `(m)`.
pub(super) struct FromScratch {
    pub(super) training: Training,
    pub(super) start: Start,
}

fn on_sphere(m: f64) -> Overlaps {
    Overlaps::from_residual(m, (1.0 - m) * (1.0 + m))
}

impl ClosedSystem for FromScratch {
    fn start(&self) -> Vec<f64> {
        vec![self.start.alignment]
    }

    fn rates_with(&self, part: f64, state: &[f64], rates: &mut [f64]) {
        let (t, m, at) = (&self.training, state[0], on_sphere(state[0]));
        let alpha = t.drift(&at).alpha;
        rates[0] = alpha * (1.0 - m) * (1.0 + m) - 0.5 * t.noise(&at, part) * m;
    }

    fn observe(&self, state: &[f64]) -> Observed {
        let at = on_sphere(state[0]);
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
