//! The mean of the product of four signs (an orthant probability of four variables) as one integral.
//!
//! The units make two pairs; the covariances between them are multiplied by `t`, which turns independent pairs (`t = 0`) into
//! the ones wanted (`t = 1`). Price's theorem, for unit `i` of one pair and `j` of the other, `i'` and `j'` the directions of
//! what their partners have at right angles to them:
//!
//! ```text
//! d E / dt = (4/pi^2) sum_ij p / sqrt(1 - t^2 p^2) asin(r),   p = <i, j>, q = <i, j'>, r_ = <i', j>, s = <i', j'>
//! tan asin(r) = t (s - t^2 p (p s - q r_)) / sqrt((1 - t^2 p^2) (1 - t^2 c_1^2) (1 - t^2 c_2^2))
//! ```
//!
//! with the canonical correlations `c_1 >= c_2` of the pairs. In `x = t^2` it is analytic up to `1/c_1^2`; next to that, in
//! `y = sqrt(1 - x c_1^2)`, on panels that shrink towards the next such point.

use std::f64::consts::FRAC_2_PI;

use super::directions::{Directions, dot};
use crate::expectation::gaussian::legendre;

/// Squared correlation up to which the 16 nodes are good to 1e-13 in `x`.
const APART: f64 = 0.8;
/// That up to which eight are.
const FAR_APART: f64 = 0.4;
/// Half of the eight nodes of Gauss and Legendre on [-1, 1], which are symmetric, and their weights.
const EIGHT: [(f64, f64); 4] = [
    (0.183_434_642_495_649_8, 0.362_683_783_378_361_96),
    (0.525_532_409_916_329, 0.313_706_645_877_887_27),
    (0.796_666_477_413_626_7, 0.222_381_034_453_374_48),
    (0.960_289_856_497_536_3, 0.101_228_536_290_376_26),
];
/// Each panel in `y` ends at this part of its beginning.
const SHRINK: f64 = 0.2;
/// Singular points nearer than this, squared, are one.
const ONE: f64 = 1e-13;

/// What one unit of either pair contributes.
#[derive(Clone, Copy, Default)]
struct Term {
    p: f64,
    s: f64,
    determinant: f64,
}

/// Two pairs of units.
struct Pairs {
    /// Squared canonical correlations, and their difference.
    largest: f64,
    least: f64,
    apart: f64,
    units: [usize; 4],
}

/// `E[s_S]` of none, two or four different units.
pub(super) fn mean_of_signs(at: &Directions<'_>, units: &[usize]) -> f64 {
    match *units {
        [] => 1.0,
        [i, j] => at.mean_of_two(i, j),
        [i, j, k, l] => mean_of_four(at, [i, j, k, l]),
        _ => 0.0,
    }
}

/// `E[s_1 s_2 s_3 s_4]`, the units paired so that the pairs are the least correlated.
fn mean_of_four(at: &Directions<'_>, [i, j, k, l]: [usize; 4]) -> f64 {
    let ways = [[i, j, k, l], [i, k, j, l], [i, l, j, k]].map(|units| Pairs::of(at, units));
    let best = ways
        .into_iter()
        .min_by(|a, b| a.largest.total_cmp(&b.largest));
    best.map_or(f64::NAN, |pairs| pairs.mean(at))
}

impl Pairs {
    fn of(at: &Directions<'_>, units: [usize; 4]) -> Self {
        let [i, partner, j, other] = units;
        let [p, q, r, s] = crossed(at, (i, partner), (j, other));
        let (sum, determinant) = (p * p + q * q + r * r + s * s, p * s - q * r);
        // The root of sum^2 - 4 determinant^2, without its cancellation.
        let apart = ((p - s).hypot(q + r) * (p + s).hypot(q - r)).min(1.0);
        let largest = (0.5 * (sum + apart)).min(1.0);
        let least = if largest > 0.0 {
            (determinant * determinant / largest).min(largest)
        } else {
            0.0
        };
        Self {
            largest,
            least,
            apart,
            units,
        }
    }

    fn mean(&self, at: &Directions<'_>) -> f64 {
        let [a, b, c, d] = self.units;
        let independent = at.mean_of_two(a, b) * at.mean_of_two(c, d);
        let mut terms = [Term::default(); 4];
        // Of `1 - x v`, v < c_1^2, the nearest zero to that of `1 - x c_1^2`, as a square of y.
        let mut next = f64::INFINITY;
        let mut near = |v: f64| {
            let square = 1.0 - v / self.largest;
            if square > ONE {
                next = next.min(square);
            }
        };
        near(self.least);
        let ways = [
            ((a, b), (c, d)),
            ((a, b), (d, c)),
            ((b, a), (c, d)),
            ((b, a), (d, c)),
        ];
        for (term, (one, two)) in terms.iter_mut().zip(ways) {
            let [p, q, r, s] = crossed(at, one, two);
            *term = Term {
                p,
                s,
                determinant: p * s - q * r,
            };
            [p * p, p * p + q * q, p * p + r * r]
                .into_iter()
                .for_each(&mut near);
        }
        FRAC_2_PI * FRAC_2_PI * self.integral(&terms, next.sqrt()) + independent
    }

    /// Over `x` from 0 to 1.
    fn integral(&self, terms: &[Term; 4], next: f64) -> f64 {
        if self.largest < APART {
            let at = |x: f64| self.slope(terms, x, 1.0 - x * self.largest);
            if self.largest < FAR_APART {
                let both = |(x, w): &(f64, f64)| w * (at(0.5 * (1.0 - x)) + at(0.5 * (1.0 + x)));
                return 0.5 * EIGHT.iter().map(both).sum::<f64>();
            }
            return panel(0.0, 1.0, at);
        }
        let at = |y: f64| {
            let x = (1.0 - y * y) / self.largest;
            2.0 * y / self.largest * self.slope(terms, x, y * y)
        };
        let end = (1.0 - self.largest).max(0.0).sqrt();
        let (mut high, mut sum) = (1.0, 0.0);
        while high > end {
            let low = if high <= next {
                end
            } else {
                end.max(SHRINK * high)
            };
            sum += panel(low, high, at);
            high = low;
        }
        sum
    }

    /// `dE/dx pi^2/4` at `x`, where `1 - x c_1^2` is `left`.
    fn slope(&self, terms: &[Term; 4], x: f64, left: f64) -> f64 {
        let t = x.sqrt();
        let gram = left * (left + x * self.apart);
        let mut sum = 0.0;
        for term in terms {
            if term.p == 0.0 {
                continue;
            }
            let alone = left + x * (self.largest - term.p * term.p).max(0.0);
            let sine = t * (term.s - x * term.p * term.determinant);
            sum += term.p / alone.sqrt() * sine.atan2((alone * gram).sqrt());
        }
        0.5 * sum / t
    }
}

/// `<i, j>`, `<i, j'>`, `<i', j>`, `<i', j'>` of units and what their partners have at right angles to them.
fn crossed(
    at: &Directions<'_>,
    (i, partner): (usize, usize),
    (j, other): (usize, usize),
) -> [f64; 4] {
    [
        at.along(i, j) * at.inverse_length(i),
        at.beside(i, j, other) * at.inverse_length(i),
        at.beside(j, i, partner) * at.inverse_length(j),
        dot(at.rest(i, partner), at.rest(j, other)),
    ]
}

fn panel(low: f64, high: f64, of: impl Fn(f64) -> f64) -> f64 {
    let (middle, half) = (0.5 * (high + low), 0.5 * (high - low));
    let nodes = legendre().iter();
    half * nodes.map(|(x, w)| w * of(middle + half * x)).sum::<f64>()
}
