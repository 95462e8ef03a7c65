//! Any pair at any variances: the first argument rescaled to variance 1.

use super::smooth::SmoothPair;
use super::{SeriesKernel, horner};
use crate::expectation::zeros::Zeros;
use crate::expectation::{
    Covariance, Kernel, KernelErrors, Overlaps, PairAverages, PairErrors, PairGradient, Route,
};
use crate::link::Link;

/// Averages of any two links, at most one of which jumps: series of coefficients that are shared where both are smooth,
/// else a Hermite series or a quadrature for each point.
#[derive(Debug)]
pub(in crate::expectation) struct GeneralPair {
    first: Link,
    second: Link,
    zeros: Zeros,
    smooth: Option<SmoothPair>,
}

impl GeneralPair {
    pub(in crate::expectation) fn new(first: &Link, second: &Link) -> Self {
        Self {
            zeros: Zeros::of(first, second),
            smooth: SmoothPair::new(first, second),
            first: first.clone(),
            second: second.clone(),
        }
    }

    /// `F` and its derivatives by shared coefficients, where these hold both links.
    pub(in crate::expectation) fn shared(&self, at: &Covariance) -> Option<(f64, PairGradient)> {
        let (value, gradient) = self.smooth.as_ref()?.averages(at)?;
        Some((
            self.zeros.value(at, value),
            self.zeros.gradient(at, gradient),
        ))
    }

    fn rescaled(&self, at: &Covariance) -> (SeriesKernel, Overlaps) {
        rescaled(&self.first, &self.second, at)
    }

    /// With the two exchanged.
    fn swapped(&self, at: &Covariance) -> (SeriesKernel, Overlaps) {
        rescaled(&self.second, &self.first, &at.swapped())
    }
}

/// `f(sqrt(v1) x)` with `g`, and where.
fn rescaled(f: &Link, g: &Link, at: &Covariance) -> (SeriesKernel, Overlaps) {
    let first = f.stretched(at.v1.sqrt());
    (SeriesKernel::new(&first, g), at.overlaps())
}

/// `E[f' g']` without the jumps of `g`, `E[f g'']` and `E[f g]`.
struct Sums {
    slopes: f64,
    pull: f64,
    product: f64,
}

impl SeriesKernel {
    fn sums(&self, at: &Overlaps) -> Sums {
        let c = at.cosine();
        if !self.kinks_meet() && !self.student.link.has_jump() {
            let slice = self.slice(at.q);
            if slice.converged(c) {
                return Sums {
                    slopes: horner(&slice.alpha, c),
                    pull: horner(&slice.beta, c),
                    product: horner(&slice.product, c),
                };
            }
        }
        let averages = self.quadrature(at);
        Sums {
            slopes: averages.alpha,
            pull: averages.pull,
            product: averages.product,
        }
    }

    /// Errors of [`sums`](Self::sums): those of `alpha`, `beta` and the loss, of which they are parts.
    fn sum_errors(&self, at: &Overlaps) -> KernelErrors {
        if self.student.link.has_jump() {
            self.quadrature_errors(at)
        } else {
            self.errors(at)
        }
    }
}

impl PairAverages for GeneralPair {
    fn route(&self, at: &Covariance) -> Route {
        if self.shared(at).is_some() {
            return Route::HermiteSeries;
        }
        let (kernel, overlaps) = self.rescaled(at);
        kernel.route(&overlaps)
    }

    fn value(&self, at: &Covariance) -> f64 {
        if let Some((value, _)) = self.shared(at) {
            return value;
        }
        let (kernel, overlaps) = self.rescaled(at);
        self.zeros.value(at, kernel.sums(&overlaps).product)
    }

    fn gradient(&self, at: &Covariance) -> PairGradient {
        if let Some((_, gradient)) = self.shared(at) {
            return gradient;
        }
        let (kernel, overlaps) = self.rescaled(at);
        let (other, turned) = self.swapped(at);
        let (sums, swapped) = (kernel.sums(&overlaps), other.sums(&turned));
        // The slopes are right where the second link of the two does not jump.
        let (slopes, root) = if self.second.has_jump() {
            (swapped.slopes, at.v2.sqrt())
        } else {
            (sums.slopes, at.v1.sqrt())
        };
        let gradient = PairGradient {
            c: slopes / root,
            v1: 0.5 * swapped.pull,
            v2: 0.5 * sums.pull,
        };
        self.zeros.gradient(at, gradient)
    }

    fn errors(&self, at: &Covariance) -> PairErrors {
        let (kernel, overlaps) = self.rescaled(at);
        let (other, turned) = self.swapped(at);
        let (errors, swapped) = (kernel.sum_errors(&overlaps), other.sum_errors(&turned));
        let (slopes, root) = if self.second.has_jump() {
            (swapped.alpha, at.v2.sqrt())
        } else {
            (errors.alpha, at.v1.sqrt())
        };
        PairErrors {
            value: errors.loss,
            gradient: PairGradient {
                c: slopes / root,
                v1: 0.5 * swapped.beta,
                v2: 0.5 * errors.beta,
            },
        }
    }
}
