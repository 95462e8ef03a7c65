//! Power series at 0 from the right, with exact coefficients.

use std::collections::BTreeMap;

use num_integer::Integer;
use num_traits::{One, Signed, Zero};

use super::{Base, Exponent, Expr, Function, Rational, Symbol};

/// Terms beyond those asked for after which leading terms are given up that cancel.
const SPARE_TERMS: usize = 60;
/// Finest lattice of exponents.
const FINEST: i64 = 1_000;

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

/// `sum_i c_i x^((low + i)/d)`, unknown from `i = c.len()` on.
#[derive(Clone, Debug)]
struct Truncated {
    d: i64,
    low: i64,
    c: Vec<Expr>,
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

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
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

/// A coefficient in its shortest form, 0 if it is.
fn tidy(e: Expr) -> Expr {
    let sums = e
        .terms()
        .any(|(m, _)| m.powers().any(|(b, _)| matches!(b, Base::Sum(_))));
    if sums { e.together() } else { e }
}

/// Whether a coefficient is seen to be negative: it has no symbols.
fn is_negative(e: &Expr) -> bool {
    e.evaluate(&|_| f64::NAN) < 0.0
}

fn as_number(e: Exponent) -> Expr {
    Expr::ratio(*e.numer(), *e.denom())
}

impl Truncated {
    /// On a finer lattice, `d` a multiple of its own.
    fn refined(self, d: i64) -> Option<Self> {
        let factor = d / self.d;
        if factor == 1 {
            return Some(self);
        }
        if d > FINEST {
            return None;
        }
        let between = usize::try_from(factor).ok()?;
        let mut c = vec![Expr::zero(); self.c.len() * between];
        for (i, own) in self.c.into_iter().enumerate() {
            c[i * between] = own;
        }
        Some(Self {
            d,
            low: self.low.checked_mul(factor)?,
            c,
        })
    }

    /// Both on one lattice.
    fn aligned(self, other: Self) -> Option<(Self, Self)> {
        let d = self.d.lcm(&other.d);
        Some((self.refined(d)?, other.refined(d)?))
    }

    fn plus(self, other: Self) -> Option<Self> {
        let (a, b) = self.aligned(other)?;
        let low = a.low.min(b.low);
        let end = (a.low + count(a.c.len())).min(b.low + count(b.c.len()));
        let length = usize::try_from(end - low).unwrap_or(0);
        let mut c = vec![Expr::zero(); length];
        let mut touched = vec![0; length];
        for part in [&a, &b] {
            let start = usize::try_from(part.low - low).ok()?;
            for (i, own) in part.c.iter().enumerate().take(length.saturating_sub(start)) {
                if !own.is_zero() {
                    c[start + i] = std::mem::take(&mut c[start + i]) + own.clone();
                    touched[start + i] += 1;
                }
            }
        }
        let both = c.into_iter().zip(touched);
        let c = both.map(|(c, n)| if n > 1 { tidy(c) } else { c }).collect();
        Some(Self { d: a.d, low, c })
    }

    fn times(self, other: Self) -> Option<Self> {
        let (a, b) = self.aligned(other)?;
        let length = a.c.len().min(b.c.len());
        let mut c = vec![Expr::zero(); length];
        for (i, x) in a.c.iter().enumerate().filter(|(_, x)| !x.is_zero()) {
            for (j, y) in b.c.iter().enumerate().take(length.saturating_sub(i)) {
                if !y.is_zero() {
                    c[i + j] = std::mem::take(&mut c[i + j]) + x * y;
                }
            }
        }
        let c = c.into_iter().map(tidy).collect();
        Some(Self {
            d: a.d,
            low: a.low.checked_add(b.low)?,
            c,
        })
    }

    /// Without leading zeros; `None` when nothing is known to be left.
    fn stripped(self) -> Option<Self> {
        let zeros = self.c.iter().take_while(|c| c.is_zero()).count();
        let c: Vec<Expr> = self.c.into_iter().skip(zeros).collect();
        let low = self.low + count(zeros);
        (!c.is_empty()).then_some(Self { d: self.d, low, c })
    }

