//! Derivatives and substitution.

use std::collections::BTreeMap;

use num_traits::One;

use super::power::add_product;
use super::{Base, Exponent, Expr, Function, Monomial, Rational, Symbol};

impl Expr {
    /// The partial derivative by a variable, all other variables held.
    pub fn derivative(&self, by: Symbol) -> Self {
        let mut total = Self::zero();
        for (monomial, number) in self.terms() {
            for (base, exponent) in monomial.powers() {
                let inner = base_derivative(base, by);
                if inner.is_zero() {
                    continue;
                }
                let mut rest = Self::zero();
                let lowered = Expr::power_of(base.clone(), -Exponent::one());
                let Some((down, _)) = lowered.terms().next() else {
                    continue;
                };
                let factor = Rational::new((*exponent.numer()).into(), (*exponent.denom()).into());
                add_product(&mut rest, number * factor, monomial, down);
                total = total + rest * inner;
            }
        }
        total
    }

    /// The expression with variables replaced.
    pub fn substitute(&self, value: &dyn Fn(Symbol) -> Option<Self>) -> Self {
        let mut powers = BTreeMap::new();
        let mut total = Self::zero();
        for (monomial, number) in self.terms() {
            total = total + substituted(monomial, number, value, &mut powers);
        }
        total
    }

    /// One variable replaced.
    pub fn replace(&self, symbol: Symbol, by: &Self) -> Self {
        self.substitute(&|s| (s == symbol).then(|| by.clone()))
    }
}

fn base_derivative(base: &Base, by: Symbol) -> Expr {
    match base {
        Base::Prime(_) | Base::Pi => Expr::zero(),
        Base::Symbol(symbol) if *symbol == by => Expr::one(),
        Base::Symbol(_) => Expr::zero(),
        Base::Sum(inner) => inner.derivative(by),
        Base::Call(function, argument) => {
            let slope = (Expr::one() - argument * argument).power(Exponent::new(-1, 2));
            let slope = match function {
                Function::ArcSin => slope,
                Function::ArcCos => -slope,
            };
            slope * argument.derivative(by)
        }
    }
}

/// One term with variables replaced; `powers` keeps what powers become, for the next terms.
fn substituted(
    monomial: &Monomial,
    number: &Rational,
    value: &dyn Fn(Symbol) -> Option<Expr>,
    powers: &mut BTreeMap<(Base, Exponent), Expr>,
) -> Expr {
    let mut product = Expr::number(number.clone());
    for (base, exponent) in monomial.powers() {
        let key = (base.clone(), exponent);
        let power = powers.entry(key).or_insert_with(|| {
            let replaced = match base {
                Base::Symbol(symbol) => value(*symbol),
                Base::Sum(inner) => Some(inner.substitute(value)),
                Base::Call(function, argument) => {
                    Some(Expr::call(*function, argument.substitute(value)))
                }
                Base::Prime(_) | Base::Pi => None,
            };
            match replaced {
                Some(new) => new.power(exponent),
                None => Expr::power_of(base.clone(), exponent),
            }
        });
        product = &product * power;
    }
    product
}
