//! Least squares of times against `x = ln d`, in relative residuals.

use crate::root::minimum;

/// `x = ln d` and the time there, > 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) x: f64,
    pub(super) t: f64,
}

/// `y = level + slope (x - centre)`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    centre: f64,
    level: f64,
    pub(super) slope: f64,
}

impl Line {
    pub(super) fn at(&self, x: f64) -> f64 {
        self.level + self.slope * (x - self.centre)
    }
}

/// Weighted least squares through `(x, y, weight)`; a slope of 0 where all `x` are equal.
pub(super) fn line(points: impl Iterator<Item = (f64, f64, f64)> + Clone) -> Line {
    let sum = |f: &dyn Fn(f64, f64) -> f64| points.clone().map(|(x, y, w)| w * f(x, y)).sum();
    let weight: f64 = sum(&|_, _| 1.0);
    let centre = sum(&|x, _| x) / weight;
    let level = sum(&|_, y| y) / weight;
    let across: f64 = sum(&|x, y| (x - centre) * (y - level));
    let along: f64 = sum(&|x, _| (x - centre) * (x - centre));
    Line {
        centre,
        level,
        slope: if along > 0.0 { across / along } else { 0.0 },
    }
}

/// Root mean square of `model / t - 1`.
pub(super) fn relative_residual(samples: &[Sample], model: impl Fn(f64) -> f64) -> f64 {
    let squares = samples.iter().map(|s| (model(s.x) / s.t - 1.0).powi(2));
    (squares.sum::<f64>() / samples.len() as f64).sqrt()
}

/// The constant nearest to the times.
pub(super) fn constant(samples: &[Sample]) -> f64 {
    let (first, second) = samples.iter().fold((0.0, 0.0), |(a, b), s| {
        (a + 1.0 / s.t, b + 1.0 / (s.t * s.t))
    });
    first / second
}

/// `t` as a line in `ln d`.
pub(super) fn logarithmic(samples: &[Sample]) -> Line {
    line(samples.iter().map(|s| (s.x, s.t, 1.0 / (s.t * s.t))))
}

/// `ln t` as a line in `ln d`.
pub(super) fn power(samples: &[Sample]) -> Line {
    line(samples.iter().map(|s| (s.x, s.t.ln(), 1.0)))
}

/// `t = level + amplitude (d^g - d0^g) / (g d0^g)`: the family that has the other three laws in
/// it, a constant for `g < 0`, a logarithm at `g = 0` and a power, free of additive constants,
/// for `g > 0`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) exponent: f64,
    middle: f64,
    line: Line,
}

/// Largest `|g|` times the range in `ln d`: times then grow by a factor of e^80.
const STEEPEST: f64 = 80.0;
/// Trial exponents in each direction before the best of them is refined.
const TRIALS: i32 = 80;
/// Of the distance of two trials: a minimum shows in the residual no nearer.
const PRECISION: f64 = 1e-8;

impl Shape {
    fn with_exponent(samples: &[Sample], exponent: f64) -> Self {
        let middle = 0.5 * (samples[0].x + samples[samples.len() - 1].x);
        let points = samples.iter().map(|s| {
            let coordinate = bent(exponent, s.x - middle);
            (coordinate, s.t, 1.0 / (s.t * s.t))
        });
        Self {
            exponent,
            middle,
            line: line(points),
        }
    }

    /// The exponent with the smallest relative residual.
    pub(super) fn of(samples: &[Sample]) -> Self {
        let range = samples[samples.len() - 1].x - samples[0].x;
        let step = STEEPEST / (range * f64::from(TRIALS));
        let residual = |g: f64| Self::with_exponent(samples, g).residual(samples);
        let trials = (-TRIALS..=TRIALS).map(|i| step * f64::from(i));
        let best = trials.fold((0.0, f64::INFINITY), |best, g| {
            let r = residual(g);
            if r < best.1 { (g, r) } else { best }
        });
        let around = (best.0 - step, best.0 + step);
        let (exponent, _) = minimum(residual, around, PRECISION * step);
        Self::with_exponent(samples, exponent)
    }

    pub(super) fn residual(&self, samples: &[Sample]) -> f64 {
        relative_residual(samples, |x| {
            self.line.at(bent(self.exponent, x - self.middle))
        })
    }

    /// The time as `d` goes to infinity, for a negative exponent.
    pub(super) fn limit(&self) -> f64 {
        self.line.at(-1.0 / self.exponent)
    }
}

/// `(e^{g x} - 1) / g`, and `x` at `g = 0`.
fn bent(g: f64, x: f64) -> f64 {
    if g == 0.0 { x } else { (g * x).exp_m1() / g }
}
