//! Factors of polynomials.

use super::Expr;

impl Expr {
    /// Factors with their multiplicities, whose product is the polynomial.
    pub fn factors(&self) -> Vec<(Self, u32)> {
        vec![(self.clone(), 1)]
    }
}
