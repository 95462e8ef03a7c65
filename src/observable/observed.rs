//! What the weights are at one instant of a run, by the theory or by SGD.

use serde::{Deserialize, Serialize};

/// A run with larger numbers has diverged: their squares would soon not be finite.
pub(crate) const BEYOND: f64 = 1e100;

/// The overlaps of a student.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// LoRA amplitude; `None` without a LoRA adapter.
    pub u: Option<f64>,
    /// LoRA alignment `<v, omega*>`; without LoRA the cosine between `w` and `omega*`.
    pub alignment: f64,
    /// `<v, w0>`; `None` without a LoRA adapter.
    pub s: Option<f64>,
    /// Student-teacher overlap `<w, omega*>`.
    pub m: f64,
    /// `q - m^2 >= 0`, the squared length of the part of `w` orthogonal to `omega*`.
    pub residual: f64,
}

impl Observed {
    /// Student self-overlap `<w, w>`.
    pub fn q(&self) -> f64 {
        self.m.mul_add(self.m, self.residual)
    }

    /// Of a run without LoRA.
    pub(crate) fn of_weights(m: f64, residual: f64) -> Self {
        let length = m.hypot(residual.sqrt());
        Self {
            u: None,
            alignment: if length == 0.0 { 0.0 } else { m / length },
            s: None,
            m,
            residual,
        }
    }

    /// Whether every number is one that averages can be taken of: not NaN, and not beyond 1e100.
    pub fn is_finite(&self) -> bool {
        // Written with `all` so that NaN counts as not finite.
        let numbers = [self.alignment, self.m, self.residual, self.q()];
        let optional = [self.u, self.s].into_iter().flatten();
        let mut all = numbers.into_iter().chain(optional);
        all.all(|x| x.abs() < BEYOND)
    }
}
