//! The pair (m, q) at which the averages are taken.

use thiserror::Error;

/// Rounding allowed in `m^2 <= q` before a pair is refused, relative to `q`.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// Smallest self-overlap: that of weights which have decayed to 0.
const FAINT: f64 = 1e-220;

/// Student-teacher overlap `m`, self-overlap `q`, and `q - m^2` kept without cancellation.
///
/// The residual `q - m^2 >= 0` is the squared norm of the part of `w` orthogonal to `omega*`.
/// Near the aligned limit `m^2 = q`, where every run starts, kinked links depend on its square
/// root, so it is carried and not recomputed from `q` and `m`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overlaps {
    /// `m = <w, omega*>`, any sign.
    pub m: f64,
    /// `q = <w, w> > 0`.
    pub q: f64,
    /// `q - m^2 >= 0`.
    pub residual: f64,
}

/// Why a pair (m, q) was refused.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum OverlapError {
    /// `q` not a positive number.
    #[error("q = {q} is not allowed: the self-overlap must be a finite number above 0")]
    SelfOverlap {
        /// The value given.
        q: f64,
    },
    /// `m` not finite, or `m^2 > q`.
    #[error("m = {m} is not allowed with q = {q}: need m^2 <= q, that is |m| <= {bound}")]
    Cauchy {
        /// The value given.
        m: f64,
        /// The self-overlap given.
        q: f64,
        /// `sqrt(q)`.
        bound: f64,
    },
}

impl Overlaps {
    /// From `m` and `q`, checking `q > 0` and `m^2 <= q` (to rounding).
    ///
    /// # Errors
    /// [`OverlapError`] names the argument, its value and what is allowed.
    pub fn new(m: f64, q: f64) -> Result<Self, OverlapError> {
        if !(q > 0.0 && q.is_finite()) {
            return Err(OverlapError::SelfOverlap { q });
        }
        let residual = (-m).mul_add(m, q);
        if !m.is_finite() || residual < -ROUNDING * q {
            return Err(OverlapError::Cauchy {
                m,
                q,
                bound: q.sqrt(),
            });
        }
        Ok(Self {
            m,
            q,
            residual: residual.max(0.0),
        })
    }

    /// From `m` and the residual `q - m^2` (clamped at 0), so that nothing cancels.
    pub fn from_residual(m: f64, residual: f64) -> Self {
        let residual = residual.max(0.0);
        let q = m * m + residual;
        if q < FAINT {
            // Weights that decayed to 0 have no direction left; any right angle will do.
            return Self {
                m: 0.0,
                q: FAINT,
                residual: FAINT,
            };
        }
        Self { m, q, residual }
    }

    /// From the cosine `c = m / sqrt(q)` in [-1, 1] and `q > 0`.
    pub fn from_cosine(c: f64, q: f64) -> Self {
        Self {
            m: c * q.sqrt(),
            q,
            residual: q * (1.0 - c) * (1.0 + c),
        }
    }

    /// Cosine of the angle between `w` and `omega*`, `m / sqrt(q)` in [-1, 1].
    pub fn cosine(&self) -> f64 {
        (self.m / self.q.sqrt()).clamp(-1.0, 1.0)
    }

    /// Sine of that angle, `sqrt(1 - m^2/q)` in [0, 1], without cancellation.
    pub fn sine(&self) -> f64 {
        (self.residual / self.q).sqrt().min(1.0)
    }
}
