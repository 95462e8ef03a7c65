//! From an expression to the formula that is shown: common factors out, factored, collected,
//! with fraction bars and roots.

mod layout;
mod sums;

use std::collections::BTreeMap;

use num_traits::{One, Signed, Zero};

use super::number::content;
use super::power::add_product;
use super::{Base, Exponent, Expr, Monomial, Symbol, Tree};
use layout::{Factors, laid_out};
use sums::{Order, first_positive, sum};

/// Terms of a sum that are read at a glance.
const LONG: usize = 8;

impl Expr {
    /// The formula to show, sums collected in powers of the first of `order` that they contain.
    pub fn arrange(&self, order: &[Symbol]) -> Tree {
        arranged(self, Order::falling(order))
    }
}

/// Over one denominator, unless that multiplies out powers of sums to something far longer: such a
/// numerator cannot be read, and its terms cancel to a few digits.
fn arranged(e: &Expr, order: Order) -> Tree {
    let whole = e.together();
    if whole.is_zero() {
        return Tree::int(0);
    }
    let shown = in_groups(&whole, order);
    if whole.terms().count() <= LONG.max(2 * e.terms().count()) {
        return shown;
    }
    let apart = in_groups(e, order);
    if 2 * apart.length() < shown.length() {
        apart
    } else {
        shown
    }
}

fn in_groups(whole: &Expr, order: Order) -> Tree {
    let groups = grouped(whole);
    if let [(powers, cofactor)] = groups.as_slice() {
        return product(cofactor, powers, order);
    }
    let Some((common, rest)) = shared(whole) else {
        return group_sum(&groups, order);
    };
    let inner = group_sum(&grouped(&rest), order);
    laid_out(common, vec![inner], order)
}

fn group_sum(groups: &[(Monomial, Expr)], order: Order) -> Tree {
    let terms = groups.iter().map(|(powers, c)| product(c, powers, order));
    first_positive(terms.collect())
}

/// The cofactors of every product of sums, functions, and roots of numbers and of pi: polynomials with
/// rational coefficients, each factored by itself.
fn grouped(e: &Expr) -> Vec<(Monomial, Expr)> {
    let mut groups: BTreeMap<Monomial, Expr> = BTreeMap::new();
    for (monomial, number) in e.terms() {
        let (outer, inner): (Vec<_>, Vec<_>) = monomial
            .powers()
            .map(|(b, e)| (b.clone(), e))
            .partition(|(b, _)| !matches!(b, Base::Symbol(_)));
        let place = groups.entry(Monomial(outer.into_iter().collect()));
        let cofactor = Monomial(inner.into_iter().collect());
        place.or_default().add_term(number.clone(), cofactor);
    }
    let mut lowest: BTreeMap<Monomial, Expr> = BTreeMap::new();
    for (mut powers, mut cofactor) in groups {
        cancel(&mut powers, &mut cofactor);
        let place = lowest.entry(powers).or_default();
        *place = place.clone() + cofactor;
    }
    lowest.retain(|_, cofactor| !cofactor.is_zero());
    lowest.into_iter().collect()
}

/// Divides out what a sum below the bar has in common with the cofactor, when all of it is there.
fn cancel(powers: &mut Monomial, cofactor: &mut Expr) {
    let below = powers.0.iter_mut().filter_map(|(base, e)| match base {
        Base::Sum(inner) => Some((inner, e)),
        _ => None,
    });
    for (inner, e) in below {
        while *e <= -Exponent::one() {
            let Some(quotient) = cofactor.divide(inner) else {
                break;
            };
            *cofactor = quotient;
            *e += Exponent::one();
        }
    }
    powers.0.retain(|_, e| !e.is_zero());
}

