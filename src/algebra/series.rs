//! Power series at 0 from the right, with exact coefficients.

use std::collections::BTreeMap;

use num_traits::{One, Signed, Zero};

use super::truncated::{Truncated, count};
use super::{Base, Exponent, Expr, Function, Symbol};

/// Terms beyond those asked for after which leading terms are given up that cancel.
const SPARE_TERMS: usize = 60;

/// `sum_i c_i x^(v + i/d)` up to a number of terms, `c_0` not 0.
///
/// The coefficients do not contain `x`; other symbols in them stand for numbers not 0 for which
/// every leading coefficient under a root is positive.
#[derive(Clone, Debug, PartialEq)]
pub struct PowerSeries {
    leading: Exponent,
    step: Exponent,
    coefficients: Vec<Expr>,
}

impl PowerSeries {
    /// The coefficient and the power of the leading term.
    pub fn leading(&self) -> (Expr, Exponent) {
        let first = self.coefficients.first().cloned();
        (first.unwrap_or_default(), self.leading)
    }

    /// What exponents grow by from one coefficient to the next, `1/d`.
    pub fn step(&self) -> Exponent {
        self.step
    }

    /// Exponents and coefficients, ascending; a coefficient after the first may be 0.
    pub fn terms(&self) -> impl Iterator<Item = (Exponent, &Expr)> {
        let each = self.coefficients.iter().zip(0i64..);
        each.map(|(c, i)| (self.leading + self.step * Exponent::from_integer(i), c))
    }

    /// The exponent of the first term left out.
    pub fn order(&self) -> Exponent {
        let count = i64::try_from(self.coefficients.len()).unwrap_or(i64::MAX);
        self.leading + self.step * Exponent::from_integer(count)
    }

    /// The limit at 0; `None` when it is infinite.
    pub fn limit(&self) -> Option<Expr> {
        let (coefficient, power) = self.leading();
        if power.is_negative() {
            return None;
        }
        Some(if power.is_zero() {
            coefficient
        } else {
            Expr::zero()
        })
    }

    /// The sum of its terms.
    pub fn to_expr(&self, variable: Symbol) -> Expr {
        let base = |e| Expr::power_of(Base::Symbol(variable), e);
        self.terms().map(|(e, c)| c * &base(e)).sum()
    }
}

impl Expr {
    /// The power series at 0 for `variable > 0`, to `terms >= 1` coefficients.
    ///
    /// `None` when there is none: for a root of something negative, an inverse sine or cosine
    /// beyond 1, and when all terms up to 60 more than asked for cancel (as for 0 itself).
    pub fn series(&self, variable: Symbol, terms: usize) -> Option<PowerSeries> {
        let terms = terms.max(1);
        let mut order = terms + 2;
        loop {
            let mut expansion = Expansion {
                variable,
                order,
                powers: BTreeMap::new(),
                cancelled: false,
            };
            let found = expansion.of(self);
            if found.is_none() && !expansion.cancelled {
                return None;
            }
            let found = found.and_then(Truncated::stripped);
            if let Some(found) = found.filter(|found| found.c.len() >= terms) {
                let step = Exponent::new(1, found.d);
                return Some(PowerSeries {
                    leading: step * Exponent::from_integer(found.low),
                    step,
                    coefficients: found.c.into_iter().take(terms).collect(),
                });
            }
            if order >= terms + SPARE_TERMS {
                return None;
            }
            order = (2 * order).min(terms + SPARE_TERMS);
        }
    }

    /// The limit for `variable` to 0 from above; `None` when it is infinite or not found.
    pub fn limit(&self, variable: Symbol) -> Option<Self> {
        if self.is_zero() {
            return Some(Self::zero());
        }
        self.series(variable, 1)?.limit()
    }
}

/// One expansion to a number of terms.
struct Expansion {
    variable: Symbol,
    order: usize,
    /// Powers met before.
    powers: BTreeMap<(Base, Exponent), Truncated>,
    /// Whether it failed for want of terms.
    cancelled: bool,
}

impl Expansion {
    fn constant(&self, value: Expr) -> Truncated {
        self.monomial(value, Exponent::zero())
    }

    fn monomial(&self, value: Expr, e: Exponent) -> Truncated {
        let mut c = vec![Expr::zero(); self.order];
        c[0] = value;
        Truncated {
            d: *e.denom(),
            low: *e.numer(),
            c,
        }
    }

    fn of(&mut self, e: &Expr) -> Option<Truncated> {
        let mut sum: Option<Truncated> = None;
        for (monomial, number) in e.terms() {
            let mut outer = Expr::number(number.clone());
            let mut power = Exponent::zero();
            let mut factors = Vec::new();
            for (base, exponent) in monomial.powers() {
                if *base == Base::Symbol(self.variable) {
                    power = exponent;
                } else if depends(base, self.variable) {
                    factors.push(self.power(base, exponent)?);
                } else {
                    outer = outer * Expr::power_of(base.clone(), exponent);
                }
            }
            let mut term = self.monomial(outer, power);
            for factor in factors {
                term = term.times(factor)?;
            }
            sum = Some(match sum {
                Some(sum) => sum.plus(term)?,
                None => term,
            });
        }
        Some(sum.unwrap_or_else(|| self.constant(Expr::zero())))
    }

