//! Panel quadrature of the two-dimensional averages: the teacher's argument conditioned on the
//! student's.
//!
//! `lambda* | z ~ N(c x, s^2)` with `x = z / sqrt(q)`, `c` the cosine and `s` the sine of the
//! angle. The outer panels are split at the student's breaks and graded around the images of the
//! teacher's (`x = b / c`, blurred over `s / c`); the inner panels are split at the teacher's.

mod envelope;
mod estimate;
mod grid;
mod inner;
mod table;
mod taught;

use super::gaussian::{Beside, COARSEST, Law, Rule, WIDEST, density};
use super::piecewise::Smoothed;
use super::prepared_link::{Jets, Side};
use super::{Drift, Noise, Overlaps, floor};
use crate::link::{Break, Parity};

pub(super) use estimate::{errors, moved};
use inner::{Inner, LazyInner};
use table::Table;
pub(super) use taught::{ORDER, Taught};

/// Below this sine the blur is under rounding and the conditional law is a point.
const SHARP: f64 = 1e-15;

/// Weight below which nothing is added: on its way to underflow.
const NEGLIGIBLE: f64 = 1e-290;

/// Panels of what is smoothed over a deviation need not be narrower than this part of it.
const BLUR: f64 = 0.75;

/// Nodes of the trapezoidal rule at most.
const MOST_NODES: f64 = 4e5;

/// All averages at one point.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Averages {
    /// `E[sigma*' sigma']`.
    pub(super) alpha: f64,
    /// `E[(sigma* - sigma) sigma''] - E[sigma'^2]`.
    pub(super) beta: f64,
    /// `E[sigma* sigma'']`, also of a student that jumps.
    pub(super) pull: f64,
    /// `E[sigma* sigma]`.
    pub(super) product: f64,
    /// `E[(sigma* - sigma)^2 sigma'^2]`.
    pub(super) signal: f64,
    /// `E[sigma'^2]`.
    pub(super) slope: f64,
    /// `E[sigma^2]`.
    pub(super) square: f64,
}

