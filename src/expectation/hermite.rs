//! Hermite polynomials on nodes, and projections of a link on them.

use super::gaussian::{Beside, Law, Resolution, dot, reach};
use crate::link::Link;

/// Coefficients `a_k` of `sigma = sum_k a_k He_k`, that is `a_k = E[sigma(xi) He_k(xi)] / k!`,
/// for `k = 0 .. count - 1`.
pub fn hermite_coefficients(link: &Link, count: usize) -> Vec<f64> {
    let mut root_factorial = 1.0;
    let mut made = normalised_projections(link, 1.0, count);
    for (k, a) in made.iter_mut().enumerate() {
        if k > 0 {
            root_factorial *= (k as f64).sqrt();
        }
        *a /= root_factorial;
    }
    made
}

/// Hermite projections `c_k(q) = E[sigma(sqrt(q) xi) He_k(xi)]` at self-overlap `q > 0`, for
/// `k = 0 .. count - 1` (docs/theory.md, section 7).
pub fn hermite_projections(link: &Link, q: f64, count: usize) -> Vec<f64> {
    let mut root_factorial = 1.0;
    let mut made = normalised_projections(link, q.sqrt(), count);
    for (k, c) in made.iter_mut().enumerate() {
        if k > 0 {
            root_factorial *= (k as f64).sqrt();
        }
        *c *= root_factorial;
    }
    made
}

/// `E[sigma(scale xi) He_k(xi)] / sqrt(k!)`.
fn normalised_projections(link: &Link, scale: f64, count: usize) -> Vec<f64> {
    let law = Law {
        mean: 0.0,
        deviation: scale,
    };
    let rule = Resolution::of(link).rule(Beside::Hermite, law, reach(link, scale));
    let z: Vec<f64> = rule.x.iter().map(|x| scale * x).collect();
    let mut values = vec![0.0; z.len()];
    link.values(&z, &mut values);
    let weighted: Vec<f64> = values.iter().zip(&rule.w).map(|(v, w)| v * w).collect();
    let mut made = vec![0.0; count];
    HermiteTable::new(&rule.x).project(count, |k, h| made[k] = dot(&weighted, h));
    made
}

/// Normalised Hermite functions `h_k = He_k / sqrt(k!)` on fixed nodes, one order at a time.
pub(crate) struct HermiteTable<'a> {
    x: &'a [f64],
    current: Vec<f64>,
    before: Vec<f64>,
    order: usize,
}

impl<'a> HermiteTable<'a> {
    pub(crate) fn new(x: &'a [f64]) -> Self {
        Self {
            x,
            current: vec![1.0; x.len()],
            before: vec![0.0; x.len()],
            order: 0,
        }
    }

    /// The values of `h_k` for the current order `k`.
    pub(crate) fn values(&self) -> &[f64] {
        &self.current
    }

    /// Goes on to the next order: `h_{k+1} = (x h_k - sqrt(k) h_{k-1}) / sqrt(k+1)`.
    pub(crate) fn advance(&mut self) {
        let k = self.order as f64;
        let (down, up) = (k.sqrt(), 1.0 / (k + 1.0).sqrt());
        for ((before, current), x) in self.before.iter_mut().zip(&self.current).zip(self.x) {
            *before = (x * current - down * *before) * up;
        }
        std::mem::swap(&mut self.before, &mut self.current);
        self.order += 1;
    }

    /// Calls `f(k, h_k)` for `k < count`.
    pub(crate) fn project(mut self, count: usize, mut f: impl FnMut(usize, &[f64])) {
        for k in 0..count {
            f(k, &self.current);
            self.advance();
        }
    }
}
