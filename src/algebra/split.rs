//! Factors of degree 1 and 2 of polynomials in one variable: guessed from the roots, divided exactly.

use nalgebra::Complex;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

use super::number::{fraction, to_f64};
use super::roots::{isolated, refined, sign_at};
use super::univariate::{Dense, degree, divide, lead};
use super::{Rational, integer};

/// Relative error of a pair of real roots, each known to the last digit.
const REAL: f64 = 8.0 * f64::EPSILON;
/// Relative error of complex roots in floating point.
const COMPLEX: f64 = 1e-6;
/// Steps towards complex roots.
const ITERATIONS: usize = 60;
/// Angle of the first guess, off the axes.
const TURN: f64 = 0.4;

/// Factors of a square-free primitive polynomial of positive degree, whose product it is: those of
/// degree 1, those of degree 2 whose coefficients are small, and what is left.
pub(super) fn split(f: &Dense) -> Vec<Dense> {
    let mut rest = f.clone();
    let mut found = Vec::new();
    let mut real = Vec::new();
    for (low, high) in all_isolated(f) {
        match rational_root(f, &low, &high) {
            Some(root) => {
                let factor = vec![-root.numer(), root.denom().clone()];
                take(&mut rest, factor, &mut found);
            }
            None => real.push((low, high)),
        }
    }
    // What has no rational root is irreducible up to degree 3.
    if degree(&rest) > 3 {
        let real = real.into_iter().map(|(low, high)| refined(f, low, high));
        let real: Vec<f64> = real.collect();
        for (i, x) in real.iter().enumerate() {
            for y in &real[i + 1..] {
                quadratic(&mut rest, (x + y, x * y), REAL, &mut found);
            }
        }
        let complex = if degree(&rest) > 3 {
            complex_roots(&rest)
        } else {
            Vec::new()
        };
        for z in complex {
            quadratic(&mut rest, (2.0 * z.re, z.norm_sqr()), COMPLEX, &mut found);
        }
    }
    if degree(&rest) > 0 {
        found.push(rest);
    }
    found
}

/// Divides by a factor, when it is one.
fn take(rest: &mut Dense, factor: Dense, found: &mut Vec<Dense>) {
    if let Some(quotient) = divide(rest, &factor) {
        *rest = quotient;
        found.push(factor);
    }
}

/// Divides by `x^2 - sum x + product`, the two known to `slack`, when a polynomial of small whole
/// coefficients near it is a factor.
fn quadratic(rest: &mut Dense, (sum, product): (f64, f64), slack: f64, found: &mut Vec<Dense>) {
    let near = |x: f64, size: f64| fraction(x, slack * size);
    let size = sum.abs().max(product.abs().sqrt());
    if let (Some(sum), Some(product)) = (near(sum, size), near(product, size * size)) {
        let scale = sum.denom().lcm(product.denom());
        let whole = |x: Rational| (x * Rational::from_integer(scale.clone())).to_integer();
        let factor = vec![whole(product), -whole(sum), scale.clone()];
        take(rest, factor, found);
    }
}

/// All rational roots.
pub(super) fn rational_roots(f: &Dense) -> Vec<Rational> {
    let all = all_isolated(f).into_iter();
    all.filter_map(|(low, high)| rational_root(f, &low, &high))
        .collect()
}

/// Intervals with one real root each.
fn all_isolated(f: &Dense) -> Vec<(Rational, Rational)> {
    let largest = f.iter().map(Signed::abs).max().unwrap_or_default();
    // Above the size of every root (Cauchy).
    let bound = Rational::from_integer(largest / lead(f).abs() + 2);
    isolated(f, &-bound.clone(), &bound)
}

/// The only root in `(low, high]`, when it is a rational number.
fn rational_root(f: &Dense, low: &Rational, high: &Rational) -> Option<Rational> {
    let top = lead(f);
    let (mut low, mut high) = (low.clone(), high.clone());
    let above = sign_at(f, &high);
    if above == 0 {
        return Some(high);
    }
    // Its denominator divides the highest coefficient.
    let spacing = Rational::new(BigInt::one(), top.abs());
    while &high - &low >= spacing {
        let middle = (&low + &high) / integer(2);
        match sign_at(f, &middle) {
            0 => return Some(middle),
            sign if sign == above => high = middle,
            _ => low = middle,
        }
    }
    let only = (high / &spacing).floor() * spacing;
    (sign_at(f, &only) == 0).then_some(only)
}