impl Averages {
    /// Those that nobody waits for.
    pub(super) const UNKNOWN: Self = Self {
        alpha: f64::NAN,
        beta: f64::NAN,
        pull: f64::NAN,
        product: f64::NAN,
        signal: f64::NAN,
        slope: f64::NAN,
        square: f64::NAN,
    };

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

/// How far [`averages`] need the Gaussian at self-overlap `q`, in deviations.
pub(super) fn reach(teacher: &Side, student: &Side, q: f64) -> f64 {
    let nearest = Beside::Density.nearest();
    student.reach(q.sqrt()).max(teacher.reach(1.0)).max(nearest)
}

/// Evaluates all averages of a pair at `at`.
pub(super) fn averages(teacher: &Side, student: &Side, at: &Overlaps) -> Averages {
    let scale = at.q.sqrt();
    let reach = reach(teacher, student, at.q);
    let given = Given::new(teacher, at, reach);
    let rule = given.outer(student, scale);
    let mut sum = Averages::default();
    let z: Vec<f64> = rule.x.iter().map(|x| scale * x).collect();
    let jets = student.jets(&z);
    let smoothed = given.along(&seen(&rule, &jets));
    // E[sigma* sigma''] and what the student does alone, or by parts q times that.
    let (mut pull, mut own) = (0.0, 0.0);
    for (i, (t, &w)) in smoothed.iter().zip(&rule.w).enumerate() {
        // Weights below rounding of the sum cost as much as the others.
        if w < NEGLIGIBLE {
            continue;
        }
        let (value, slope, bend) = (jets.value[i], jets.slope[i], jets.bend[i]);
        let power = slope * slope;
        sum.alpha += w * t.slope * slope;
        if student.by_parts(scale) {
            pull += w * t.value * slope * z[i];
            own += w * value * slope * z[i];
        } else {
            pull += w * t.value * bend;
            own += w * (value * bend + power);
        }
        sum.product += w * t.value * value;
        sum.slope += w * power;
        sum.square += w * value * value;
        sum.signal += w * (t.square - 2.0 * t.value * value + value * value) * power;
    }
    if given.sharp() {
        sum.alpha += given.sharp_jumps(|x| student.link.derivative(scale * x));
    }
    let (taught, ours) = (teacher.link.symmetries(), student.link.symmetries());
    let apart = at.m == 0.0;
    if vanishes(taught[1], ours[1], apart) {
        sum.alpha = 0.0;
    }
    if student.by_parts(scale) {
        // Stein: E[h sigma' z] = m E[h_lambda sigma'] + q E[(h sigma')_z].
        pull = (pull - at.m * sum.alpha) / at.q;
        own /= at.q;
    } else {
        for (x, kink) in kinks(student, scale, reach) {
            let weight = kink.slope_jump * density(x) / scale;
            pull += weight * given.at(x).value;
            own += weight * student.link.value(kink.at);
        }
    }
    pull += pull_of_jumps(&given, student, at, reach);
    if vanishes(taught[0], ours[2], apart) {
        pull = 0.0;
    }
    if vanishes(taught[0], ours[0], apart) {
        sum.product = 0.0;
    }
    (sum.pull, sum.beta) = (pull, pull - own);
    sum.signal = floor(sum.signal);
    sum
}

/// The rule without weight where the student is flat at 0: the teacher's averages are not needed there.
fn seen(rule: &Rule, jets: &Jets) -> Rule {
    let mut rule = rule.clone();
    let jets = jets.value.iter().zip(&jets.slope).zip(&jets.bend);
    for (w, ((value, slope), bend)) in rule.w.iter_mut().zip(jets) {
        if *value == 0.0 && *slope == 0.0 && *bend == 0.0 {
            *w = 0.0;
        }
    }
    rule
}

/// Kinks of the student within reach, with their places in `x`; farther out the teacher may overflow,
/// where they have no weight.
fn kinks(student: &Side, scale: f64, reach: f64) -> impl Iterator<Item = (f64, &Break)> {
    let kinks = student.link.breaks().iter().filter(|b| b.slope_jump != 0.0);
    kinks
        .map(move |b| (b.at / scale, b))
        .filter(move |(x, _)| x.abs() <= reach && density(*x) > 0.0)
}

/// What jumps of the student, `jump delta'(z - k)`, add to `E[sigma* sigma'']`.
fn pull_of_jumps(given: &Given<'_>, student: &Side, at: &Overlaps, reach: f64) -> f64 {
    let scale = at.q.sqrt();
    let jumps = student.link.breaks().iter().filter(|b| b.jump != 0.0);
    let jumps = jumps.filter(|b| (b.at / scale).abs() <= reach);
    jumps
        .map(|b| {
            let there = given.at(b.at / scale);
            let lean = b.at * there.value - at.m * there.slope;
            b.jump * density(b.at / scale) / scale * lean / at.q
        })
        .sum()
}

/// Whether `E[f(lambda*) g(z)]` is 0 by symmetry; `apart` where `m = 0` and it is a product of means.
pub(super) fn vanishes(f: Parity, g: Parity, apart: bool) -> bool {
    let odd = f == Parity::Odd || g == Parity::Odd;
    let even = f == Parity::Even || g == Parity::Even;
    odd && (even || apart)
}

/// The law of `lambda*` given `x`.
struct Given<'a> {
    teacher: &'a Side,
    cosine: f64,
    sine: f64,
    /// How far `x` and, around its mean, `lambda*` are looked at, in deviations.
    reach: f64,
    inner_reach: f64,
    inner: LazyInner,
}

impl<'a> Given<'a> {
    fn new(teacher: &'a Side, at: &Overlaps, reach: f64) -> Self {
        Self {
            teacher,
            cosine: at.cosine(),
            sine: at.sine(),
            reach,
            inner_reach: inner::reach(teacher),
            inner: LazyInner::default(),
        }
    }

    /// Nodes in `x` for averages of both links.
    fn outer(&self, student: &Side, scale: f64) -> Rule {
        let reach = self.reach;
        let window = (-reach, reach);
        if let Some(spacing) = self.spacing(student, scale, reach) {
            return Rule::trapezoid(spacing, window);
        }
        let (ours, theirs) = (
            student.resolution.edges(-scale * reach, scale * reach),
            self.edges(reach),
        );
        let (Some(ours), Some(theirs)) = (ours, theirs) else {
            return Rule::refused();
        };
        let mut cuts: Vec<f64> = ours.iter().map(|z| z / scale).collect();
        cuts.extend(theirs);
        cuts.retain(|x| x.abs() < reach);
        cuts.extend([-reach, reach]);
        cuts.sort_by(f64::total_cmp);
        cuts.dedup_by(|a, b| (*a - *b).abs() <= f64::EPSILON * a.abs());
        Rule::panels(&cuts, WIDEST, student.resolution.parts())
    }

