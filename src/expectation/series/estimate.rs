//! Absolute error of `alpha` and `beta` by the series: the dropped tail, how far the sum moves on
//! rules twice as fine, and rounding.
//!
//! Coefficients are averages over nodes, and rounding leaves each with an error relative to the
//! size of what was averaged, however small it is itself: `eps ||f||`, by Cauchy-Schwarz, since
//! `||h_k|| = 1`. A product of two coefficients is then off by each times the error of the
//! other. These errors are independent of each other, so that their squares add up.

use super::{HermiteTable, Kinks, SeriesKernel, Slice, dot};
use crate::expectation::Overlaps;
use crate::expectation::gaussian::Rule;
use crate::expectation::quadrature::{self, moved};
use crate::expectation::side::rounding;

/// Standard deviations of the sum of independent rounding errors that are reported.
const DEVIATIONS: f64 = 3.0;

impl SeriesKernel {
    /// Error of the drift at `at`, by the route that is taken there.
    pub(super) fn error(&self, at: &Overlaps) -> f64 {
        if self.kinks_meet() {
            return self.quadrature_error(at);
        }
        let (slice, c) = (self.slice(at.q), at.cosine());
        if !slice.converged(c) {
            return self.quadrature_error(at);
        }
        let finer = Self::of(self.teacher.finer(), self.student.finer()).slice(at.q);
        let resolution = moved(slice.drift(c), finer.drift(c));
        slice.tail(c) + resolution + self.rounding_error(&slice, at)
    }

    /// Error of the drift by quadrature.
    pub(in crate::expectation) fn quadrature_error(&self, at: &Overlaps) -> f64 {
        quadrature::error(&self.teacher, &self.student, at)
    }

    fn rounding_error(&self, slice: &Slice, at: &Overlaps) -> f64 {
        let (scale, c) = (at.q.sqrt(), at.cosine());
        let sample = self.student.sample(scale);
        let (jets, x) = (&sample.jets, &sample.rule.x);
        let sizes = jets.sizes(x, scale);
        let kinks = Kinks::new(self.student.link.breaks(), scale, &self.student.link);
        let unit = rounding(x.len());
        let slope_error = unit * norm(&sample.rule, &sizes.slope);
        let bend_error = unit * (norm(&sample.rule, &sizes.bend) + kinks.size());
        let teacher_error = self.teacher_error();

        let slopes = sample.weighted(|i| jets.slope[i]);
        let bends = sample.weighted(|i| jets.bend[i]);
        let (mut table, mut at_kinks) = (HermiteTable::new(x), HermiteTable::new(&kinks.x));
        let (mut squares, mut terms, mut power) = (0.0, 0.0, 1.0);
        for k in 0..slice.alpha.len() {
            let g1 = dot(&slopes, table.values()).abs();
            let g2 = (dot(&bends, table.values()) + dot(&kinks.weights, at_kinks.values())).abs();
            let order = k as f64;
            // The error of x moves h_k by sqrt(k) h_{k-1} times it.
            let growth = 1.0 + 0.25 * order.sqrt();
            let (df, d1, d2) = (
                teacher_error * growth,
                slope_error * growth,
                bend_error * growth,
            );
            let [f, f_next] = [k, k + 1].map(|k| self.coefficients[k].abs());
            let alpha = (order + 1.0).sqrt() * (f_next * d1 + df * (g1 + d1));
            let beta = f * d2 + df * (g2 + d2);
            squares += (alpha * power).powi(2) + (beta * power).powi(2);
            // The sum itself, at a cosine that is rounded too.
            terms += (1.0 + 0.5 * order) * (slice.alpha[k].abs() + slice.beta[k].abs()) * power;
            power *= c.abs();
            table.advance();
            at_kinks.advance();
        }
        let own = |i: usize| {
            let bent = jets.value[i].abs() * sizes.bend[i] + sizes.value[i] * jets.bend[i].abs();
            bent + 2.0 * jets.slope[i].abs() * sizes.slope[i]
        };
        let own = sample.weighted(own).iter().sum::<f64>() + kinks.own_size();
        DEVIATIONS * squares.sqrt() + f64::EPSILON * terms + unit * own
    }

    /// Rounding error of each of the teacher's coefficients.
    fn teacher_error(&self) -> f64 {
        let sample = self.teacher.sample(1.0);
        let sizes = sample.jets.sizes(&sample.rule.x, 1.0);
        rounding(sample.rule.x.len()) * norm(&sample.rule, &sizes.value)
    }
}

impl Kinks {
    /// Bound of what they add to a coefficient: `|h_k(x)| exp(-x^2/4)` is at most about 1.
    fn size(&self) -> f64 {
        let terms = self.weights.iter().zip(&self.x);
        terms.map(|(w, x)| w.abs() * (0.25 * x * x).exp()).sum()
    }

    /// What rounding of [`own`](Kinks::own) is proportional to.
    fn own_size(&self) -> f64 {
        let terms = self.weights.iter().zip(&self.values).zip(&self.x);
        terms.map(|((w, v), x)| (w * v).abs() * (1.0 + x * x)).sum()
    }
}

/// `sqrt(E[f^2])`.
fn norm(rule: &Rule, f: &[f64]) -> f64 {
    let terms = rule.w.iter().zip(f);
    terms
        .map(|(w, f)| (w.sqrt() * f).powi(2))
        .sum::<f64>()
        .sqrt()
}
