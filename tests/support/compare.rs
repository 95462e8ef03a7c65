//! A kernel against the quadrature of the tests.

use lorode::expectation::{Kernel, Overlaps};

use super::{Averages, Sum};

/// Relative to the sum of absolute values of what is averaged: rounding of a few hundred nodes in
/// each direction, on both sides of the comparison.
pub const ROUNDING: f64 = 5e-13;
/// All values at a point, in the order of `rows`.
pub fn values(kernel: &dyn Kernel, at: &Overlaps) -> [f64; 5] {
    let (drift, noise) = (kernel.drift(at), kernel.noise(at));
    [
        drift.alpha,
        drift.beta,
        noise.signal,
        noise.slope,
        kernel.loss(at),
    ]
}

pub fn rows(a: &Averages) -> [(&'static str, Sum); 5] {
    [
        ("alpha", a.alpha),
        ("beta", a.beta),
        ("signal", a.signal),
        ("slope", a.slope),
        ("loss", a.loss),
    ]
}

/// Compares with the reference, and the error estimates with the actual errors.
pub fn check(kernel: &dyn Kernel, at: &Overlaps, own: &Averages, tolerance: f64, what: &str) {
    let e = kernel.errors(at);
    let estimates = [e.alpha, e.beta, e.signal, e.slope, e.loss];
    for ((ours, (name, sum)), estimate) in
        values(kernel, at).into_iter().zip(rows(own)).zip(estimates)
    {
        let gap = (ours - sum.value).abs();
        assert!(
            gap <= tolerance * sum.size + 1e-15,
            "{name} of {what} at {at:?} ({}): {ours:e} against {:e}, {:.1e} of {:e}",
            kernel.route(at),
            sum.value,
            gap / sum.size,
            sum.size
        );
        assert!(
            gap <= estimate + ROUNDING * sum.size + 1e-15,
            "{name} of {what} at {at:?}: off by {gap:e}, estimate {estimate:e}"
        );
    }
}