/// What all terms have in common, and the sum without it; `None` when it is better left there:
/// `1/3 - (4/pi) arcsin x` rather than `(pi - 12 arcsin x)/(3 pi)`.
fn shared(whole: &Expr) -> Option<(Factors, Expr)> {
    let pis: Vec<_> = whole.terms().map(|(m, _)| m.exponent(&Base::Pi)).collect();
    if pis.iter().any(|e| *e != pis[0]) {
        return None;
    }
    let common = common_powers(whole, &pis);
    let mut number = content(whole.terms().map(|(_, c)| c));
    if whole.terms().all(|(_, c)| c.is_negative()) {
        number = -number;
    }
    let inverse = Monomial(common.0.iter().map(|(b, e)| (b.clone(), -e)).collect());
    let mut rest = Expr::zero();
    for (monomial, c) in whole.terms() {
        add_product(&mut rest, c / &number, monomial, &inverse);
    }
    let factors = Factors {
        number,
        powers: common.0.into_iter().collect(),
    };
    Some((factors, rest))
}

/// Powers that are in every term; a power of pi also where it puts pi into a numerator.
fn common_powers(whole: &Expr, pis: &[Exponent]) -> Monomial {
    let mut terms = whole.terms().map(|(m, _)| m);
    let mut common = terms.next().cloned().unwrap_or_default();
    common.0.remove(&Base::Pi);
    for other in terms {
        let all = common.0.into_iter();
        let kept = all.filter_map(|(base, e)| {
            let there = other.exponent(&base);
            let nearer = matches!(base, Base::Sum(_) | Base::Call(..)) && e.is_negative();
            let least = if nearer { e.max(there) } else { e.min(there) };
            (e.signum() == there.signum()).then_some((base, least))
        });
        common.0 = kept.collect();
    }
    let pi = pis.iter().min().copied().unwrap_or_else(Exponent::zero);
    if !pi.is_zero() {
        common.0.insert(Base::Pi, pi);
    }
    common
}

/// `cofactor * powers`, the cofactor factored.
fn product(cofactor: &Expr, powers: &Monomial, order: Order) -> Tree {
    let (primes, cofactor) = without_primes(cofactor);
    let (number, monomial, rest) = cofactor.parts(true);
    // A sign or a root that came out of the factors goes with the number.
    let (single, mut sums): (Vec<_>, Vec<_>) = rest
        .factors()
        .into_iter()
        .partition(|(factor, _)| factor.terms.len() == 1);
    let single = single
        .iter()
        .flat_map(|(factor, n)| (0..*n).map(move |_| factor));
    let term = single.fold(Expr::term(number, monomial), |term, factor| &term * factor);
    let Some((monomial, number)) = term.terms().next().map(|(m, c)| (m.clone(), c.clone())) else {
        return Tree::int(0);
    };
    let bare = number.abs().is_one() && [&primes, &monomial, powers].iter().all(|m| m.0.is_empty());
    let (constants, others): (Vec<_>, Vec<_>) = powers
        .powers()
        .partition(|(b, _)| matches!(b, Base::Prime(_) | Base::Pi));
    // Constants stand first.
    let all = primes.powers().chain(constants);
    let all = all.chain(monomial.powers()).chain(others);
    let mut factors = Factors {
        number,
        powers: all.map(|(b, e)| (b.clone(), e)).collect(),
    };
    sums.sort_by_key(|(e, _)| e.terms().count());
    factors.absorb_sign(&mut sums, bare);
    let shown = sums
        .iter()
        .map(|(factor, n)| sum(factor, order).to_power(Exponent::from_integer(i64::from(*n))));
    let shown = shown.collect();
    laid_out(factors, shown, order)
}

/// Roots of primes that all terms have, and the sum without them.
fn without_primes(e: &Expr) -> (Monomial, Expr) {
    let mut terms = e.terms().map(|(m, _)| m);
    let mut common = terms.next().cloned().unwrap_or_default();
    for other in terms {
        common.0.retain(|base, e| other.exponent(base) == *e);
    }
    common.0.retain(|base, _| matches!(base, Base::Prime(_)));
    let inverse = Monomial(common.0.iter().map(|(b, e)| (b.clone(), -e)).collect());
    let mut rest = Expr::zero();
    for (monomial, number) in e.terms() {
        add_product(&mut rest, number.clone(), monomial, &inverse);
    }
    (common, rest)
}

#[cfg(test)]
mod tests;
