//! Sums and products of expressions.

use std::ops::{Add, Mul, Neg, Sub};
use std::sync::Arc;

use super::Expr;

/// Products of terms from which polynomials are multiplied as such.
const LARGE: usize = 400;

impl Add for Expr {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        for (monomial, number) in Arc::unwrap_or_clone(other.terms) {
            self.add_term(number, monomial);
        }
        self
    }
}

impl Neg for Expr {
    type Output = Self;

    fn neg(mut self) -> Self {
        for number in Arc::make_mut(&mut self.terms).values_mut() {
            *number = -std::mem::take(number);
        }
        self
    }
}

impl Sub for Expr {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Expr {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        &self * &other
    }
}

impl Mul for &Expr {
    type Output = Expr;

    fn mul(self, other: Self) -> Expr {
        let products = self.terms.len() * other.terms.len();
        if products >= LARGE
            && let Some(product) = super::whole_polynomial::fast_product(self, other)
        {
            return product;
        }
        let mut product = Expr::zero();
        for (a, p) in self.terms() {
            for (b, q) in other.terms() {
                super::power::add_product(&mut product, p * q, a, b);
            }
        }
        product
    }
}

impl Mul<&Expr> for Expr {
    type Output = Self;

    fn mul(self, other: &Self) -> Self {
        &self * other
    }
}

impl std::iter::Sum for Expr {
    fn sum<I: Iterator<Item = Self>>(terms: I) -> Self {
        terms.fold(Self::zero(), Add::add)
    }
}

impl std::iter::Product for Expr {
    fn product<I: Iterator<Item = Self>>(factors: I) -> Self {
        factors.fold(Self::one(), Mul::mul)
    }
}