    /// `self^e` by Miller's recursion, the first coefficient not 0.
    fn power(self, e: Exponent) -> Option<Self> {
        let own = self;
        if !e.is_integer() && is_negative(&own.c[0]) {
            return None;
        }
        if e == Exponent::one() {
            return Some(own);
        }
        // The leading power may be off the lattice.
        let start = Exponent::new(own.low, own.d) * e;
        let own = {
            let d = own.d.lcm(start.denom());
            own.refined(d)?
        };
        let low = (start * Exponent::from_integer(own.d)).to_integer();
        let scale = tidy(own.c[0].power(e));
        let inverse = own.c[0].recip();
        let ratio: Vec<Expr> = own.c.iter().map(|c| tidy(c * &inverse)).collect();
        let mut u = vec![Expr::one()];
        for k in 1..ratio.len() {
            let mut sum = Expr::zero();
            for j in (1..=k).filter(|j| !ratio[*j].is_zero()) {
                let (k, i) = (count(k), count(j));
                let weight = (e + Exponent::one()) * Exponent::new(i, k) - Exponent::one();
                let product = &ratio[j] * &u[(k - i) as usize];
                sum = sum + product * as_number(weight);
            }
            u.push(tidy(sum));
        }
        let c = u.into_iter().map(|u| tidy(&scale * &u)).collect();
        Some(Self { d: own.d, low, c })
    }

    /// The coefficient of power 0; `None` with negative powers or when it is not known.
    fn constant_term(&self) -> Option<Expr> {
        let place = usize::try_from(-self.low);
        let negative = self.c.iter().take(place.unwrap_or(0)).any(|c| !c.is_zero());
        match place {
            Ok(_) if negative => None,
            Ok(at) => self.c.get(at).cloned(),
            Err(_) => Some(Expr::zero()),
        }
    }

    fn derivative(&self) -> Option<Self> {
        let each = self.c.iter().zip(self.low..);
        let c = each.map(|(c, n)| c * &as_number(Exponent::new(n, self.d)));
        Some(Self {
            d: self.d,
            low: self.low.checked_sub(self.d)?,
            c: c.collect(),
        })
    }

    /// The integral from 0; `None` with a power that diverges.
    fn integral(&self) -> Option<Self> {
        let low = self.low.checked_add(self.d)?;
        let mut c = Vec::new();
        for (own, n) in self.c.iter().zip(low..) {
            if own.is_zero() {
                c.push(Expr::zero());
            } else if n <= 0 {
                return None;
            } else {
                c.push(own * &Expr::number(Rational::new(self.d.into(), n.into())));
            }
        }
        Some(Self { d: self.d, low, c })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

    /// Sums of products of powers that have series at 0.
    fn any_function() -> impl Strategy<Value = Expr> {
        let term = (-3i64..=3, 1i64..4, 0i64..4, 1i64..3)
            .prop_map(|(n, d, p, q)| Expr::ratio(n, d) * x().power(Exponent::new(p, q)));
        let sum =
            prop::collection::vec(term, 1..4).prop_map(|terms| terms.into_iter().sum::<Expr>());
        sum.prop_recursive(3, 10, 2, |inner| {
            let power = prop_oneof![
                Just((1i64, 2i64)),
                Just((-1, 1)),
                Just((-1, 2)),
                Just((2, 3))
            ];
            let near_one = |e: Expr| Expr::one() + e * x();
            prop_oneof![
                (inner.clone(), inner.clone()).prop_map(|(a, b)| a + b),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| a * b),
                (inner.clone(), power.clone()).prop_map(|(a, (n, d))| a.power(Exponent::new(n, d))),
                (inner.clone(), power)
                    .prop_map(move |(a, (n, d))| near_one(a).power(Exponent::new(n, d))),
                inner.prop_map(|a| arcsin(Expr::ratio(1, 3) + x() * a)),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_error_is_of_the_order_claimed(e in any_function()) {
            prop_assume!(e.terms().count() < 10);
            let Some(series) = e.series(X, 4) else { return Ok(()) };
            let order = *series.order().numer() as f64 / *series.order().denom() as f64;
            let sum = series.to_expr(X);
            // |error| / x^order stays below a bound as x falls; a term missed makes it grow.
            let ratio = |x: f64| {
                let (f, s) = (e.evaluate(&|_| x), sum.evaluate(&|_| x));
                ((f - s).abs() / x.powf(order), f64::EPSILON * 1e4 * (f.abs() + s.abs()) / x.powf(order))
            };
            let ratios: Vec<(f64, f64)> = (8..18).map(|k| ratio(0.5f64.powi(k))).collect();
            prop_assume!(ratios.iter().all(|(r, _)| r.is_finite()));
            for pair in ratios.windows(2).skip(4) {
                let ((before, _), (after, noise)) = (pair[0], pair[1]);
                prop_assert!(after <= 1.15 * before + noise, "{:?} {:?}: {:?}", ratios, series, e);
            }
        }
    }
}
