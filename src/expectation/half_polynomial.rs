//! Links that are one polynomial for x < 0 and another for x > 0: ReLU, leaky ReLU, |x|, ReLU^2,
//! sign, and their sums with polynomials. Arc-cosine kernels of every order, in closed form.
//!
//! All averages are sums of the orthant moments `M_ab(c) = E[x^a y^b; x > 0, y > 0]` of two
//! standard normals of correlation `c`, which Stein's identity gives by recursion:
//!
//! ```text
//! M_00 = (pi - theta) / (2 pi),  cos(theta) = c
//! M_ab = (b-1) M_{a,b-2} + [b=1] phi(0) s^a h_a + c ( a M_{a-1,b-1} + [a=0] phi(0) s^{b-1} h_{b-1} )
//! ```
//!
//! with `s = sin(theta)` and `h_a = E[x^a; x > 0]`.

mod algebra;
mod orthant;
mod pair;

pub(super) use self::pair::HalfPolynomialPair;

use self::algebra::{add, derivative, half_moments, monomials, multiply, sign};
use self::orthant::{Angle, orthant_moments};
use self::pair::Place;
use super::{AlignedKernel, Drift, Kernel, KernelErrors, Noise, Overlaps, Route, floor};
use crate::link::Form;

/// `phi(0) = 1 / sqrt(2 pi)`, the standard normal density at 0.
const DENSITY_AT_ZERO: f64 = 0.398_942_280_401_432_7;
/// Polynomials of higher degree lose digits in the monomial basis and take the general route.
const MAX_DEGREE: usize = 12;
/// Moments of the common small pairs (ReLU and its like).
const SMALL: usize = 4;
/// Moments kept on the stack: enough for the drift of any pair of degree [`MAX_DEGREE`].
const STACK_MOMENTS: usize = (MAX_DEGREE + 1) * (MAX_DEGREE + 1);

/// A function given by monomial coefficients on each side of 0.
#[derive(Debug, Clone)]
struct TwoSided {
    left: Vec<f64>,
    right: Vec<f64>,
}

impl TwoSided {
    fn map(&self, f: impl Fn(&[f64]) -> Vec<f64>) -> Self {
        Self {
            left: f(&self.left),
            right: f(&self.right),
        }
    }

    fn times(&self, other: &Self) -> Self {
        Self {
            left: multiply(&self.left, &other.left),
            right: multiply(&self.right, &other.right),
        }
    }

    /// Value and slope on the two sides of 0, `right - left`.
    fn jump(&self, order: usize) -> f64 {
        let at = |side: &[f64]| side.get(order).copied().unwrap_or(0.0);
        at(&self.right) - at(&self.left)
    }

    fn from_form(form: &Form) -> Option<Self> {
        let both = match form {
            Form::Polynomial(hermite) => {
                let side = monomials(hermite);
                Self {
                    left: side.clone(),
                    right: side,
                }
            }
            Form::HalfPolynomial { left, right } => Self {
                left: left.clone(),
                right: right.clone(),
            },
            _ => return None,
        };
        (both.left.len().max(both.right.len()) <= MAX_DEGREE + 1).then_some(both)
    }
}

/// `E[g(sqrt(v) y)]` for a two-sided `g`: `sum_b mean[b] v^{b/2}`.
#[derive(Debug)]
struct Mean(Vec<f64>);

impl Mean {
    fn new(g: &TwoSided) -> Self {
        let n = g.left.len().max(g.right.len());
        let h = half_moments(n);
        let side = |v: &[f64], b: usize| v.get(b).copied().unwrap_or(0.0);
        Self(
            (0..n)
                .map(|b| h[b] * (side(&g.right, b) + sign(b) * side(&g.left, b)))
                .collect(),
        )
    }

    fn at(&self, deviation: f64) -> f64 {
        self.0.iter().rev().fold(0.0, |acc, c| acc * deviation + c)
    }

