//! Blocks of values by vector instructions: the exponential, what is made of it, and the error
//! function, without branches.
//!
//! Every operation is one of IEEE 754, so a value does not depend on the machine; it may differ
//! from the one-at-a-time function by a few units in the last place (2e-15 relative at most).

use std::sync::LazyLock;

use pulp::{Arch, Simd, WithSimd};

use crate::algebra::{ERF_FAR, ERF_NEAR};

/// The instructions of this machine, asked for once.
static ARCH: LazyLock<Arch> = LazyLock::new(Arch::new);

/// `output[i] = f(input[i])`, `f` without branches.
pub(super) fn each(input: &[f64], output: &mut [f64], f: impl Fn(f64) -> f64) {
    ARCH.dispatch(Each { input, output, f });
}

/// `output[i] = f(a[i], b[i])`.
pub(super) fn both(a: &[f64], b: &[f64], output: &mut [f64], f: impl Fn(f64, f64) -> f64) {
    ARCH.dispatch(Both { a, b, output, f });
}

/// `output[i]` by the sign of `test[i]`: one of two, or the mean of both where there is none, NaN where that is.
pub(super) fn choose(test: &[f64], [negative, positive]: [&[f64]; 2], output: &mut [f64]) {
    let mean = |n: f64, p: f64| 0.5 * (n + p);
    both(negative, positive, output, mean);
    ARCH.dispatch(Choice {
        test,
        negative,
        positive,
        output,
    });
}

/// Whether all are finite.
pub(super) fn all_finite(x: &[f64]) -> bool {
    struct Finite<'a>(&'a [f64]);
    impl WithSimd for Finite<'_> {
        type Output = bool;

        #[inline(always)]
        fn with_simd<S: Simd>(self, _simd: S) -> bool {
            self.0.iter().fold(true, |all, x| all & x.is_finite())
        }
    }
    ARCH.dispatch(Finite(x))
}

/// `e^x` of many numbers.
pub(crate) fn exponentials(x: &[f64], output: &mut [f64]) {
    each(x, output, exp);
}

/// The work of [`each`]; pulp compiles it once per instruction set.
struct Each<'a, F> {
    input: &'a [f64],
    output: &'a mut [f64],
    f: F,
}

impl<F: Fn(f64) -> f64> WithSimd for Each<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        for (y, &g) in self.output.iter_mut().zip(self.input) {
            *y = (self.f)(g);
        }
    }
}

/// The work of [`both`].
struct Both<'a, F> {
    a: &'a [f64],
    b: &'a [f64],
    output: &'a mut [f64],
    f: F,
}

impl<F: Fn(f64, f64) -> f64> WithSimd for Both<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        for ((y, &a), &b) in self.output.iter_mut().zip(self.a).zip(self.b) {
            *y = (self.f)(a, b);
        }
    }
}

/// The work of [`choose`], the means being there.
struct Choice<'a> {
    test: &'a [f64],
    negative: &'a [f64],
    positive: &'a [f64],
    output: &'a mut [f64],
}

impl WithSimd for Choice<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let rest = self.negative.iter().zip(self.positive);
        for ((y, &test), (&negative, &positive)) in self.output.iter_mut().zip(self.test).zip(rest)
        {
            let none = *y + test;
            let above = if test > 0.0 { positive } else { none };
            *y = if test < 0.0 { negative } else { above };
        }
    }
}

/// Whether a product and a sum take one instruction; else they would take a hundred.
const FUSED: bool = cfg!(not(target_arch = "wasm32"));

/// `a b + c`, rounded once where that is an instruction.
#[inline(always)]
fn add_product(a: f64, b: f64, c: f64) -> f64 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// `c[0] + c[1] x + ...`.
#[inline(always)]
fn horner<const N: usize>(x: f64, c: [f64; N]) -> f64 {
    // Not from 0, which would be a multiplication in vain.
    let mut sum = c[N - 1];
    for k in (0..N - 1).rev() {
        sum = add_product(sum, x, c[k]);
    }
    sum
}

/// `a` where it is smaller, NaN staying NaN.
#[inline(always)]
fn at_most(a: f64, limit: f64) -> f64 {
    if a > limit { limit } else { a }
}

/// Largest argument whose exponential is taken apart as below; beyond, infinity.
const OVERFLOW: f64 = 709.782_712_893_384;
/// Smallest one that is not 0.
const UNDERFLOW: f64 = -745.133_219_101_941_1;

