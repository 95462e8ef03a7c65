//! Polynomials, exactly, by Hermite algebra (Wick's theorem):
//!
//! ```text
//! E[p_1 p_2 p_3 p_4] = sum over n_ij >= 0 of prod_{i<j} c_ij^n_ij / n_ij! prod_i E[p_i^(n_i1 + .. + n_i4)(z_i)]
//! ```
//!
//! The sums over `n_12` and over `n_34` are taken first, so that four remain.

use super::{Ensemble, FourPoint, fill};
use crate::expectation::polynomial::{MAX_DEGREE, Smoothed, factorial};

/// Means of the derivatives of the units' links, and of their slopes.
#[derive(Debug)]
pub(super) struct PolynomialFourPoint {
    teacher: Smoothed,
    student: Smoothed,
    /// Of `sigma'`.
    slope: Smoothed,
    /// `1 / n!`.
    weights: Vec<f64>,
    /// Orders of the links and of the slope: one more than degrees.
    orders: usize,
    slope_orders: usize,
}

impl PolynomialFourPoint {
    /// From Hermite coefficients; `None` where a degree is too high.
    pub(super) fn new(teacher: &[f64], student: &[f64]) -> Option<Self> {
        let orders = teacher.len().max(student.len()).max(1);
        let slope: Vec<f64> = (1..student.len()).map(|n| n as f64 * student[n]).collect();
        (orders <= MAX_DEGREE + 1).then(|| Self {
            teacher: Smoothed::new(teacher),
            student: Smoothed::new(student),
            slope_orders: slope.len().max(1),
            slope: Smoothed::new(&slope),
            weights: (0..orders).map(|k| 1.0 / factorial(k)).collect(),
            orders,
        })
    }

    /// `sum_n c^n / n! f^(i+n) g^(j+n)` for all `i`, `j`, into `out`: the pair joined by any number of lines.
    fn joined(&self, f: &[f64], g: &[f64], c: f64, out: &mut [f64]) {
        let (rows, columns) = (f.len(), g.len());
        for i in 0..rows {
            for j in 0..columns {
                let terms = f[i..].iter().zip(&g[j..]).zip(&self.weights).rev();
                out[i * columns + j] =
                    terms.fold(0.0, |sum, ((f, g), weight)| sum * c + weight * f * g);
            }
        }
    }
}

/// Covariances of the first two units with the last two, as powers over factorials.
struct Lines<'a>([&'a [f64]; 4]);

impl Lines<'_> {
    /// `sum` over lines between a joined pair of links and a joined pair of slopes.
    fn between(&self, links: &[f64], slopes: &[f64], orders: usize, slope_orders: usize) -> f64 {
        let [mk, ml, nk, nl] = self.0;
        let mut sum = 0.0;
        for (a, mk) in mk.iter().enumerate() {
            for (b, nk) in nk.iter().enumerate().take(slope_orders - a) {
                let both = mk * nk;
                if both == 0.0 {
                    continue;
                }
                let mut inner = 0.0;
                for (c, ml) in ml.iter().enumerate().take(orders - a) {
                    let lines = slope_orders.saturating_sub(c).min(orders - b);
                    for (d, nl) in nl.iter().enumerate().take(lines) {
                        inner += ml
                            * nl
                            * links[(a + c) * orders + b + d]
                            * slopes[(a + b) * slope_orders + c + d];
                    }
                }
                sum += both * inner;
            }
        }
        sum
    }
}

impl FourPoint for PolynomialFourPoint {
    fn noise(&self, units: Ensemble<'_>, room: &mut Vec<f64>, out: &mut [f64]) {
        let (all, orders, slopes) = (units.all(), self.orders, self.slope_orders);
        let students = all - units.teachers;
        let sizes = [
            all * orders,
            students * slopes,
            orders * orders,
            slopes * slopes,
            4 * slopes,
        ];
        room.resize(sizes.iter().sum(), 0.0);
        let (means, rest) = room.split_at_mut(sizes[0]);
        let (slope_means, rest) = rest.split_at_mut(sizes[1]);
        let (links, rest) = rest.split_at_mut(sizes[2]);
        let (joined, powers) = rest.split_at_mut(sizes[3]);
        for m in 0..all {
            let link = if m < units.teachers {
                &self.teacher
            } else {
                &self.student
            };
            link.write(units.at(m, m), &mut means[m * orders..(m + 1) * orders]);
        }
        for k in 0..students {
            let variance = units.at(units.teachers + k, units.teachers + k);
            self.slope
                .write(variance, &mut slope_means[k * slopes..(k + 1) * slopes]);
        }
        let slope_of = |k: usize| {
            let k = k - units.teachers;
            &slope_means[k * slopes..(k + 1) * slopes]
        };
        fill(&units, out, |k, l| {
            self.joined(slope_of(k), slope_of(l), units.at(k, l), joined);
            let mut sum = units.label_noise * joined[0];
            for m in 0..all {
                for n in 0..=m {
                    let weight = units.weights[m] * units.weights[n];
                    if weight == 0.0 {
                        continue;
                    }
                    let of = |m: usize| &means[m * orders..(m + 1) * orders];
                    self.joined(of(m), of(n), units.at(m, n), links);
                    let ends = [(m, k), (m, l), (n, k), (n, l)];
                    for ((a, b), line) in ends.into_iter().zip(powers.chunks_exact_mut(slopes)) {
                        let mut power = 1.0;
                        for (value, weight) in line.iter_mut().zip(&self.weights) {
                            *value = power * weight;
                            power *= units.at(a, b);
                        }
                    }
                    let line = |i: usize| &powers[i * slopes..(i + 1) * slopes];
                    let lines = Lines([line(0), line(1), line(2), line(3)]);
                    let average = lines.between(links, joined, orders, slopes);
                    sum += if m == n { weight } else { 2.0 * weight } * average;
                }
            }
            sum
        });
    }
}
