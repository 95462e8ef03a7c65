//! Links that are sums of wave packets (polynomials times Gaussians times exponentials and waves): all averages
//! in closed form, at any steepness and any `q`, exact in the aligned limit.
//!
//! Products of packets are packets, so that every average of the gradient, the noise and the loss is a sum of
//! [`Weight::mean`](mean::Weight) over pairs of exponentials.

mod mean;
mod pair;
mod sums;
#[cfg(test)]
mod tests;

pub(super) use self::pair::PacketPair;

use self::sums::{Pairs, Series, Sized};
use super::aligned::{AlignedClosed, AlignedDrift};
use super::closed_pair::{ClosedKernel, ClosedPair};
use super::quadrature::vanishes;
use super::{Covariance, Drift, KernelErrors, Noise, Overlaps, Route, floor};
use crate::link::{Link, PacketSum, Parity};

/// How much larger than an average its terms may be before the general route takes it.
const CANCELLING: f64 = 1e3;
/// Relative error up to which averages along the target's direction are taken from here.
const EXACT: f64 = 1e-12;
/// Self-overlaps looked at, as powers of 10 on either side of 1.
const DECADES: i32 = 16;

/// What is lost where factors leave the range of double precision.
const UNDERFLOW: f64 = 1e-300;

/// What the averages of a pair are made of.
#[derive(Debug)]
pub(super) struct Pair {
    /// `<sigma*, sigma>`.
    product: Pairs<1>,
    /// `<sigma*', sigma'>` and `<sigma*, sigma''>`, by their common exponentials.
    drift: Pairs<2>,
    /// Both at small overlaps.
    faint: [Series; 2],
    /// `<1, (sigma^2)''>`, twice `E[sigma sigma''] + E[sigma'^2]` without what cancels between them.
    own: Pairs<1>,
    student_square: Pairs<1>,
    slope: Pairs<1>,
    /// `<sigma*^2, sigma'^2>`, `<sigma*, sigma sigma'^2>`, `<sigma^2, sigma'^2>`.
    signal: [Pairs<1>; 3],
    teacher_square: Sized,
    symmetries: [[Parity; 3]; 2],
    /// Self-overlaps at which the student's own averages are of a size with their terms.
    range: [f64; 2],
    /// The fastest change of a link, at least 1.
    steepness: f64,
}

impl Pair {
    /// `None` unless both links are short sums of packets, one of them no polynomial.
    fn new(teacher: &Link, student: &Link) -> Option<Self> {
        let [t, s] = [teacher.packets()?, student.packets()?];
        let is_flat = |sum: &PacketSum| sum.0.iter().all(|p| p.envelope.speed() == 0.0);
        if is_flat(&t) && is_flat(&s) {
            return None;
        }
        let (t1, s1) = (t.derivative(), s.derivative());
        let s2 = s1.derivative();
        let (squared, power) = (t.times(&t)?, s1.times(&s1)?);
        let one = PacketSum::constant(1.0);
        let (own_squared, crossed) = (s.times(&s)?, s.times(&power)?);
        let teacher_square = Pairs::new([(&t, &t)]).at(&Covariance::alone(1.0))[0];
        let made = Self {
            product: Pairs::new([(&t, &s)]),
            drift: Pairs::new([(&t1, &s1), (&t, &s2)]),
            faint: [Series::new(&t1, &s1), Series::new(&t, &s2)],
            own: Pairs::new([(&one, &own_squared.derivative().derivative())]),
            student_square: Pairs::new([(&s, &s)]),
            slope: Pairs::new([(&s1, &s1)]),
            signal: [
                Pairs::new([(&squared, &power)]),
                Pairs::new([(&t, &crossed)]),
                Pairs::new([(&own_squared, &power)]),
            ],
            teacher_square,
            symmetries: [teacher.symmetries(), student.symmetries()],
            range: [f64::NAN; 2],
            steepness: t.speed().max(s.speed()),
        };
        let own = [&made.student_square, &made.slope];
        let range = sharp(own).filter(|_| teacher_square.is_sharp())?;
        Some(Self { range, ..made })
    }

    /// `<f, g>` where `f` and `g` are the derivatives of these orders of `sigma*` and `sigma`.
    fn is_zero(&self, [f, g]: [usize; 2], at: &Overlaps) -> bool {
        vanishes(self.symmetries[0][f], self.symmetries[1][g], at.m == 0.0)
    }

    fn drift(&self, at: &Overlaps) -> Drift {
        let law = Covariance::from(at);
        let [mut alpha, mut pull] = if self.faint[0].reaches(&law) {
            self.faint.each_ref().map(|series| series.value(&law))
        } else {
            self.drift.values(&law)
        };
        if self.is_zero([1, 1], at) {
            alpha = 0.0;
        }
        if self.is_zero([0, 2], at) {
            pull = 0.0;
        }
        Drift {
            alpha,
            beta: pull - 0.5 * self.own.values(&Covariance::alone(at.q))[0],
        }
    }

