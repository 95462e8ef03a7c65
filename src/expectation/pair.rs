//! The average of a pair of links at any two variances and covariance, and its derivatives: what networks are made
//! of (docs/theory.md, section 5).
//!
//! ```text
//! F(v1, v2, c) = E[f(z1) g(z2)],   dF/dc = E[f' g'],   dF/dv1 = E[f'' g] / 2,   dF/dv2 = E[f g''] / 2
//! ```
//!
//! Kinks and jumps enter the derivatives as in section 2. The single index is the case `v1 = 1`: with `F` of teacher and
//! student `alpha = dF/dc` and `beta = 2 dF/dv2 - S'`. Scales are in the links or in the variances alike:
//! `F` of `f(a x)` and `g` at `(v1, v2, c)` is `F` of `f` and `g` at `(a^2 v1, v2, a c)`.

use std::fmt;

use thiserror::Error;

use super::{Covariance, Route};

/// Derivatives of `F(v1, v2, c)`, or their absolute errors.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PairGradient {
    /// `dF/dc = E[f' g']`.
    pub c: f64,
    /// `dF/dv1 = E[f'' g] / 2`.
    pub v1: f64,
    /// `dF/dv2 = E[f g''] / 2`.
    pub v2: f64,
}

/// Absolute errors to expect of a value and of the derivatives, each `>= 0`: bounds in practice.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PairErrors {
    /// Of [`PairAverages::value`].
    pub value: f64,
    /// Of [`PairAverages::gradient`].
    pub gradient: PairGradient,
}

/// Averages of a pair of links, at any [`Covariance`]; `c^2 = v1 v2` is included and exact.
pub trait PairAverages: Send + Sync + fmt::Debug {
    /// How the values at `at` are computed.
    fn route(&self, at: &Covariance) -> Route;
    /// `F`.
    fn value(&self, at: &Covariance) -> f64;
    /// The derivatives of `F`.
    fn gradient(&self, at: &Covariance) -> PairGradient;
    /// Absolute errors to expect at `at`.
    fn errors(&self, at: &Covariance) -> PairErrors;
    /// The derivatives for many pairs of units at once, as many as both slices have.
    fn gradients(&self, at: &[Covariance], out: &mut [PairGradient]) {
        for (at, out) in at.iter().zip(out) {
            *out = self.gradient(at);
        }
    }
    /// The same of teachers with units: the derivatives in `c` and `v2` alone, since teachers stay as they are.
    fn student_gradients(&self, at: &[Covariance], out: &mut [PairGradient]) {
        self.gradients(at, out);
    }
}

/// Why a pair of links has no averages of this kind.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum PairError {
    /// Both links jump: `dF/dc` is infinite where their jumps meet.
    #[error(
        "'{first}' jumps at x = {at} and '{second}' jumps at x = {other}: at most one link of a pair may jump, \
         since E[f' g'] of two is infinite where their jumps meet; E[f g] alone is mean_product"
    )]
    Jumps {
        /// The first link.
        first: String,
        /// Its first jump.
        at: f64,
        /// The second link.
        second: String,
        /// Its first jump.
        other: f64,
    },
    /// Noise that needs averages over more dimensions than the rule for them has.
    #[error(
        "the noise of SGD of '{teacher}' with '{student}' is an average over {dim} dimensions, and the rule for it has {most}: use \
         nu = 0, fewer units, or links with a closed form (erf, polynomials, relu and its like)"
    )]
    NoiseDimensions {
        /// The link of the teachers.
        teacher: String,
        /// That of the student.
        student: String,
        /// What the units span.
        dim: usize,
        /// What the rule has.
        most: usize,
    },
    /// Noise that is not known well enough.
    #[error(
        "the noise of SGD of '{teacher}' with '{student}' is known with a relative error of {error:.1e}, more than \
         noise-error = {allowed:.1e} allows: allow more, or use nu = 0 or links with a closed form (erf, polynomials, relu \
         and its like)"
    )]
    NoiseError {
        /// The link of the teachers.
        teacher: String,
        /// That of the student.
        student: String,
        /// Of the largest rule.
        error: f64,
        /// What is allowed.
        allowed: f64,
    },
}

/// A closed form that loses digits at variances far from 1.
pub(super) trait RangedPair: PairAverages {
    /// Whether it keeps its digits there.
    fn covers(&self, at: &Covariance) -> bool;
}
