//! Links that are polynomials between breaks anywhere: shifted ReLU, hard tanh, clips, staircases, and their
//! products and sums with polynomials. All averages in closed form, exact in the aligned limit.
//!
//! Each link is the polynomial around 0 plus what every break adds beyond it, in truncated powers of the distance
//! (`powers`). Averages of pairs are then sums of
//!
//! ```text
//! E[x^a y^b],   E[x^a (y - k)_+^b],   E[(x - h)_+^a (y - k)_+^b]      h, k >= 0
//! ```
//!
//! for two standard normals with correlation `+-c` (`corner`, `quadrant`), each to a few roundings of itself
//! however far out the breaks are. Kinks and jumps add averages of one normal (`tail`), docs/theory.md, section 2.

mod corner;
mod mean;
mod moments;
mod pair;
mod patched;
mod powers;
mod quadrant;
mod tail;
#[cfg(test)]
mod tests;

pub(super) use self::pair::PiecewisePair;
pub(super) use self::patched::PatchedKernel;

use self::corner::LOST;
use self::mean::{Mean, Sized, average};
use self::moments::{Point, averages};
use self::pair::Side;
use self::powers::{Edge, Pieces, Polynomial};
use super::aligned::{AlignedClosed, AlignedDrift};
use super::closed_pair::{ClosedKernel, ClosedPair};
use super::quadrature::vanishes;
use super::{Drift, KernelErrors, Noise, Overlaps, Route, floor};
use crate::link::Link;

/// Higher degrees and more breaks take the general route.
const MAX_DEGREE: usize = 6;
const MAX_BREAKS: usize = 40;
/// How much larger than a function its terms may be.
const CANCELLING: f64 = 300.0;
/// Averages below this are on their way to underflow: 0 to any purpose.
const UNDERFLOW: f64 = 1e-140;
/// Relative error up to which averages along the target's direction are taken from here.
const EXACT: f64 = 1e-12;
/// Self-overlaps looked at, as powers of 10 on either side of 1.
const DECADES: i32 = 8;

/// The pieces of a link that is a piecewise polynomial of low degree with few breaks.
fn pieces(link: &Link) -> Option<Pieces> {
    let breaks: Vec<f64> = link.breaks().iter().map(|b| b.at).collect();
    if breaks.len() > MAX_BREAKS {
        return None;
    }
    let pieces = link.polynomials()?;
    let made = Pieces::new(breaks, pieces.iter().map(|p| Polynomial::of(p)).collect());
    (made.degree() <= MAX_DEGREE).then_some(made)
}

/// What the averages of a pair are made of.
#[derive(Debug)]
pub(super) struct Pair {
    teacher: Side,
    student: Side,
    teacher_squared: Vec<Polynomial>,
    /// `sigma'^2`, `sigma sigma'^2`.
    power: Vec<Polynomial>,
    crossed: Vec<Polynomial>,
    /// `sigma` at the student's breaks.
    at_breaks: Vec<f64>,
    teacher_square: Sized,
    /// `E[sigma sigma''] + E[sigma'^2]` without kinks, `E[sigma^2]`, `E[sigma'^2]`, `E[sigma^2 sigma'^2]`.
    own: Mean,
    square: Mean,
    slope: Mean,
    quartic: Mean,
    /// Self-overlaps at which the terms of the student do not cancel.
    range: [f64; 2],
}

