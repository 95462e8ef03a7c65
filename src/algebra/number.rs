//! Rational numbers, and the exact numbers that floating-point ones stand for.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

use super::{Base, Exponent, Expr, Rational};

/// Units in the last place by which a number typed or folded may miss the exact one it stands for.
const ROUNDING: f64 = 8.0;
/// Largest numerator and denominator of a number that is taken for exact.
const TALLEST: i64 = 10_000_000;
/// Largest product of the two: fractions below are so few that a number near one by chance is one
/// in 10^4.
const LARGEST: i64 = 1_000_000_000;
/// Digits of a decimal number that was typed as such.
const TYPED: usize = 12;

/// `n` as a rational number.
pub fn integer(n: i64) -> Rational {
    Rational::from_integer(BigInt::from(n))
}

/// `n / d`, `d != 0`.
pub fn rational(n: i64, d: i64) -> Rational {
    Rational::new(BigInt::from(n), BigInt::from(d))
}

/// `n!`.
pub fn factorial(n: usize) -> Rational {
    let product = (2..=n).fold(BigInt::one(), |acc, k| acc * BigInt::from(k));
    Rational::from_integer(product)
}

/// The exact number that a finite `x` stands for, within 8 units in its last place: a decimal
/// number of at most 12 digits (`0.1`), a simple fraction (`1/3` computed), the root of one (`1/sqrt(6)`), either of them over or times
/// `sqrt(pi)` or `pi`, and else the decimals of `x` themselves.
pub fn exact_number(x: f64) -> Expr {
    if let Some(found) = whole(x).or_else(|| typed(x)).or_else(|| simplest(x)) {
        return Expr::number(found);
    }
    let pi = std::f64::consts::PI;
    for (factor, exponent) in [
        (1.0, 0),
        (pi.sqrt(), 1),
        (1.0 / pi.sqrt(), -1),
        (pi, 2),
        (1.0 / pi, -2),
    ] {
        let constant = Expr::power_of(Base::Pi, Exponent::new(exponent, 2));
        let rest = x / factor;
        if let Some(found) = simplest(rest) {
            return Expr::number(found) * constant;
        }
        // A square that is not held to full precision says nothing.
        let square = Some(rest * rest).filter(|square| square.is_normal());
        if let Some(square) = square.and_then(simplest) {
            let root = Expr::number(square).power(Exponent::new(1, 2));
            let sign = if x < 0.0 { -1 } else { 1 };
            return Expr::number(integer(sign)) * root * constant;
        }
    }
    decimals(x).map_or_else(Expr::zero, Expr::number)
}

/// Integers that `f64` holds exactly.
fn whole(x: f64) -> Option<Rational> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let is_whole = x.fract() == 0.0 && x.abs() <= EXACT;
    is_whole.then(|| integer(x as i64))
}

/// The decimals of `x` when they are few.
fn typed(x: f64) -> Option<Rational> {
    let text = format!("{x:e}");
    let mantissa = text.split('e').next()?;
    let digits = mantissa.chars().filter(char::is_ascii_digit).count();
    if digits > TYPED { None } else { decimals(x) }
}

/// The fraction of smallest denominator near `x`, if its terms are small.
fn simplest(x: f64) -> Option<Rational> {
    fraction(x, ROUNDING * f64::EPSILON * x.abs())
}

/// The fraction of smallest denominator within `slack` of `x`, if its terms are small.
pub(super) fn fraction(x: f64, slack: f64) -> Option<Rational> {
    let (mut p, mut q) = ([0i64, 1i64], [1i64, 0i64]);
    let mut rest = x.abs();
    // Continued fraction: every convergent is the best of its size.
    for _ in 0..40 {
        let whole = rest.floor();
        if whole > TALLEST as f64 {
            return None;
        }
        let next = |pair: [i64; 2]| [pair[1], (whole as i64) * pair[1] + pair[0]];
        (p, q) = (next(p), next(q));
        if p[1] > TALLEST || q[1] > TALLEST {
            return None;
        }
        if (p[1] as f64 / q[1] as f64 - x.abs()).abs() <= slack {
            if p[1] > LARGEST / q[1].max(1) {
                return None;
            }
            return Some(rational(if x < 0.0 { -p[1] } else { p[1] }, q[1]));
        }
        rest = 1.0 / (rest - whole);
    }
    None
}

