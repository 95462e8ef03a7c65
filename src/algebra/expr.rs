//! The expression type and its arithmetic.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use num_bigint::BigInt;
use num_rational::Ratio;
use num_traits::{One, Zero};

use super::number::{integer, to_f64};

/// A rational number of any size.
pub type Rational = num_rational::BigRational;

/// The exponent of a power.
pub type Exponent = Ratio<i64>;

/// A variable.
#[derive(Clone, Copy, Debug)]
pub struct Symbol {
    /// Its name in programs; two symbols of one name are the same.
    pub name: &'static str,
    /// How text writes it.
    pub text: &'static str,
    /// How LaTeX writes it.
    pub latex: &'static str,
    /// Whether it is never negative, so that `(x^2)^(1/2) = x`.
    pub positive: bool,
}

impl Ord for Symbol {
    fn cmp(&self, other: &Self) -> Ordering {
        // Most names compared are one and the same text.
        if std::ptr::eq(self.name, other.name) {
            return Ordering::Equal;
        }
        self.name.cmp(other.name)
    }
}

impl PartialOrd for Symbol {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Symbol {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Symbol {}

impl Hash for Symbol {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

/// A function of one argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Function {
    /// Inverse sine, in [-pi/2, pi/2].
    ArcSin,
    /// Inverse cosine, in [0, pi].
    ArcCos,
}

impl Function {
    /// Its value.
    pub fn evaluate(self, x: f64) -> f64 {
        match self {
            Function::ArcSin => x.asin(),
            Function::ArcCos => x.acos(),
        }
    }
}

/// What is raised to powers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Base {
    /// A prime number, under a root.
    Prime(BigInt),
    /// The circle's constant.
    Pi,
    /// A variable.
    Symbol(Symbol),
    /// A sum without common factors, under a root or in a denominator.
    Sum(Expr),
    /// A function value.
    Call(Function, Expr),
}

/// A product of powers, exponents not 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Monomial(pub(super) BTreeMap<Base, Exponent>);

impl Monomial {
    /// The exponent of a base, 0 when absent.
    pub fn exponent(&self, base: &Base) -> Exponent {
        self.0.get(base).copied().unwrap_or_else(Exponent::zero)
    }

    /// Bases and exponents.
    pub fn powers(&self) -> impl Iterator<Item = (&Base, Exponent)> {
        self.0.iter().map(|(base, exponent)| (base, *exponent))
    }
}

/// A sum of rational multiples of products of powers.
///
/// Integer powers of sums are multiplied out, roots of rational numbers are reduced to primes, so
/// that two polynomials are equal exactly when they are the same function.
#[derive(Clone, Debug, Default)]
pub struct Expr {
    // Shared, since sums under roots are copied with every product that they are part of.
    pub(super) terms: Arc<BTreeMap<Monomial, Rational>>,
}

impl Ord for Expr {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.terms, &other.terms) {
            return Ordering::Equal;
        }
        self.terms.cmp(&other.terms)
    }
}

impl PartialOrd for Expr {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.terms, &other.terms) || self.terms == other.terms
    }
}

impl Eq for Expr {}

impl Hash for Expr {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.terms.hash(state);
    }
}

impl Expr {
    /// 0.
    pub fn zero() -> Self {
        Self::default()
    }

    /// 1.
    pub fn one() -> Self {
        Self::int(1)
    }

    /// A whole number.
    pub fn int(n: i64) -> Self {
        Self::number(integer(n))
    }

    /// `n / d`, `d != 0`.
    pub fn ratio(n: i64, d: i64) -> Self {
        Self::number(super::number::rational(n, d))
    }

    /// A rational number.
    pub fn number(number: Rational) -> Self {
        Self::term(number, Monomial::default())
    }

    /// A variable.
    pub fn symbol(symbol: Symbol) -> Self {
        Self::power_of(Base::Symbol(symbol), Exponent::one())
    }

    /// The circle's constant.
    pub fn pi() -> Self {
        Self::power_of(Base::Pi, Exponent::one())
    }

    /// `function(argument)`, its value where it is known.
    pub fn call(function: Function, argument: Self) -> Self {
        let half_pi = || Self::pi() * Self::ratio(1, 2);
        let negative = argument.leading_is_negative();
        match function {
            Function::ArcSin if argument.is_zero() => Self::zero(),
            Function::ArcSin if negative => -Self::call(function, -argument),
            Function::ArcSin if argument == Self::one() => half_pi(),
            Function::ArcSin if argument == Self::ratio(1, 2) => Self::pi() * Self::ratio(1, 6),
            Function::ArcCos if argument.is_zero() => half_pi(),
            Function::ArcCos if negative => Self::pi() - Self::call(function, -argument),
            Function::ArcCos if argument == Self::one() => Self::zero(),
            _ => Self::power_of(Base::Call(function, argument), Exponent::one()),
        }
    }