impl Pair {
    /// `None` unless both links are piecewise polynomials of low degree with few breaks, and of a size with
    /// their terms.
    fn new(teacher: &Link, student: &Link) -> Option<Self> {
        if student.has_jump() || (teacher.breaks().is_empty() && student.breaks().is_empty()) {
            return None;
        }
        let [t, s] = [pieces(teacher)?, pieces(student)?];
        let (t_slope, s_slope) = (t.derivative(), s.derivative());
        let (t_squared, s_squared) = (t.times(&t), s.times(&s));
        let power = s_slope.times(&s_slope);
        let (teacher_side, student_side) = (Side::new(teacher, &t), Side::new(student, &s));
        let squares = [Mean::of(&t_squared), Mean::of(&t_slope.times(&t_slope))];
        if !conditioned(&teacher_side, [&squares[0], &squares[1]], 1.0) {
            return None;
        }
        let (square, slope) = (Mean::of(&s_squared), Mean::of(&power));
        Some(Self {
            range: range(&student_side, [&square, &slope])?,
            teacher: teacher_side,
            student: student_side,
            teacher_squared: t_squared.parts(),
            crossed: s.times(&power).parts(),
            at_breaks: s.breaks.iter().map(|b| student.value(*b)).collect(),
            teacher_square: squares[0].at(1.0),
            own: Mean::of(&s.times(&s_slope.derivative()).plus(&power)),
            quartic: Mean::of(&s_squared.times(&power)),
            power: power.parts(),
            square,
            slope,
        })
    }

    fn covers(&self, q: f64) -> bool {
        (self.range[0]..=self.range[1]).contains(&q)
    }

    fn point(&self, at: &Overlaps, lost: f64) -> Point<'_> {
        Point::new(&at.into(), [&self.teacher.edges, &self.student.edges], lost)
    }

    /// `alpha` and `beta`.
    fn drifts(&self, at: &Overlaps) -> [Sized; 2] {
        let (t, s) = (&self.teacher, &self.student);
        let point = self.point(at, LOST);
        let pairs = [(&t.slope[..], &s.slope[..]), (&t.value, &s.bend)];
        self.with_breaks(averages(pairs, &point), at, &point)
    }

    /// `alpha` and `beta` of what the links are between their breaks and in them: `E[f' g']` and `E[f g'']` are given.
    fn with_breaks(
        &self,
        [mut alpha, mut pull]: [Sized; 2],
        at: &Overlaps,
        point: &Point,
    ) -> [Sized; 2] {
        let (t, s) = (&self.teacher, &self.student);
        alpha.plus(t.slopes_at_jumps(0, s, point));
        pull.plus(s.bends_at_breaks(1, t, point));
        let apart = at.m == 0.0;
        if vanishes(t.symmetries[0], s.symmetries[2], apart) {
            pull.value = 0.0;
        }
        if vanishes(t.symmetries[1], s.symmetries[1], apart) {
            alpha.value = 0.0;
        }
        let mut own = point.mean(&self.own);
        for (j, _, kink) in s.jumps(1) {
            let density = point.density(1, j);
            let factor = kink * self.at_breaks[j];
            own.add(factor, 4.0 * factor.abs(), density.value, density.size);
        }
        pull.add(-1.0, 0.0, own.value, own.size);
        [alpha, pull]
    }

    /// `E[(sigma* - sigma)^2 sigma'^2]` and `E[sigma'^2]`.
    fn noises(&self, at: &Overlaps, lost: f64) -> [Sized; 2] {
        let point = self.point(at, lost);
        let pairs = [
            (&self.teacher_squared[..], &self.power[..]),
            (&self.teacher.value, &self.crossed),
        ];
        let [mut signal, cross] = averages(pairs, &point);
        let quartic = point.mean(&self.quartic);
        signal.add(-2.0, 0.0, cross.value, cross.size);
        signal.add(1.0, 0.0, quartic.value, quartic.size);
        signal.value = floor(signal.value);
        [signal, point.mean(&self.slope)]
    }

    fn losses(&self, at: &Overlaps) -> Sized {
        let point = self.point(at, LOST);
        let [product] = averages([(&self.teacher.value[..], &self.student.value[..])], &point);
        self.loss(product, at, &point)
    }

    /// `alpha`, `beta` and the loss at once.
    fn flow(&self, at: &Overlaps, lost: f64) -> [Sized; 3] {
        let (t, s) = (&self.teacher, &self.student);
        let point = self.point(at, lost);
        let pairs = [
            (&t.slope[..], &s.slope[..]),
            (&t.value, &s.bend),
            (&t.value, &s.value),
        ];
        let [alpha, pull, product] = averages(pairs, &point);
        let [alpha, beta] = self.with_breaks([alpha, pull], at, &point);
        [alpha, beta, self.loss(product, at, &point)]
    }

    /// The loss, `E[f g]` given.
    fn loss(&self, product: Sized, at: &Overlaps, point: &Point) -> Sized {
        let (t, s) = (&self.teacher, &self.student);
        let square = point.mean(&self.square);
        let mut sum = Sized::default();
        sum.add(
            0.5,
            0.0,
            self.teacher_square.value,
            self.teacher_square.size,
        );
        sum.add(0.5, 0.0, square.value, square.size);
        if !vanishes(t.symmetries[0], s.symmetries[0], at.m == 0.0) {
            sum.add(-1.0, 0.0, product.value, product.size);
        }
        sum.value = floor(sum.value);
        sum
    }
}

