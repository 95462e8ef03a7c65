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

    /// `self / divisor` when the quotient of two polynomials is a polynomial. Division by sums
    /// with several roots of numbers before the highest power is not tried.
    pub fn divide(&self, divisor: &Self) -> Option<Self> {
        let keys = Keys::of(self, divisor)?;
        let (lead, lead_number) = keys.leading(divisor)?;
        let mut rest = self.clone();
        let mut quotient = Self::zero();
        while let Some((monomial, number)) = keys.leading(&rest) {
            let step = keys.over(&monomial, number / &lead_number, &lead)?;
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

/// The order of terms by which a division ends: lexicographic in the exponents of these bases,
/// each of which a step must not make negative. Other bases are part of the coefficients.
struct Keys(Vec<Base>);

impl Keys {
    /// Variables only, so that powers of pi may be divided by, unless the highest power of the
    /// divisor comes with a sum of such powers; `None` if it comes with a sum of roots of numbers.
    fn of(dividend: &Expr, divisor: &Expr) -> Option<Self> {
        let terms = dividend.terms().chain(divisor.terms());
        let mut bases: Vec<Base> = terms.flat_map(|(m, _)| m.0.keys().cloned()).collect();
        bases.retain(|base| !matches!(base, Base::Prime(_) | Base::Pi));
        bases.sort();
        bases.dedup();
        let mut keys = Self(bases);
        if keys.is_single(divisor) {
            return Some(keys);
        }
        keys.0.push(Base::Pi);
        keys.is_single(divisor).then_some(keys)
    }

    fn key(&self, monomial: &Monomial) -> Vec<Exponent> {
        self.0.iter().map(|base| monomial.exponent(base)).collect()
    }

    /// Whether only one term has the highest exponents.
    fn is_single(&self, e: &Expr) -> bool {
        let all: Vec<_> = e.terms().map(|(m, _)| self.key(m)).collect();
        let highest = all.iter().max();
        all.iter().filter(|key| Some(*key) == highest).count() == 1
    }

    fn leading(&self, e: &Expr) -> Option<(Monomial, Rational)> {
        let largest = e.terms().max_by_key(|(m, _)| self.key(m))?;
        Some((largest.0.clone(), largest.1.clone()))
    }

    /// `number * a / b`.
    fn over(&self, a: &Monomial, number: Rational, b: &Monomial) -> Option<Expr> {
        let enough = |base: &Base| a.exponent(base) >= b.exponent(base);
        if !self.0.iter().all(enough) {
            return None;
        }
        let inverse = Monomial(b.0.iter().map(|(base, e)| (base.clone(), -e)).collect());
        let mut step = Expr::zero();
        add_product(&mut step, number, a, &inverse);
        Some(step)
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algebra::Symbol;

    const M: Symbol = Symbol {
        name: "m",
        text: "m",
        latex: "m",
        positive: false,
    };

    #[test]
    fn division_ends_also_with_constants() {
        let m = || Expr::symbol(M);
        let pi = Expr::pi;
        let root = || Expr::int(2).sqrt();
        for (quotient, divisor) in [
            (m() - root(), m() + root()),
            (m() + pi().recip(), m() - pi()),
            (
                m() * root() + Expr::one(),
                (pi() - Expr::one()) * m() + pi(),
            ),
            (pi() + Expr::int(2), pi() - Expr::one()),
        ] {
            let product = &quotient * &divisor;
            assert_eq!(product.divide(&divisor), Some(quotient));
            assert_eq!((product + Expr::one()).divide(&divisor), None);
        }
        // These two went on for ever.
        let square = pi() * pi() - Expr::int(3) * pi() + Expr::int(4);
        assert_eq!(Expr::int(27).divide(&square), None);
        assert_eq!(m().divide(&(Expr::one() + root())), None);
    }
}
