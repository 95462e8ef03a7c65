//! Polynomials in one variable with rational coefficients: values to the last digit, all real roots.

use num_bigint::BigInt;
use num_traits::{One, Zero};

use super::Rational;
use super::number::to_f64;
use super::roots::numeric_roots;
use super::univariate::{Dense, primitive, square_free, trimmed};

/// Relative rounding error of a value in floating point above which exact arithmetic takes over.
const FINE: f64 = 1e-14;

/// `sum_k c_k x^k` with rational `c_k`.
#[derive(Clone, Debug)]
pub struct Polynomial {
    /// Numerators over a common denominator.
    whole: Dense,
    denominator: BigInt,
    /// The coefficients rounded, for values that do not cancel.
    rounded: Vec<f64>,
}

impl Polynomial {
    /// From the coefficients, lowest power first.
    pub fn new(coefficients: &[Rational]) -> Self {
        use num_integer::Integer;
        let denominator = coefficients
            .iter()
            .fold(BigInt::one(), |d, c| d.lcm(c.denom()));
        let whole = coefficients
            .iter()
            .map(|c| c.numer() * (&denominator / c.denom()))
            .collect();
        Self {
            whole: trimmed(whole),
            denominator,
            rounded: coefficients.iter().map(to_f64).collect(),
        }
    }

    /// Whether it is 0 everywhere.
    pub fn is_zero(&self) -> bool {
        self.whole.is_empty()
    }

    /// The value at a finite `x` and a bound of its rounding error, 1e-14 of the value at most.
    pub fn at(&self, x: f64) -> (f64, f64) {
        let (mut value, mut size) = (0.0, 0.0);
        for c in self.rounded.iter().rev() {
            value = value * x + c;
            size = size * x.abs() + c.abs();
        }
        let bound = 2.0 * self.rounded.len() as f64 * f64::EPSILON * size;
        if bound <= FINE * value.abs() {
            return (value, bound);
        }
        let value = self.exactly(x);
        (value, f64::EPSILON * value.abs())
    }

    fn exactly(&self, x: f64) -> f64 {
        let Some(x) = Rational::from_float(x) else {
            return f64::NAN;
        };
        let (n, d) = (x.numer(), x.denom());
        let (mut value, mut scale) = (BigInt::zero(), BigInt::one());
        for c in self.whole.iter().rev() {
            value = value * n + c * &scale;
            scale *= d;
        }
        // The last power of d is one too many.
        to_f64(&Rational::new(value * d, scale * &self.denominator))
    }

    /// The real roots in `[low, high]`, each to the last digit, with their multiplicities, ascending; none
    /// for 0 or for an empty range.
    pub fn roots(&self, low: f64, high: f64) -> Vec<(f64, u32)> {
        let bounds = Rational::from_float(low).zip(Rational::from_float(high));
        let Some((low, high)) = bounds.filter(|(low, high)| low <= high && !self.is_zero()) else {
            return Vec::new();
        };
        let mut found: Vec<(f64, u32)> = square_free(&primitive(&self.whole))
            .iter()
            .flat_map(|(factor, n)| {
                let roots = numeric_roots(factor, &low, &high);
                roots.into_iter().map(|root| (root.value(), *n))
            })
            .collect();
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algebra::{integer, rational};

    #[test]
    fn values_that_cancel_keep_every_digit() {
        // (1 - x)^7 expanded, next to its root: floating point has no digit left.
        let seventh = [1, -7, 21, -35, 35, -21, 7, -1].map(integer);
        let x = 1.0 - 2f64.powi(-20);
        let (value, error) = Polynomial::new(&seventh).at(x);
        assert_eq!(value.to_bits(), 2f64.powi(-140).to_bits());
        assert!(error <= f64::EPSILON * value);
    }

    #[test]
    fn near_and_repeated_roots_are_told_apart_at_any_scale() {
        // (x - 1/2)^2 (x - 1/3) (x - 1/3 - 1e-9), times 1e-200.
        let factor = |root: &Rational| [-root.clone(), integer(1)];
        let near = rational(1, 3) + rational(1, 1_000_000_000);
        let roots = [rational(1, 2), rational(1, 2), rational(1, 3), near];
        let scale = Rational::new(BigInt::one(), BigInt::from(10).pow(200));
        let whole = roots.iter().fold(vec![scale], |product, root| {
            let mut next = vec![integer(0); product.len() + 1];
            for (k, c) in product.iter().enumerate() {
                let [low, high] = factor(root);
                next[k] += c * low;
                next[k + 1] += c * high;
            }
            next
        });
        let found = Polynomial::new(&whole).roots(0.0, 1.0);
        let third = 1.0 / 3.0;
        let expected = [(third, 1), (third + 1e-9, 1), (0.5, 2)];
        assert_eq!(found.len(), expected.len());
        for ((root, n), (x, count)) in found.iter().zip(expected) {
            assert_eq!(*n, count);
            assert!((root - x).abs() <= f64::EPSILON, "{root} for {x}");
        }
        assert!(Polynomial::new(&[integer(0)]).roots(0.0, 1.0).is_empty());
    }
}