/// Whether the terms of a function and its slope at this deviation are not much larger than themselves, whose mean
/// squares are given.
fn conditioned(side: &Side, squares: [&Mean; 2], deviation: f64) -> bool {
    let parts = [&side.value, &side.slope];
    parts.iter().zip(squares).all(|(parts, square)| {
        let absolute: Vec<Polynomial> = parts.iter().map(Polynomial::absolute).collect();
        let gap = |e: &Edge| e.distance;
        let terms = average(&absolute, &side.edges, 0.0, deviation, gap).value;
        let root = square.at(deviation).value.sqrt();
        terms <= UNDERFLOW || terms <= CANCELLING * root
    })
}

/// The self-overlaps around 1 at which a student is well conditioned.
fn range(side: &Side, squares: [&Mean; 2]) -> Option<[f64; 2]> {
    let good = |decade: &i32| conditioned(side, squares, 10_f64.powf(0.5 * f64::from(*decade)));
    let up = (0..=DECADES).take_while(good).last()?;
    let down = (0..=DECADES).map(|d| -d).take_while(good).last()?;
    Some([down, up].map(|d| 10_f64.powi(d)))
}

impl AlignedClosed for Pair {
    fn along(&self, rho: f64) -> Option<(AlignedDrift, bool)> {
        if !self.covers(rho * rho) {
            return None;
        }
        let [alpha, beta] = self.drifts(&Overlaps::from_residual(rho, 0.0));
        let gradient = rho.mul_add(beta.value, alpha.value);
        let terms = alpha.value.abs() + (rho * beta.value).abs();
        let error = |size: f64| f64::EPSILON * size;
        let made = AlignedDrift {
            gradient,
            gradient_error: error(alpha.size + rho.abs() * beta.size + terms),
            curvature: beta.value,
            curvature_error: error(beta.size),
        };
        let exact = made.gradient_error <= EXACT * gradient.abs()
            && made.curvature_error <= EXACT * (beta.value.abs() + gradient.abs());
        Some((made, exact))
    }
}

/// Closed-form kernel of two piecewise polynomials: of degree at most 6 with at most 40 breaks, the student without
/// jumps, and none a small difference of large terms.
pub(super) type PiecewiseKernel = ClosedKernel<Pair>;

impl ClosedPair for Pair {
    const ROUTE: Route = Route::PiecewisePolynomial;

    fn new(teacher: &Link, student: &Link) -> Option<Self> {
        Self::new(teacher, student)
    }

    fn covers(&self, q: f64) -> bool {
        self.covers(q)
    }

    fn drift(&self, at: &Overlaps) -> Drift {
        let [alpha, beta] = self.drifts(at).map(|sum| sum.value);
        Drift { alpha, beta }
    }

    fn noise(&self, at: &Overlaps) -> Noise {
        let [signal, slope] = self.noises(at, LOST).map(|sum| sum.value);
        Noise { signal, slope }
    }

    fn loss(&self, at: &Overlaps) -> f64 {
        self.losses(at).value
    }

    fn errors(&self, at: &Overlaps) -> KernelErrors {
        let error = |sum: Sized| f64::EPSILON * sum.size;
        let ([alpha, beta], [signal, slope]) = (self.drifts(at), self.noises(at, LOST));
        KernelErrors {
            alpha: error(alpha),
            beta: error(beta),
            signal: error(signal),
            slope: error(slope),
            loss: error(self.losses(at)),
        }
    }
}
