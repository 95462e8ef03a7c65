//! Products and powers in normal form.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

use super::number::{content, integer, prime_factors};
use super::{Base, Exponent, Expr, Monomial, Rational};

/// Adds `number * a * b` to a sum.
pub(super) fn add_product(sum: &mut Expr, number: Rational, a: &Monomial, b: &Monomial) {
    let mut powers = a.0.clone();
    let mut number = number;
    let mut expand: Vec<(Expr, u32)> = Vec::new();
    for (base, exponent) in &b.0 {
        let total = powers.remove(base).unwrap_or_else(Exponent::zero) + exponent;
        settle(base, total, &mut number, &mut powers, &mut expand);
    }
    if expand.is_empty() {
        sum.add_term(number, Monomial(powers));
        return;
    }
    let mut product = Expr::term(number, Monomial(powers));
    for (inner, n) in expand {
        for _ in 0..n {
            product = &product * &inner;
        }
    }
    for (monomial, number) in std::sync::Arc::unwrap_or_clone(product.terms) {
        sum.add_term(number, monomial);
    }
}

/// Puts `base^total` where it belongs: whole powers of primes into the number, whole positive
/// powers of sums among those to multiply out.
fn settle(
    base: &Base,
    total: Exponent,
    number: &mut Rational,
    powers: &mut BTreeMap<Base, Exponent>,
    expand: &mut Vec<(Expr, u32)>,
) {
    let mut rest = total;
    match base {
        Base::Prime(prime) => {
            let whole = total.floor();
            rest = total - whole;
            *number *= rational_power(prime, *whole.numer());
        }
        Base::Sum(inner) if total.is_integer() && total.is_positive() => {
            if let Ok(n) = u32::try_from(*total.numer()) {
                expand.push((inner.clone(), n));
                rest = Exponent::zero();
            }
        }
        _ => {}
    }
    if !rest.is_zero() {
        powers.insert(base.clone(), rest);
    }
}

fn rational_power(n: &BigInt, exponent: i64) -> Rational {
    let power = Rational::from_integer(n.pow(exponent.unsigned_abs() as u32));
    if exponent < 0 { power.recip() } else { power }
}

impl Expr {
    /// `self^exponent`. A base whose sign is not known keeps its square under the root; 0 to a
    /// negative power stays as it stands and evaluates to infinity.
    pub fn power(&self, exponent: Exponent) -> Self {
        if exponent.is_zero() || self.is_one() {
            return Self::one();
        }
        if exponent.is_integer() && exponent.is_positive() {
            let n = *exponent.numer();
            return (0..n).fold(Self::one(), |product, _| &product * self);
        }
        if self.is_zero() {
            return if exponent.is_positive() {
                Self::zero()
            } else {
                Self::power_of(Base::Sum(Self::zero()), exponent)
            };
        }
        let (number, monomial, rest) = self.parts(exponent.is_integer());
        let mut product = number_power(&number, exponent);
        for (base, e) in monomial.0 {
            product = product * Self::normal_power(base, e * exponent);
        }
        if rest.is_one() {
            return product;
        }
        product * Self::power_of(Base::Sum(rest), exponent)
    }

    /// `self^(1/2)`.
    pub fn sqrt(&self) -> Self {
        self.power(Exponent::new(1, 2))
    }

    /// `1 / self`.
    pub fn recip(&self) -> Self {
        self.power(-Exponent::one())
    }

    fn normal_power(base: Base, exponent: Exponent) -> Self {
        let mut product = Self::zero();
        let power = Monomial(BTreeMap::from([(base, exponent)]));
        if exponent.is_zero() {
            return Self::one();
        }
        add_product(&mut product, integer(1), &Monomial::default(), &power);
        product
    }

    /// `number * monomial * rest`, the rest without common factors. Unless `signed`, only factors
    /// known to be positive come out.
    pub(super) fn parts(&self, signed: bool) -> (Rational, Monomial, Self) {
        let mut number = content(self.terms.values());
        if signed && self.first_is_negative() {
            number = -number;
        }
        let monomial = self.common_monomial(signed);
        let inverse = Monomial(monomial.0.iter().map(|(b, e)| (b.clone(), -e)).collect());
        let mut rest = Self::zero();
        for (m, c) in self.terms() {
            add_product(&mut rest, c / &number, m, &inverse);
        }
        (number, monomial, rest)
    }

    fn common_monomial(&self, signed: bool) -> Monomial {
        let mut terms = self.terms.keys();
        let mut common = terms.next().cloned().unwrap_or_default();
        for other in terms {
            common.0 = common
                .0
                .into_iter()
                .map(|(base, e)| {
                    let there = other.exponent(&base);
                    (base, e.min(there))
                })
                .filter(|(_, e)| !e.is_zero())
                .collect();
            // A base absent so far counts as exponent 0; negative ones there come out too.
            for (base, e) in &other.0 {
                if e.is_negative() && !common.0.contains_key(base) && self.lowest(base) == *e {
                    common.0.insert(base.clone(), *e);
                }
            }
        }
        common.0.retain(|base, e| match base {
            Base::Prime(_) => self.terms.len() == 1,
            Base::Pi => true,
            Base::Symbol(symbol) => signed || symbol.positive,
            Base::Sum(_) => !e.is_integer() || signed,
            Base::Call(..) => signed,
        });
        common
    }

    fn lowest(&self, base: &Base) -> Exponent {
        let exponents = self.terms.keys().map(|m| m.exponent(base));
        exponents.min().unwrap_or_else(Exponent::zero)
    }
}

/// `number^exponent` of a number not 0, positive unless the exponent is whole; roots by primes.
fn number_power(number: &Rational, exponent: Exponent) -> Expr {
    if exponent.is_integer() {
        let size = u32::try_from(exponent.numer().unsigned_abs()).unwrap_or(u32::MAX);
        let (top, bottom) = (number.numer().pow(size), number.denom().pow(size));
        let power = Rational::new(top, bottom);
        return Expr::number(if exponent.is_negative() {
            power.recip()
        } else {
            power
        });
    }
    let mut product = Expr::one();
    for (part, direction) in [(number.numer(), 1), (number.denom(), -1)] {
        for (prime, count) in prime_factors(part) {
            let total = exponent * Exponent::from_integer(count * direction);
            product = product * Expr::normal_power(Base::Prime(prime), total);
        }
    }
    product
}
