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
use std::sync::Arc;

use thiserror::Error;

use super::erf::ErfPair;
use super::half_polynomial::HalfPolynomialPair;
use super::polynomial::PolynomialPair;
use super::quadrature::vanishes;
use super::series::GeneralPair;
use super::truncated::PiecewisePair;
use super::wave_packet::PacketPair;
use super::{Covariance, Route};
use crate::link::{Form, Link};

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
}

/// Why a pair of links has no averages of this kind.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum PairError {
    /// Both links jump: `dF/dc` is infinite where their jumps meet.
    #[error(
        "'{first}' jumps at x = {at} and '{second}' jumps at x = {other}: at most one link of a pair may jump"
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
}

/// The averages of a pair: in closed form where there is one, else by Hermite series and quadrature, with the first
/// argument rescaled to variance 1.
///
/// ```
/// use lorode::expectation::{Covariance, pair_averages};
///
/// let erf = "erf".parse()?;
/// let pair = pair_averages(&erf, &erf)?;
/// let at = Covariance::new(0.8, 1.5, -0.3)?;
/// let exact = std::f64::consts::FRAC_2_PI * (-0.6 / (2.6_f64 * 4.0).sqrt()).asin();
/// assert!((pair.value(&at) - exact).abs() < 1e-15);
/// assert!(pair.gradient(&at).c > 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`PairError`] when both links jump.
pub fn pair_averages(first: &Link, second: &Link) -> Result<Arc<dyn PairAverages>, PairError> {
    let jump = |link: &Link| link.breaks().iter().find(|b| b.jump != 0.0).map(|b| b.at);
    if let (Some(at), Some(other)) = (jump(first), jump(second)) {
        return Err(PairError::Jumps {
            first: first.name().to_owned(),
            at,
            second: second.name().to_owned(),
            other,
        });
    }
    Ok(match closed(first, second) {
        Some(closed) => closed,
        None => Arc::new(GeneralPair::new(first, second)),
    })
}

/// The pairs with a closed form; a new one is one line here and one file.
fn closed(first: &Link, second: &Link) -> Option<Arc<dyn PairAverages>> {
    let scaled = |form: &Form| match form {
        Form::Erf { amplitude, scale } => Some((*amplitude, *scale)),
        _ => None,
    };
    if let (Some(a), Some(b)) = (scaled(first.form()), scaled(second.form())) {
        return Some(Arc::new(ErfPair::new(a, b)));
    }
    if let Some(pair) = PolynomialPair::new(first.form(), second.form()) {
        return Some(Arc::new(pair));
    }
    if let Some(pair) = HalfPolynomialPair::new(first.form(), second.form()) {
        return Some(Arc::new(pair));
    }
    if let Some(pair) = PacketPair::new(first, second) {
        return Some(Arc::new(Ranged::new(pair, first, second)));
    }
    let pair = PiecewisePair::new(first, second)?;
    Some(Arc::new(Ranged::new(pair, first, second)))
}

/// A closed form that loses digits at variances far from 1.
pub(super) trait RangedPair: PairAverages {
    /// Whether it keeps its digits there.
    fn covers(&self, at: &Covariance) -> bool;
}

/// The closed form where it keeps its digits, else the general route; what vanishes by symmetry is exactly 0.
#[derive(Debug)]
struct Ranged<P> {
    closed: P,
    general: GeneralPair,
    zeros: Zeros,
}

impl<P: RangedPair> Ranged<P> {
    fn new(closed: P, first: &Link, second: &Link) -> Self {
        Self {
            closed,
            general: GeneralPair::new(first, second),
            zeros: Zeros::of(first, second),
        }
    }

    fn way(&self, at: &Covariance) -> &dyn PairAverages {
        if self.closed.covers(at) {
            &self.closed
        } else {
            &self.general
        }
    }
}

impl<P: RangedPair> PairAverages for Ranged<P> {
    fn route(&self, at: &Covariance) -> Route {
        self.way(at).route(at)
    }

    fn value(&self, at: &Covariance) -> f64 {
        self.zeros.value(at, self.way(at).value(at))
    }

    fn gradient(&self, at: &Covariance) -> PairGradient {
        self.zeros.gradient(at, self.way(at).gradient(at))
    }

    fn errors(&self, at: &Covariance) -> PairErrors {
        self.way(at).errors(at)
    }
}

/// Which averages vanish by symmetry: always, and where `c = 0`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Zeros([[bool; 2]; 4]);

impl Zeros {
    pub(super) fn of(first: &Link, second: &Link) -> Self {
        let (f, g) = (first.symmetries(), second.symmetries());
        let orders = [[0, 0], [1, 1], [2, 0], [0, 2]];
        Self(orders.map(|[i, j]| [false, true].map(|apart| vanishes(f[i], g[j], apart))))
    }

    pub(super) fn value(&self, at: &Covariance, value: f64) -> f64 {
        self.kept(0, at, value)
    }

    pub(super) fn gradient(&self, at: &Covariance, gradient: PairGradient) -> PairGradient {
        PairGradient {
            c: self.kept(1, at, gradient.c),
            v1: self.kept(2, at, gradient.v1),
            v2: self.kept(3, at, gradient.v2),
        }
    }

    fn kept(&self, order: usize, at: &Covariance, value: f64) -> f64 {
        let apart = usize::from(at.c == 0.0);
        if self.0[order][apart] { 0.0 } else { value }
    }
}
