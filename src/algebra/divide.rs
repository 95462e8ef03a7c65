//! Exact division of polynomials, and sums brought over common roots and denominators.

use std::collections::{BTreeMap, BTreeSet};

use num_traits::{Signed, Zero};

use super::power::add_product;
use super::whole_polynomial::{Variables, fast_quotient, inverse_constant};
use super::{Base, Exponent, Expr, Monomial};

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

    /// `self / divisor` when that is a polynomial: sums, and negative powers beyond those of
    /// `self`, do not come up. Pi and roots of primes are constants; `None` also for a divisor of
    /// 0, with powers of sums, or with a sum of other than square roots for leading coefficient.
    pub fn divide(&self, divisor: &Self) -> Option<Self> {
        if self.is_zero() {
            return (!divisor.is_zero()).then(Self::zero);
        }
        let variables = Variables::of(&[divisor]);
        if variables.has_sums() {
            return None;
        }
        if variables.has_relations() {
            return divide_with_roots(self, divisor);
        }
        fast_quotient(self, divisor)
    }

    /// The same value over common denominators and roots: terms whose sums differ by whole powers
    /// are put together, and what divides out is divided out.
    pub fn together(&self) -> Self {
        let mut groups: BTreeMap<Vec<(Base, Exponent)>, Vec<Self>> = BTreeMap::new();
        let matched = signs_matched(self);
        for (monomial, number) in matched.terms() {
            let key = fractional_part(monomial);
            let term = Self::term(number.clone(), monomial.clone());
            groups.entry(key).or_default().push(term);
        }
        groups.into_values().map(joined).sum()
    }
}

/// Division by a polynomial whose coefficients contain roots of primes.
fn divide_with_roots(dividend: &Expr, divisor: &Expr) -> Option<Expr> {
    let (own, other) = (lowest_powers(dividend), lowest_powers(divisor));
    let inverse = |m: &Monomial| Monomial(m.0.iter().map(|(b, e)| (b.clone(), -e)).collect());
    let times = |e: &Expr, m: &Monomial| e * &Expr::term(super::integer(1), m.clone());
    let shift = times(&times(&Expr::one(), &own), &inverse(&other));
    let (shift, _) = shift.terms().next()?;
    let below = |(base, e): (&Base, Exponent)| {
        *base != Base::Pi && e < own.exponent(base).min(Exponent::zero())
    };
    if shift.powers().any(below) {
        return None;
    }
    let mut rest = times(dividend, &inverse(&own));
    let divisor = times(divisor, &inverse(&other));
    let lead = leading(&divisor)?.0;
    let with_lead = divisor.terms().filter(|(m, _)| without_primes(m) == lead);
    let constant = with_lead
        .map(|(m, c)| Expr::term(c.clone(), only_primes(m)))
        .sum();
    let scale = inverse_constant(&constant)?;
    // With 1 for its leading coefficient, every step removes a leading term.
    let divisor = &divisor * &scale;
    let mut quotient = Expr::zero();
    while let Some((monomial, term)) = leading(&rest) {
        let ratio = over(&monomial, &lead)?;
        let step = times(&term, &inverse(&monomial));
        let step = times(&step, &ratio);
        rest = rest - &step * &divisor;
        quotient = quotient + step;
    }
    Some(times(&(quotient * scale), shift))
}

fn without_primes(m: &Monomial) -> Monomial {
    let kept = m.0.iter().filter(|(b, _)| !matches!(b, Base::Prime(_)));
    Monomial(kept.map(|(b, e)| (b.clone(), *e)).collect())
}

fn only_primes(m: &Monomial) -> Monomial {
    let kept = m.0.iter().filter(|(b, _)| matches!(b, Base::Prime(_)));
    Monomial(kept.map(|(b, e)| (b.clone(), *e)).collect())
}

/// The lowest power of every variable, and of pi.
fn lowest_powers(e: &Expr) -> Monomial {
    let bases: BTreeSet<&Base> = e.terms().flat_map(|(m, _)| m.0.keys()).collect();
    let variables = bases.into_iter().filter(|b| !matches!(b, Base::Prime(_)));
    let lowest = variables.filter_map(|base| {
        let low = e.terms().map(|(m, _)| m.exponent(base)).min()?;
        (!low.is_zero()).then(|| (base.clone(), low))
    });
    Monomial(lowest.collect())
}

/// A term that is largest in the lexicographic order of exponents, under which division ends, and
/// its product of variables.
fn leading(e: &Expr) -> Option<(Monomial, Expr)> {
    let bases: BTreeSet<&Base> = e.terms().flat_map(|(m, _)| m.0.keys()).collect();
    let variables: Vec<&Base> = bases
        .into_iter()
        .filter(|b| !matches!(b, Base::Prime(_)))
        .collect();
    let key = |m: &Monomial| -> Vec<Exponent> { variables.iter().map(|b| m.exponent(b)).collect() };
    let largest = e.terms().max_by_key(|(m, _)| key(m))?;
    let term = Expr::term(largest.1.clone(), largest.0.clone());
    Some((without_primes(largest.0), term))
}

/// `a / b` when no exponent comes out negative.
fn over(a: &Monomial, b: &Monomial) -> Option<Monomial> {
    let mut powers = a.0.clone();
    for (base, exponent) in &b.0 {
        let left = powers.remove(base).unwrap_or_else(Exponent::zero) - exponent;
        if left.is_negative() {
            return None;
        }
        if !left.is_zero() {
            powers.insert(base.clone(), left);
        }
    }
    Some(Monomial(powers))
}

/// Sums that stand with whole exponents written with the sign that they have under roots, so that
/// `(1 - x)^(1/2) / (x - 1)` is one power.
fn signs_matched(e: &Expr) -> Expr {
    let sums = |fractional: bool| {
        let powers = e.terms().flat_map(|(m, _)| m.powers());
        let kept = powers.filter_map(move |(base, e)| match base {
            Base::Sum(inner) if e.is_integer() != fractional => Some(inner),
            _ => None,
        });
        kept.collect::<BTreeSet<&Expr>>()
    };
    let roots = sums(true);
    if roots.is_empty() {
        return e.clone();
    }
    let mut turned: Vec<Expr> = sums(false).into_iter().cloned().collect();
    turned.retain(|inner| !roots.contains(inner) && roots.contains(&-inner.clone()));
    if turned.is_empty() {
        return e.clone();
    }
    let mut made = Expr::zero();
    for (monomial, number) in e.terms() {
        let mut factors = Expr::number(number.clone());
        for (base, power) in monomial.powers() {
            let factor = match base {
                Base::Sum(inner) if power.is_integer() && turned.contains(inner) => {
                    let sign = if power.numer() % 2 == 0 { 1 } else { -1 };
                    Expr::int(sign) * Expr::power_of(Base::Sum(-inner.clone()), power)
                }
                _ => Expr::power_of(base.clone(), power),
            };
            factors = factors * factor;
        }
        made = made + factors;
    }
    made
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