    /// Spacing of the trapezoidal rule in `x`, where it resolves both links.
    fn spacing(&self, student: &Side, scale: f64, reach: f64) -> Option<f64> {
        // Outside the aligned limit the teacher enters smoothed, hence no finer than its own scale.
        let cosine = self.cosine.abs().max(0.25);
        let ours = student.resolution.spacing(-scale * reach, scale * reach)? / scale;
        let theirs = self.teacher.resolution.spacing(-reach, reach)? / cosine;
        let spacing = ours.min(theirs).min(COARSEST) / f64::from(student.resolution.parts());
        (2.0 * reach / spacing <= MOST_NODES).then_some(spacing)
    }

    /// Edges in `x` for the teacher's averages given `x`, in no order.
    fn edges(&self, reach: f64) -> Option<Vec<f64>> {
        let mut edges = self.smoothed_edges(reach)?;
        edges.extend(self.images());
        Some(edges)
    }

    /// Its panels as seen from `x`, those merged that are narrower than what they are smoothed over.
    fn smoothed_edges(&self, reach: f64) -> Option<Vec<f64>> {
        let range = reach * self.cosine.abs();
        let edges = self.teacher.resolution.edges(-range, range)?;
        Some(self.smoothed(&edges))
    }

    /// Edges of panels as seen from `x`, without those that end a panel too narrow.
    fn smoothed(&self, edges: &[f64]) -> Vec<f64> {
        let blur = BLUR * self.sine;
        let mut kept: Vec<f64> = Vec::with_capacity(edges.len());
        for pair in edges.windows(2) {
            // An edge stays that is far enough from the one before, or ends a panel that is wide.
            let far = kept.last().is_none_or(|last| pair[0] - last >= blur);
            if far || pair[1] - pair[0] >= blur {
                kept.push(pair[0]);
            }
        }
        let seen = kept.into_iter().map(|y| y / self.cosine);
        seen.filter(|x| x.is_finite()).collect()
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

    /// [`at`](Self::at) all nodes of a rule.
    fn along(&self, rule: &Rule) -> Vec<Smoothed> {
        self.each(rule, table::DEEPEST, |x| self.at(x))
    }

    /// `f` at all nodes of a rule; by a table where that takes less.
    fn each(&self, rule: &Rule, deepest: u32, f: impl Fn(f64) -> Smoothed) -> Vec<Smoothed> {
        let ends = [rule.x.first(), rule.x.last()];
        let reach = ends.iter().flatten().fold(0.0, |r: f64, x| r.max(x.abs()));
        let closed = self.teacher.pieces.is_some() || self.sharp();
        let table = (!closed).then(|| Table::new(self, reach)).flatten();
        match table.filter(|table| 2 * table.nodes() < rule.x.len()) {
            Some(table) => table.along(rule, deepest, f),
            None => {
                let nodes = rule.x.iter().zip(&rule.w);
                let weighs =
                    |(&x, &w): (&f64, &f64)| if w < NEGLIGIBLE { None } else { Some(f(x)) };
                nodes.map(|node| weighs(node).unwrap_or_default()).collect()
            }
        }
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
        let spline = self.teacher.spline.as_ref();
        if let Some(sum) = spline.and_then(|s| s.smoothed(mean, self.sine, self.inner_reach)) {
            return sum;
        }
        let made = || {
            Inner::new(
                self.teacher,
                self.cosine * self.reach,
                self.sine,
                self.inner_reach,
            )
        };
        let inner = self.inner.get_or_init(made);
        let shared = inner.average(self.teacher, mean);
        shared.unwrap_or_else(|| inner::along(self.teacher, &self.rule(mean), mean, self.sine))
    }

    /// Nodes of the conditional law, in its deviations.
    fn rule(&self, mean: f64) -> Rule {
        let law = Law {
            mean,
            deviation: self.sine,
        };
        let resolution = &self.teacher.resolution;
        resolution.rule(Beside::Density, law, self.inner_reach)
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
