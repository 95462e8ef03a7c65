//! Expressions as polynomials with whole exponents and coefficients.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

use super::multivariate::Many;
use super::number::content;
use super::{Base, Exponent, Expr, Monomial, Rational};

/// The variables of a polynomial: roots of bases, so that all exponents are whole.
pub(super) struct Variables(Vec<(Base, i64)>);

/// An expression as `number * variables^lowest * polynomial`, the polynomial primitive.
pub(super) struct Taken {
    pub(super) number: Rational,
    pub(super) lowest: Vec<i64>,
    pub(super) polynomial: Many,
}

impl Variables {
    /// Those of some expressions.
    pub(super) fn of(expressions: &[&Expr]) -> Self {
        let mut roots: BTreeMap<Base, i64> = BTreeMap::new();
        let monomials = expressions.iter().flat_map(|e| e.terms.keys());
        for (base, exponent) in monomials.flat_map(Monomial::powers) {
            match roots.get_mut(base) {
                Some(root) => *root = root.lcm(exponent.denom()),
                None => {
                    roots.insert(base.clone(), *exponent.denom());
                }
            }
        }
        Self(roots.into_iter().collect())
    }

    /// Whether a power of a sum is among them.
    pub(super) fn has_sums(&self) -> bool {
        let mut bases = self.0.iter();
        bases.any(|(base, _)| matches!(base, Base::Sum(_)))
    }

    /// Whether a sum or a root of a prime is among them, powers of which may be something else.
    pub(super) fn has_relations(&self) -> bool {
        let mut bases = self.0.iter();
        self.has_sums() || bases.any(|(base, _)| matches!(base, Base::Prime(_)))
    }

    /// An expression in them; `None` for 0 and for exponents out of range.
    pub(super) fn take(&self, e: &Expr) -> Option<Taken> {
        let powers = |m: &Monomial| -> Option<Vec<i64>> {
            let power = |(base, root): &(Base, i64)| {
                let e = m.exponent(base);
                e.numer().checked_mul(root / e.denom())
            };
            self.0.iter().map(power).collect()
        };
        let rows: Option<Vec<Vec<i64>>> = e.terms.keys().map(powers).collect();
        let rows = rows?;
        let mut lowest = rows.first()?.clone();
        for row in &rows {
            lowest
                .iter_mut()
                .zip(row)
                .for_each(|(low, e)| *low = (*low).min(*e));
        }
        let number = content(e.terms.values());
        let mut polynomial = Many::default();
        for (row, c) in rows.iter().zip(e.terms.values()) {
            let each = row.iter().zip(&lowest);
            let shifted: Option<Vec<u32>> =
                each.map(|(e, low)| e.checked_sub(*low)?.to_u32()).collect();
            polynomial.add_term(shifted?, (c / &number).to_integer());
        }
        let negative = polynomial.0.last_key_value()?.1.is_negative();
        Some(Taken {
            number: if negative { -number } else { number },
            lowest,
            polynomial: polynomial.primitive(),
        })
    }

    /// The expression that a polynomial stands for.
    pub(super) fn expression(&self, polynomial: &Many) -> Expr {
        self.shifted(polynomial, &vec![0; self.0.len()], &Rational::one())
    }

    /// `number * variables^lowest * polynomial`.
    pub(super) fn shifted(&self, polynomial: &Many, lowest: &[i64], number: &Rational) -> Expr {
        let mut made = Expr::zero();
        for (powers, c) in &polynomial.0 {
            let each = powers.iter().zip(lowest).zip(&self.0);
            let powers = each.filter_map(|((&n, low), (base, root))| {
                let n = i64::from(n) + low;
                (n != 0).then(|| (base.clone(), Exponent::new(n, *root)))
            });
            let monomial = Monomial(powers.collect());
            let number = number * Rational::from_integer(c.clone());
            if self.has_relations() {
                // Whole powers of primes go into the number.
                super::power::add_product(&mut made, number, &Monomial::default(), &monomial);
            } else {
                made.add_term(number, monomial);
            }
        }
        made
    }

    /// Powers of variables as factors with multiplicities, those that are not whole or negative
    /// as they stand.
    pub(super) fn powers(&self, exponents: &[i64]) -> Vec<(Expr, u32)> {
        let present = self.0.iter().zip(exponents).filter(|(_, e)| **e != 0);
        let factor = |((base, root), &e): (&(Base, i64), &i64)| match u32::try_from(e) {
            Ok(n) if *root == 1 => (Expr::power_of(base.clone(), Exponent::one()), n),
            _ => (Expr::power_of(base.clone(), Exponent::new(e, *root)), 1),
        };
        present.map(factor).collect()
    }

    /// Of a quotient's exponents: whether a variable is divided by more often than it is there.
    pub(super) fn too_low(&self, quotient: &[i64], dividend: &[i64]) -> bool {
        let constant = |base: &Base| matches!(base, Base::Pi | Base::Prime(_));
        let each = self.0.iter().zip(quotient).zip(dividend);
        let mut variables = each.filter(|(((base, _), _), _)| !constant(base));
        variables.any(|((_, q), d)| *q < (*d).min(0))
    }
}

/// `a b` by their polynomials, when no power of a variable is a sum or a number.
pub(super) fn fast_product(a: &Expr, b: &Expr) -> Option<Expr> {
    let variables = Variables::of(&[a, b]);
    if variables.has_relations() {
        return None;
    }
    let (f, g) = (variables.take(a)?, variables.take(b)?);
    let both = f.lowest.iter().zip(&g.lowest);
    let lowest: Option<Vec<i64>> = both.map(|(x, y)| x.checked_add(*y)).collect();
    let product = f.polynomial.multiply(&g.polynomial);
    Some(variables.shifted(&product, &lowest?, &(f.number * g.number)))
}

/// `a / b` when it has no negative powers of variables beyond those of `a`; `b` without sums and
/// roots of primes.
pub(super) fn fast_quotient(a: &Expr, b: &Expr) -> Option<Expr> {
    let variables = Variables::of(&[a, b]);
    let (f, g) = (variables.take(a)?, variables.take(b)?);
    let both = f.lowest.iter().zip(&g.lowest);
    let lowest: Option<Vec<i64>> = both.map(|(x, y)| x.checked_sub(*y)).collect();
    let lowest = lowest?;
    if variables.too_low(&lowest, &f.lowest) {
        return None;
    }
    let quotient = f.polynomial.divide(&g.polynomial)?;
    Some(variables.shifted(&quotient, &lowest, &(f.number / g.number)))
}

/// `1 / c` of a sum of products of square roots; `None` with other roots in a sum, and for 0.
pub(super) fn inverse_constant(c: &Expr) -> Option<Expr> {
    let half = Exponent::new(1, 2);
    let (mut above, mut below) = (Expr::one(), c.clone());
    while below.terms.len() > 1 {
        let bases: BTreeSet<&Base> = below.terms.keys().flat_map(|m| m.0.keys()).collect();
        let prime = bases
            .into_iter()
            .find(|base| matches!(base, Base::Prime(_)))?;
        let mut conjugate = Expr::zero();
        for (monomial, number) in below.terms() {
            let e = monomial.exponent(prime);
            let sign = if e.is_zero() {
                Rational::one()
            } else if e == half {
                -Rational::one()
            } else {
                return None;
            };
            conjugate.add_term(number * sign, monomial.clone());
        }
        // The norm is free of this prime.
        above = &above * &conjugate;
        below = &below * &conjugate;
    }
    (!below.is_zero()).then(|| above * below.recip())
}
