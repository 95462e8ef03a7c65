//! Arithmetic of polynomials given by their coefficients.

use super::DENSITY_AT_ZERO;

/// `(-1)^n`.
pub(super) fn sign(n: usize) -> f64 {
    if n.is_multiple_of(2) { 1.0 } else { -1.0 }
}

/// `E[x^a; x > 0]`, `x ~ N(0,1)`.
pub(super) fn half_moments(n: usize) -> Vec<f64> {
    let mut h = vec![0.5, DENSITY_AT_ZERO];
    for k in 2..n.max(2) {
        h.push((k - 1) as f64 * h[k - 2]);
    }
    h
}

/// `p'`.
pub(super) fn derivative(p: &[f64]) -> Vec<f64> {
    let terms = p.iter().enumerate().skip(1);
    terms.map(|(k, c)| k as f64 * c).collect()
}

/// `p + q`.
pub(super) fn add(p: &[f64], q: &[f64]) -> Vec<f64> {
    let at = |v: &[f64], i: usize| v.get(i).copied().unwrap_or(0.0);
    (0..p.len().max(q.len()))
        .map(|i| at(p, i) + at(q, i))
        .collect()
}

/// `p q`.
pub(super) fn multiply(p: &[f64], q: &[f64]) -> Vec<f64> {
    if p.is_empty() || q.is_empty() {
        return Vec::new();
    }
    let mut out = vec![0.0; p.len() + q.len() - 1];
    for (i, a) in p.iter().enumerate() {
        for (j, b) in q.iter().enumerate() {
            out[i + j] += a * b;
        }
    }
    out
}

/// Monomial coefficients of `sum_k f_k He_k`, from `He_{k+1} = x He_k - k He_{k-1}`.
pub(super) fn monomials(hermite: &[f64]) -> Vec<f64> {
    let mut total = vec![0.0; hermite.len()];
    let (mut before, mut current) = (Vec::new(), vec![1.0]);
    for (k, coefficient) in hermite.iter().enumerate() {
        for (slot, c) in total.iter_mut().zip(&current) {
            *slot += coefficient * c;
        }
        let mut next = vec![0.0];
        next.extend_from_slice(&current);
        for (slot, c) in next.iter_mut().zip(&before) {
            *slot -= k as f64 * c;
        }
        before = std::mem::replace(&mut current, next);
    }
    total
}
