//! Links recognised as one of the exact forms, and their parity.

use std::collections::HashMap;

use super::breaks::Break;
use super::builtin::Kind;
use super::expression::{Expr, Node};
use super::smooth_pieces::{BESIDE, piece};

/// The exact form of a link, for which Gaussian averages have closed formulas.
#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    /// `sigma(x) = sum_k p[k] He_k(x)`, probabilists' Hermite polynomials, degree at most 64.
    Polynomial(Vec<f64>),
    /// `sigma(x) = sum_k left[k] x^k` for `x < 0` and `sum_k right[k] x^k` for `x > 0`, with the
    /// only break at 0; degree at most 12.
    HalfPolynomial {
        /// Monomial coefficients for `x < 0`.
        left: Vec<f64>,
        /// Monomial coefficients for `x > 0`.
        right: Vec<f64>,
    },
    /// `sigma(x) = amplitude * erf(scale * x)`.
    Erf {
        /// The factor in front.
        amplitude: f64,
        /// The factor of `x`.
        scale: f64,
    },
    /// Anything else.
    General,
}

/// The symmetry of a link under `x -> -x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parity {
    /// `sigma(-x) = sigma(x)`.
    Even,
    /// `sigma(-x) = -sigma(x)`.
    Odd,
    /// Neither of the two.
    Neither,
}

/// The largest degree of [`Form::Polynomial`].
const MAX_DEGREE: usize = 64;

/// The largest degree of [`Form::HalfPolynomial`].
const MAX_HALF_DEGREE: usize = 12;

/// The basis in which a polynomial is expanded.
#[derive(Clone, Copy)]
enum Basis {
    Monomial,
    Hermite,
}

/// The most specific form of an expression with these breaks.
pub(super) fn form(expr: &Expr, breaks: &[Break]) -> Form {
    match breaks {
        [] => {
            if let Some((amplitude, scale)) = scaled_erf(expr) {
                return Form::Erf { amplitude, scale };
            }
            coefficients(&piece(expr, BESIDE), Basis::Hermite, MAX_DEGREE)
                .map_or(Form::General, Form::Polynomial)
        }
        [only] if only.at.abs() <= 0.0 => {
            let half = |x| coefficients(&piece(expr, x), Basis::Monomial, MAX_HALF_DEGREE);
            match (half(-BESIDE), half(BESIDE)) {
                (Some(left), Some(right)) => Form::HalfPolynomial { left, right },
                _ => Form::General,
            }
        }
        _ => Form::General,
    }
}

/// Monomial coefficients of a polynomial of degree at most 12.
pub(super) fn monomials(expr: &Expr) -> Option<Vec<f64>> {
    coefficients(expr, Basis::Monomial, MAX_HALF_DEGREE)
}

/// `(a, b)` when the expression is `a + b x`.
pub(super) fn affine(expr: &Expr) -> Option<(f64, f64)> {
    match coefficients(expr, Basis::Monomial, MAX_HALF_DEGREE)?.as_slice() {
        [a] => Some((*a, 0.0)),
        [a, b] => Some((*a, *b)),
        _ => None,
    }
}

/// `(s, r)` when the expression is the polynomial `s^2 r` with an `s` that depends on x.
pub(super) fn square_root(expr: &Expr) -> Option<(Expr, Expr)> {
    let p = coefficients(expr, Basis::Monomial, MAX_HALF_DEGREE)?;
    let zeros = p.iter().take_while(|c| **c == 0.0).count() / 2;
    let rest = p.get(2 * zeros..)?;
    let (root, rest) = match root_of(rest) {
        Some(root) => (root, vec![1.0]),
        None => (vec![1.0], rest.to_vec()),
    };
    let square = [vec![0.0; zeros], root].concat();
    (square.len() > 1).then(|| (polynomial(&square), polynomial(&rest)))
}

/// `s` with `s^2 = p`, from the highest power down.
fn root_of(p: &[f64]) -> Option<Vec<f64>> {
    let half = (p.len() - 1) / 2;
    let lead = p.last()?.sqrt();
    if p.len().is_multiple_of(2) || !lead.is_normal() {
        return None;
    }
    let mut s = vec![0.0; half + 1];
    s[half] = lead;
    for k in 1..=half {
        let known: f64 = (1..k).map(|i| s[half - i] * s[half - k + i]).sum();
        s[half - k] = (p[2 * half - k] - known) / (2.0 * lead);
    }
    let square = product(&s, &s, Basis::Monomial, MAX_HALF_DEGREE)?;
    let size = p.iter().fold(0.0_f64, |m, c| m.max(c.abs()));
    let equal = |(a, b): (&f64, &f64)| (a - b).abs() <= 4.0 * f64::EPSILON * size;
    square.iter().zip(p).all(equal).then_some(s)
}

fn polynomial(coefficients: &[f64]) -> Expr {
    coefficients.iter().rev().fold(Expr::number(0.0), |sum, c| {
        Expr::add(Expr::multiply(sum, Expr::x()), Expr::number(*c))
    })
}

/// `(amplitude, scale)` of `amplitude * erf(scale * x)`.
fn scaled_erf(expr: &Expr) -> Option<(f64, f64)> {
    let scaled = |inner: &Expr, factor: f64| {
        scaled_erf(inner).map(|(amplitude, scale)| (factor * amplitude, scale))
    };
    match expr.node() {
        Node::Call(f, g) if f.kind() == Kind::Erf => match affine(g)? {
            (0.0, scale) => Some((1.0, scale)),
            _ => None,
        },
        Node::Negate(a) => scaled(a, -1.0),
        Node::Multiply(c, a) => scaled(a, c.constant()?),
        Node::Divide(a, c) => scaled_erf(a)
            .zip(c.constant())
            .map(|((a, s), c)| (a / c, s)),
        _ => None,
    }
}

