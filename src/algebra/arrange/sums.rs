//! The order of terms in a sum.

use std::collections::BTreeMap;

use num_traits::{One, Signed, Zero};

use super::layout::{Factors, laid_out};
use crate::algebra::{Base, Exponent, Expr, Monomial, Rational, Symbol, Tree};

/// How sums are ordered.
#[derive(Clone, Copy)]
pub(super) struct Order<'a> {
    /// The variables in whose powers sums are collected.
    pub(super) variables: &'a [Symbol],
    /// Whether constants come first, as under a root.
    rising: bool,
}

impl<'a> Order<'a> {
    /// Highest powers first.
    pub(super) fn falling(variables: &'a [Symbol]) -> Self {
        Self {
            variables,
            rising: false,
        }
    }

    /// Constants first.
    pub(super) fn rising(self) -> Self {
        Self {
            rising: true,
            ..self
        }
    }
}

/// A sum of products of variables and constants.
pub(super) fn sum(e: &Expr, order: Order) -> Tree {
    let constant = constant_term(e);
    if constant.is_positive() && (order.rising || is_affine(e)) {
        return by_degree(e, true);
    }
    let main = order.variables.iter().find(|v| e.contains(**v));
    let mut terms = match main {
        Some(&main) => collected(e, main, order),
        None => by_degree_terms(e, false),
    };
    let negative = |t: Option<&Tree>| matches!(t, Some(Tree::Negative(_)));
    if negative(terms.first()) && !negative(terms.last()) {
        terms.reverse();
    }
    first_positive(terms)
}

/// A sum that does not begin with a minus sign, where it need not.
pub(super) fn first_positive(mut terms: Vec<Tree>) -> Tree {
    let positive = |t: &Tree| match t {
        Tree::Negative(_) => false,
        Tree::Number(n) => !n.is_negative(),
        _ => true,
    };
    if let Some(at) = terms.iter().position(positive) {
        let first = terms.remove(at);
        terms.insert(0, first);
    }
    Tree::sum(terms)
}

/// Whether it is a sum of a constant and first powers only.
pub(super) fn is_affine(e: &Expr) -> bool {
    e.terms().all(|(m, _)| degree(m) <= Exponent::one())
}

fn constant_term(e: &Expr) -> Rational {
    let constant = e.terms().find(|(m, _)| m.0.is_empty());
    constant.map_or_else(Rational::zero, |(_, c)| c.clone())
}

/// The sum of the exponents of all variables.
fn degree(monomial: &Monomial) -> Exponent {
    let powers = monomial.powers();
    let counted = powers.filter(|(base, _)| !matches!(base, Base::Prime(_) | Base::Pi));
    counted.map(|(_, e)| e).sum()
}

fn by_degree(e: &Expr, rising: bool) -> Tree {
    first_positive(by_degree_terms(e, rising))
}

fn by_degree_terms(e: &Expr, rising: bool) -> Vec<Tree> {
    let mut terms: Vec<_> = e.terms().collect();
    terms.reverse();
    terms.sort_by_key(|(m, _)| if rising { degree(m) } else { -degree(m) });
    let shown = terms.into_iter().map(|(m, c)| term(c.clone(), m, vec![]));
    shown.collect()
}

fn term(number: Rational, monomial: &Monomial, sums: Vec<Tree>) -> Tree {
    let powers = monomial.powers().map(|(b, e)| (b.clone(), e));
    let factors = Factors {
        number,
        powers: powers.collect(),
    };
    laid_out(factors, sums, Order::falling(&[]))
}

/// Terms collected in powers of a variable, highest first; those without it in the same way by
/// the next one.
fn collected(e: &Expr, main: Symbol, order: Order) -> Vec<Tree> {
    let base = Base::Symbol(main);
    let mut by_power: BTreeMap<Exponent, Expr> = BTreeMap::new();
    for (monomial, number) in e.terms() {
        let mut rest = monomial.clone();
        let power = rest.0.remove(&base).unwrap_or_else(Exponent::zero);
        let place = by_power.entry(power).or_default();
        place.add_term(number.clone(), rest);
    }
    let mut terms = Vec::new();
    for (power, cofactor) in by_power.into_iter().rev() {
        if power.is_zero() {
            let next = order.variables.iter().find(|v| cofactor.contains(**v));
            terms.extend(match next {
                Some(&next) => collected(&cofactor, next, order),
                None => by_degree_terms(&cofactor, false),
            });
            continue;
        }
        let (number, mut joint, rest) = cofactor.parts(true);
        joint.0.insert(base.clone(), power);
        let mut sums = vec![(rest, 1)];
        sums.retain(|(rest, _)| !rest.is_one());
        let powers = joint.0.into_iter().collect();
        let mut factors = Factors { number, powers };
        factors.absorb_sign(&mut sums, false);
        let inner = sums.iter().map(|(rest, _)| sum(rest, order)).collect();
        terms.push(laid_out(factors, inner, order));
    }
    terms
}
