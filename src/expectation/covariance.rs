//! The covariance matrix of two pre-activations.

use thiserror::Error;

use super::Overlaps;

/// Rounding allowed in `c^2 <= v1 v2` before a matrix is refused, relative to `v1 v2`.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// Variances `v1`, `v2` of two Gaussian numbers of mean 0, their covariance `c`, and the determinant
/// `v1 v2 - c^2 >= 0` kept without cancellation.
///
/// Where the two are all but one (`c^2 = v1 v2`: a unit with itself, aligned weights) averages of links with kinks
/// depend on the root of the determinant, so it is carried, as in [`Overlaps`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Covariance {
    /// `v1 = E[z1^2] > 0`.
    pub v1: f64,
    /// `v2 = E[z2^2] > 0`.
    pub v2: f64,
    /// `c = E[z1 z2]`, any sign.
    pub c: f64,
    /// `v1 v2 - c^2 >= 0`.
    pub determinant: f64,
}

/// Why a covariance matrix was refused.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum CovarianceError {
    /// A variance that is not a positive number: a unit of variance 0 is a constant, at which links with kinks have no
    /// derivatives.
    #[error(
        "{name} = {value} is not allowed: a variance is a finite number above 0 (a unit of variance 0 is a constant)"
    )]
    Variance {
        /// `v1` or `v2`.
        name: &'static str,
        /// The value given.
        value: f64,
    },
    /// `c` not finite, or `c^2 > v1 v2`.
    #[error(
        "c = {c} is not allowed with v1 = {v1}, v2 = {v2}: need c^2 <= v1 v2, that is |c| <= {bound}"
    )]
    Cauchy {
        /// The covariance given.
        c: f64,
        /// The first variance given.
        v1: f64,
        /// The second variance given.
        v2: f64,
        /// `sqrt(v1 v2)`.
        bound: f64,
    },
}

impl Covariance {
    /// From both variances and the covariance, with the determinant to its last digit.
    ///
    /// # Errors
    /// [`CovarianceError`] names the argument, its value and what is allowed: variances above 0 and
    /// `c^2 <= v1 v2` (to rounding).
    pub fn new(v1: f64, v2: f64, c: f64) -> Result<Self, CovarianceError> {
        for (name, value) in [("v1", v1), ("v2", v2)] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(CovarianceError::Variance { name, value });
            }
        }
        let product = v1 * v2;
        // v1 v2 is its rounded value and what that leaves.
        let determinant = (-c).mul_add(c, product) + v1.mul_add(v2, -product);
        if !c.is_finite() || !determinant.is_finite() || determinant < -ROUNDING * product {
            let bound = v1.sqrt() * v2.sqrt();
            return Err(CovarianceError::Cauchy { c, v1, v2, bound });
        }
        Ok(Self {
            v1,
            v2,
            c,
            determinant: determinant.max(0.0),
        })
    }

    /// Of a number of this variance with itself.
    pub fn alone(variance: f64) -> Self {
        Self {
            v1: variance,
            v2: variance,
            c: variance,
            determinant: 0.0,
        }
    }

    /// With the two exchanged.
    pub fn swapped(&self) -> Self {
        Self {
            v1: self.v2,
            v2: self.v1,
            ..*self
        }
    }

    /// `c / sqrt(v1 v2)` in [-1, 1].
    pub fn correlation(&self) -> f64 {
        (self.c / (self.v1.sqrt() * self.v2.sqrt())).clamp(-1.0, 1.0)
    }

    /// `sqrt(1 - c^2 / (v1 v2))` in [0, 1], without cancellation.
    pub fn sine(&self) -> f64 {
        (self.determinant / self.v1 / self.v2).sqrt().min(1.0)
    }

    /// The overlaps of `z1 / sqrt(v1)` with `z2`.
    pub fn overlaps(&self) -> Overlaps {
        Overlaps {
            m: self.c / self.v1.sqrt(),
            q: self.v2,
            residual: self.determinant / self.v1,
        }
    }
}

impl From<&Overlaps> for Covariance {
    /// Of `lambda*` and `z`.
    #[inline]
    fn from(at: &Overlaps) -> Self {
        Self {
            v1: 1.0,
            v2: at.q,
            c: at.m,
            determinant: at.residual,
        }
    }
}
