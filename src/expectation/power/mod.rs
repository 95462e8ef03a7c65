//! Links that are sums of real powers of `|x|` on each side of 0 (`abs(x)^1.5`, `relu(x)^2.5 + 0.1*x`), in closed form.
//!
//! Averages are powers of the variances times functions of the angle alone, and these are hypergeometric:
//!
//! ```text
//! E[|x|^a |y|^b]                   = mu_a mu_b F(-a/2, -b/2; 1/2; c^2)
//! E[sgn(x) |x|^a sgn(y) |y|^b]     = c mu_{a+1} mu_{b+1} F((1-a)/2, (1-b)/2; 3/2; c^2),   mu_p = E|x|^p
//! ```
//!
//! (NIST Digital Library of Mathematical Functions, chapter 15). Towards angle 0 they go like `s^{a+b+1}`, times `ln s` where
//! that is an even power: [`curve`] has both.

mod curve;
mod sums;
#[cfg(test)]
mod tests;

use self::sums::{Angle, Mean, Powers, Product, derivative, is, moment, power, product};
use super::aligned::{AlignedClosed, AlignedDrift};
use super::closed_pair::{ClosedKernel, ClosedPair};
use super::{
    Covariance, Drift, KernelErrors, Noise, Overlaps, PairAverages, PairErrors, PairGradient,
    Route, floor,
};
use crate::link::Link;

/// Rounding errors of a sum of terms of known size.
const ROUNDED: f64 = 20.0 * f64::EPSILON;

/// Averages of a pair at any variances.
#[derive(Debug)]
pub(super) struct PowerPair(Product);

/// A power of a link that is not whole.
fn fractional(powers: &Powers) -> bool {
    powers.iter().any(|term| term.power.fract() != 0.0)
}

/// Both links, unless none has a fractional power or both jump.
fn read(first: &Link, second: &Link) -> Option<[Powers; 2]> {
    let [f, g] = [first.powers()?, second.powers()?];
    let usable = (fractional(&f) || fractional(&g)) && !(first.has_jump() && second.has_jump());
    usable.then_some([f, g])
}

/// `E[sigma'(xi)^2]` of a link whose slope is infinite at 0: nodes would have to come too near to it.
pub(super) fn steep_slope_power(link: &Link) -> Option<f64> {
    link.steep()?;
    let slope = derivative(&link.powers()?);
    Some(Mean::new(&product(&slope, &slope)).at(1.0))
}

/// The angle of two normals, and their deviations.
#[inline]
fn place(at: &Covariance) -> (Angle, [f64; 2]) {
    let roots = [at.v1.sqrt(), at.v2.sqrt()];
    let angle = Angle {
        cosine: (at.c / (roots[0] * roots[1])).clamp(-1.0, 1.0),
        square: at.determinant / at.v1 / at.v2,
    };
    (angle, roots)
}

impl PowerPair {
    /// `None` unless both links are sums of powers, one of them no polynomial on each side of 0, and at most one jumps.
    pub(super) fn new(first: &Link, second: &Link) -> Option<Self> {
        let [f, g] = read(first, second)?;
        Some(Self(Product::new(&f, &g)))
    }
}

impl PairAverages for PowerPair {
    fn route(&self, _: &Covariance) -> Route {
        Route::Powers
    }

    fn value(&self, at: &Covariance) -> f64 {
        let (angle, roots) = place(at);
        self.0.value(&angle, roots)
    }

    fn gradient(&self, at: &Covariance) -> PairGradient {
        let (angle, roots) = place(at);
        let (c, [v1, v2]) = self.0.gradient(&angle, roots, [0, 1]);
        PairGradient {
            c,
            v1: 0.5 * v1,
            v2: 0.5 * v2,
        }
    }

    fn errors(&self, at: &Covariance) -> PairErrors {
        let (_, roots) = place(at);
        let (c, [v1, v2]) = self.0.gradient_errors(roots, [0, 1]);
        PairErrors {
            value: self.0.error(roots),
            gradient: PairGradient {
                c,
                v1: 0.5 * v1,
                v2: 0.5 * v2,
            },
        }
    }
}

/// What the averages of a teacher and a student are made of.
#[derive(Debug)]
pub(super) struct Pair {
    links: [Powers; 2],
    product: Product,
    square: Mean,
    teacher_square: f64,
    slope: Mean,
    /// `<sigma*^2, sigma'^2>`, `<sigma*, sigma sigma'^2>`, `E[sigma^2 sigma'^2]`.
    square_slope: Product,
    cross_slope: Product,
    quartic: Mean,
}

/// Closed-form kernel of two sums of powers.
pub(super) type PowerKernel = ClosedKernel<Pair>;

