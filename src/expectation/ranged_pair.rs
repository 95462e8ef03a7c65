//! Closed forms of a pair that lose digits far from variance 1, with the general route there.

use super::pair::RangedPair;
use super::series::GeneralPair;
use super::zeros::Zeros;
use super::{Covariance, PairAverages, PairErrors, PairGradient, Route};
use crate::link::Link;

/// The closed form where it keeps its digits, else the general route; what vanishes by symmetry is exactly 0.
#[derive(Debug)]
pub(super) struct Ranged<P> {
    closed: P,
    general: GeneralPair,
    zeros: Zeros,
}

impl<P: RangedPair> Ranged<P> {
    pub(super) fn new(closed: P, first: &Link, second: &Link) -> Self {
        Self {
            closed,
            general: GeneralPair::new(first, second),
            zeros: Zeros::of(first, second),
        }
    }

    fn way(&self, at: &Covariance) -> &dyn PairAverages {
        if self.closed.covers(at) {
            &self.closed
        } else {
            &self.general
        }
    }
}

impl<P: RangedPair> PairAverages for Ranged<P> {
    fn route(&self, at: &Covariance) -> Route {
        self.way(at).route(at)
    }

    fn value(&self, at: &Covariance) -> f64 {
        self.zeros.value(at, self.way(at).value(at))
    }

    fn gradient(&self, at: &Covariance) -> PairGradient {
        self.zeros.gradient(at, self.way(at).gradient(at))
    }

    fn errors(&self, at: &Covariance) -> PairErrors {
        self.way(at).errors(at)
    }
}
