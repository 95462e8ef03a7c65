//! Absolute errors of all averages by the series: the dropped tail, how far the sum moves on rules
//! twice as fine, and rounding.
//!
//! Coefficients are averages over nodes, and rounding leaves each with an error relative to the
//! size of what was averaged, however small it is itself: `eps ||f||`, by Cauchy-Schwarz, since
//! `||h_k|| = 1`. A product of two coefficients is then off by each times the error of the
//! other. These errors are independent of each other, so that their squares add up.

use super::{
    HermiteTable, Kinks, NoiseSlice, Projections, SeriesKernel, Slice, dot, dropped_tail, horner,
};
use crate::expectation::gaussian::Rule;
use crate::expectation::prepared_link::{Jets, Sample, rounding};
use crate::expectation::quadrature::{self, moved};
use crate::expectation::{KernelErrors, Overlaps};

/// Standard deviations of the sum of independent rounding errors that are reported.
const DEVIATIONS: f64 = 3.0;

/// A sum `sum_k f_k g_k c^k` while its rounding errors are collected.
#[derive(Default)]
struct Rounded {
    squares: f64,
    terms: f64,
}

impl Rounded {
    /// A term of order `k` made of coefficients that are off by so much.
    fn add(&mut self, order: f64, term: f64, off: f64) {
        self.squares += off * off;
        // The sum itself, at a cosine that is rounded too.
        self.terms += (1.0 + 0.5 * order) * term.abs();
    }

    fn total(&self) -> f64 {
        DEVIATIONS * self.squares.sqrt() + f64::EPSILON * self.terms
    }
}

impl SeriesKernel {
    /// Errors at `at`, each by the route that its average takes there.
    pub(super) fn all_errors(&self, at: &Overlaps) -> KernelErrors {
        if self.kinks_meet() {
            return self.quadrature_errors(at);
        }
        let c = at.cosine();
        let (slice, noise) = (self.slice(at.q), self.noise_slice(at.q));
        let (drifts, noises) = (slice.converged(c), noise.converged(c));
        let mut made = if drifts && noises {
            KernelErrors::default()
        } else {
            self.quadrature_errors(at)
        };
        let finer = self.finer();
        let sample = self.student.sample(at.q.sqrt());
        if drifts {
            let rounded = self.drift_rounding(&slice, &sample, at);
            let other = finer.slice(at.q);
            let (ours, theirs) = (slice.drift(c), other.drift(c));
            made.alpha = slice.tail(c) + moved(ours.alpha, theirs.alpha) + rounded.alpha;
            made.beta = slice.tail(c) + moved(ours.beta, theirs.beta) + rounded.beta;
            let product = horner(&slice.product, c) - horner(&other.product, c);
            let squares = [
                self.square_coefficients[0] - finer.square_coefficients[0],
                slice.square - other.square,
            ];
            let dropped = dropped_tail(slice.product.len(), |k| slice.product[k].abs(), c);
            made.loss = dropped
                + slice.hidden * c.abs().powi(slice.product.len() as i32)
                + moved(product, 0.0)
                + 0.5 * (moved(squares[0], 0.0) + moved(squares[1], 0.0))
                + rounded.loss;
        }
        if noises {
            let rounded = self.noise_rounding(&noise, &sample, at);
            let other = finer.noise_slice(at.q);
            let series = horner(&noise.series, c) - horner(&other.series, c);
            made.signal = noise.tail(c)
                + moved(series, 0.0)
                + moved(noise.quartic, other.quartic)
                + rounded.signal;
            made.slope = moved(noise.slope, other.slope) + rounded.slope;
        }
        made
    }

    /// Errors by quadrature.
    pub(in crate::expectation) fn quadrature_errors(&self, at: &Overlaps) -> KernelErrors {
        let mut made = quadrature::errors(&self.teacher, &self.student, at);
        let finer = self.finer();
        let square = moved(self.square_coefficients[0], finer.square_coefficients[0]);
        made.loss += 0.5 * (square + self.teacher_square_error());
        made
    }

