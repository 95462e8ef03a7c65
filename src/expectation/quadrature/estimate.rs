//! Absolute errors of all averages by quadrature: how far they move on rules twice as fine, and
//! rounding, which is relative to the absolute values of all that is added up.

use super::{
    Averages, Given, NEGLIGIBLE, Overlaps, Side, Smoothed, averages, density, kinks, reach,
};
use crate::expectation::KernelErrors;
use crate::expectation::prepared_link::rounding;

/// Errors to expect of [`averages`] at `at`; of the loss without that of `E[sigma*^2]`.
pub(in crate::expectation) fn errors(
    teacher: &Side,
    student: &Side,
    at: &Overlaps,
) -> KernelErrors {
    let ours = averages(teacher, student, at);
    let finer = averages(&teacher.finer(), &student.finer(), at);
    let rounded = rounding_errors(teacher, student, at);
    let error = |part: fn(&Averages) -> f64| moved(part(&ours), part(&finer)) + part(&rounded);
    KernelErrors {
        alpha: error(|a| a.alpha),
        beta: error(|a| a.beta),
        signal: error(|a| a.signal),
        slope: error(|a| a.slope),
        loss: error(|a| a.product) + 0.5 * error(|a| a.square),
    }
}

/// Error of the first of two values, the other from rules twice as fine: twice their distance, as
/// the other is not exact either.
pub(in crate::expectation) fn moved(ours: f64, finer: f64) -> f64 {
    2.0 * (ours - finer).abs()
}

/// The sums of [`averages`] with every term replaced by its rounding error.
fn rounding_errors(teacher: &Side, student: &Side, at: &Overlaps) -> Averages {
    let scale = at.q.sqrt();
    let reach = reach(teacher, student, at.q);
    let given = Given::new(teacher, at, reach);
    let rule = given.outer(student, scale);
    let z: Vec<f64> = rule.x.iter().map(|x| scale * x).collect();
    let jets = student.jets(&z);
    let sizes = student.sizes(&jets, &rule.x, scale);
    let mut sum = Averages::default();
    let smoothed = given.along(&rule);
    let off = given.each(&rule, 0, |x| given.sizes(x));
    for (i, (t, size)) in smoothed.iter().zip(&off).enumerate() {
        let w = rule.w[i];
        if w < NEGLIGIBLE {
            continue;
        }
        let (value, slope, bend) = (jets.value[i].abs(), jets.slope[i].abs(), jets.bend[i].abs());
        let (teacher, off) = (t.value.abs(), size.value.abs() + sizes.value[i]);
        let (power, bent) = (slope * slope, 2.0 * slope * sizes.slope[i]);
        let gap = t.square.abs() + 2.0 * teacher * value + value * value;
        let gap_off = size.square.abs() + 2.0 * (teacher + value) * off;
        sum.alpha += w * (size.slope.abs() * slope + t.slope.abs() * sizes.slope[i]);
        sum.beta += if student.by_parts(scale) {
            w * z[i].abs() * (off * slope + (teacher + value) * sizes.slope[i]) / at.q
        } else {
            w * (off * bend + (teacher + value) * sizes.bend[i] + bent)
        };
        sum.product += w * (size.value.abs() * value + teacher * sizes.value[i]);
        sum.slope += w * bent;
        sum.square += w * 2.0 * value * sizes.value[i];
        sum.signal += w * (gap_off * power + gap * bent);
    }
    if given.sharp() {
        sum.alpha += given.sharp_jump_sizes(student, scale);
    }
    if student.by_parts(scale) {
        sum.beta += at.m.abs() / at.q * sum.alpha;
    } else {
        for (x, kink) in kinks(student, scale, reach) {
            let gap = given.sizes(x).value + student.link.value(kink.at).abs();
            sum.beta += (kink.slope_jump * gap).abs() * density(x) / scale * (1.0 + x * x);
        }
    }
    for b in student.link.breaks().iter().filter(|b| b.jump != 0.0) {
        let (x, there) = (b.at / scale, given.sizes(b.at / scale));
        let lean = (b.at * there.value).abs() + (at.m * there.slope).abs();
        sum.beta += b.jump.abs() * density(x) / scale * lean / at.q * (1.0 + x * x);
    }
    sum.times(rounding(rule.x.len()))
}

impl Averages {
    fn times(self, factor: f64) -> Self {
        Self {
            alpha: factor * self.alpha,
            beta: factor * self.beta,
            pull: factor * self.pull,
            product: factor * self.product,
            signal: factor * self.signal,
            slope: factor * self.slope,
            square: factor * self.square,
        }
    }
}

impl Given<'_> {
    /// Sizes of the rounding errors of [`at`](Given::at).
    fn sizes(&self, x: f64) -> Smoothed {
        let (link, mean) = (&self.teacher.link, self.cosine * x);
        if self.sharp() {
            let (value, slope) = (link.value(mean).abs(), link.derivative(mean).abs());
            let terms = self.teacher.terms(mean);
            let size = (value + mean.abs() * slope).max(terms[0]);
            let bent = slope + (mean * link.second_derivative(mean)).abs();
            return Smoothed {
                value: size,
                square: 2.0 * value * size,
                slope: bent.max(terms[1]),
            };
        }
        let mut sum = match &self.teacher.pieces {
            Some(pieces) => pieces.magnitude(mean, self.sine),
            None => self.average_sizes(mean),
        };
        for b in link.breaks().iter().filter(|b| b.jump != 0.0) {
            let t = (b.at - mean) / self.sine;
            // t is a difference of two numbers that may be much larger than it.
            let moved = t.abs() * (b.at.abs() + mean.abs()) / self.sine;
            sum.slope += b.jump.abs() * density(t) / self.sine * (1.0 + t * t + moved);
        }
        sum
    }

    /// Those of [`average`](Given::average).
    fn average_sizes(&self, mean: f64) -> Smoothed {
        let rule = self.rule(mean);
        let arguments: Vec<f64> = rule.x.iter().map(|x| mean + self.sine * x).collect();
        let jets = self.teacher.jets(&arguments);
        let mut sum = Smoothed::default();
        for (i, (&x, &w)) in rule.x.iter().zip(&rule.w).enumerate() {
            let (slope, reached) = (jets.slope[i].abs(), mean.abs() + (self.sine * x).abs());
            let terms = self.teacher.terms(arguments[i]);
            let value = jets.value[i].abs();
            let size = (value + reached * slope).max(terms[0]);
            // A node may be rounded onto a cusp: the bend is felt from the distance of that rounding.
            let bend = if jets.bend[i].is_finite() {
                jets.bend[i].abs()
            } else {
                let beside = arguments[i] + f64::EPSILON * reached;
                self.teacher.link.second_derivative(beside).abs()
            };
            sum.value += w * size;
            sum.square += w * 2.0 * value * size;
            sum.slope += w * (slope + reached * bend).max(terms[1]);
        }
        sum
    }

    /// Those of [`sharp_jumps`](Given::sharp_jumps).
    fn sharp_jump_sizes(&self, student: &Side, scale: f64) -> f64 {
        let jumps = self.teacher.link.breaks().iter().filter(|b| b.jump != 0.0);
        jumps
            .map(|b| {
                let x = b.at / self.cosine;
                let (z, weight) = (scale * x, (b.jump * density(x) / self.cosine).abs());
                let slope = student.link.derivative(z).abs() * (1.0 + x * x);
                weight * (slope + (z * student.link.second_derivative(z)).abs())
            })
            .sum()
    }
}
