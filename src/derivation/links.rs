//! The links of a problem as formulas.

use super::pieces::{exact, monomials};
use crate::algebra::{Exponent, Expr, Tree};
use crate::link::{Form, Link, X};

/// The link as it is shown; `None` where it has no formula.
pub(super) fn shown(link: &Link) -> Option<Tree> {
    match link.form() {
        Form::Polynomial(hermite) => Some(polynomial(&monomials(hermite))),
        Form::HalfPolynomial { left, right } => {
            let [left, right] = [left, right].map(|side| polynomial(&exact(side)));
            Some(Tree::Symbol(X).choose(left, right))
        }
        Form::Erf { .. } | Form::General => link.formula().ok(),
    }
}

/// Powers of x, the highest first.
fn polynomial(coefficients: &[Expr]) -> Tree {
    let term = |(k, c): (usize, &Expr)| {
        let power = Expr::symbol(X).power(Exponent::from_integer(k as i64));
        (c * &power).arrange(&[X])
    };
    let terms = coefficients.iter().enumerate().rev();
    let some = terms.filter(|(_, c)| !c.is_zero());
    Tree::sum(some.map(term).collect())
}
