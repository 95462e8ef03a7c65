//! The links of a problem as formulas.

use super::averaged_pieces::{exact, monomials};
use crate::algebra::render::link_text;
use crate::algebra::{Exponent, Expr, Tree};
use crate::link::{Form, Link, X, is_readable};

/// Written out in powers up to this degree; above, powers cancel to fewer and fewer digits.
const HIGHEST: usize = 7;

/// The link as it is shown; `None` where it has no formula, or one too long to be read.
pub(super) fn shown(link: &Link) -> Option<Tree> {
    formula(link).filter(|tree| is_readable(&link_text(tree)))
}

fn formula(link: &Link) -> Option<Tree> {
    match link.form() {
        Form::Polynomial(hermite) if hermite.len() <= HIGHEST + 1 => {
            Some(polynomial(&monomials(hermite)))
        }
        Form::HalfPolynomial { left, right } => {
            let [left, right] = [left, right].map(|side| polynomial(&exact(side)));
            Some(Tree::Symbol(X).choose(left, right))
        }
        _ => link.formula().ok(),
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
