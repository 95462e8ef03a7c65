//! Panel quadrature of the two-dimensional averages: the teacher's argument conditioned on the
//! student's.
//!
//! `lambda* | z ~ N(c x, s^2)` with `x = z / sqrt(q)`, `c` the cosine and `s` the sine of the
//! angle. The outer panels are split at the student's breaks and graded around the images of the
//! teacher's (`x = b / c`, blurred over `s / c`); the inner panels are split at the teacher's.

mod estimate;

use super::gaussian::{Beside, Resolution, Rule, density, reach};
use super::piecewise::Smoothed;
use super::side::Side;
use super::{Drift, Noise, Overlaps, floor};

pub(super) use estimate::{errors, moved};

/// Below this sine the blur is under rounding and the conditional law is a point.
const SHARP: f64 = 1e-15;

/// Weight below which even links that grow to 1e100 add nothing.
const NEGLIGIBLE: f64 = 1e-200;

/// All averages at one point.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Averages {
    /// `E[sigma*' sigma']`.
    pub(super) alpha: f64,
    /// `E[(sigma* - sigma) sigma''] - E[sigma'^2]`.
    pub(super) beta: f64,
    /// `E[sigma* sigma]`.
    pub(super) product: f64,
    /// `E[(sigma* - sigma)^2 sigma'^2]`.
    pub(super) signal: f64,
    /// `E[sigma'^2]`.
    slope: f64,
    /// `E[sigma^2]`.
    square: f64,
}

impl Averages {
    pub(super) fn drift(&self) -> Drift {
        Drift {
            alpha: self.alpha,
            beta: self.beta,
        }
    }

    pub(super) fn noise(&self) -> Noise {
        Noise {
            signal: self.signal,
            slope: self.slope,
        }
    }

    /// Loss, given `E[sigma*^2]`.
    pub(super) fn loss(&self, teacher_square: f64) -> f64 {
        floor(0.5 * (teacher_square + self.square) - self.product)
    }
}

/// Evaluates all averages of a pair at `at`.
pub(super) fn averages(teacher: &Side, student: &Side, at: &Overlaps) -> Averages {
    let scale = at.q.sqrt();
    let given = Given::new(teacher, at);
    let rule = given.outer(student, scale);
    let mut sum = Averages::default();
    let z: Vec<f64> = rule.x.iter().map(|x| scale * x).collect();
    let jets = student.jets(&z);
    for (i, (&x, &w)) in rule.x.iter().zip(&rule.w).enumerate() {
        // Weights below rounding of the sum cost as much as the others.
        if w < NEGLIGIBLE {
            continue;
        }
        let t = given.at(x);
        let (value, slope, bend) = (jets.value[i], jets.slope[i], jets.bend[i]);
        let power = slope * slope;
        sum.alpha += w * t.slope * slope;
        sum.beta += w * ((t.value - value) * bend - power);
        sum.product += w * t.value * value;
        sum.slope += w * power;
        sum.square += w * value * value;
        sum.signal += w * (t.square - 2.0 * t.value * value + value * value) * power;
    }
    for kink in student.link.breaks().iter().filter(|b| b.slope_jump != 0.0) {
        let x = kink.at / scale;
        if density(x) == 0.0 {
            // Far out the teacher may overflow; it has no weight there.
            continue;
        }
        let gap = given.at(x).value - student.link.value(kink.at);
        sum.beta += kink.slope_jump * density(x) / scale * gap;
    }
    if given.sharp() {
        sum.alpha += given.sharp_jumps(|x| student.link.derivative(scale * x));
    }
    sum.signal = floor(sum.signal);
    sum
}

/// The law of `lambda*` given `x`.
struct Given<'a> {
    teacher: &'a Side,
    cosine: f64,
    sine: f64,
    inner_reach: f64,
}