    /// `base^exponent`, as it stands.
    pub fn power_of(base: Base, exponent: Exponent) -> Self {
        if exponent.is_zero() {
            return Self::one();
        }
        Self::term(integer(1), Monomial(BTreeMap::from([(base, exponent)])))
    }

    pub(super) fn term(coefficient: Rational, monomial: Monomial) -> Self {
        let mut made = Self::zero();
        made.add_term(coefficient, monomial);
        made
    }

    pub(super) fn add_term(&mut self, coefficient: Rational, monomial: Monomial) {
        if coefficient.is_zero() {
            return;
        }
        match Arc::make_mut(&mut self.terms).entry(monomial) {
            Entry::Vacant(place) => {
                place.insert(coefficient);
            }
            Entry::Occupied(mut place) => {
                *place.get_mut() += coefficient;
                if place.get().is_zero() {
                    place.remove();
                }
            }
        }
    }

    /// Products of powers with their coefficients.
    pub fn terms(&self) -> impl Iterator<Item = (&Monomial, &Rational)> {
        self.terms.iter()
    }

    /// Whether it is 0.
    pub fn is_zero(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether it is 1.
    pub fn is_one(&self) -> bool {
        self.as_number().is_some_and(|n| n.is_one())
    }

    /// Its value when it is a rational number.
    pub fn as_number(&self) -> Option<Rational> {
        match self.terms.len() {
            0 => Some(Rational::zero()),
            1 => {
                let (monomial, number) = self.terms.first_key_value()?;
                monomial.0.is_empty().then(|| number.clone())
            }
            _ => None,
        }
    }

    /// Whether the coefficient of its first term, the constant one if there is any, is negative.
    pub(super) fn first_is_negative(&self) -> bool {
        let first = self.terms.first_key_value();
        first.is_some_and(|(_, c)| *c < Rational::zero())
    }

    /// Whether the coefficient of its last term is negative.
    pub(super) fn leading_is_negative(&self) -> bool {
        let last = self.terms.last_key_value();
        last.is_some_and(|(_, c)| *c < Rational::zero())
    }

    /// Whether `holds` of any base, also inside roots and functions.
    pub fn any_base(&self, holds: &dyn Fn(&Base) -> bool) -> bool {
        let inside = |base: &Base| match base {
            Base::Sum(inner) | Base::Call(_, inner) => inner.any_base(holds),
            _ => false,
        };
        let mut bases = self.terms.keys().flat_map(|m| m.0.keys());
        bases.any(|base| holds(base) || inside(base))
    }

    /// Whether a variable occurs.
    pub fn contains(&self, symbol: Symbol) -> bool {
        self.any_base(&|base| *base == Base::Symbol(symbol))
    }

    /// Its value, given those of the variables.
    pub fn evaluate(&self, value: &dyn Fn(Symbol) -> f64) -> f64 {
        let terms = self.terms.iter();
        let term = |(monomial, number): (&Monomial, &Rational)| {
            let powers = monomial.0.iter();
            let product = powers.map(|(base, e)| raise(base.evaluate(value), *e));
            to_f64(number) * product.product::<f64>()
        };
        terms.map(term).sum()
    }
}

/// `x^e`, roots by `sqrt`.
pub(super) fn raise(x: f64, exponent: Exponent) -> f64 {
    let (n, d) = (*exponent.numer(), *exponent.denom());
    match (i32::try_from(n), d) {
        (Ok(n), 1) => x.powi(n),
        (Ok(n), 2) => x.sqrt().powi(n),
        _ => x.powf(n as f64 / d as f64),
    }
}

impl Base {
    fn evaluate(&self, value: &dyn Fn(Symbol) -> f64) -> f64 {
        match self {
            Base::Prime(n) => to_f64(&Rational::from_integer(n.clone())),
            Base::Pi => std::f64::consts::PI,
            Base::Symbol(symbol) => value(*symbol),
            Base::Sum(inner) => inner.evaluate(value),
            Base::Call(function, argument) => function.evaluate(argument.evaluate(value)),
        }
    }
}
