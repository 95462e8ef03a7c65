//! Which law times follow as the dimension grows: constant, logarithm, power, or undecided.

use serde::Serialize;
use thiserror::Error;

use super::law::Law;
use super::regression::{
    Line, Sample, Shape, constant, line, logarithmic, power, relative_residual,
};
use crate::numeral::plain;

/// Fewest dimensions with a time > 0 that a law is fitted to.
pub const FEWEST_POINTS: usize = 6;
/// Fewest points of the upper half and of the upper quarter of the range.
const FEWEST_IN_HALF: usize = 4;
const FEWEST_IN_QUARTER: usize = 3;
/// Relative error to expect of a time; smaller residuals mean no better fit.
const NOISE: f64 = 1e-8;
/// Relative variation over the upper half that is none.
const STEADY: f64 = 100.0 * NOISE;
/// One model is preferred to another when its residual is smaller by this factor.
const CLEARLY: f64 = 5.0;
/// Largest change, as a logarithm, of `dt / d ln d` over the upper half for a logarithmic law.
const STRAIGHT: f64 = 0.5;
/// The same where residuals do not tell it from a power.
const VERY_STRAIGHT: f64 = 0.05;
/// Largest relative variation over the upper half of what is going to a constant ...
const NEARLY_STEADY: f64 = 0.2;
/// ... and the least fall of `dt / d ln d` over the half, as a logarithm: a slower one may come
/// from a power of `1 / ln d`, whose limit cannot be seen from here.
const FALLING: f64 = 2.0;
/// The same growth for a power whose additive constant still matters.
const RISING: f64 = 1.0;

/// A point that cannot be fitted.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum FitError {
    /// A number that is not what it stands for.
    #[error("the point (d, t) = ({}, {}) is not allowed: {allowed}", plain(*dim), plain(*time))]
    Point {
        /// Dimension.
        dim: f64,
        /// Time.
        time: f64,
        /// What is allowed.
        allowed: &'static str,
    },
    /// Not in the order of the dimension.
    #[error("the dimensions must ascend: {} follows {}", plain(*next), plain(*dim))]
    Order {
        /// A dimension.
        dim: f64,
        /// The one after it.
        next: f64,
    },
}

/// Root mean square relative residuals over the upper half of the range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Residuals {
    /// Of `t = c`.
    pub constant: f64,
    /// Of `t = a ln d + c`.
    pub logarithmic: f64,
    /// Of `t = c d^p`.
    pub power: f64,
    /// Of `t = c + a d^g`, which has all of them in it; [`ScalingFit::shape_exponent`] is `g`.
    pub shape: f64,
}

/// The law of times against dimensions, with what speaks for it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScalingFit {
    /// The law.
    #[serde(flatten)]
    pub law: Law,
    /// Of the law's parameter, in its unit. Of a time: what is left to go to the limit, or the
    /// largest deviation from a time that does not change. Of a slope: twice its change when
    /// fitted over the upper quarter instead of the upper half. Of an exponent: the largest of its
    /// differences to that of the upper quarter, to the local exponents extrapolated in `1 / ln d`,
    /// and to [`ScalingFit::shape_exponent`]. `None` without a law.
    pub uncertainty: Option<f64>,
    /// Smallest dimension of the fit; `None` where nothing was fitted.
    pub from: Option<f64>,
    /// Largest dimension of the fit.
    pub to: Option<f64>,
    /// Points of the fit.
    pub points: usize,
    /// How well each law fits.
    pub residuals: Option<Residuals>,
    /// `g` of `t = c + a d^g` over the same points: 0 for a logarithm, < 0 for what goes to a
    /// constant. It does not feel additive constants.
    pub shape_exponent: Option<f64>,
    /// `d ln t / d ln d` between each point and the one before it; `None` for the first one and
    /// where a time is 0.
    pub local_exponents: Vec<Option<f64>>,
}

impl ScalingFit {
    /// Fits points `(d, t)`: dimensions `d` > 1 ascending, times `t` >= 0 in any unit. Times of 0
    /// are left out, unless there are no others. Without any point the law is [`Law::Never`], with
    /// fewer than [`FEWEST_POINTS`] it is [`Law::Undecided`].
    ///
    /// Over the upper half of the range in `ln d` (at least four points), a law is chosen by its
    /// residuals and by `g`, as docs/scaling.md says.
    ///
    /// # Errors
    /// A dimension or time that is not finite or out of range; dimensions that do not ascend.
    pub fn of(points: &[(f64, f64)]) -> Result<Self, FitError> {
        check(points)?;
        Ok(Self::of_checked(points))
    }