/// The coefficients of a polynomial, without trailing zeros (but at least one coefficient).
fn coefficients(expr: &Expr, basis: Basis, limit: usize) -> Option<Vec<f64>> {
    let mut known: HashMap<*const Node, Vec<f64>> = HashMap::new();
    let mut last = vec![0.0];
    for node in expr.nodes() {
        last = of_node(node, &known, basis, limit)?;
        // -0 becomes 0.
        last.iter_mut().for_each(|c| *c += 0.0);
        while last.len() > 1 && last.last() == Some(&0.0) {
            last.pop();
        }
        if last.len() > limit + 1 || last.iter().any(|c| !c.is_finite()) {
            return None;
        }
        known.insert(node.address(), last.clone());
    }
    Some(last)
}

fn of_node(
    expr: &Expr,
    known: &HashMap<*const Node, Vec<f64>>,
    basis: Basis,
    limit: usize,
) -> Option<Vec<f64>> {
    let p = |a: &Expr| known.get(&a.address());
    Some(match expr.node() {
        Node::Number(value) => vec![*value],
        Node::X => vec![0.0, 1.0],
        Node::Add(a, b) => combine(p(a)?, p(b)?, 1.0),
        Node::Subtract(a, b) => combine(p(a)?, p(b)?, -1.0),
        Node::Negate(a) => p(a)?.iter().map(|c| -c).collect(),
        Node::Multiply(a, b) => product(p(a)?, p(b)?, basis, limit)?,
        Node::Divide(a, b) => {
            let divisor = b.constant()?;
            p(a)?.iter().map(|c| c / divisor).collect()
        }
        Node::Power(a, n) => power(p(a)?, usize::try_from(*n).ok()?, basis, limit)?,
        Node::Call(f, g) => match f.kind() {
            Kind::Hermite(degree) => hermite_of(p(g)?, degree, basis, limit)?,
            _ => return None,
        },
        Node::RealPower(..) | Node::Choose(..) => return None,
    })
}

/// `a + sign * b`.
fn combine(a: &[f64], b: &[f64], sign: f64) -> Vec<f64> {
    let coefficient = |p: &[f64], k: usize| p.get(k).copied().unwrap_or(0.0);
    (0..a.len().max(b.len()))
        .map(|k| coefficient(a, k) + sign * coefficient(b, k))
        .collect()
}

/// `a * b`; in the Hermite basis by `He_m He_n = sum_k k! C(m,k) C(n,k) He_{m+n-2k}`.
fn product(a: &[f64], b: &[f64], basis: Basis, limit: usize) -> Option<Vec<f64>> {
    if a.len() + b.len() > limit + 2 {
        return None;
    }
    let mut out = vec![0.0; a.len() + b.len() - 1];
    for (m, &p) in a.iter().enumerate() {
        for (n, &q) in b.iter().enumerate().filter(|(_, q)| p * **q != 0.0) {
            match basis {
                Basis::Monomial => out[m + n] += p * q,
                Basis::Hermite => {
                    let mut count = 1.0;
                    for k in 0..=m.min(n) {
                        out[m + n - 2 * k] += count * p * q;
                        count *= (m - k) as f64 * (n - k) as f64 / (k + 1) as f64;
                    }
                }
            }
        }
    }
    Some(out)
}

fn power(a: &[f64], n: usize, basis: Basis, limit: usize) -> Option<Vec<f64>> {
    if let [constant] = a {
        return Some(vec![constant.powi(i32::try_from(n).ok()?)]);
    }
    if n > limit {
        return None;
    }
    (0..n).try_fold(vec![1.0], |whole, _| product(&whole, a, basis, limit))
}

/// `He_degree(p)` by the three-term recurrence on polynomials.
fn hermite_of(p: &[f64], degree: u32, basis: Basis, limit: usize) -> Option<Vec<f64>> {
    let (mut below, mut here) = (vec![1.0], p.to_vec());
    for k in 1..degree {
        let next = combine(&product(p, &here, basis, limit)?, &below, -f64::from(k));
        (below, here) = (here, next);
    }
    Some(here)
}

/// The parity: exact for the known forms, otherwise as it is found.
pub(super) fn parity(form: &Form, found: impl FnOnce() -> Parity) -> Parity {
    match form {
        Form::Polynomial(p) => parity_of(|sign| zero_unless(p, sign)),
        Form::HalfPolynomial { left, right } => parity_of(|sign| mirrored(left, right, sign)),
        Form::Erf { .. } => Parity::Odd,
        Form::General => found(),
    }
}

pub(super) fn parity_of(symmetric: impl Fn(f64) -> bool) -> Parity {
    if symmetric(1.0) {
        Parity::Even
    } else if symmetric(-1.0) {
        Parity::Odd
    } else {
        Parity::Neither
    }
}

/// All coefficients of the other parity vanish.
fn zero_unless(p: &[f64], sign: f64) -> bool {
    let first = usize::from(sign > 0.0);
    p.iter().skip(first).step_by(2).all(|&c| c == 0.0)
}

/// `left(x) = sign * right(-x)`.
fn mirrored(left: &[f64], right: &[f64], sign: f64) -> bool {
    let coefficient = |p: &[f64], k: usize| p.get(k).copied().unwrap_or(0.0);
    (0..left.len().max(right.len())).all(|k| {
        let flip = if k % 2 == 0 { sign } else { -sign };
        (coefficient(left, k) - flip * coefficient(right, k)).abs() <= 0.0
    })
}