/// Roots with a positive imaginary part, as far as floating point finds them: all roots at once,
/// every one repelled by the others (Aberth).
fn complex_roots(f: &Dense) -> Vec<Complex<f64>> {
    let ratio = |c: &BigInt| to_f64(&Rational::new(c.clone(), lead(f)));
    let monic: Vec<f64> = f.iter().map(ratio).collect();
    let n = degree(f);
    let radius = monic[0].abs().powf(1.0 / n as f64);
    let turn = |k: usize| TURN + std::f64::consts::TAU * k as f64 / n as f64;
    let mut roots: Vec<Complex<f64>> = (0..n)
        .map(|k| Complex::from_polar(radius, turn(k)))
        .collect();
    for _ in 0..ITERATIONS {
        for k in 0..n {
            let z = roots[k];
            let others = roots.iter().filter(|other| **other != z);
            let repelled: Complex<f64> = others.map(|other| (z - other).inv()).sum();
            let (value, slope) = value_and_slope(&monic, z);
            let step = value / (slope - value * repelled);
            if step.is_finite() {
                roots[k] -= step;
            }
        }
    }
    roots.retain(|z| z.im > COMPLEX * z.norm());
    roots
}

fn value_and_slope(f: &[f64], z: Complex<f64>) -> (Complex<f64>, Complex<f64>) {
    let zero = Complex::<f64>::zero();
    let powers = f.iter().rev();
    powers.fold((zero, zero), |(value, slope), c| {
        (value * z + *c, slope * z + value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algebra::univariate::{derivative, gcd, multiply, primitive, trimmed};
    use proptest::prelude::*;

    fn dense(c: &[i64]) -> Dense {
        trimmed(c.iter().map(|&c| BigInt::from(c)).collect())
    }

    fn product(factors: &[Dense]) -> Dense {
        let one = vec![BigInt::one()];
        factors.iter().fold(one, |all, g| multiply(&all, g))
    }

    #[test]
    fn real_and_complex_pairs() {
        // x^12 - 1 has six factors, of which x^4 - x^2 + 1 is irreducible.
        let mut unity = vec![BigInt::zero(); 13];
        (unity[0], unity[12]) = (BigInt::from(-1), BigInt::one());
        let found = split(&unity);
        assert_eq!(found.len(), 6, "{found:?}");
        assert_eq!(product(&found), unity);
        // x^4 + 4 and x^4 - 10 x^2 + 1, the second irreducible.
        assert_eq!(split(&dense(&[4, 0, 0, 0, 1])).len(), 2);
        let hard = dense(&[1, 0, -10, 0, 1]);
        assert_eq!(split(&hard), vec![hard]);
    }

    #[test]
    fn roots_that_floating_point_would_lose() {
        // Wilkinson's polynomial, and a root with more digits than a double has.
        let each = |k: i64| dense(&[-k, 1]);
        let twenty: Vec<Dense> = (1..=20).map(each).collect();
        assert_eq!(split(&product(&twenty)).len(), 20);
        let long = vec![BigInt::from(10).pow(40) + 1, BigInt::from(7).pow(30)];
        let whole = multiply(&long, &dense(&[-2, 0, 0, 1]));
        assert_eq!(split(&whole), vec![long, dense(&[-2, 0, 0, 1])]);
    }

    fn any_factor() -> impl Strategy<Value = Dense> {
        let tail = prop::collection::vec(-20i64..=20, 1..3);
        (1i64..6, tail).prop_filter_map("a constant term", |(top, mut c)| {
            c.push(top);
            (c[0] != 0).then(|| primitive(&dense(&c)))
        })
    }

    proptest! {
        #![proptest_config(crate::cases::cases(256))]

        #[test]
        fn linear_and_quadratic_factors_are_found(
            parts in prop::collection::vec(any_factor(), 1..5),
        ) {
            let whole = product(&parts);
            prop_assume!(gcd(&whole, &derivative(&whole)).len() == 1);
            let found = split(&whole);
            prop_assert_eq!(product(&found), whole);
            prop_assert!(found.len() >= parts.len(), "{:?} for {:?}", found, parts);
            for g in &found {
                prop_assert_eq!(split(g), vec![g.clone()]);
            }
        }
    }
}
