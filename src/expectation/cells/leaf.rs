//! An interpolant on a cell, and what is told by it.

use super::{Cells, Family, NODES};
use crate::expectation::chebyshev_patch::Patch;
use crate::expectation::{Drift, KernelErrors, Overlaps};

/// An interpolant of a family.
#[derive(Debug)]
pub(in crate::expectation) struct Leaf<const F: usize> {
    pub(in crate::expectation) patch: Patch<F, NODES>,
    /// Errors of its samples.
    pub(super) claimed: [f64; F],
}

impl<const F: usize> Leaf<F> {
    /// Absolute error of function `f`: what its samples claim and what interpolation adds.
    pub(in crate::expectation) fn error(&self, f: usize) -> f64 {
        self.claimed[f] + self.patch.error(f)
    }
}

impl KernelErrors {
    /// Those of `alpha`, `beta` and loss.
    pub(in crate::expectation) fn take_flow(&mut self, errors: [f64; 3]) {
        [self.alpha, self.beta, self.loss] = errors;
    }

    /// Those of the noise, from an interpolant of its signal and slope power.
    pub(in crate::expectation) fn take_noise(&mut self, leaf: &Leaf<2>) {
        [self.signal, self.slope] = std::array::from_fn(|f| leaf.error(f));
    }
}

impl Cells<3> {
    /// The drift, the first two of its functions: `alpha` [over the cosine](crate::expectation::chart::over_cosine), and `beta`.
    pub(in crate::expectation) fn drift(
        &self,
        family: &impl Family<3>,
        at: &Overlaps,
    ) -> Option<Drift> {
        let (leaf, x, y) = self.find(family, at)?;
        let [alpha, beta] = leaf.patch.first(x, y);
        Some(Drift {
            alpha: alpha * self.factor(at),
            beta,
        })
    }

    /// The errors of `alpha`, `beta` and the loss by an interpolant that holds `at`.
    pub(in crate::expectation) fn flow_errors(&self, leaf: &Leaf<3>, at: &Overlaps) -> [f64; 3] {
        let factors = [self.factor(at).abs(), 1.0, 1.0];
        std::array::from_fn(|f| factors[f] * leaf.error(f))
    }

    /// `alpha` over the first function.
    fn factor(&self, at: &Overlaps) -> f64 {
        if self.symmetry.mirrored {
            at.cosine()
        } else {
            1.0
        }
    }
}
