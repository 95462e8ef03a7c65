//! Averages of a pair that vanish by symmetry.

use super::quadrature::vanishes;
use super::{Covariance, PairGradient};
use crate::link::Link;

/// Which averages vanish by symmetry: always, and where `c = 0`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Zeros([[bool; 2]; 4]);

impl Zeros {
    pub(super) fn of(first: &Link, second: &Link) -> Self {
        let (f, g) = (first.symmetries(), second.symmetries());
        let orders = [[0, 0], [1, 1], [2, 0], [0, 2]];
        Self(orders.map(|[i, j]| [false, true].map(|apart| vanishes(f[i], g[j], apart))))
    }

    pub(super) fn value(&self, at: &Covariance, value: f64) -> f64 {
        self.kept(0, at, value)
    }

    pub(super) fn gradient(&self, at: &Covariance, gradient: PairGradient) -> PairGradient {
        PairGradient {
            c: self.kept(1, at, gradient.c),
            v1: self.kept(2, at, gradient.v1),
            v2: self.kept(3, at, gradient.v2),
        }
    }

    fn kept(&self, order: usize, at: &Covariance, value: f64) -> f64 {
        let apart = usize::from(at.c == 0.0);
        if self.0[order][apart] { 0.0 } else { value }
    }
}
