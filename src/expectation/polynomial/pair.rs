//! Averages of two polynomials at any variances:
//!
//! ```text
//! F = sum_k c^k / k! E[f^(k)(z1)] E[g^(k)(z2)],   E[g^(k)(z)] = sum_j g_{k+2j} (k+2j)! / (2^j j!) (v-1)^j
//! ```
//!
//! for Hermite coefficients `g_k`.

use super::{MAX_DEGREE, factorial};
use crate::expectation::{Covariance, PairAverages, PairErrors, PairGradient, Route};
use crate::link::Form;

/// Means of the derivatives of a polynomial under `N(0, v)`: `rows[k][j]` multiplies `(v-1)^j` in `E[g^(k)]`.
#[derive(Debug)]
pub(in crate::expectation) struct Smoothed {
    pub(super) rows: Vec<Vec<f64>>,
}

/// `E[g^(k)]` for `k` up to the degree, and two zeros.
type Means = [f64; MAX_DEGREE + 3];

impl Smoothed {
    /// Of the polynomial with Hermite coefficients `g`.
    pub(in crate::expectation) fn new(g: &[f64]) -> Self {
        let row = |k: usize| {
            let mut factor = factorial(k);
            let term = |(j, gn): (usize, &f64)| {
                if j > 0 {
                    let n = (k + 2 * j) as f64;
                    factor *= n * (n - 1.0) / (2.0 * j as f64);
                }
                factor * gn
            };
            g.iter().skip(k).step_by(2).enumerate().map(term).collect()
        };
        Self {
            rows: (0..g.len()).map(row).collect(),
        }
    }

    #[inline]
    fn means(&self, variance: f64) -> Means {
        let mut means = [0.0; MAX_DEGREE + 3];
        self.write(variance, &mut means);
        means
    }

    /// `E[g^(k)]` under `N(0, variance)` for `k = 0, 1, ...` into `out`, 0 beyond the degree.
    #[inline]
    pub(in crate::expectation) fn write(&self, variance: f64, out: &mut [f64]) {
        out.fill(0.0);
        for (mean, row) in out.iter_mut().zip(&self.rows) {
            *mean = row
                .iter()
                .rev()
                .fold(0.0, |sum, c| sum * (variance - 1.0) + c);
        }
    }

    /// Sums of the absolute values of the terms of [`means`](Self::means).
    fn sizes(&self, variance: f64) -> Means {
        let delta = (variance - 1.0).abs();
        let mut sizes = [0.0; MAX_DEGREE + 3];
        for (size, row) in sizes.iter_mut().zip(&self.rows) {
            *size = row.iter().rev().fold(0.0, |sum, c| sum * delta + c.abs());
        }
        sizes
    }
}

/// Averages of two polynomials of degree at most 30.
#[derive(Debug)]
pub(in crate::expectation) struct PolynomialPair {
    sides: [Smoothed; 2],
    /// `1 / k!`.
    weights: Vec<f64>,
}

impl PolynomialPair {
    /// `None` for other links and higher degrees.
    pub(in crate::expectation) fn new(first: &Form, second: &Form) -> Option<Self> {
        let (Form::Polynomial(f), Form::Polynomial(g)) = (first, second) else {
            return None;
        };
        let orders = f.len().max(g.len());
        (orders <= MAX_DEGREE + 1).then(|| Self {
            sides: [f, g].map(|p| Smoothed::new(p)),
            weights: (0..orders).map(|k| 1.0 / factorial(k)).collect(),
        })
    }

    /// `sum_k c^k / k! f_{k+i} g_{k+j}`.
    #[inline]
    fn sum(&self, (f, i): (&Means, usize), (g, j): (&Means, usize), c: f64) -> f64 {
        let terms = self.weights.iter().zip(&f[i..]).zip(&g[j..]).rev();
        terms.fold(0.0, |sum, ((w, f), g)| sum * c + w * f * g)
    }

    #[inline]
    fn slopes(&self, f: &Means, g: &Means, c: f64) -> PairGradient {
        PairGradient {
            c: self.sum((f, 1), (g, 1), c),
            v1: 0.5 * self.sum((f, 2), (g, 0), c),
            v2: 0.5 * self.sum((f, 0), (g, 2), c),
        }
    }
}

impl PairAverages for PolynomialPair {
    fn route(&self, _: &Covariance) -> Route {
        Route::Polynomial
    }

    fn value(&self, at: &Covariance) -> f64 {
        let [f, g] = &self.sides;
        self.sum((&f.means(at.v1), 0), (&g.means(at.v2), 0), at.c)
    }

    fn gradient(&self, at: &Covariance) -> PairGradient {
        let [f, g] = &self.sides;
        self.slopes(&f.means(at.v1), &g.means(at.v2), at.c)
    }

    fn errors(&self, at: &Covariance) -> PairErrors {
        let [f, g] = [self.sides[0].sizes(at.v1), self.sides[1].sizes(at.v2)];
        let c = at.c.abs();
        // A term has as many rounded factors as the degree is high.
        let unit = (4 + self.weights.len()) as f64 * f64::EPSILON;
        let sizes = self.slopes(&f, &g, c);
        PairErrors {
            value: unit * self.sum((&f, 0), (&g, 0), c),
            gradient: PairGradient {
                c: unit * sizes.c,
                v1: unit * sizes.v1,
                v2: unit * sizes.v2,
            },
        }
    }
}
