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
//! Coefficients are taken by the trapezoidal rule on fixed nodes, at Chebyshev points of panels of variances, and between
//! these by interpolation: they are analytic in the variance, with no singular point nearer than 0. Where they do not hold the
//! link's square, or the sums do not end, there is no value, and another route is taken.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

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
/// A panel of variances goes from a power of this to the next.
const PANEL: f64 = 1.5;
/// Chebyshev points of a panel: seen from its middle, 0 is five half-widths away, so that they are good to
/// `(5 + sqrt(24))^-16 = 1e-16`.
const POINTS: usize = 16;
/// What `|r|^k` may be where a sum is broken off, before factors of `k^2`.
const LOWEST: f64 = 1e-20;

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

/// A link at all variances of a panel.
#[derive(Debug)]
struct Panel {
    points: [f64; POINTS],
    /// Of the interpolation in barycentric form.
    weights: [f64; POINTS],
    at: Vec<Expanded>,
}

impl Panel {
    /// Between `PANEL^number` and the next power.
    fn of(link: &Link, number: i32) -> Self {
        let low = PANEL.powi(number);
        let (middle, half) = (0.5 * (1.0 + PANEL) * low, 0.5 * (PANEL - 1.0) * low);
        let angle = |i: usize| (i as f64 + 0.5) * std::f64::consts::PI / POINTS as f64;
        let points: [f64; POINTS] = std::array::from_fn(|i| middle + half * angle(i).cos());
        let sign = |i: usize| if i.is_multiple_of(2) { 1.0 } else { -1.0 };
        Self {
            at: points.iter().map(|v| Expanded::of(link, *v)).collect(),
            weights: std::array::from_fn(|i| sign(i) * angle(i).sin()),
            points,
        }
    }

    fn expanded(&self, variance: f64) -> Expanded {
        let mut parts = [0.0; POINTS];
        match self
            .points
            .iter()
            .position(|v| v.to_bits() == variance.to_bits())
        {
            Some(i) => parts[i] = 1.0,
            None => {
                for ((part, weight), v) in parts.iter_mut().zip(&self.weights).zip(&self.points) {
                    *part = weight / (variance - v);
                }
                let sum: f64 = parts.iter().sum();
                parts.iter_mut().for_each(|part| *part /= sum);
            }
        }
        let mut coefficients = vec![0.0; TERMS + 2];
        let mut square = 0.0;
        for (part, at) in parts.iter().zip(&self.at) {
            square += part * at.square;
            for (sum, c) in coefficients.iter_mut().zip(&at.coefficients) {
                *sum += part * c;
            }
        }
        Expanded {
            coefficients,
            square,
            whole: self.at.iter().all(|at| at.whole),
        }
    }
}

/// Variances, as bits, with what was made of a link there, the oldest first; and panels by their numbers.
#[derive(Debug, Default)]
struct Kept {
    variances: Vec<(u64, Arc<Expanded>)>,
    panels: Vec<(i32, Arc<Panel>)>,
}

/// Two smooth links.
#[derive(Debug)]
pub(super) struct SmoothPair {
    links: [Link; 2],
    /// One for both where they are the same.
    kept: Vec<Mutex<Kept>>,
}

impl SmoothPair {
    /// `None` unless both links are smooth.
    pub(super) fn new(first: &Link, second: &Link) -> Option<Self> {
        let smooth = |link: &Link| link.breaks().is_empty() && link.seams().is_empty();
        let kept = if first == second { 1 } else { 2 };
        (smooth(first) && smooth(second)).then(|| Self {
            links: [first.clone(), second.clone()],
            kept: (0..kept).map(|_| Mutex::default()).collect(),
        })
    }

    fn expanded(&self, side: usize, variance: f64) -> Arc<Expanded> {
        let key = variance.to_bits();
        let place = side.min(self.kept.len() - 1);
        let lock = || {
            self.kept[place]
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        let found = |kept: &Kept| {
            let all = kept.variances.iter().rev();
            all.clone()
                .find(|(bits, _)| *bits == key)
                .map(|(_, made)| Arc::clone(made))
        };
        if let Some(made) = found(&lock()) {
            return made;
        }
        let made = Arc::new(self.panel(side, lock, variance).expanded(variance));
        let mut kept = lock();
        if kept.variances.len() >= KEPT {
            kept.variances.remove(0);
        }
        kept.variances.push((key, Arc::clone(&made)));
        made
    }

    /// The panel of a variance, made where it is not known: twice, if two threads want it at once.
    fn panel<'a>(
        &self,
        side: usize,
        lock: impl Fn() -> MutexGuard<'a, Kept>,
        variance: f64,
    ) -> Arc<Panel> {
        // A variance at the very end may fall into either of two panels, and both have it.
        let number = (variance.ln() / PANEL.ln()).floor() as i32;
        let known = lock()
            .panels
            .iter()
            .find(|(n, _)| *n == number)
            .map(|(_, p)| Arc::clone(p));
        known.unwrap_or_else(|| {
            let made = Arc::new(Panel::of(&self.links[side], number));
            lock().panels.push((number, Arc::clone(&made)));
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
        let needed = (LOWEST.ln() / r.abs().ln()).ceil();
        // At r = 0 one term is needed, at |r| = 1 (where the quotient is infinite or not positive) all.
        let terms = if needed > 0.0 && needed < TERMS as f64 {
            needed as usize + 1
        } else {
            TERMS
        };
        for k in (0..terms).rev() {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Against coefficients taken at the variance itself, to rounding of the largest.
    #[test]
    fn coefficients_between_the_points_are_those_at_them() {
        for text in ["tanh", "gelu", "x*sigmoid(x)", "sin(x) + 0.3*x^2"] {
            let link: Link = text.parse().unwrap();
            let pair = SmoothPair::new(&link, &link).unwrap();
            for v in [0.003, 0.1, 0.37, 0.9999, 1.0, 1.5, 1.7, 4.0] {
                let (ours, exact) = (pair.expanded(0, v), Expanded::of(&link, v));
                let norm = exact.square.sqrt();
                let both = ours.coefficients.iter().zip(&exact.coefficients);
                let off = both.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                assert!(off < 4e-15 * norm, "{text} at {v}: {off:e} of {norm}");
                assert!(
                    (ours.square / exact.square - 1.0).abs() < 1e-14,
                    "{text} at {v}"
                );
            }
        }
    }
}
