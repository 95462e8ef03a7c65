//! The series at one self-overlap `q`: everything but the cosine.

use super::{BLOCK, TAIL_TOLERANCE};
use crate::expectation::gaussian::{density, dot};
use crate::expectation::{Drift, floor};
use crate::link::{Break, Link};

/// Kinks of the student as seen from `x = z / sqrt(q)`: `sigma''` contains
/// `j delta(z - k)`, of weight `j phi_q(k)`.
pub(super) struct Kinks {
    pub(super) x: Vec<f64>,
    pub(super) weights: Vec<f64>,
    pub(super) values: Vec<f64>,
}

impl Kinks {
    pub(super) fn new(breaks: &[Break], scale: f64, link: &Link) -> Self {
        // A kink without weight is left out: h_k may overflow there.
        let weighs = |b: &&Break| b.slope_jump != 0.0 && density(b.at / scale) > 0.0;
        let kinks: Vec<&Break> = breaks.iter().filter(weighs).collect();
        let x: Vec<f64> = kinks.iter().map(|b| b.at / scale).collect();
        let weights = kinks
            .iter()
            .zip(&x)
            .map(|(b, &x)| b.slope_jump * density(x) / scale)
            .collect();
        let values = kinks.iter().map(|b| link.value(b.at)).collect();
        Self { x, weights, values }
    }

    /// Their part of `E[sigma sigma'']`.
    pub(super) fn own(&self) -> f64 {
        dot(&self.weights, &self.values)
    }
}

/// The series at one `q`.
#[derive(Debug)]
pub(in crate::expectation) struct Slice {
    pub(super) product: Vec<f64>,
    pub(super) alpha: Vec<f64>,
    pub(super) beta: Vec<f64>,
    pub(super) own: f64,
    pub(super) square: f64,
    /// Tail at cosine 1, the largest there is.
    pub(super) worst_tail: f64,
    pub(super) scale: f64,
    /// Bound of the dropped terms at cosine 1 by Cauchy-Schwarz.
    pub(super) norms: f64,
    /// Bound of what the terms do not let expect, at cosine 1.
    pub(super) hidden: f64,
    /// Whether the averages live where the Gaussian does: coefficients have absolute accuracy only.
    pub(super) central: bool,
}

impl Slice {
    /// Absolute size of the dropped tail at cosine `c`.
    pub(super) fn tail(&self, c: f64) -> f64 {
        let term = |k: usize| self.alpha[k].abs() + self.beta[k].abs();
        let power = c.abs().powi(self.alpha.len() as i32);
        let bound = self.norms * power;
        let guess = dropped_tail(self.alpha.len(), term, c) + self.hidden * power;
        if bound < guess { bound } else { guess }
    }

    /// Whether the series is good enough at cosine `c`.
    pub(super) fn converged(&self, c: f64) -> bool {
        let allowed = TAIL_TOLERANCE * self.scale;
        self.central && (self.worst_tail <= allowed || self.tail(c) <= allowed)
    }

    /// `alpha`, `beta` at cosine `c`, by the series.
    pub(super) fn drift(&self, c: f64) -> Drift {
        Drift {
            alpha: horner(&self.alpha, c),
            beta: horner(&self.beta, c) - self.own,
        }
    }
}

/// The noise series at one `q`.
#[derive(Debug)]
pub(in crate::expectation) struct NoiseSlice {
    pub(super) series: Vec<f64>,
    pub(super) quartic: f64,
    /// `E[sigma'(z)^2]`.
    pub(super) slope: f64,
    pub(super) worst_tail: f64,
    /// Bound of what the terms do not let expect, at cosine 1.
    pub(super) hidden: f64,
    pub(super) scale: f64,
    pub(super) central: bool,
}

impl NoiseSlice {
    /// `E[(sigma* - sigma)^2 sigma'^2]` at cosine `c`; `None` where the series is too slow.
    pub(super) fn signal(&self, c: f64) -> Option<f64> {
        self.converged(c)
            .then(|| floor(horner(&self.series, c) + self.quartic))
    }

    /// Whether the series is good enough at cosine `c`.
    pub(super) fn converged(&self, c: f64) -> bool {
        let allowed = TAIL_TOLERANCE * self.scale;
        self.central && (self.worst_tail <= allowed || self.tail(c) <= allowed)
    }

    pub(super) fn tail(&self, c: f64) -> f64 {
        let n = self.series.len();
        dropped_tail(n, |k| self.series[k].abs(), c) + self.hidden * c.abs().powi(n as i32)
    }
}

/// Size of what follows the `n` terms `|term(k)| |c|^k`, extrapolated from the last two octaves
/// of `k`: conservative for geometric decay, right for powers of `k`.
pub(super) fn dropped_tail(n: usize, term: impl Fn(usize) -> f64, c: f64) -> f64 {
    let (mut older, mut newer) = (0.0, 0.0);
    let mut power = c.abs().powi((n / 4) as i32);
    for k in n / 4..n {
        if k < n / 2 {
            older += term(k) * power;
        } else {
            newer += term(k) * power;
        }
        power *= c.abs();
    }
    if newer == 0.0 {
        return 0.0;
    }
    let ratio = (newer / older.max(f64::MIN_POSITIVE)).min(0.95);
    newer * ratio / (1.0 - ratio)
}

pub(super) fn last_block(terms: &[f64]) -> f64 {
    terms[terms.len() - BLOCK..].iter().map(|t| t.abs()).sum()
}

pub(super) fn horner(terms: &[f64], c: f64) -> f64 {
    terms.iter().rev().fold(0.0, |acc, t| acc * c + t)
}
