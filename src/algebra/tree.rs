//! A formula laid out to be read: what every output format is written from.

use num_traits::{One, Signed};

use super::expr::raise;
use super::number::to_f64;
use super::{Exponent, Function, Rational, Symbol};

/// A formula as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    /// A rational number, shown as a fraction of integers.
    Number(Rational),
    /// A number known to double precision only, shown with 12 significant digits.
    Decimal(f64),
    /// The circle's constant.
    Pi,
    /// A variable.
    Symbol(Symbol),
    /// A sum; terms to be subtracted are [`Tree::Negative`].
    Sum(Vec<Tree>),
    /// `-a`.
    Negative(Box<Tree>),
    /// A product.
    Product(Vec<Tree>),
    /// A quotient.
    Quotient(Box<Tree>, Box<Tree>),
    /// A power with a rational exponent; 1/2 is shown as a root.
    Power(Box<Tree>, Exponent),
    /// A known function of an argument.
    Call(Function, Box<Tree>),
    /// A function that has a name only, `F(m, q)`.
    Apply(Symbol, Vec<Tree>),
    /// `base^exponent` with an exponent that is a formula.
    FormalPower(Box<Tree>, Box<Tree>),
    /// `a!`.
    Factorial(Box<Tree>),
    /// `E[a]`, a Gaussian average.
    Mean(Box<Tree>),
    /// `sum over index from .. to`, without end when `to` is `None`.
    Series {
        /// The summation index.
        index: Symbol,
        /// Its first value.
        from: usize,
        /// Its last value.
        to: Option<usize>,
        /// What is added up.
        term: Box<Tree>,
    },
}

impl Tree {
    /// A whole number.
    pub fn int(n: i64) -> Self {
        Tree::Number(super::integer(n))
    }

    /// `-a`, a double negation resolved.
    pub fn negative(self) -> Self {
        match self {
            Tree::Negative(inner) => *inner,
            Tree::Number(n) if n.is_negative() => Tree::Number(-n),
            other => Tree::Negative(Box::new(other)),
        }
    }

    /// The product, factors of 1 left out.
    pub fn product(factors: Vec<Tree>) -> Self {
        let mut left: Vec<Tree> = Vec::new();
        for factor in factors {
            match factor {
                Tree::Number(n) if n.is_one() => {}
                Tree::Product(inner) => left.extend(inner),
                other => left.push(other),
            }
        }
        match left.len() {
            0 => Tree::int(1),
            1 => left.swap_remove(0),
            _ => Tree::Product(left),
        }
    }

    /// The sum, 0 for no terms.
    pub fn sum(mut terms: Vec<Tree>) -> Self {
        match terms.len() {
            0 => Tree::int(0),
            1 => terms.swap_remove(0),
            _ => Tree::Sum(terms),
        }
    }

    /// `self / other`, `self` when that is 1.
    pub fn over(self, other: Tree) -> Self {
        match &other {
            Tree::Number(n) if n.is_one() => self,
            _ => Tree::Quotient(Box::new(self), Box::new(other)),
        }
    }

    /// `self^exponent`.
    pub fn to_power(self, exponent: Exponent) -> Self {
        if exponent.is_one() {
            return self;
        }
        Tree::Power(Box::new(self), exponent)
    }

    /// Its value, given those of the variables; `None` where it holds a name, an average or a
    /// series, which have no value of their own.
    pub fn evaluate(&self, value: &dyn Fn(Symbol) -> f64) -> Option<f64> {
        let all = |trees: &[Tree]| -> Option<Vec<f64>> {
            trees.iter().map(|tree| tree.evaluate(value)).collect()
        };
        Some(match self {
            Tree::Number(n) => to_f64(n),
            Tree::Decimal(x) => *x,
            Tree::Pi => std::f64::consts::PI,
            Tree::Symbol(symbol) => value(*symbol),
            Tree::Sum(terms) => all(terms)?.iter().sum(),
            Tree::Negative(inner) => -inner.evaluate(value)?,
            Tree::Product(factors) => all(factors)?.iter().product(),
            Tree::Quotient(a, b) => a.evaluate(value)? / b.evaluate(value)?,
            Tree::Power(base, exponent) => raise(base.evaluate(value)?, *exponent),
            Tree::Call(function, argument) => function.evaluate(argument.evaluate(value)?),
            Tree::Apply(..)
            | Tree::FormalPower(..)
            | Tree::Factorial(_)
            | Tree::Mean(_)
            | Tree::Series { .. } => return None,
        })
    }
}
