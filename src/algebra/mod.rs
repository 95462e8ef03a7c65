//! Exact expressions: sums of products of powers and a few functions, over big rationals.
//!
//! An [`Expr`] is kept expanded, `sum_i r_i prod_j b_ij^e_ij` with rational coefficients and
//! exponents, so that equal polynomials are equal values. A [`Tree`] is the same thing laid out
//! to be read: factored, collected, as fractions and roots. No physics here.

mod arrange;
mod calculus;
mod divide;
mod erf;
mod expr;
mod factor;
mod multivariate;
mod notation;
mod number;
mod operators;
mod polynomial;
mod power;
pub mod render;
mod roots;
mod series;
mod split;
#[cfg(test)]
mod tests;
mod truncated;
mod univariate;
mod whole_polynomial;

pub use erf::{ERF_FAR, ERF_NEAR};
pub use expr::{Base, Exponent, Expr, Function, Monomial, Rational, Symbol};
pub use notation::{Special, Tree};
pub use number::{exact_number, factorial, integer, rational};
pub use polynomial::Polynomial;
pub use roots::{Root, real_roots};
pub use series::PowerSeries;
