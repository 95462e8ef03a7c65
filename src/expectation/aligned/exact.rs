//! Links that are polynomials, at least on each side of 0: `A` and `B` are polynomials in `rho > 0` with
//! coefficients known exactly, since `z = rho x` is on the side of 0 where `x` is.

use std::sync::OnceLock;

use num_bigint::BigInt;
use num_traits::Zero;

use super::AlignedDrift;
use crate::algebra::{Polynomial, Rational, exact_number, integer, rational};
use crate::link::Form;

/// Highest degree of whole polynomials, as in the two-dimensional averages.
const MAX_DEGREE: usize = 30;
/// Highest degree where one of the links has two sides.
const MAX_HALF_DEGREE: usize = 12;
/// `phi(0) = 1 / sqrt(2 pi)` times 10^38.
const DENSITY_AT_ZERO: i128 = 39_894_228_040_143_267_793_994_605_993_438_186_848;

/// Monomial coefficients for `x < 0` and `x > 0`.
#[derive(Debug)]
struct Sides {
    left: Vec<Rational>,
    right: Vec<Rational>,
}

/// `A` and `B` of a pair, for `rho > 0` and, with the teacher mirrored, for `rho < 0`.
#[derive(Debug)]
pub(super) struct Exact {
    teacher: Sides,
    student: Sides,
    ahead: OnceLock<Ray>,
    back: OnceLock<Ray>,
}

/// The averages in one direction, at `rho = |rho|`.
#[derive(Debug)]
struct Ray {
    gradient: Polynomial,
    curvature: Polynomial,
    /// The kink's part of `B`, times `rho`.
    kink: f64,
}

impl Exact {
    pub(super) fn new(teacher: &Form, student: &Form) -> Option<Self> {
        let (teacher, student) = (Sides::of(teacher)?, Sides::of(student)?);
        let whole = teacher.left == teacher.right && student.left == student.right;
        let most = if whole { MAX_DEGREE } else { MAX_HALF_DEGREE };
        let fits = |side: &[Rational]| side.len() <= most + 1;
        [&teacher, &student]
            .iter()
            .all(|sides| fits(&sides.left) && fits(&sides.right))
            .then_some(Self {
                teacher,
                student,
                ahead: OnceLock::new(),
                back: OnceLock::new(),
            })
    }

    pub(super) fn at(&self, rho: f64) -> AlignedDrift {
        let (ray, sign) = if rho < 0.0 {
            let mirrored = || Ray::new(&self.teacher.mirrored(), &self.student);
            (self.back.get_or_init(mirrored), -1.0)
        } else {
            (self.ahead(), 1.0)
        };
        let (gradient, gradient_error) = ray.gradient.at(rho.abs());
        let (smooth, rounding) = ray.curvature.at(rho.abs());
        let kink = if ray.kink == 0.0 {
            0.0
        } else {
            ray.kink / rho.abs()
        };
        AlignedDrift {
            gradient: sign * gradient,
            gradient_error,
            curvature: smooth + kink,
            curvature_error: rounding + 4.0 * f64::EPSILON * kink.abs(),
        }
    }

    /// `A` for `rho > 0`.
    pub(super) fn gradient(&self) -> &Polynomial {
        &self.ahead().gradient
    }

    fn ahead(&self) -> &Ray {
        self.ahead
            .get_or_init(|| Ray::new(&self.teacher, &self.student))
    }
}

