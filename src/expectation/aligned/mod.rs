//! The averages along the target's direction, `w = rho omega*`, where every run with aligned pre-training
//! starts: one-dimensional, and without the cancellation of the two terms of the gradient.
//!
//! There `z = rho x`, and with the loss `l(rho) = E[(sigma*(x) - sigma(rho x))^2] / 2` the gradient along
//! `omega*` is a single average whose only difference is taken point by point,
//!
//! ```text
//! A(rho) = alpha + rho beta = -dl/drho = E[ (sigma*(x) - sigma(rho x)) x sigma'(rho x) ]
//! B(rho) = beta = E[ (sigma*(x) - sigma(rho x)) sigma''(rho x) ] - E[ sigma'(rho x)^2 ]
//!               + sum_k j_k phi(k / rho) / |rho| (sigma*(k / rho) - sigma(k))
//! ```
//!
//! (docs/theory.md, section 4; `j_k` the slope's jump at the kink `k`). For equal links `A` keeps its
//! digits up to `rho = 1`, where it is exactly 0.

mod average;
mod erf;
mod exact;
mod parts;

use std::fmt;
use std::sync::Arc;

use average::Average;
use erf::ErfRay;
use exact::Exact;

use crate::algebra::Polynomial;
use crate::link::{Form, Link};

/// `A` and `B` at `w = rho omega*`, each with a bound of its absolute error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlignedDrift {
    /// `A = alpha + rho beta`, signed; 0 where it vanishes to rounding.
    pub gradient: f64,
    /// Absolute error of `A`.
    pub gradient_error: f64,
    /// `B = beta`.
    pub curvature: f64,
    /// Absolute error of `B`.
    pub curvature_error: f64,
}

/// `A` alone, at one of many `w = rho omega*`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GradientSample {
    /// `A`; 0 where it vanishes to rounding.
    pub(crate) gradient: f64,
    /// Its absolute error.
    pub(crate) error: f64,
    /// Operations on numbers that it took, about.
    pub(crate) work: u64,
}

/// How the averages along the target's direction are taken for one pair of links.
#[derive(Debug)]
pub struct AlignedKernel(Way);

#[derive(Debug)]
enum Way {
    /// Both averages are polynomials in `rho > 0`.
    Exact(Box<Exact>),
    /// Square roots.
    Erf(ErfRay),
    /// Closed forms of `alpha` and `beta`; where their sum cancels, adaptive quadrature if that loses less.
    Closed(Arc<dyn AlignedClosed>, Box<Average>),
    /// Adaptive quadrature.
    Average(Box<Average>),
}

/// A closed form of both averages.
pub(super) trait AlignedClosed: Send + Sync + fmt::Debug {
    /// `A` and `B`, and whether they keep their digits; `None` where there is no such form.
    fn along(&self, rho: f64) -> Option<(AlignedDrift, bool)>;
}

impl AlignedDrift {
    /// Of two ways to each average the one with the smaller error.
    fn or(self, other: Self) -> Self {
        let (gradient, curvature) = (
            if self.gradient_error <= other.gradient_error {
                self
            } else {
                other
            },
            if self.curvature_error <= other.curvature_error {
                self
            } else {
                other
            },
        );
        Self {
            gradient: gradient.gradient,
            gradient_error: gradient.gradient_error,
            ..curvature
        }
    }
}

impl AlignedKernel {
    /// For two polynomials, or polynomials on each side of 0.
    pub(super) fn of_forms(teacher: &Form, student: &Form) -> Option<Self> {
        Exact::new(teacher, student).map(|exact| Self(Way::Exact(Box::new(exact))))
    }

    /// For `A* erf(b* x)` and `A erf(b x)`, given as (amplitude, scale).
    pub(super) fn of_erfs(teacher: (f64, f64), student: (f64, f64)) -> Self {
        Self(Way::Erf(ErfRay { teacher, student }))
    }

    /// For two links with a closed form that may lose digits somewhere.
    pub(super) fn of_closed(
        closed: Arc<dyn AlignedClosed>,
        teacher: &Link,
        student: &Link,
    ) -> Self {
        Self(Way::Closed(
            closed,
            Box::new(Average::new(teacher, student)),
        ))
    }

    /// For any two links.
    pub(super) fn of_links(teacher: &Link, student: &Link) -> Self {
        Self(Way::Average(Box::new(Average::new(teacher, student))))
    }

    /// `A` and `B` at `w = rho omega*`, any sign; `rho = 0` is allowed for a student that is smooth at 0.
    pub fn at(&self, rho: f64) -> AlignedDrift {
        match &self.0 {
            Way::Exact(exact) => exact.at(rho),
            Way::Erf(erf) => erf.at(rho),
            Way::Closed(closed, average) => match closed.along(rho) {
                Some((drift, true)) => drift,
                Some((drift, false)) => drift.or(average.at(rho)),
                None => average.at(rho),
            },
            Way::Average(average) => average.at(rho),
        }
    }

    /// `A` at one of many `rho`: as [`at`](Self::at), but panels on which both links are known to be polynomials to
    /// rounding are not halved to see it.
    pub(crate) fn sample(&self, rho: f64) -> GradientSample {
        let own = |drift: AlignedDrift| GradientSample {
            gradient: drift.gradient,
            error: drift.gradient_error,
            work: 0,
        };
        match &self.0 {
            Way::Average(average) => average.sample(rho),
            Way::Closed(closed, average) => match closed.along(rho) {
                Some((drift, true)) => own(drift),
                Some((drift, false)) => {
                    let other = average.sample(rho);
                    if drift.gradient_error <= other.error {
                        GradientSample {
                            work: other.work,
                            ..own(drift)
                        }
                    } else {
                        other
                    }
                }
                None => average.sample(rho),
            },
            Way::Exact(_) | Way::Erf(_) => own(self.at(rho)),
        }
    }

    /// Whether `A` may have features in `[from, to]`, `0 < from`, that some tens of points there would miss.
    pub(crate) fn is_wide(&self, from: f64, to: f64) -> bool {
        match &self.0 {
            Way::Average(average) | Way::Closed(_, average) => average.is_wide(from, to),
            Way::Exact(_) | Way::Erf(_) => false,
        }
    }

    /// `A` as a polynomial in `rho > 0`, where it is one.
    pub fn polynomial(&self) -> Option<&Polynomial> {
        match &self.0 {
            Way::Exact(exact) => Some(exact.gradient()),
            _ => None,
        }
    }

    /// The strengths `rho > 0` at which `A` is not analytic: a break of the student meets one of the teacher.
    pub fn seams(&self) -> Vec<f64> {
        match &self.0 {
            Way::Average(average) | Way::Closed(_, average) => average.seams(),
            _ => Vec::new(),
        }
    }
}