    /// Sum of the absolute values of the terms, each times the number of its rounded factors.
    fn size(&self, deviation: f64) -> f64 {
        let terms = self.0.iter().enumerate().rev();
        terms.fold(0.0, |acc, (b, c)| acc * deviation + factors(b) * c.abs())
    }
}

/// `E[f(r1 x) g(r2 y)]` as weights on the moments of correlation `c` and of `-c`.
#[derive(Debug)]
struct Pair {
    rows: usize,
    columns: usize,
    /// Weights on the moments of correlation `c`; empty when all are 0.
    same: Vec<f64>,
    /// Weights on the moments of correlation `-c`; empty when all are 0.
    opposite: Vec<f64>,
}

impl Pair {
    fn new(f: &TwoSided, g: &TwoSided) -> Self {
        let rows = f.left.len().max(f.right.len());
        let columns = g.left.len().max(g.right.len());
        let side = |v: &[f64], i: usize| v.get(i).copied().unwrap_or(0.0);
        let mut made = Self {
            rows,
            columns,
            same: Vec::with_capacity(rows * columns),
            opposite: Vec::with_capacity(rows * columns),
        };
        for a in 0..rows {
            for b in 0..columns {
                let (fl, fr) = (side(&f.left, a) * sign(a), side(&f.right, a));
                let (gl, gr) = (side(&g.left, b) * sign(b), side(&g.right, b));
                made.same.push(fr * gr + fl * gl);
                made.opposite.push(fr * gl + fl * gr);
            }
        }
        for weights in [&mut made.same, &mut made.opposite] {
            if weights.iter().all(|w| *w == 0.0) {
                weights.clear();
            }
        }
        made
    }

    fn at(&self, angle: &Angle, roots: [f64; 2]) -> f64 {
        let size = self.rows * self.columns;
        if size <= SMALL {
            let mut buffer = [0.0; SMALL];
            self.sum(angle, roots, &mut buffer[..size])
        } else if size <= STACK_MOMENTS {
            let mut buffer = [0.0; STACK_MOMENTS];
            self.sum(angle, roots, &mut buffer[..size])
        } else {
            self.sum(angle, roots, &mut vec![0.0; size])
        }
    }

    /// Sum of the absolute values of all terms, those inside the moments included, each times the
    /// number of its rounded factors.
    fn size(&self, angle: &Angle, roots: [f64; 2]) -> f64 {
        let mut moments = vec![0.0; self.rows * self.columns];
        if moments.is_empty() {
            return 0.0;
        }
        orthant_moments(&angle.of_sizes(), self.rows, self.columns, &mut moments);
        let mut total = 0.0;
        for weights in [&self.same, &self.opposite] {
            for (i, (w, moment)) in weights.iter().zip(&moments).enumerate() {
                let (a, b) = (i / self.columns, i % self.columns);
                let scale = roots[0].powi(a as i32) * roots[1].powi(b as i32);
                total += factors(a + b) * w.abs() * moment * scale;
            }
        }
        total
    }

    fn sum(&self, angle: &Angle, roots: [f64; 2], buffer: &mut [f64]) -> f64 {
        let mut total = 0.0;
        for (weights, angle) in [(&self.same, *angle), (&self.opposite, angle.reflected())] {
            if weights.is_empty() {
                continue;
            }
            orthant_moments(&angle, self.rows, self.columns, buffer);
            let mut sum = 0.0;
            for a in (0..self.rows).rev() {
                let mut inner = 0.0;
                for i in (a * self.columns..(a + 1) * self.columns).rev() {
                    inner = inner * roots[1] + weights[i] * buffer[i];
                }
                sum = sum * roots[0] + inner;
            }
            total += sum;
        }
        total
    }
}

