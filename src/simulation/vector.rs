//! The three loops over all dimensions that the full simulator spends its time in.
//!
//! Sums are kept in eight parts and added in a fixed order, with IEEE operations only, so that
//! the result does not depend on the machine's vector instructions.

use pulp::{Arch, Simd, WithSimd};

const SIDE: usize = 8;

/// `(<x, a>, <x, b>)` for vectors of one length.
pub(super) fn two_dots(arch: Arch, x: &[f64], a: &[f64], b: &[f64]) -> (f64, f64) {
    arch.dispatch(TwoDots { x, a, b })
}

/// `<x, a>`.
pub(super) fn dot(arch: Arch, x: &[f64], a: &[f64]) -> f64 {
    two_dots(arch, x, a, a).0
}

/// `out += factor * x`.
pub(super) fn add_scaled(arch: Arch, factor: f64, x: &[f64], out: &mut [f64]) {
    arch.dispatch(AddScaled { factor, x, out });
}

struct TwoDots<'a> {
    x: &'a [f64],
    a: &'a [f64],
    b: &'a [f64],
}

impl WithSimd for TwoDots<'_> {
    type Output = (f64, f64);

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> (f64, f64) {
        let (x, x_rest) = self.x.as_chunks::<SIDE>();
        let (a, a_rest) = self.a.as_chunks::<SIDE>();
        let (b, b_rest) = self.b.as_chunks::<SIDE>();
        let (mut first, mut second) = ([0.0; SIDE], [0.0; SIDE]);
        for ((x, a), b) in x.iter().zip(a).zip(b) {
            for i in 0..SIDE {
                first[i] = x[i].mul_add(a[i], first[i]);
                second[i] = x[i].mul_add(b[i], second[i]);
            }
        }
        let (mut total, mut other) = (first.iter().sum(), second.iter().sum());
        for ((x, a), b) in x_rest.iter().zip(a_rest).zip(b_rest) {
            total = x.mul_add(*a, total);
            other = x.mul_add(*b, other);
        }
        (total, other)
    }
}

struct AddScaled<'a> {
    factor: f64,
    x: &'a [f64],
    out: &'a mut [f64],
}

impl WithSimd for AddScaled<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        for (y, &x) in self.out.iter_mut().zip(self.x) {
            *y = self.factor.mul_add(x, *y);
        }
    }
}