impl<'a> Given<'a> {
    fn new(teacher: &'a Side, at: &Overlaps) -> Self {
        Self {
            teacher,
            cosine: at.cosine(),
            sine: at.sine(),
            inner_reach: reach(&teacher.link, 1.0),
        }
    }

    /// Nodes in `x` for averages of both links.
    fn outer(&self, student: &Side, scale: f64) -> Rule {
        // Outside the aligned limit the teacher enters smoothed, hence no finer than its own scale.
        let cosine = self.cosine.abs().max(0.25);
        let both = student.resolution.with(scale, &self.smoothed(), cosine);
        let reach = reach(&student.link, scale).max(self.inner_reach);
        both.rule(Beside::Density, 1.0, reach, &self.images())
    }

    fn sharp(&self) -> bool {
        self.sine < SHARP
    }

    /// Images of the teacher's breaks, with edges graded down to the blur around each.
    fn images(&self) -> Vec<f64> {
        let mut edges = Vec::new();
        if self.cosine == 0.0 {
            return edges;
        }
        let blur = (self.sine / self.cosine).abs();
        for b in self.teacher.resolution.breaks() {
            let centre = b / self.cosine;
            edges.push(centre);
            let mut offset = blur;
            // Out to ten blurs the step is still felt; 16 nodes resolve a doubling.
            while offset > SHARP && offset < (10.0 * blur).clamp(1.0, 20.0) {
                edges.push(centre - offset);
                edges.push(centre + offset);
                offset *= 2.0;
            }
        }
        edges
    }

    /// The teacher's resolution without its breaks, whose images come as graded edges.
    fn smoothed(&self) -> Resolution {
        self.teacher.resolution.without_breaks()
    }

    fn at(&self, x: f64) -> Smoothed {
        let (link, mean) = (&self.teacher.link, self.cosine * x);
        if self.sharp() {
            let value = link.value(mean);
            return Smoothed {
                value,
                square: value * value,
                slope: link.derivative(mean),
            };
        }
        let mut sum = match &self.teacher.pieces {
            Some(pieces) => pieces.smoothed(mean, self.sine),
            None => self.average(mean),
        };
        for b in link.breaks().iter().filter(|b| b.jump != 0.0) {
            sum.slope += b.jump * density((b.at - mean) / self.sine) / self.sine;
        }
        sum
    }

    /// Averages over the conditional law by quadrature, jumps left out of the slope.
    fn average(&self, mean: f64) -> Smoothed {
        let link = &self.teacher.link;
        let rule = self.inner(mean);
        let arguments: Vec<f64> = rule.x.iter().map(|x| mean + self.sine * x).collect();
        let (mut values, mut slopes) = (vec![0.0; rule.x.len()], vec![0.0; rule.x.len()]);
        link.values(&arguments, &mut values);
        link.derivatives(&arguments, &mut slopes);
        let mut sum = Smoothed::default();
        for ((w, value), slope) in rule.w.iter().zip(&values).zip(&slopes) {
            sum.value += w * value;
            sum.square += w * value * value;
            sum.slope += w * slope;
        }
        sum
    }

    /// Nodes of the conditional law, in its deviations.
    fn inner(&self, mean: f64) -> Rule {
        let edges: Vec<f64> = self
            .teacher
            .resolution
            .breaks()
            .iter()
            .map(|b| (b - mean) / self.sine)
            .collect();
        let inner = self.teacher.resolution.without_breaks();
        inner.rule(Beside::Density, self.sine, self.inner_reach, &edges)
    }

    /// Jumps of the teacher in the aligned limit: `sigma*'` contains `jump delta(c x - b)`.
    fn sharp_jumps(&self, student_slope: impl Fn(f64) -> f64) -> f64 {
        let jumps = self.teacher.link.breaks().iter().filter(|b| b.jump != 0.0);
        jumps
            .map(|b| {
                let x = b.at / self.cosine;
                b.jump * density(x) / self.cosine.abs() * student_slope(x)
            })
            .sum()
    }
}