    fn drift_rounding(&self, slice: &Slice, sample: &Sample, at: &Overlaps) -> KernelErrors {
        let (scale, c) = (at.q.sqrt(), at.cosine().abs());
        let (jets, x) = (&sample.jets, &sample.rule.x);
        let sizes = self.student.sizes(jets, x, scale);
        let kinks = Kinks::new(self.student.link.breaks(), scale, &self.student.link);
        let unit = rounding(x.len());
        let value_error = unit * norm(&sample.rule, &sizes.value);
        let slope_error = unit * norm(&sample.rule, &sizes.slope);
        let by_parts = self.student.by_parts(scale);
        let bend_error = if by_parts {
            // By parts, one order up: times the root of that.
            slope_error / scale
        } else {
            unit * (norm(&sample.rule, &sizes.bend) + kinks.size())
        };
        let teacher_error = self.teacher_error();
        let mut projections = Projections::new(&self.student, sample, &kinks, scale);
        let mut sums = [(); 3].map(|()| Rounded::default());
        let mut power = 1.0;
        for k in 0..slice.alpha.len() {
            let [g, g1, g2] = projections.next_order().map(f64::abs);
            let order = k as f64;
            // The error of x moves h_k by sqrt(k) h_{k-1} times it.
            let growth = 1.0 + 0.25 * order.sqrt();
            let df = teacher_error * growth;
            let up = if by_parts { (order + 1.0).sqrt() } else { 1.0 };
            let [d0, d1, d2] = [value_error, slope_error, bend_error * up].map(|e| e * growth);
            let [f, f_next] = [k, k + 1].map(|k| self.coefficients[k].abs());
            let errors = [
                (order + 1.0).sqrt() * (f_next * d1 + df * (g1 + d1)),
                f * d2 + df * (g2 + d2),
                f * d0 + df * (g + d0),
            ];
            let terms = [slice.alpha[k], slice.beta[k], slice.product[k]];
            for ((sum, term), error) in sums.iter_mut().zip(terms).zip(errors) {
                sum.add(order, term * power, error * power);
            }
            power *= c;
        }
        let own = sample.weighted(|i| own_size(by_parts, sample, &sizes, scale, i));
        let own = own.iter().sum::<f64>() + kinks.own_size() * f64::from(u8::from(!by_parts));
        let square = sample.weighted(|i| 2.0 * jets.value[i].abs() * sizes.value[i]);
        let square = unit * square.iter().sum::<f64>();
        KernelErrors {
            alpha: sums[0].total(),
            beta: sums[1].total() + unit * own,
            loss: sums[2].total() + 0.5 * (square + self.teacher_square_error()),
            ..KernelErrors::default()
        }
    }

    fn noise_rounding(&self, slice: &NoiseSlice, sample: &Sample, at: &Overlaps) -> KernelErrors {
        let (scale, c) = (at.q.sqrt(), at.cosine().abs());
        let (jets, x) = (&sample.jets, &sample.rule.x);
        let sizes = self.student.sizes(jets, x, scale);
        let unit = rounding(x.len());
        let size = |i: usize| (jets.value[i].abs(), jets.slope[i].powi(2));
        let bent = |i: usize| 2.0 * jets.slope[i].abs() * sizes.slope[i];
        let (value, power) = (|i| size(i).0, |i| size(i).1);
        let crossed = |i: usize| sizes.value[i] * power(i) + value(i) * bent(i);
        let every = |f: &dyn Fn(usize) -> f64| (0..x.len()).map(f).collect::<Vec<f64>>();
        let slope2_error = unit * norm(&sample.rule, &every(&bent));
        let cross_error = unit * norm(&sample.rule, &every(&crossed));
        let (teacher_error, square_error) = (self.teacher_error(), self.teacher_square_norm());

        let slope2 = sample.weighted(power);
        let cross = sample.weighted(|i| value(i) * power(i));
        let mut table = HermiteTable::new(x);
        let mut sum = Rounded::default();
        let mut weight = 1.0;
        for k in 0..slice.series.len() {
            let order = k as f64;
            let growth = 1.0 + 0.25 * order.sqrt();
            let [a, b] = [&slope2, &cross].map(|w| dot(w, table.values()).abs());
            let [da, db] = [slope2_error, cross_error].map(|e| e * growth);
            let [df, ds] = [teacher_error, square_error].map(|e| e * growth);
            let [f, s] = [self.coefficients[k], self.square_coefficients[k]].map(f64::abs);
            let off = s * da + ds * (a + da) + 2.0 * (f * db + df * (b + db));
            sum.add(order, (s * a + 2.0 * f * b) * weight, off * weight);
            weight *= c;
            table.advance();
        }
        let quartic = |i: usize| {
            let v = value(i);
            2.0 * v * sizes.value[i] * power(i) + v * v * bent(i)
        };
        let total = |f: &dyn Fn(usize) -> f64| unit * sample.weighted(f).iter().sum::<f64>();
        KernelErrors {
            signal: sum.total() + total(&quartic),
            slope: total(&bent),
            ..KernelErrors::default()
        }
    }