    /// The errors of `alpha` and `beta`.
    fn drift_errors(&self, at: &Overlaps) -> [f64; 2] {
        let law = Covariance::from(at);
        let [alpha, pull] = self.drift.at(&law).map(|sum| sum.size);
        let own = self.own.at(&Covariance::alone(at.q))[0].size;
        [alpha, pull + own].map(rounding)
    }

    /// `E[(sigma* - sigma)^2 sigma'^2]` and `E[sigma'^2]`, with their rounding errors.
    fn noises(&self, at: &Overlaps) -> [Sized; 2] {
        let (law, alone) = (Covariance::from(at), Covariance::alone(at.q));
        let [square, crossed, quartic] = &self.signal;
        let signal = square.at(&law)[0]
            .plus(-2.0, crossed.at(&law)[0])
            .plus(1.0, quartic.at(&alone)[0]);
        [signal, self.slope.at(&alone)[0]]
    }

    fn losses(&self, at: &Overlaps) -> Sized {
        let mut product = self.product.at(&Covariance::from(at))[0];
        if self.is_zero([0, 0], at) {
            product.value = 0.0;
        }
        let own = self.student_square.at(&Covariance::alone(at.q))[0];
        Sized::default()
            .plus(0.5, self.teacher_square)
            .plus(-1.0, product)
            .plus(0.5, own)
    }
}

/// The variances around 1 at which averages of one link are of a size with their terms.
fn sharp(own: [&Pairs<1>; 2]) -> Option<[f64; 2]> {
    let good = |half_decade: &i32| {
        let law = Covariance::alone(10_f64.powf(0.5 * f64::from(*half_decade)));
        own.iter().all(|pairs| pairs.at(&law)[0].is_sharp())
    };
    let up = (0..=2 * DECADES).take_while(good).last()?;
    let down = (0..=2 * DECADES).map(|d| -d).take_while(good).last()?;
    Some([down, up].map(|d| 10_f64.powf(0.5 * f64::from(d))))
}

impl AlignedClosed for Pair {
    fn along(&self, rho: f64) -> Option<(AlignedDrift, bool)> {
        let at = Overlaps::from_residual(rho, 0.0);
        let Drift { alpha, beta } = self.drift(&at);
        let [alpha_error, curvature_error] = self.drift_errors(&at);
        let gradient = rho.mul_add(beta, alpha);
        let gradient_error = alpha_error + rho.abs() * curvature_error;
        // Where links are steep the other way costs as much more.
        let allowed = EXACT * self.steepness;
        let exact = gradient_error
            <= allowed * gradient.abs() + 2.0 * UNDERFLOW * (1.0 + rho.abs())
            && curvature_error <= allowed * (beta.abs() + gradient.abs()) + UNDERFLOW;
        let made = AlignedDrift {
            gradient,
            gradient_error,
            curvature: beta,
            curvature_error,
        };
        Some((made, exact))
    }
}

/// The error of a sum of this size; below the smallest normal number digits are lost.
fn rounding(size: f64) -> f64 {
    f64::EPSILON * size + UNDERFLOW
}

/// Closed-form kernel of two short sums of packets of low degree, one of them no polynomial, and none a small
/// difference of large terms. The general route has weights so small that the student is nearly a polynomial.
pub(super) type PacketKernel = ClosedKernel<Pair>;

impl ClosedPair for Pair {
    const ROUTE: Route = Route::WavePackets;

    fn new(teacher: &Link, student: &Link) -> Option<Self> {
        Self::new(teacher, student)
    }

    fn covers(&self, q: f64) -> bool {
        (self.range[0]..=self.range[1]).contains(&q)
    }

    fn drift(&self, at: &Overlaps) -> Drift {
        self.drift(at)
    }

    fn noise(&self, at: &Overlaps) -> Noise {
        let (law, alone) = (Covariance::from(at), Covariance::alone(at.q));
        let [square, crossed, quartic] = &self.signal;
        let gap = crossed.values(&law)[0].mul_add(-2.0, square.values(&law)[0]);
        Noise {
            signal: floor(gap + quartic.values(&alone)[0]),
            slope: self.slope.values(&alone)[0],
        }
    }

    fn loss(&self, at: &Overlaps) -> f64 {
        floor(self.losses(at).value)
    }

    fn errors(&self, at: &Overlaps) -> KernelErrors {
        let error = |sum: Sized| rounding(sum.size);
        let [alpha, beta] = self.drift_errors(at);
        let [signal, slope] = self.noises(at).map(error);
        KernelErrors {
            alpha,
            beta,
            signal,
            slope,
            loss: error(self.losses(at)),
        }
    }
}
