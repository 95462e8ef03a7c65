//! Pair averages at any variances, in the forms that formulas and programs know.

use crate::link::{Form, Link};
use crate::numeral::plain;

/// The average of two links as a function of variances and covariance.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::derivation) enum Pair {
    /// `A erf(b x)` each, as (A, b).
    Erf([(f64, f64); 2]),
    /// `c + j sgn x + s x + b |x|` each, in this order.
    Lines([[f64; 4]; 2]),
    /// Polynomials each, by powers.
    Polynomials([Vec<f64>; 2]),
    /// Anything else: by quadrature.
    General,
}

/// Largest degree of which powers keep their digits.
const HIGHEST: usize = 12;

impl Pair {
    pub(in crate::derivation) fn of(first: &Link, second: &Link) -> Self {
        let erf = |link: &Link| match link.form() {
            Form::Erf { amplitude, scale } => Some((*amplitude, *scale)),
            _ => None,
        };
        if let (Some(a), Some(b)) = (erf(first), erf(second)) {
            return Self::Erf([a, b]);
        }
        if let (Some(a), Some(b)) = (monomials(first), monomials(second)) {
            return Self::Polynomials([a, b]);
        }
        if let (Some(a), Some(b)) = (lines(first), lines(second)) {
            return Self::Lines([a, b]);
        }
        Self::General
    }

    /// As a function of `v₁`, `v₂`, `c` in Unicode.
    pub(super) fn formula(&self) -> Vec<String> {
        match self {
            Self::Erf([(a, b), (c, d)]) => {
                let inside = |v: &str, b: f64| format!("1 + {}{v}", factor(2.0 * b * b));
                vec![format!(
                    "{}(2/π) arcsin({}c/√(({})({})))",
                    factor(a * c),
                    factor(2.0 * b * d),
                    inside("v₁", *b),
                    inside("v₂", *d)
                )]
            }
            Self::Polynomials(_) => vec!["Σₖ fₖ(v₁) gₖ(v₂) cᵏ/k!".to_owned()],
            Self::Lines([first, second]) => lines_formula(first, second),
            Self::General => vec!["E[f(√(v₁) x) g((c/√(v₁)) x + √(v₂ − c²/v₁) y)]".to_owned()],
        }
    }

    /// A sentence on what the formula needs.
    pub(super) fn remark(&self) -> &'static str {
        match self {
            Self::Erf(_) => "Derivatives follow by differentiating.",
            Self::Lines(_) => "Derivatives follow by differentiating; the root is `√(v₁ v₂ − c²)`.",
            Self::Polynomials(_) => {
                "The sum is finite, with `fₖ(v) = E[f⁽ᵏ⁾(√v x)]`; then `∂F/∂c` has `f_(k+1) g_(k+1)` and `∂F/∂v₁` has `f_(k+2) gₖ/2` in the place of `fₖ gₖ`."
            }
            Self::General => {
                "There is no closed form: with independent standard normal `x`, `y` it is a double integral, and so are `∂F/∂c = E[f′ g′]`, `∂F/∂v₁ = E[f″ g]/2`, `∂F/∂v₂ = E[f g″]/2`."
            }
        }
    }
}

/// A polynomial by its powers, from its Hermite coefficients.
fn monomials(link: &Link) -> Option<Vec<f64>> {
    let Form::Polynomial(hermite) = link.form() else {
        return None;
    };
    if hermite.len() > HIGHEST + 1 {
        return None;
    }
    let mut powers = vec![0.0; hermite.len()];
    let (mut below, mut here) = (vec![0.0; hermite.len()], vec![0.0; hermite.len()]);
    here[0] = 1.0;
    for (k, coefficient) in hermite.iter().enumerate() {
        for (power, h) in powers.iter_mut().zip(&here) {
            *power += coefficient * h;
        }
        // He_(k+1) = x He_k - k He_(k-1).
        let mut next: Vec<f64> = below.iter().map(|h| -(k as f64) * h).collect();
        for (i, h) in here.iter().enumerate().take(hermite.len() - 1) {
            next[i + 1] += h;
        }
        (below, here) = (here, next);
    }
    Some(powers)
}

/// A line on each side of 0.
fn lines(link: &Link) -> Option<[f64; 4]> {
    let part = |p: &[f64], k: usize| p.get(k).copied().unwrap_or(0.0);
    match link.form() {
        Form::Polynomial(p) if p.len() <= 2 => Some([part(p, 0), 0.0, part(p, 1), 0.0]),
        Form::HalfPolynomial { left, right } if left.len().max(right.len()) <= 2 => {
            let half = |k: usize| {
                let (l, r) = (part(left, k), part(right, k));
                (0.5 * (r + l), 0.5 * (r - l))
            };
            let ((level, jump), (slope, bend)) = (half(0), half(1));
            Some([level, jump, slope, bend])
        }
        _ => None,
    }
}

/// The terms that are there: those of an odd function with an even one are 0.
fn lines_formula(first: &[f64; 4], second: &[f64; 4]) -> Vec<String> {
    let ([c1, j1, s1, b1], [c2, j2, s2, b2]) = (first, second);
    let terms = [
        (c1 * c2, "1"),
        (c1 * b2, "√(2v₂/π)"),
        (b1 * c2, "√(2v₁/π)"),
        (s1 * s2, "c"),
        (j1 * s2, "√(2/π) c/√(v₁)"),
        (s1 * j2, "√(2/π) c/√(v₂)"),
        (j1 * j2, "(2/π) arcsin(c/√(v₁ v₂))"),
        (b1 * b2, "(2/π)(√(v₁ v₂ − c²) + c arcsin(c/√(v₁ v₂)))"),
    ];
    let mut out = String::new();
    for (weight, term) in terms.into_iter().filter(|(weight, _)| *weight != 0.0) {
        let sign = if weight < 0.0 { "−" } else { "+" };
        match (out.is_empty(), weight < 0.0) {
            (true, false) => {}
            (true, true) => out.push('−'),
            _ => out.push_str(&format!(" {sign} ")),
        }
        out.push_str(&match (factor(weight.abs()), term) {
            (number, "1") => {
                if number.is_empty() {
                    "1".to_owned()
                } else {
                    number
                }
            }
            (number, term) => format!("{number}{term}"),
        });
    }
    vec![if out.is_empty() { "0".to_owned() } else { out }]
}

/// A factor in front, left out where it is 1.
fn factor(x: f64) -> String {
    if (x - 1.0).abs() < f64::EPSILON {
        String::new()
    } else {
        plain(x)
    }
}
