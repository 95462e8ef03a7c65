//! How the averages of a pair are taken along a run, without taking them.

use std::fmt;

use super::prepared_link::cusped;
use super::truncated::PiecewiseKernel;
use super::{Route, closed_form, general_kernel};
use crate::link::Link;

/// Breaks and knots within this distance of 0 are met by runs, and so many of them are soon dealt with.
const SEEN: f64 = 8.0;
const FEW: usize = 3;

/// How the averages that a flow needs are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case", tag = "by", content = "method")]
pub enum Way {
    /// In closed form, about 15 to 500 ns a right-hand side.
    ClosedForm(Route),
    /// By patches (local Chebyshev interpolants) of this route, which are made where runs go: about 100 ns a
    /// right-hand side after that.
    Patches(Route),
    /// Of networks, by this route at the variances of each pair of units.
    Pairs(Route),
}

impl Way {
    /// Of a teacher's and a student's link.
    pub fn of(teacher: &Link, student: &Link) -> Self {
        if let Some(closed) = closed_form(teacher, student, general_kernel) {
            // Any overlaps: a closed form has one route wherever it is used.
            return Self::ClosedForm(closed.route(&super::Overlaps::from_cosine(0.5, 1.0)));
        }
        Self::Patches(
            if PiecewiseKernel::new(teacher, student, general_kernel).is_some() {
                Route::PiecewisePolynomial
            } else {
                Route::Quadrature
            },
        )
    }

    /// Of the averages of networks, which are pairs at any variances, by their route.
    pub fn of_pairs(route: Route) -> Self {
        match route {
            Route::HermiteSeries | Route::Quadrature | Route::Interpolated => Self::Pairs(route),
            closed => Self::ClosedForm(closed),
        }
    }

    /// Whether the patches of a first run take seconds: of two cusps, or where both links have many breaks or knots,
    /// as many pairs of which meet.
    pub fn takes_seconds(self, teacher: &Link, student: &Link) -> bool {
        let many = |link: &Link| link.seams().iter().filter(|x| x.abs() <= SEEN).count() > FEW;
        let both = |fact: &dyn Fn(&Link) -> bool| fact(teacher) && fact(student);
        self == Self::Patches(Route::Quadrature) && (both(&cusped) || both(&many))
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClosedForm(route) => write!(f, "closed form ({route})"),
            Self::Pairs(Route::HermiteSeries) => {
                f.write_str("hermite-series, a unit's coefficients interpolated in its variance")
            }
            Self::Pairs(Route::Interpolated) => f.write_str(
                "patches at fixed variances of one unit, made where runs go, interpolated in this variance",
            ),
            Self::Pairs(route) => write!(f, "{route} at the variances of each pair of units"),
            Self::Patches(route) => write!(f, "patches of {route}, made where runs go"),
        }
    }
}