impl Pair {
    /// `A` and its error: on each side of 0 the differences `t_p - s_p |rho|^p` of the two links, so that equal ones
    /// keep their digits up to `rho = 1`.
    fn gradient(&self, rho: f64) -> [f64; 2] {
        let [teacher, student] = &self.links;
        let (size, back) = (rho.abs(), rho < 0.0);
        let of = |link: &Powers, p: f64| {
            let term = link.iter().find(|t| is(t.power, p));
            term.map_or([0.0; 2], |t| [t.left, t.right])
        };
        let mut powers: Vec<f64> = self.links.iter().flatten().map(|t| t.power).collect();
        powers.sort_by(f64::total_cmp);
        powers.dedup();
        let (mut sum, mut error) = (0.0, 0.0);
        for (s, p) in student
            .iter()
            .flat_map(|s| powers.iter().map(move |p| (s, *p)))
        {
            let weight = 0.5 * s.power * power(size, s.power - 1.0) * moment(p + s.power);
            let (mut t, own) = (of(teacher, p), of(student, p));
            if back {
                t.reverse();
            }
            let grown = (p * size.ln()).exp_m1();
            for (i, slope) in [s.left, s.right].into_iter().enumerate() {
                sum += weight * slope * ((t[i] - own[i]) - own[i] * grown);
                let sizes = (t[i] - own[i]).abs() + (own[i] * grown).abs();
                error += ROUNDED * (weight * slope).abs() * sizes;
            }
        }
        [rho.signum() * sum, error]
    }
}

impl AlignedClosed for Pair {
    fn along(&self, rho: f64) -> Option<(AlignedDrift, bool)> {
        let [gradient, gradient_error] = self.gradient(rho);
        let at = Overlaps::from_residual(rho, 0.0);
        let curvature_error = self.errors(&at).beta;
        let made = AlignedDrift {
            gradient: if gradient.abs() <= gradient_error {
                0.0
            } else {
                gradient
            },
            gradient_error,
            curvature: self.drift(&at).beta,
            curvature_error,
        };
        Some((made, true))
    }
}

impl ClosedPair for Pair {
    const ROUTE: Route = Route::Powers;

    /// `None` unless both links are sums of powers, one of them no polynomial on each side of 0, and the student does
    /// not jump.
    fn new(teacher: &Link, student: &Link) -> Option<Self> {
        let [t, s] = read(teacher, student).filter(|_| !student.has_jump())?;
        let slope = derivative(&s);
        let power = product(&slope, &slope);
        let crossed = product(&s, &power);
        let squared = product(&t, &t);
        Some(Self {
            product: Product::new(&t, &s),
            square: Mean::new(&product(&s, &s)),
            teacher_square: Mean::new(&squared).at(1.0),
            square_slope: Product::new(&squared, &power),
            cross_slope: Product::new(&t, &crossed),
            quartic: Mean::new(&product(&s, &crossed)),
            slope: Mean::new(&power),
            links: [t, s],
        })
    }

    fn covers(&self, _: f64) -> bool {
        true
    }

    fn drift(&self, at: &Overlaps) -> Drift {
        let (angle, roots) = place(&at.into());
        let (alpha, [pull]) = self.product.gradient(&angle, roots, [1]);
        Drift {
            alpha,
            beta: pull - self.square.growth(roots[1]),
        }
    }

    fn noise(&self, at: &Overlaps) -> Noise {
        let (angle, roots) = place(&at.into());
        let square = self.square_slope.value(&angle, roots);
        let crossed = self.cross_slope.value(&angle, roots);
        Noise {
            signal: floor(square - 2.0 * crossed + self.quartic.at(roots[1])),
            slope: self.slope.at(roots[1]),
        }
    }

    fn loss(&self, at: &Overlaps) -> f64 {
        let (angle, roots) = place(&at.into());
        let squares = self.teacher_square + self.square.at(roots[1]);
        floor(0.5 * squares - self.product.value(&angle, roots))
    }

    fn errors(&self, at: &Overlaps) -> KernelErrors {
        let (_, roots) = place(&at.into());
        let (alpha, [pull]) = self.product.gradient_errors(roots, [1]);
        let root = roots[1];
        let crossed = self.square_slope.error(roots) + 2.0 * self.cross_slope.error(roots);
        let squares = ROUNDED * self.teacher_square + self.square.error(root);
        KernelErrors {
            alpha,
            beta: pull + self.square.growth_error(root),
            signal: crossed + self.quartic.error(root),
            slope: self.slope.error(root),
            loss: 0.5 * squares + self.product.error(roots),
        }
    }
}