    fn power(&mut self, base: &Base, exponent: Exponent) -> Option<Truncated> {
        let key = (base.clone(), exponent);
        if let Some(known) = self.powers.get(&key) {
            return Some(known.clone());
        }
        let inner = match base {
            Base::Sum(inner) => self.of(inner)?,
            Base::Call(function, argument) => {
                let argument = self.of(argument)?;
                self.call(*function, argument)?
            }
            _ => return None,
        };
        let made = self.raise(inner, exponent)?;
        self.powers.insert(key, made.clone());
        Some(made)
    }

    /// A power of what is known to be other than 0.
    fn raise(&mut self, of: Truncated, exponent: Exponent) -> Option<Truncated> {
        match of.stripped() {
            Some(own) => own.power(exponent),
            None => {
                self.cancelled = true;
                None
            }
        }
    }

    /// A function by the integral of its derivative.
    fn call(&mut self, function: Function, argument: Truncated) -> Option<Truncated> {
        if argument.low + count(argument.c.len()) <= 0 {
            self.cancelled = true;
            return None;
        }
        let at_zero = argument.constant_term()?;
        let square = argument.clone().times(argument.clone())?;
        let minus = self.constant(-Expr::one());
        let radicand = self.constant(Expr::one()).plus(square.times(minus)?)?;
        let slope = self.raise(radicand, Exponent::new(-1, 2))?;
        let slope = match function {
            Function::ArcSin => slope,
            Function::ArcCos => slope.times(self.constant(-Expr::one()))?,
        };
        let integral = slope.times(argument.derivative()?)?.integral()?;
        self.constant(Expr::call(function, at_zero)).plus(integral)
    }
}

fn depends(base: &Base, variable: Symbol) -> bool {
    Expr::power_of(base.clone(), Exponent::one()).contains(variable)
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: Symbol = Symbol {
        name: "x",
        text: "x",
        latex: "x",
        positive: true,
    };
    const K: Symbol = Symbol {
        name: "k",
        text: "k",
        latex: "k",
        positive: true,
    };

    fn x() -> Expr {
        Expr::symbol(X)
    }

    fn arcsin(e: Expr) -> Expr {
        Expr::call(Function::ArcSin, e)
    }

    #[test]
    fn known_series() {
        let geometric = (Expr::one() - x()).recip().series(X, 4).unwrap();
        let ones = (0..4).map(|i| (Exponent::from_integer(i), Expr::one()));
        let found = geometric.terms().map(|(e, c)| (e, c.clone()));
        assert!(found.eq(ones));
        let third = arcsin(x()).series(X, 4).unwrap();
        assert_eq!(
            third.to_expr(X),
            x() + x().power(Exponent::from_integer(3)) * Expr::ratio(1, 6)
        );
        let edge = Expr::call(Function::ArcCos, Expr::one() - x())
            .series(X, 1)
            .unwrap();
        assert_eq!(edge.leading(), (Expr::int(2).sqrt(), Exponent::new(1, 2)));
    }

    #[test]
    fn cancelled_terms_are_replaced() {
        // arcsin x - x - x^3/6 - 3 x^5/40 begins with 15 x^7/336.
        let odd = |n, d, e| Expr::ratio(n, d) * x().power(Exponent::from_integer(e));
        let rest = arcsin(x()) - x() - odd(1, 6, 3) - odd(3, 40, 5);
        let found = rest.series(X, 3).unwrap();
        assert_eq!(
            found.leading(),
            (Expr::ratio(5, 112), Exponent::from_integer(7))
        );
        assert_eq!(found.terms().count(), 3);
        let power = rest.power(Exponent::new(-1, 2)).series(X, 1).unwrap();
        let expected = Expr::ratio(5, 112).power(Exponent::new(-1, 2));
        assert_eq!(power.leading(), (expected, Exponent::new(-7, 2)));
        assert_eq!(Expr::zero().series(X, 2), None);
        let nothing =
            (x() + Expr::one()).sqrt().power(Exponent::from_integer(2)) - x() - Expr::one();
        assert_eq!(nothing.series(X, 2), None);
    }

    #[test]
    fn limits_and_what_has_none() {
        let k = Expr::symbol(K);
        let quotient = arcsin(&k * &x()) * (&x() * &x() + x()).recip();
        assert_eq!(quotient.limit(X), Some(k));
        assert_eq!(x().recip().limit(X), None);
        assert_eq!(x().sqrt().limit(X), Some(Expr::zero()));
        assert_eq!((x() - Expr::one()).sqrt().series(X, 3), None);
        assert_eq!(arcsin(x() + Expr::int(2)).series(X, 3), None);
        assert_eq!(arcsin(x().recip()).series(X, 3), None);
    }
}