    /// [`ScalingFit::of`] for points known to be in order.
    pub(super) fn of_checked(points: &[(f64, f64)]) -> Self {
        let mut fit = Self {
            law: Law::Undecided,
            uncertainty: None,
            from: None,
            to: None,
            points: 0,
            residuals: None,
            shape_exponent: None,
            local_exponents: local_exponents(points),
        };
        let positive: Vec<(f64, f64)> = points.iter().copied().filter(|p| p.1 > 0.0).collect();
        if points.is_empty() {
            fit.law = Law::Never;
        } else if positive.is_empty() {
            fit.decide_on(points, (Law::Constant { time: 0.0 }, 0.0));
        } else if positive.len() >= FEWEST_POINTS {
            fit.decide(&positive);
        }
        fit
    }

    fn decide_on(&mut self, fitted: &[(f64, f64)], (law, uncertainty): (Law, f64)) {
        self.law = law;
        self.uncertainty = law.exponent().map(|_| uncertainty);
        self.from = fitted.first().map(|p| p.0);
        self.to = fitted.last().map(|p| p.0);
        self.points = fitted.len();
    }

    fn decide(&mut self, positive: &[(f64, f64)]) {
        // Times of the order of 1, so that no square of one overflows.
        let logs = positive.iter().map(|p| p.1.ln());
        let unit = (logs.sum::<f64>() / positive.len() as f64).exp();
        let samples: Vec<Sample> = positive
            .iter()
            .map(|(d, t)| Sample {
                x: d.ln(),
                t: t / unit,
            })
            .collect();
        let half = upper(&samples, 0.5, FEWEST_IN_HALF);
        let quarter = upper(&samples, 0.75, FEWEST_IN_QUARTER);
        let models = Models::of(half, quarter);
        let r = models.residuals;
        let all = [r.constant, r.logarithmic, r.power, r.shape];
        let fitted = &positive[positive.len() - half.len()..];
        if all.iter().all(|r| r.is_finite()) {
            self.residuals = Some(r);
            self.shape_exponent = Some(models.shape.exponent);
            self.decide_on(fitted, models.law(unit));
        }
    }
}

fn check(points: &[(f64, f64)]) -> Result<(), FitError> {
    for &(dim, time) in points {
        let allowed = if !(dim > 1.0 && dim.is_finite()) {
            "a dimension is a finite number > 1"
        } else if !(time >= 0.0 && time.is_finite()) {
            "a time is a finite number >= 0"
        } else {
            continue;
        };
        return Err(FitError::Point { dim, time, allowed });
    }
    match points.windows(2).find(|pair| pair[1].0 <= pair[0].0) {
        Some(pair) => Err(FitError::Order {
            dim: pair[0].0,
            next: pair[1].0,
        }),
        None => Ok(()),
    }
}

fn local_exponents(points: &[(f64, f64)]) -> Vec<Option<f64>> {
    let between = points.windows(2).map(|pair| {
        let [(d0, t0), (d1, t1)] = [pair[0], pair[1]];
        let exponent = (t1 / t0).ln() / (d1 / d0).ln();
        exponent.is_finite().then_some(exponent)
    });
    points
        .first()
        .map(|_| None)
        .into_iter()
        .chain(between)
        .collect()
}

/// The samples in the upper part of the range of `x`, from a fraction of it on, at least `fewest`.
fn upper(samples: &[Sample], fraction: f64, fewest: usize) -> &[Sample] {
    let (first, last) = (samples[0].x, samples[samples.len() - 1].x);
    // A hair below, so that a point in the middle counts whatever its rounding.
    let from = first + (fraction - 1e-9) * (last - first);
    let inside = samples.iter().filter(|s| s.x >= from).count();
    &samples[samples.len() - inside.max(fewest).min(samples.len())..]
}

/// All laws fitted to the upper half, and what they become over the upper quarter.
struct Models<'a> {
    half: &'a [Sample],
    quarter: &'a [Sample],
    logarithmic: Line,
    power: Line,
    shape: Shape,
    residuals: Residuals,
}