    fn finer(&self) -> &Self {
        self.finer
            .get_or_init(|| Box::new(Self::of(self.teacher.finer(), self.student.finer())))
    }

    /// Rounding error of each of the teacher's coefficients.
    fn teacher_error(&self) -> f64 {
        let sample = self.teacher.sample(1.0);
        let sizes = self.teacher.sizes(&sample.jets, &sample.rule.x, 1.0);
        rounding(sample.rule.x.len()) * norm(&sample.rule, &sizes.value)
    }

    /// Rounding error of each of the coefficients of the teacher's square.
    fn teacher_square_norm(&self) -> f64 {
        let sample = self.teacher.sample(1.0);
        let sizes = self.teacher.sizes(&sample.jets, &sample.rule.x, 1.0);
        let both = sample.jets.value.iter().zip(&sizes.value);
        let square: Vec<f64> = both.map(|(f, size)| 2.0 * f.abs() * size).collect();
        rounding(sample.rule.x.len()) * norm(&sample.rule, &square)
    }

    /// Rounding error of `E[sigma*^2]`.
    fn teacher_square_error(&self) -> f64 {
        let sample = self.teacher.sample(1.0);
        let sizes = self.teacher.sizes(&sample.jets, &sample.rule.x, 1.0);
        let terms = sample.weighted(|i| 2.0 * sample.jets.value[i].abs() * sizes.value[i]);
        rounding(sample.rule.x.len()) * terms.iter().sum::<f64>()
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

/// Size of the rounding errors of what the student does alone at node `i`.
fn own_size(by_parts: bool, sample: &Sample, sizes: &Jets, scale: f64, i: usize) -> f64 {
    let jets = &sample.jets;
    let (value, slope) = (jets.value[i].abs(), jets.slope[i].abs());
    if by_parts {
        let size = value * sizes.slope[i] + slope * sizes.value[i];
        return sample.rule.x[i].abs() / scale * size;
    }
    let bent = value * sizes.bend[i] + sizes.value[i] * jets.bend[i].abs();
    bent + 2.0 * slope * sizes.slope[i]
}

/// Bound of `E[f |h_k|]` of an `f >= 0`: `sqrt(E[f^2])`, or by `|h_k(x)| <= 1.09 exp(x^2/4)` (Cramer), which is less where `f`
/// is narrow.
fn norm(rule: &Rule, f: &[f64]) -> f64 {
    const CRAMER: f64 = 1.09;
    let (mut squares, mut bounds) = (0.0, 0.0);
    for ((x, w), f) in rule.x.iter().zip(&rule.w).zip(f) {
        squares += (w.sqrt() * f).powi(2);
        bounds += w * f * CRAMER * (0.25 * x * x).exp();
    }
    squares.sqrt().min(bounds)
}
