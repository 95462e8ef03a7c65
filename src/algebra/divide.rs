//! Exact division of polynomials, and sums brought over common roots and denominators.

use std::collections::BTreeMap;

use num_traits::{Signed, Zero};

use super::power::add_product;
use super::{Base, Exponent, Expr, Monomial, Rational};

impl Expr {
    /// Whether all exponents are whole and not negative, and no base is a sum.
    pub fn is_polynomial(&self) -> bool {
        self.terms().all(|(monomial, _)| {
            monomial.powers().all(|(base, e)| match base {
                Base::Sum(_) => false,
                Base::Prime(_) | Base::Pi => true,
                _ => e.is_integer() && !e.is_negative(),
            })
        })
    }

    /// `self / divisor` when the quotient of two polynomials is a polynomial.
    pub fn divide(&self, divisor: &Self) -> Option<Self> {
        let (lead, lead_number) = leading(divisor)?;
        let mut rest = self.clone();
        let mut quotient = Self::zero();
        while let Some((monomial, number)) = leading(&rest) {
            let ratio = over(&monomial, &lead)?;
            let step = Self::term(number / &lead_number, ratio);
            rest = rest - &step * divisor;
            quotient = quotient + step;
        }
        Some(quotient)
    }

    /// The same value over common denominators and roots: terms whose sums differ by whole powers
    /// are put together, and what divides out is divided out.
    pub fn together(&self) -> Self {
        let mut groups: BTreeMap<Vec<(Base, Exponent)>, Vec<Self>> = BTreeMap::new();
        for (monomial, number) in self.terms() {
            let key = fractional_part(monomial);
            let term = Self::term(number.clone(), monomial.clone());
            groups.entry(key).or_default().push(term);
        }
        groups.into_values().map(joined).sum()
    }
}

/// The largest term in the lexicographic order of exponents, under which division ends.
fn leading(e: &Expr) -> Option<(Monomial, Rational)> {
    let mut bases: Vec<&Base> = e.terms().flat_map(|(m, _)| m.0.keys()).collect();
    bases.sort();
    bases.dedup();
    let key = |m: &Monomial| -> Vec<Exponent> { bases.iter().map(|b| m.exponent(b)).collect() };
    let all = e.terms();
    let largest = all.max_by(|a, b| key(a.0).cmp(&key(b.0)))?;
    Some((largest.0.clone(), largest.1.clone()))
}

/// `a / b` as a product of variables; exponents of constants may be anything.
fn over(a: &Monomial, b: &Monomial) -> Option<Monomial> {
    let mut powers = a.0.clone();
    for (base, exponent) in &b.0 {
        let left = powers.remove(base).unwrap_or_else(Exponent::zero) - exponent;
        let constant = matches!(base, Base::Prime(_) | Base::Pi);
        if left.is_negative() && !constant {
            return None;
        }
        if !left.is_zero() {
            powers.insert(base.clone(), left);
        }
    }
    Some(Monomial(powers))
}

/// What terms must share to be put over one denominator: their functions, and the fractional
/// exponents of their sums.
fn fractional_part(monomial: &Monomial) -> Vec<(Base, Exponent)> {
    let powers = monomial.powers();
    let kept = powers.filter_map(|(base, e)| match base {
        Base::Sum(_) if e.fract().is_zero() => None,
        Base::Sum(_) => Some((base.clone(), e - e.floor())),
        Base::Call(..) => Some((base.clone(), e)),
        _ => None,
    });
    kept.collect()
}

/// Terms of one group over their common sums, lowest terms.
fn joined(terms: Vec<Expr>) -> Expr {
    let mut lowest: BTreeMap<Base, Exponent> = BTreeMap::new();
    for (base, e) in terms
        .iter()
        .flat_map(|t| t.terms().flat_map(|(m, _)| m.powers()))
    {
        if let Base::Sum(_) = base {
            let place = lowest.entry(base.clone()).or_insert(e);
            *place = (*place).min(e);
        }
    }
    // A sum missing from a term counts as exponent 0 there.
    for (base, e) in &mut lowest {
        let missing = terms
            .iter()
            .any(|t| t.terms().any(|(m, _)| !m.0.contains_key(base)));
        if missing {
            *e = (*e).min(Exponent::zero());
        }
    }
    let inverse = Monomial(lowest.iter().map(|(b, e)| (b.clone(), -e)).collect());
    let mut numerator = Expr::zero();
    for (monomial, number) in terms.iter().flat_map(Expr::terms) {
        add_product(&mut numerator, number.clone(), monomial, &inverse);
    }
    for (base, exponent) in &mut lowest {
        let Base::Sum(inner) = base else { continue };
        while exponent.is_negative() {
            let Some(quotient) = numerator.divide(inner) else {
                break;
            };
            numerator = quotient;
            *exponent += Exponent::from_integer(1);
        }
    }
    lowest.retain(|_, e| !e.is_zero());
    let power = Expr::term(super::integer(1), Monomial(lowest));
    numerator * power
}