impl<'a> Models<'a> {
    fn of(half: &'a [Sample], quarter: &'a [Sample]) -> Self {
        let (logarithmic, power, shape) = (logarithmic(half), power(half), Shape::of(half));
        let level = constant(half);
        Self {
            half,
            quarter,
            residuals: Residuals {
                constant: relative_residual(half, |_| level),
                logarithmic: relative_residual(half, |x| logarithmic.at(x)),
                power: relative_residual(half, |x| power.at(x).exp()),
                shape: shape.residual(half),
            },
            logarithmic,
            power,
            shape,
        }
    }

    /// The law and its uncertainty, in times of `unit`.
    fn law(&self, unit: f64) -> (Law, f64) {
        let at_least = |r: f64| r.max(NOISE);
        let logarithmic = at_least(self.residuals.logarithmic);
        let power = at_least(self.residuals.power);
        let resolved = at_least(self.residuals.shape) * CLEARLY < logarithmic.min(power);
        // How much dt / d ln d changes over the half, as a logarithm.
        let bend = self.shape.exponent * (self.half[self.half.len() - 1].x - self.half[0].x);
        let variation = self.variation();
        if variation <= STEADY {
            self.steady(unit)
        } else if power * CLEARLY < logarithmic {
            self.as_power(unit)
        } else if logarithmic * CLEARLY < power {
            self.as_logarithm(unit, bend, STRAIGHT)
        } else if resolved && bend < -FALLING && variation < NEARLY_STEADY {
            self.limit(unit)
        } else if resolved && bend > RISING && power < logarithmic {
            self.as_power(unit)
        } else if !resolved && logarithmic <= power {
            self.as_logarithm(unit, bend, VERY_STRAIGHT)
        } else {
            (Law::Undecided, 0.0)
        }
    }

    /// Largest minus smallest time, relative to the last.
    fn variation(&self) -> f64 {
        let last = self.half[self.half.len() - 1].t;
        let (low, high) = self
            .half
            .iter()
            .fold((last, last), |(low, high), s| (low.min(s.t), high.max(s.t)));
        (high - low) / last
    }

    fn steady(&self, unit: f64) -> (Law, f64) {
        let time = constant(self.half);
        let off = self.half.iter().map(|s| (s.t - time).abs());
        let law = Law::Constant { time: unit * time };
        (law, unit * off.fold(0.0, f64::max))
    }

    fn limit(&self, unit: f64) -> (Law, f64) {
        let limit = self.shape.limit();
        let left = (limit - self.half[self.half.len() - 1].t).abs();
        if limit > 0.0 {
            (Law::Constant { time: unit * limit }, unit * left)
        } else {
            (Law::Undecided, 0.0)
        }
    }

    fn as_logarithm(&self, unit: f64, bend: f64, straight: f64) -> (Law, f64) {
        let slope = self.logarithmic.slope;
        if slope <= 0.0 || bend.abs() > straight {
            return (Law::Undecided, 0.0);
        }
        let law = Law::Logarithmic {
            slope: unit * slope,
            offset: unit * self.logarithmic.at(0.0),
        };
        // Twice the change: the slope of the quarter is not the limit either.
        let change = (logarithmic(self.quarter).slope - slope).abs();
        (law, unit * 2.0 * change)
    }

    fn as_power(&self, unit: f64) -> (Law, f64) {
        let exponent = self.power.slope;
        let others = [
            power(self.quarter).slope,
            self.extrapolated_exponent(),
            self.shape.exponent,
        ];
        let change = others.iter().map(|p| (p - exponent).abs());
        let uncertainty = change.fold(0.0, f64::max);
        let prefactor = unit * self.power.at(0.0).exp();
        // An exponent that may be 0 makes no power.
        if exponent.abs() <= uncertainty || !(prefactor > 0.0 && prefactor.is_finite()) {
            return (Law::Undecided, 0.0);
        }
        let law = Law::Power {
            exponent,
            prefactor,
        };
        (law, uncertainty)
    }

    /// Local exponents extrapolated to `1 / ln d = 0`: exact for `d^p (ln d)^k`, whose local
    /// exponents are `p + k / ln d`.
    fn extrapolated_exponent(&self) -> f64 {
        let local = self.half.windows(2).map(|pair| {
            let middle = 0.5 * (pair[0].x + pair[1].x);
            let exponent = (pair[1].t / pair[0].t).ln() / (pair[1].x - pair[0].x);
            (1.0 / middle, exponent, 1.0)
        });
        line(local).at(0.0)
    }
}