/// Exact kernel of two links that are polynomials on each side of 0.
#[derive(Debug)]
pub(super) struct HalfPolynomialKernel {
    pair: HalfPolynomialPair,
    square_slope: Pair,
    cross_slope: Pair,
    /// `E[sigma sigma''] + E[sigma'^2]` without the kink.
    own: Mean,
    square: Mean,
    slope: Mean,
    quartic: Mean,
    teacher_square: f64,
    /// `phi(0) sigma(0)` times the jump of the student's slope.
    own_kink: f64,
    aligned: AlignedKernel,
}

impl HalfPolynomialKernel {
    /// `None` unless both links have the form and a degree of at most 12.
    pub(super) fn from_forms(teacher: &Form, student: &Form) -> Option<Self> {
        let aligned = AlignedKernel::of_forms(teacher, student)?;
        let (t, s) = (TwoSided::from_form(teacher)?, TwoSided::from_form(student)?);
        let s1 = s.map(derivative);
        let s2 = s1.map(derivative);
        let slope2 = s1.times(&s1);
        let s_slope2 = s.times(&slope2);
        let own = {
            let bend = s.times(&s2);
            TwoSided {
                left: add(&bend.left, &slope2.left),
                right: add(&bend.right, &slope2.right),
            }
        };
        let at_zero = s.right.first().copied().unwrap_or(0.0);
        Some(Self {
            pair: HalfPolynomialPair::of(&t, &s),
            square_slope: Pair::new(&t.times(&t), &slope2),
            cross_slope: Pair::new(&t, &s_slope2),
            own: Mean::new(&own),
            square: Mean::new(&s.times(&s)),
            slope: Mean::new(&slope2),
            quartic: Mean::new(&s.times(&s_slope2)),
            teacher_square: Mean::new(&t.times(&t)).at(1.0),
            own_kink: s.jump(1) * DENSITY_AT_ZERO * at_zero,
            aligned,
        })
    }
}

impl Kernel for HalfPolynomialKernel {
    fn route(&self, _: &Overlaps) -> Route {
        Route::HalfPolynomial
    }

    fn drift(&self, at: &Overlaps) -> Drift {
        let place = Place::of(&at.into());
        let r = place.roots[1];
        let mut beta = self.pair.bend(1, &place) - self.own.at(r);
        if self.own_kink != 0.0 {
            beta -= self.own_kink / r;
        }
        let alpha = self.pair.slopes(&place);
        Drift { alpha, beta }
    }

    fn noise(&self, at: &Overlaps) -> Noise {
        let Place { angle, roots, .. } = Place::of(&at.into());
        let signal = self.square_slope.at(&angle, roots) - 2.0 * self.cross_slope.at(&angle, roots)
            + self.quartic.at(roots[1]);
        Noise {
            signal: floor(signal),
            slope: self.slope.at(roots[1]),
        }
    }

    fn loss(&self, at: &Overlaps) -> f64 {
        let place = Place::of(&at.into());
        let own = 0.5 * (self.teacher_square + self.square.at(place.roots[1]));
        floor(own - self.pair.product(&place))
    }

    fn aligned(&self) -> &AlignedKernel {
        &self.aligned
    }

    fn errors(&self, at: &Overlaps) -> KernelErrors {
        let place = Place::of(&at.into());
        let (angle, roots) = (&place.angle, place.roots);
        let r = roots[1];
        let crossed =
            self.square_slope.size(angle, roots) + 2.0 * self.cross_slope.size(angle, roots);
        let own = factors(0) * self.teacher_square + self.square.size(r);
        let beta = self.pair.bend_size(1, &place) + self.own.size(r);
        KernelErrors {
            alpha: f64::EPSILON * self.pair.slopes_size(&place),
            beta: f64::EPSILON * (beta + factors(0) * self.own_kink.abs() / r),
            signal: f64::EPSILON * (crossed + self.quartic.size(r)),
            slope: f64::EPSILON * self.slope.size(r),
            loss: f64::EPSILON * (0.5 * own + self.pair.product_size(&place)),
        }
    }
}

/// Rounding errors of a term of degree `n`, in units of `f64::EPSILON`.
fn factors(n: usize) -> f64 {
    3.0 + n as f64
}
