//! Links as formulas, to be shown and to be made programs of.

use std::collections::HashMap;

use num_bigint::BigInt;
use num_traits::Signed;
use thiserror::Error;

use super::expression::{Expr, Node};
use super::form::affine;
use crate::algebra::{Exponent, Monomial, Special, Symbol, Tree, exact_number};

/// The argument of a link.
pub const X: Symbol = Symbol {
    name: "x",
    text: "x",
    latex: "x",
    positive: false,
};

/// Why a link has no formula.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum NoFormula {
    /// A function gives none.
    #[error("the function {name} has no formula")]
    Function {
        /// The function.
        name: String,
    },
    /// A power that is no root of a whole one.
    #[error("the exponent {exponent} is no fraction of small numbers")]
    Exponent {
        /// The exponent.
        exponent: f64,
    },
    /// Nobody would read it.
    #[error("it has more than {limit} parts")]
    Long {
        /// The most parts that a formula may have.
        limit: usize,
    },
}

/// The most parts of a formula: subexpressions that an expression shares are written out each time.
const LONGEST: usize = 3000;
/// The largest denominator that is shown as a fraction.
const TALLEST: i64 = 9999;

/// The formula of an expression.
pub(super) fn of(expr: &Expr) -> Result<Tree, NoFormula> {
    let mut known: HashMap<*const Node, Tree> = HashMap::new();
    let mut last = Tree::int(0);
    for node in expr.nodes() {
        last = of_node(node, &known)?;
        if !within(&last, &mut { LONGEST }) {
            return Err(NoFormula::Long { limit: LONGEST });
        }
        known.insert(node.address(), last.clone());
    }
    Ok(last)
}

/// Takes the parts of a formula off what is left; false when there are more.
fn within(tree: &Tree, left: &mut usize) -> bool {
    let Some(fewer) = left.checked_sub(1) else {
        return false;
    };
    *left = fewer;
    tree.parts().into_iter().all(|part| within(part, left))
}

fn of_node(expr: &Expr, known: &HashMap<*const Node, Tree>) -> Result<Tree, NoFormula> {
    let t = |a: &Expr| known.get(&a.address()).cloned().unwrap_or(Tree::int(0));
    Ok(match expr.node() {
        Node::Number(value) => number(*value),
        Node::X => Tree::Symbol(X),
        Node::Add(a, b) => Tree::Sum(vec![t(a), t(b)]),
        Node::Subtract(a, b) => Tree::Sum(vec![t(a), t(b).negative()]),
        Node::Multiply(a, b) => times(t(a), t(b)),
        Node::Divide(a, b) => t(a).over(t(b)),
        Node::Negate(a) => t(a).negative(),
        Node::Power(a, n) => t(a).to_power(i64::from(*n).into()),
        Node::RealPower(a, c) => t(a).to_power(exponent(*c)?),
        Node::Call(f, a) => f.formula(t(a)).ok_or_else(|| NoFormula::Function {
            name: format!("{f:?}"),
        })?,
        Node::Choose(test, a, b) => match affine(test) {
            // `x < 2` says the same as `6 - 3 x > 0`.
            Some((constant, slope)) if slope != 0.0 => {
                let side = from_zero(-constant / slope);
                let (a, b) = if slope < 0.0 { (b, a) } else { (a, b) };
                side.choose(t(a), t(b))
            }
            _ => t(test).choose(t(a), t(b)),
        },
    })
}

/// `x - at`.
fn from_zero(at: f64) -> Tree {
    if at == 0.0 {
        return Tree::Symbol(X);
    }
    Tree::Sum(vec![Tree::Symbol(X), number(at).negative()])
}

/// The number that was meant, where it is a simple one.
pub(super) fn number(x: f64) -> Tree {
    let exact = exact_number(x);
    let one = Monomial::default();
    let mut terms = exact.terms();
    match (terms.next(), terms.next()) {
        (None, _) => Tree::int(0),
        (Some((rest, n)), None) if *rest == one => {
            let short = *n.denom() <= BigInt::from(TALLEST);
            if short {
                Tree::Number(n.clone())
            } else {
                Tree::Decimal(x)
            }
        }
        _ => exact.arrange(&[]),
    }
}

/// `factor tree`, fractions with the formula above the bar.
fn times(factor: Tree, tree: Tree) -> Tree {
    match factor {
        Tree::Number(n) if !n.is_integer() => {
            let whole = |n: &BigInt| Tree::Number(n.clone().into());
            let above = if n.numer().is_negative() {
                Tree::product(vec![whole(&-n.numer()), tree]).negative()
            } else {
                Tree::product(vec![whole(n.numer()), tree])
            };
            above.over(whole(n.denom()))
        }
        other => Tree::product(vec![other, tree]),
    }
}

fn exponent(c: f64) -> Result<Exponent, NoFormula> {
    let small = |n: &BigInt| i64::try_from(n).ok().filter(|n| n.abs() <= TALLEST);
    let found = match number(c) {
        Tree::Number(n) => small(n.numer()).zip(small(n.denom())),
        _ => None,
    };
    let (n, d) = found.ok_or(NoFormula::Exponent { exponent: c })?;
    Ok(Exponent::new(n, d))
}

/// Sigmoid and softplus by exponentials, as people write them.
pub(super) fn spelled(tree: &Tree) -> Tree {
    let one_and = |e: Tree| Tree::Sum(vec![Tree::int(1), e]);
    let below = |g: &Tree| one_and(spelled(g).negative().under(Special::Exp));
    match tree {
        Tree::Special(Special::Sigmoid, g) => Tree::int(1).over(below(g)),
        Tree::Special(Special::Softplus, g) => {
            one_and(spelled(g).under(Special::Exp)).under(Special::Ln)
        }
        Tree::Product(factors) => {
            let (mut above, mut under) = (Vec::new(), Vec::new());
            for factor in factors {
                match factor {
                    Tree::Special(Special::Sigmoid, g) => under.push(below(g)),
                    other => above.push(spelled(other)),
                }
            }
            Tree::product(above).over(Tree::product(under))
        }
        other => other.map_parts(&mut spelled),
    }
}
