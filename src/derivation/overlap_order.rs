//! The first power of `m` in `alpha(m, q)`: where teacher and student first overlap.

use crate::expectation::{hermite_projections, moment};
use crate::link::{Form, Link};

/// Terms of the Hermite series in which it is looked for.
const SEARCHED: usize = 32;
/// Size of a projection, against the norm of its link, below which it is rounding.
const ZERO: f64 = 1e-12;

/// `(k, rate)` of the first term of `alpha = sum_k t_{k+1} E[sigma^(k+1)(z)] m^k / k!` that does not vanish at
/// self-overlap `q > 0`; `None` where there is none among the first 31.
pub(super) fn first_slope(teacher: &Link, student: &Link, q: f64) -> Option<(usize, f64)> {
    let t = projections(teacher);
    let d = derivatives(student, q);
    let mut factorial = 1.0;
    for k in 0..SEARCHED - 1 {
        factorial *= k.max(1) as f64;
        let product = t[k + 1] * d[k + 1];
        if product != 0.0 {
            return Some((k, product / factorial));
        }
    }
    None
}

/// `t_k = E[sigma*(x) He_k(x)]`, exactly 0 where it vanishes.
fn projections(link: &Link) -> Vec<f64> {
    if let Form::Polynomial(hermite) = link.form() {
        let mut factorial = 1.0;
        let scaled = (0..SEARCHED).map(|k| {
            factorial *= k.max(1) as f64;
            hermite.get(k).copied().unwrap_or(0.0) * factorial
        });
        return scaled.collect();
    }
    let norm = moment(link, |l, x| l.value(x).powi(2)).sqrt();
    without_rounding(hermite_projections(link, 1.0, SEARCHED), norm)
}

/// `E[sigma^(k)(z)] = c_k(q) q^(-k/2)`, exactly 0 where it vanishes.
fn derivatives(link: &Link, q: f64) -> Vec<f64> {
    if let Form::Polynomial(hermite) = link.form() {
        return (0..SEARCHED)
            .map(|k| polynomial_derivative(hermite, k, q))
            .collect();
    }
    let norm = moment(link, |l, x| l.value(q.sqrt() * x).powi(2)).sqrt();
    let mut made = without_rounding(hermite_projections(link, q, SEARCHED), norm);
    for (k, c) in made.iter_mut().enumerate() {
        *c *= q.powf(-0.5 * k as f64);
    }
    made
}

/// `E[sigma^(k)(z)] = sum_j g_{k+2j} (k+2j)! / (2^j j!) (q-1)^j`.
fn polynomial_derivative(hermite: &[f64], k: usize, q: f64) -> f64 {
    let mut factor: f64 = (1..=k).map(|i| i as f64).product();
    let (mut sum, mut size) = (0.0, 0.0_f64);
    for (j, g) in hermite.iter().skip(k).step_by(2).enumerate() {
        if j > 0 {
            let n = (k + 2 * j) as f64;
            factor *= n * (n - 1.0) / (2.0 * j as f64) * (q - 1.0);
        }
        sum += factor * g;
        size += (factor * g).abs();
    }
    if sum.abs() > ZERO * size { sum } else { 0.0 }
}

/// Projections on He_k are at most `sqrt(k!)` times the norm.
fn without_rounding(mut projections: Vec<f64>, norm: f64) -> Vec<f64> {
    let mut bound = norm;
    for (k, c) in projections.iter_mut().enumerate() {
        bound *= (k.max(1) as f64).sqrt();
        if c.abs() <= ZERO * bound {
            *c = 0.0;
        }
    }
    projections
}
