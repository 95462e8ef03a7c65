//! Links as sums of powers, steps and error functions, whose Gaussian averages are closed.

use std::collections::BTreeMap;

use num_traits::Zero;

use crate::algebra::{Expr, Rational, exact_number, factorial, integer};
use crate::link::{Form, Link};

/// `x^power H(x)^step erf(b x)^erf exp(-tilt b^2 x^2)`, `H` the unit step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Piece {
    pub(super) power: usize,
    pub(super) step: bool,
    pub(super) erf: usize,
    pub(super) tilt: usize,
}

/// Highest degree of a polynomial.
const MAX_DEGREE: usize = 30;

/// A sum of pieces, plus `delta` times Dirac's delta at 0.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pieces {
    pub(super) terms: BTreeMap<Piece, Expr>,
    pub(super) delta: Expr,
    /// `b`, where error functions occur.
    pub(super) scale: Expr,
}

impl Pieces {
    /// The exact pieces of a link; `None` where averages of it have no closed form.
    pub(super) fn of(link: &Link) -> Option<Self> {
        let mut made = Self::nothing(Expr::one());
        match link.form() {
            // Beyond that the formulas would fill pages, and their digits cancel.
            Form::Polynomial(hermite) if hermite.len() > MAX_DEGREE + 1 => return None,
            Form::Polynomial(hermite) => made.add_powers(&monomials(hermite), false),
            Form::HalfPolynomial { left, right } => {
                let (left, right) = (exact(left), exact(right));
                made.add_powers(&left, false);
                let at = |p: &[Expr], k: usize| p.get(k).cloned().unwrap_or_default();
                let jump: Vec<Expr> = (0..left.len().max(right.len()))
                    .map(|k| at(&right, k) - at(&left, k))
                    .collect();
                made.add_powers(&jump, true);
            }
            Form::Erf { amplitude, scale } => {
                made.scale = exact_number(*scale);
                let piece = Piece {
                    erf: 1,
                    ..Piece::default()
                };
                made.add(piece, exact_number(*amplitude));
            }
            Form::General => return None,
        }
        Some(made)
    }

    fn nothing(scale: Expr) -> Self {
        Self {
            terms: BTreeMap::new(),
            delta: Expr::zero(),
            scale,
        }
    }

    fn add_powers(&mut self, coefficients: &[Expr], step: bool) {
        for (power, c) in coefficients.iter().enumerate() {
            let piece = Piece {
                power,
                step,
                ..Piece::default()
            };
            self.add(piece, c.clone());
        }
    }

    fn add(&mut self, piece: Piece, coefficient: Expr) {
        let place = self.terms.entry(piece).or_default();
        *place = std::mem::take(place) + coefficient;
        if place.is_zero() {
            self.terms.remove(&piece);
        }
    }

    /// Its value at 0, where it is continuous.
    pub(super) fn at_zero(&self) -> Expr {
        let there = |p: &Piece| p.power == 0 && p.erf == 0 && !p.step;
        let terms = self.terms.iter().filter(|(p, _)| there(p));
        terms.map(|(_, c)| c.clone()).sum()
    }

    /// The product with another function of the same variable, neither with a delta.
    pub(super) fn times(&self, other: &Self) -> Self {
        let mut made = Self::nothing(self.scale.clone());
        for (a, p) in &self.terms {
            for (b, q) in &other.terms {
                let piece = Piece {
                    power: a.power + b.power,
                    step: a.step || b.step,
                    erf: a.erf + b.erf,
                    tilt: a.tilt + b.tilt,
                };
                made.add(piece, p * q);
            }
        }
        made
    }

    /// The derivative, a jump giving a delta.
    pub(super) fn derivative(&self) -> Self {
        let mut made = Self::nothing(self.scale.clone());
        for (piece, c) in &self.terms {
            let lower = |power: usize| Piece { power, ..*piece };
            if let Some(power) = piece.power.checked_sub(1) {
                let factor = Expr::number(integer(piece.power as i64));
                made.add(lower(power), &factor * c);
            } else if piece.step && piece.erf == 0 {
                made.delta = std::mem::take(&mut made.delta) + c.clone();
            }
            if piece.erf > 0 {
                let inner = Piece {
                    erf: piece.erf - 1,
                    tilt: piece.tilt + 1,
                    ..*piece
                };
                let factor = Expr::int(piece.erf as i64) * erf_slope(&self.scale);
                made.add(inner, &factor * c);
            }
            if piece.tilt > 0 {
                let factor = Expr::int(-2 * piece.tilt as i64) * &self.scale * &self.scale;
                made.add(lower(piece.power + 1), &factor * c);
            }
        }
        made
    }
}

/// `2 b / sqrt(pi)`: `erf(b x)' = 2 b / sqrt(pi) exp(-b^2 x^2)`.
pub(super) fn erf_slope(scale: &Expr) -> Expr {
    Expr::int(2) * scale * Expr::pi().sqrt().recip()
}

pub(super) fn exact(coefficients: &[f64]) -> Vec<Expr> {
    coefficients.iter().map(|c| exact_number(*c)).collect()
}

/// Monomial coefficients of `sum_k f_k He_k`:
/// `He_n = sum_j (-1)^j n! / (2^j j! (n-2j)!) x^(n-2j)`.
pub(super) fn monomials(hermite: &[f64]) -> Vec<Expr> {
    let mut total = vec![Expr::zero(); hermite.len()];
    for (n, &f) in hermite.iter().enumerate().filter(|(_, f)| **f != 0.0) {
        let coefficient = exact_number(f);
        for j in 0..=n / 2 {
            let term = Expr::number(hermite_coefficient(n, j));
            total[n - 2 * j] = std::mem::take(&mut total[n - 2 * j]) + &term * &coefficient;
        }
    }
    total
}

/// `(-1)^j n! / (2^j j! (n-2j)!)`.
fn hermite_coefficient(n: usize, j: usize) -> Rational {
    let two = (0..j).fold(integer(1), |p, _| p * integer(-2));
    factorial(n) / (two * factorial(j) * factorial(n - 2 * j))
}

/// `(n-1)!!`, the `n`-th moment of a standard normal variable, 0 for odd `n`.
pub(super) fn moment(n: usize) -> Rational {
    if n % 2 == 1 {
        return Rational::zero();
    }
    (1..n)
        .step_by(2)
        .fold(integer(1), |p, k| p * integer(k as i64))
}