impl Ray {
    fn new(teacher: &Sides, student: &Sides) -> Self {
        let (left, right) = (
            moments(&teacher.left, &student.left),
            moments(&teacher.right, &student.right),
        );
        let mirror = |n: usize, m: &Rational| if n.is_multiple_of(2) { m.clone() } else { -m };
        let left: Vec<Rational> = left.iter().enumerate().map(|(n, m)| mirror(n, m)).collect();
        let mut gradient = vec![integer(0); right.len() + 1];
        let mut curvature = gradient.clone();
        for (t, s, moments) in [
            (&teacher.left, &student.left, &left),
            (&teacher.right, &student.right, &right),
        ] {
            for (b, sb) in s.iter().enumerate().skip(1).filter(|(_, c)| !c.is_zero()) {
                let slope = sb * integer(b as i64);
                let bend = &slope * integer(b as i64 - 1);
                for (a, ta) in t.iter().enumerate() {
                    gradient[b - 1] += ta * &slope * &moments[a + b];
                    if b >= 2 {
                        curvature[b - 2] += ta * &bend * &moments[a + b - 2];
                    }
                }
                for (a, sa) in s.iter().enumerate() {
                    gradient[a + b - 1] -= sa * &slope * &moments[a + b];
                    if b >= 2 {
                        curvature[a + b - 2] -= sa * &bend * &moments[a + b - 2];
                    }
                    if a >= 1 {
                        let slopes = sa * &slope * integer(a as i64);
                        curvature[a + b - 2] -= slopes * &moments[a + b - 2];
                    }
                }
            }
        }
        Self {
            gradient: Polynomial::new(&gradient),
            curvature: Polynomial::new(&curvature),
            kink: kink(teacher, student),
        }
    }
}

/// `j phi(0) (sigma*(0) - sigma(0))`, `j` the jump of the student's slope and the teacher's value at a jump
/// the mean of both sides.
fn kink(teacher: &Sides, student: &Sides) -> f64 {
    let at = |side: &[Rational], k: usize| side.get(k).cloned().unwrap_or_else(|| integer(0));
    let jump = at(&student.right, 1) - at(&student.left, 1);
    let mean = (at(&teacher.left, 0) + at(&teacher.right, 0)) / integer(2);
    let product = jump * (mean - at(&student.right, 0)) * density_at_zero();
    Polynomial::new(&[product]).at(0.0).0
}

fn density_at_zero() -> Rational {
    Rational::new(BigInt::from(DENSITY_AT_ZERO), BigInt::from(10).pow(38))
}

/// `E[x^n; x > 0]` for all `n` that products of the two and their derivatives, times `x`, have.
fn moments(t: &[Rational], s: &[Rational]) -> Vec<Rational> {
    let mut h = vec![rational(1, 2), density_at_zero()];
    for n in 2..=(t.len().max(s.len()) + s.len() + 1) {
        h.push(&h[n - 2] * integer(n as i64 - 1));
    }
    h
}

impl Sides {
    fn of(form: &Form) -> Option<Self> {
        Some(match form {
            Form::Polynomial(hermite) => {
                let side = monomials(&exact(hermite)?);
                Self {
                    left: side.clone(),
                    right: side,
                }
            }
            Form::HalfPolynomial { left, right } => Self {
                left: exact(left)?,
                right: exact(right)?,
            },
            _ => return None,
        })
    }

    /// `sigma(-x)`.
    fn mirrored(&self) -> Self {
        let flip = |side: &[Rational]| {
            let terms = side.iter().enumerate();
            terms
                .map(|(k, c)| if k.is_multiple_of(2) { c.clone() } else { -c })
                .collect()
        };
        Self {
            left: flip(&self.right),
            right: flip(&self.left),
        }
    }
}

/// The rational numbers that the coefficients stand for (`0.1` is a tenth), else their binary values.
fn exact(coefficients: &[f64]) -> Option<Vec<Rational>> {
    let each = coefficients.iter().map(|c| {
        let meant = exact_number(*c).as_number();
        meant.or_else(|| Rational::from_float(*c))
    });
    each.collect()
}

/// Monomial coefficients of `sum_k f_k He_k`, from `He_{k+1} = x He_k - k He_{k-1}`.
fn monomials(hermite: &[Rational]) -> Vec<Rational> {
    let mut total = vec![integer(0); hermite.len()];
    let (mut before, mut current): (Vec<Rational>, _) = (Vec::new(), vec![integer(1)]);
    for (k, coefficient) in hermite.iter().enumerate() {
        for (slot, c) in total.iter_mut().zip(&current) {
            *slot += coefficient * c;
        }
        let mut next = vec![integer(0)];
        next.extend_from_slice(&current);
        for (slot, c) in next.iter_mut().zip(&before) {
            *slot -= c * integer(k as i64);
        }
        before = std::mem::replace(&mut current, next);
    }
    total
}
