//! The averages at the nodes of a cell.

use super::{NODES, Nodes, TOLERANCE, UNDERFLOW};
use crate::expectation::chebyshev_patch::Allowed;
use crate::watch::asked_to_end;

/// Rounding errors of the places of samples, relative to `q` and absolute of sines.
const ROUNDED: f64 = 4.0 * f64::EPSILON;
/// Rounding errors, in parts of their bounds.
const TYPICAL: f64 = 0.02;
/// What is known of a cell.
pub(super) struct Samples<const F: usize> {
    pub(super) values: [[[f64; F]; NODES]; NODES],
    /// Largest errors.
    pub(super) errors: [f64; F],
    taken: [[bool; NODES]; NODES],
    failed: bool,
}

impl<const F: usize> Samples<F> {
    pub(super) fn new() -> Self {
        Self {
            values: [[[0.0; F]; NODES]; NODES],
            errors: [0.0; F],
            taken: [[false; NODES]; NODES],
            failed: false,
        }
    }

    /// Takes a sample that has not been taken.
    pub(super) fn take(
        &mut self,
        sampler: &mut impl FnMut(usize, usize) -> Option<[[f64; F]; 2]>,
        (i, j): (usize, usize),
    ) {
        if self.failed || std::mem::replace(&mut self.taken[j][i], true) {
            return;
        }
        let sample = (!asked_to_end()).then(|| sampler(i, j)).flatten();
        let Some([values, errors]) = sample else {
            self.failed = true;
            return;
        };
        self.values[j][i] = values;
        self.errors = std::array::from_fn(|f| self.errors[f].max(errors[f]));
    }

    /// Errors that are claimed of those around a corner: their own, and what rounding of the places does.
    pub(super) fn claims(&self, nodes: &Nodes) -> [f64; F] {
        let mut rates = [0.0_f64; F];
        let mut look = |a: (usize, usize), b: (usize, usize)| {
            let [p, r] = [a, b].map(|(i, j)| &nodes.at[j][i]);
            let apart = (p.q / r.q - 1.0).abs() + (p.sine() - r.sine()).abs();
            for (f, rate) in rates.iter_mut().enumerate() {
                let [v, w] = [a, b].map(|(i, j)| self.values[j][i][f]);
                *rate = rate.max((v - w).abs() / apart);
            }
        };
        for (i, j) in (0..NODES * (NODES - 1)).map(|k| (k % NODES, k / NODES)) {
            look((i, j), (i, j + 1));
            look((j, i), (j + 1, i));
        }
        std::array::from_fn(|f| self.errors[f] + ROUNDED * rates[f])
    }

    /// What a patch of them may be off by; `None` where one could not be had.
    pub(super) fn allowed(&self) -> Option<Allowed<F>> {
        (!self.failed).then(|| Allowed {
            relative: TOLERANCE,
            absolute: self
                .errors
                .map(|error| TYPICAL * error + TOLERANCE * UNDERFLOW),
        })
    }
}