/// The shortest decimals that read back as `x`.
fn decimals(x: f64) -> Option<Rational> {
    let text = format!("{x:e}");
    let (mantissa, exponent) = text.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    let places = mantissa
        .split_once('.')
        .map_or(0, |(_, digits)| digits.len());
    let digits: BigInt = mantissa.replace('.', "").parse().ok()?;
    let shift = exponent - i32::try_from(places).ok()?;
    let power = BigInt::from(10).pow(shift.unsigned_abs());
    let number = Rational::from_integer(digits);
    let power = Rational::from_integer(power);
    Some(if shift < 0 {
        number / power
    } else {
        number * power
    })
}

/// Prime factors of `n >= 1` with their multiplicities; a factor without divisors below 10^4 counts
/// as a prime.
pub(super) fn prime_factors(n: &BigInt) -> Vec<(BigInt, i64)> {
    let mut rest = n.abs();
    let mut found = Vec::new();
    let mut divisor = 2u32;
    // What has no divisor up to its root is a prime.
    while divisor < 10_000 && rest >= BigInt::from(divisor * divisor) {
        let prime = BigInt::from(divisor);
        let mut count = 0;
        while (&rest % &prime).is_zero() {
            rest /= &prime;
            count += 1;
        }
        if count > 0 {
            found.push((prime, count));
        }
        divisor += if divisor == 2 { 1 } else { 2 };
    }
    if !rest.is_one() {
        found.push((rest, 1));
    }
    found
}

/// The positive rational `c` for which all of `numbers` over `c` are integers without a common
/// factor; 1 for none.
pub(super) fn content<'a>(numbers: impl Iterator<Item = &'a Rational>) -> Rational {
    let (mut top, mut bottom) = (BigInt::zero(), BigInt::one());
    for number in numbers {
        top = top.gcd(number.numer());
        bottom = bottom.lcm(number.denom());
    }
    if top.is_zero() {
        return integer(1);
    }
    Rational::new(top, bottom)
}

/// The nearest `f64`.
pub(super) fn to_f64(number: &Rational) -> f64 {
    number.to_f64().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_people_type_are_recognised() {
        for (x, n, d) in [
            (0.1, 1, 10),
            (-1.0 / 3.0, -1, 3),
            (0.1 * 3.0, 3, 10),
            (1e6, 1_000_000, 1),
            (0.0, 0, 1),
        ] {
            assert_eq!(exact_number(x), Expr::number(rational(n, d)), "{x}");
        }
        let root = |n, d| Expr::number(rational(n, d)).power(Exponent::new(1, 2));
        assert_eq!(exact_number(1.0 / 6f64.sqrt()), root(1, 6));
        assert_eq!(exact_number(-(0.5f64.sqrt())), -root(1, 2));
        let pi = std::f64::consts::PI;
        assert_eq!(
            exact_number(2.0 / pi.sqrt()),
            Expr::number(integer(2)) * Expr::power_of(Base::Pi, Exponent::new(-1, 2))
        );
        assert_eq!(
            exact_number((2.0 / pi).sqrt()),
            root(2, 1) * Expr::power_of(Base::Pi, Exponent::new(-1, 2))
        );
    }

    #[test]
    fn numbers_at_random_are_no_formulas() {
        // The fractional parts of multiples of the golden ratio, which are spread evenly.
        let golden = 0.618_033_988_749_894_9;
        let simple = |k: &u32| {
            let x = (f64::from(*k) * golden).fract();
            let number = exact_number(x).as_number();
            number.is_none_or(|n| n.denom().bits() < 34)
        };
        assert!((1..=5_000).filter(simple).count() <= 25);
    }

    #[test]
    fn any_number_is_kept_to_its_last_digit() {
        for x in [
            0.123_456_789_012_345_6,
            -9.876_543_210_987_654e-12,
            1.234_567_890_123_456_7e15,
            std::f64::consts::E,
        ] {
            let value = exact_number(x).evaluate(&|_| f64::NAN);
            assert!(
                (value - x).abs() <= 8.0 * f64::EPSILON * x.abs(),
                "{x}: {value}"
            );
        }
    }
}
