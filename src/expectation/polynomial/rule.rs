//! Gauss-Hermite rules to the last bit.

use std::f64::consts::SQRT_2;
use std::num::NonZeroUsize;

use gauss_quad::hermite::GaussHermite;

/// Gauss-Hermite nodes and weights of `E[f(x)]`, `x ~ N(0,1)`.
#[derive(Debug)]
pub(super) struct GaussHermiteRule(Vec<(f64, f64)>);

impl GaussHermiteRule {
    /// Exact for polynomials of degree below `2 nodes`.
    pub(super) fn new(nodes: usize) -> Self {
        let count = NonZeroUsize::new(nodes).unwrap_or(NonZeroUsize::MIN);
        let rule = GaussHermite::new(count);
        let mut pairs: Vec<(f64, f64)> = rule
            .as_node_weight_pairs()
            .iter()
            .map(|(x, _)| polished(SQRT_2 * x, nodes))
            .collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self(pairs)
    }

    pub(super) fn sum(&self, f: impl Fn(f64) -> (f64, f64)) -> (f64, f64) {
        let mut total = (0.0, 0.0);
        for (x, w) in &self.0 {
            let (a, b) = f(*x);
            total.0 += w * a;
            total.1 += w * b;
        }
        total
    }
}

/// A node of the rule to the last bit, with the weight `1 / sum_{k<n} h_k(x)^2`: the library's
/// weights have absolute accuracy only, and high degrees live on the smallest of them.
fn polished(mut x: f64, nodes: usize) -> (f64, f64) {
    let mut sum = 1.0;
    for _ in 0..3 {
        let (mut before, mut current) = (0.0, 1.0);
        sum = 0.0;
        for k in 0..nodes {
            sum += current * current;
            let order = k as f64;
            let next = (x * current - order.sqrt() * before) / (order + 1.0).sqrt();
            (before, current) = (current, next);
        }
        // h_n' = sqrt(n) h_{n-1}.
        x -= current / ((nodes as f64).sqrt() * before);
    }
    (x, 1.0 / sum)
}