/// `(n, e^r - 1)` with `x = n log 2 + r`, `|r| <= log(2)/2`, by the Taylor polynomial.
#[inline(always)]
fn reduced(x: f64) -> (f64, f64) {
    // log 2 in two parts; without fused products the first is short, so that n times it is exact.
    const LN_2: [f64; 2] = if FUSED {
        [std::f64::consts::LN_2, 2.319_046_813_846_299_6e-17]
    } else {
        [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10]
    };
    // Adding and taking off 1.5 * 2^52 rounds to the nearest whole number.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    let n = add_product(x, std::f64::consts::LOG2_E, ROUND) - ROUND;
    let high = add_product(n, -LN_2[0], x);
    let r = add_product(n, -LN_2[1], high);
    let tail = horner(
        r,
        [
            1.0 / 2.0,
            1.0 / 6.0,
            1.0 / 24.0,
            1.0 / 120.0,
            1.0 / 720.0,
            1.0 / 5_040.0,
            1.0 / 40_320.0,
            1.0 / 362_880.0,
            1.0 / 3_628_800.0,
            1.0 / 39_916_800.0,
            1.0 / 479_001_600.0,
            1.0 / 6_227_020_800.0,
        ],
    );
    (n, add_product(r * r, tail, r))
}

/// `2^n` for a whole number `n` in [-1022, 1023].
#[inline(always)]
fn power_of_two(n: f64) -> f64 {
    // The low bits of 2^52 + 2^51 + n hold n.
    const SHIFT: f64 = 6_755_399_441_055_744.0 + 1023.0;
    f64::from_bits((n + SHIFT).to_bits() << 52)
}

/// `e^g`.
#[inline(always)]
pub(super) fn exp(g: f64) -> f64 {
    let inside = at_most(-at_most(-g, -UNDERFLOW), OVERFLOW);
    let (n, rest) = reduced(inside);
    // Two factors, so that results below the normal numbers come out right.
    let half = (0.5 * n).floor();
    let value = (1.0 + rest) * power_of_two(half) * power_of_two(n - half);
    let value = if g > OVERFLOW { f64::INFINITY } else { value };
    if g < UNDERFLOW { 0.0 } else { value }
}

/// `e^g - 1` for `0 <= g <= 700`.
#[inline(always)]
pub(super) fn exp_minus_one(g: f64) -> f64 {
    let (n, rest) = reduced(g);
    let scale = power_of_two(n);
    add_product(scale, rest, scale - 1.0)
}

/// `tanh(g)`.
#[inline(always)]
pub(super) fn tanh(g: f64) -> f64 {
    // Beyond 20 the result is 1 to rounding.
    let e = exp_minus_one(2.0 * at_most(g.abs(), 20.0));
    (e / (e + 2.0)).copysign(g)
}

/// The error function.
#[inline(always)]
pub(super) fn erf(g: f64) -> f64 {
    // Beyond 6 the result is 1 to rounding.
    let size = at_most(g.abs(), 6.0);
    let square = size * size;
    let near = size * horner(at_most(square, 1.0), ERF_NEAR);
    let (n, rest) = reduced(-square);
    let decay = (1.0 + rest) * power_of_two(n);
    let far = add_product(decay, -horner((size - 2.5) / (size + 2.5), ERF_FAR), 1.0);
    let value = if size < 1.0 { near } else { far };
    value.copysign(g)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points() -> impl Iterator<Item = f64> {
        let even = (-4000..=4000).map(|i| f64::from(i) * 0.2);
        let near = (-6000..=6000).map(|i| f64::from(i) * 1.1e-3);
        let tiny = (0..200).map(|i| 10f64.powi(-i));
        even.chain(near).chain(tiny)
    }

    /// Largest deviation relative to the reference, in units of 2.2e-16.
    fn units(ours: fn(f64) -> f64, reference: fn(f64) -> f64) -> f64 {
        points()
            .map(|x| {
                let (a, b) = (ours(x), reference(x));
                if a.to_bits() == b.to_bits() {
                    return 0.0;
                }
                assert!(a.is_finite() && b.is_finite(), "{x}: {a} {b}");
                // Below the normal numbers one unit is absolute.
                (a - b).abs() / b.abs().max(f64::MIN_POSITIVE) / f64::EPSILON
            })
            .fold(0.0, f64::max)
    }

    #[test]
    fn formulas_agree_with_the_library() {
        let found = [
            units(exp, f64::exp),
            units(tanh, f64::tanh),
            units(erf, libm::erf),
        ];
        assert!(found.iter().all(|u| *u < 4.0), "{found:?}");
    }

    #[test]
    fn ends_and_nan() {
        for f in [exp, tanh, erf] {
            assert!(f(f64::NAN).is_nan());
        }
        assert_eq!(
            (exp(f64::INFINITY), exp(f64::NEG_INFINITY)),
            (f64::INFINITY, 0.0)
        );
        assert_eq!((exp(1e4), exp(-1e4), exp(0.0)), (f64::INFINITY, 0.0, 1.0));
        assert_eq!((tanh(f64::INFINITY), tanh(-1e3)), (1.0, -1.0));
        assert_eq!((erf(f64::INFINITY), erf(-1e300)), (1.0, -1.0));
        assert_eq!(erf(-0.0).to_bits(), (-0.0_f64).to_bits());
    }
}
