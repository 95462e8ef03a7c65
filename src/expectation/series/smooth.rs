//! Pairs of smooth links at any variances: one family of Hermite coefficients for each link and variance serves all
//! pairs of units that have it.
//!
//! With `h_k = He_k / sqrt(k!)`, `f_k(v) = E[f(sqrt(v) x) h_k(x)]` and the correlation `r`,
//!
//! ```text
//! F = sum_k f_k g_k r^k,   dF/dc = sum_k (k+1) f_{k+1} g_{k+1} r^k / sqrt(v1 v2)
//! dF/dv2 = sum_k sqrt((k+1)(k+2)) f_k g_{k+2} r^k / (2 v2)
//! ```
//!
//! Coefficients are taken by the trapezoidal rule on fixed nodes. Where they do not hold the link's square, or the sums do
//! not end, there is no value, and another route is taken.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::expectation::gaussian::dot;
use crate::expectation::hermite::HermiteTable;
use crate::expectation::{Covariance, PairGradient};
use crate::link::Link;

/// Terms of a series; two more coefficients serve derivatives.
const TERMS: usize = 200;
/// Nodes above 0, and how far they go: half the weight of a normal law is rounding there.
const NODES: usize = 192;
const REACH: f64 = 13.0;
/// Last terms by which the end of a series is judged, and what they may be against the product of the norms.
const LAST: usize = 16;
const TAIL: f64 = 1e-15;
/// Part of the square of a link that its coefficients may miss.
const MISSED: f64 = 1e-8;
/// Least variance: derivatives divide by it.
const LEAST: f64 = 2e-3;
/// Variances of which coefficients are kept, for each link of a pair.
const KEPT: usize = 64;

/// Weighted Hermite functions on the nodes above 0, order by order: twice for both sides.
fn table() -> &'static (Vec<f64>, Vec<f64>) {
    static TABLE: OnceLock<(Vec<f64>, Vec<f64>)> = OnceLock::new();
    TABLE.get_or_init(|| {
        let width = REACH / NODES as f64;
        let nodes: Vec<f64> = (0..NODES).map(|i| (i as f64 + 0.5) * width).collect();
        let density = |x: &f64| width * (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let weights: Vec<f64> = nodes.iter().map(density).collect();
        let mut rows = vec![0.0; (TERMS + 2) * NODES];
        HermiteTable::new(&nodes).project(TERMS + 2, |k, h| {
            let row = &mut rows[k * NODES..(k + 1) * NODES];
            for ((out, h), weight) in row.iter_mut().zip(h).zip(&weights) {
                *out = h * weight;
            }
        });
        (nodes, rows)
    })
}

/// A link at a variance.
#[derive(Debug)]
struct Expanded {
    coefficients: Vec<f64>,
    /// `E[f^2]`.
    square: f64,
    /// Whether the coefficients hold all of it.
    whole: bool,
}

impl Expanded {
    fn of(link: &Link, variance: f64) -> Self {
        let (nodes, rows) = table();
        let root = variance.sqrt();
        let mut sides = [vec![0.0; NODES], vec![0.0; NODES]];
        for (side, sign) in sides.iter_mut().zip([root, -root]) {
            let z: Vec<f64> = nodes.iter().map(|x| sign * x).collect();
            link.values(&z, side);
        }
        let [right, left] = &sides;
        let parts = [1.0, -1.0].map(|sign| -> Vec<f64> {
            right.iter().zip(left).map(|(r, l)| r + sign * l).collect()
        });
        let row = |k: usize| &rows[k * NODES..(k + 1) * NODES];
        let coefficients: Vec<f64> = (0..TERMS + 2).map(|k| dot(row(k), &parts[k % 2])).collect();
        let squares: Vec<f64> = right.iter().zip(left).map(|(r, l)| r * r + l * l).collect();
        let square = dot(row(0), &squares);
        let held: f64 = coefficients.iter().map(|c| c * c).sum();
        Self {
            coefficients,
            square,
            // Written so that NaN is not whole.
            whole: (held - square).abs() <= MISSED * square,
        }
    }
}

/// Variances, as bits, with what was made of a link there, the oldest first.
type Kept = Vec<(u64, Arc<Expanded>)>;

/// Two smooth links.
#[derive(Debug)]
pub(super) struct SmoothPair {
    links: [Link; 2],
    kept: [Mutex<Kept>; 2],
}

impl SmoothPair {
    /// `None` unless both links are smooth.
    pub(super) fn new(first: &Link, second: &Link) -> Option<Self> {
        let smooth = |link: &Link| link.breaks().is_empty() && link.seams().is_empty();
        (smooth(first) && smooth(second)).then(|| Self {
            links: [first.clone(), second.clone()],
            kept: [Mutex::default(), Mutex::default()],
        })
    }

    fn expanded(&self, side: usize, variance: f64) -> Arc<Expanded> {
        let key = variance.to_bits();
        let lock = || {
            self.kept[side]
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        let found = lock()
            .iter()
            .rev()
            .find(|(bits, _)| *bits == key)
            .map(|(_, made)| Arc::clone(made));
        found.unwrap_or_else(|| {
            let made = Arc::new(Expanded::of(&self.links[side], variance));
            let mut kept = lock();
            if kept.len() >= KEPT {
                kept.remove(0);
            }
            kept.push((key, Arc::clone(&made)));
            made
        })
    }

    /// `F` and its derivatives, where the series holds.
    pub(super) fn averages(&self, at: &Covariance) -> Option<(f64, PairGradient)> {
        if at.v1 < LEAST || at.v2 < LEAST {
            return None;
        }
        let (first, second) = (self.expanded(0, at.v1), self.expanded(1, at.v2));
        if !(first.whole && second.whole) {
            return None;
        }
        let (f, g) = (&first.coefficients, &second.coefficients);
        let (r, norm) = (at.correlation(), (first.square * second.square).sqrt());
        let last: f64 = (TERMS - LAST..TERMS)
            .map(|k| {
                let (f, g) = (
                    f[k].abs().max(f[k + 2].abs()),
                    g[k].abs().max(g[k + 2].abs()),
                );
                (k + 2) as f64 * f * g * r.abs().powi(k as i32)
            })
            .sum();
        if last.is_nan() || last > TAIL * norm {
            return None;
        }
        let (mut value, mut c, mut v1, mut v2) = (0.0, 0.0, 0.0, 0.0);
        for k in (0..TERMS).rev() {
            let bend = (((k + 1) * (k + 2)) as f64).sqrt();
            value = value * r + f[k] * g[k];
            c = c * r + (k + 1) as f64 * f[k + 1] * g[k + 1];
            v1 = v1 * r + bend * f[k + 2] * g[k];
            v2 = v2 * r + bend * f[k] * g[k + 2];
        }
        let gradient = PairGradient {
            c: c / (at.v1.sqrt() * at.v2.sqrt()),
            v1: 0.5 * v1 / at.v1,
            v2: 0.5 * v2 / at.v2,
        };
        Some((value, gradient))
    }
}
