//! Absolute error of `alpha` and `beta` by quadrature: how far they move on rules twice as fine,
//! and rounding, which is relative to the absolute values of all that is added up.

use super::{Drift, Given, NEGLIGIBLE, Overlaps, Side, Smoothed, averages, density};
use crate::expectation::side::rounding;

/// Error to expect of [`averages`] at `at`.
pub(in crate::expectation) fn error(teacher: &Side, student: &Side, at: &Overlaps) -> f64 {
    let ours = averages(teacher, student, at).drift();
    let finer = averages(&teacher.finer(), &student.finer(), at).drift();
    moved(ours, finer) + rounding_error(teacher, student, at)
}

/// Error of the first of two drifts, the other from rules twice as fine: twice their distance, as
/// the other is not exact either.
pub(in crate::expectation) fn moved(ours: Drift, finer: Drift) -> f64 {
    2.0 * ((ours.alpha - finer.alpha).abs() + (ours.beta - finer.beta).abs())
}

/// The sums of [`averages`] with every term replaced by the size of its rounding error.
fn rounding_error(teacher: &Side, student: &Side, at: &Overlaps) -> f64 {
    let scale = at.q.sqrt();
    let given = Given::new(teacher, at);
    let rule = given.outer(student, scale);
    let z: Vec<f64> = rule.x.iter().map(|x| scale * x).collect();
    let jets = student.jets(&z);
    let sizes = jets.sizes(&rule.x, scale);
    let mut sum = 0.0;
    for (i, (&x, &w)) in rule.x.iter().zip(&rule.w).enumerate() {
        if w < NEGLIGIBLE {
            continue;
        }
        let (t, size) = (given.at(x), given.sizes(x));
        let (value, slope, bend) = (jets.value[i].abs(), jets.slope[i].abs(), jets.bend[i].abs());
        let alpha = size.slope * slope + t.slope.abs() * sizes.slope[i];
        let gap = (size.value + sizes.value[i]) * bend + (t.value.abs() + value) * sizes.bend[i];
        sum += w * (alpha + gap + 2.0 * slope * sizes.slope[i]);
    }
    for kink in student.link.breaks().iter().filter(|b| b.slope_jump != 0.0) {
        let x = kink.at / scale;
        if density(x) > 0.0 {
            let gap = given.sizes(x).value + student.link.value(kink.at).abs();
            sum += (kink.slope_jump * gap).abs() * density(x) / scale * (1.0 + x * x);
        }
    }
    if given.sharp() {
        sum += given.sharp_jump_sizes(student, scale);
    }
    rounding(rule.x.len()) * sum
}

impl Given<'_> {
    /// Sizes of the rounding errors of [`at`](Given::at).
    fn sizes(&self, x: f64) -> Smoothed {
        let (link, mean) = (&self.teacher.link, self.cosine * x);
        if self.sharp() {
            let slope = link.derivative(mean).abs();
            return Smoothed {
                value: link.value(mean).abs() + mean.abs() * slope,
                square: 0.0,
                slope: slope + (mean * link.second_derivative(mean)).abs(),
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
        let rule = self.inner(mean);
        let arguments: Vec<f64> = rule.x.iter().map(|x| mean + self.sine * x).collect();
        let jets = self.teacher.jets(&arguments);
        let mut sum = Smoothed::default();
        for (i, (&x, &w)) in rule.x.iter().zip(&rule.w).enumerate() {
            let (slope, reached) = (jets.slope[i].abs(), mean.abs() + (self.sine * x).abs());
            sum.value += w * (jets.value[i].abs() + reached * slope);
            sum.slope += w * (slope + reached * jets.bend[i].abs());
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
