//! Averages of a pair at any variances: `z = sqrt(v) x`, so that the power `n` of `x` gains `v^{n/2}`.

use super::algebra::derivative;
use super::orthant::Angle;
use super::{DENSITY_AT_ZERO, Mean, Pair, TwoSided};
use crate::expectation::{Covariance, PairAverages, PairErrors, PairGradient, Route};
use crate::link::Form;

/// Where averages are taken.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) angle: Angle,
    /// `sqrt(v1)`, `sqrt(v2)`.
    pub(super) roots: [f64; 2],
    c: f64,
}

impl Place {
    #[inline]
    pub(super) fn of(at: &Covariance) -> Self {
        let roots = [at.v1.sqrt(), at.v2.sqrt()];
        Self {
            angle: Angle::of(at, roots),
            roots,
            c: at.c,
        }
    }
}

/// What a link is where the other stands at 0.
#[derive(Debug)]
struct Side {
    mean: Mean,
    slope: Mean,
    jump: f64,
    kink: f64,
}

impl Side {
    fn new(link: &TwoSided) -> Self {
        Self {
            mean: Mean::new(link),
            slope: Mean::new(&link.map(derivative)),
            jump: link.jump(0),
            kink: link.jump(1),
        }
    }
}

/// Averages of two links that are polynomials on each side of 0.
#[derive(Debug)]
pub(in crate::expectation) struct HalfPolynomialPair {
    product: Pair,
    slopes: Pair,
    /// Of `f''` and `g`, and of `f` and `g''`.
    bends: [Pair; 2],
    sides: [Side; 2],
}

impl HalfPolynomialPair {
    /// `None` unless both links have the form and a degree of at most 12.
    pub(in crate::expectation) fn new(first: &Form, second: &Form) -> Option<Self> {
        let (f, g) = (TwoSided::from_form(first)?, TwoSided::from_form(second)?);
        Some(Self::of(&f, &g))
    }

    pub(super) fn of(f: &TwoSided, g: &TwoSided) -> Self {
        let (f1, g1) = (f.map(derivative), g.map(derivative));
        let (f2, g2) = (f1.map(derivative), g1.map(derivative));
        Self {
            product: Pair::new(f, g),
            slopes: Pair::new(&f1, &g1),
            bends: [Pair::new(&f2, g), Pair::new(f, &g2)],
            sides: [Side::new(f), Side::new(g)],
        }
    }

    /// `E[f g]`.
    #[inline]
    pub(super) fn product(&self, place: &Place) -> f64 {
        self.product.at(&place.angle, place.roots)
    }

    /// `E[f' g']`: the slope of a link that jumps contains `jump delta(z)`.
    #[inline]
    pub(super) fn slopes(&self, place: &Place) -> f64 {
        let mut sum = self.slopes.at(&place.angle, place.roots);
        for i in [0, 1] {
            let (own, other, given) = self.given(i, place);
            if own.jump != 0.0 {
                sum += own.jump * DENSITY_AT_ZERO / place.roots[i] * other.slope.at(given);
            }
        }
        sum
    }

    /// `E[f'' g]` or `E[f g'']`: kinks contain `kink delta(z)`, jumps `jump delta'(z)`.
    #[inline]
    pub(super) fn bend(&self, i: usize, place: &Place) -> f64 {
        let mut sum = self.bends[i].at(&place.angle, place.roots);
        let (own, other, given) = self.given(i, place);
        if own.kink != 0.0 {
            sum += own.kink * DENSITY_AT_ZERO / place.roots[i] * other.mean.at(given);
        }
        if own.jump != 0.0 {
            let lean = place.c * place.roots[i].powi(-3);
            sum -= own.jump * DENSITY_AT_ZERO * lean * other.slope.at(given);
        }
        sum
    }

    /// A side, the other one, and the deviation of that where the first stands at 0.
    #[inline]
    fn given(&self, i: usize, place: &Place) -> (&Side, &Side, f64) {
        let other = 1 - i;
        let deviation = place.roots[other] * place.angle.sine;
        (&self.sides[i], &self.sides[other], deviation)
    }

    /// What rounding of [`product`](Self::product) is proportional to, and so on.
    pub(super) fn product_size(&self, place: &Place) -> f64 {
        self.product.size(&place.angle, place.roots)
    }

    pub(super) fn slopes_size(&self, place: &Place) -> f64 {
        let jumps = [0, 1].map(|i| {
            let (own, other, given) = self.given(i, place);
            own.jump.abs() * DENSITY_AT_ZERO / place.roots[i] * other.slope.size(given)
        });
        self.slopes.size(&place.angle, place.roots) + jumps[0] + jumps[1]
    }

    pub(super) fn bend_size(&self, i: usize, place: &Place) -> f64 {
        let (own, other, given) = self.given(i, place);
        let kinks = own.kink.abs() * other.mean.size(given);
        let lean = place.c.abs() * place.roots[i].powi(-2);
        let jumps = own.jump.abs() * lean * other.slope.size(given);
        let breaks = DENSITY_AT_ZERO / place.roots[i] * (kinks + 2.0 * jumps);
        self.bends[i].size(&place.angle, place.roots) + breaks
    }
}

impl PairAverages for HalfPolynomialPair {
    fn route(&self, _: &Covariance) -> Route {
        Route::HalfPolynomial
    }

    fn value(&self, at: &Covariance) -> f64 {
        self.product(&Place::of(at))
    }

    fn gradient(&self, at: &Covariance) -> PairGradient {
        let place = Place::of(at);
        PairGradient {
            c: self.slopes(&place),
            v1: 0.5 * self.bend(0, &place),
            v2: 0.5 * self.bend(1, &place),
        }
    }

    fn errors(&self, at: &Covariance) -> PairErrors {
        let place = Place::of(at);
        let bend = |i: usize| 0.5 * f64::EPSILON * self.bend_size(i, &place);
        PairErrors {
            value: f64::EPSILON * self.product_size(&place),
            gradient: PairGradient {
                c: f64::EPSILON * self.slopes_size(&place),
                v1: bend(0),
                v2: bend(1),
            },
        }
    }
}
