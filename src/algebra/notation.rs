//! A formula laid out to be read: what every output format is written from.

use num_traits::{One, Signed};

use super::expr::raise;
use super::number::to_f64;
use super::{Exponent, Function, Rational, Symbol};

/// A function that trees alone know: links are made of them, closed kernels are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    /// `e^x`.
    Exp,
    /// The natural logarithm.
    Ln,
    /// `2/sqrt(pi)` times the integral of `exp(-t^2)` from 0 to x.
    Erf,
    /// The hyperbolic tangent.
    Tanh,
    /// The sine of x radians.
    Sin,
    /// The cosine of x radians.
    Cos,
    /// `1 / (1 + exp(-x))`.
    Sigmoid,
    /// `ln(1 + exp(x))`.
    Softplus,
    /// The probabilists' Hermite polynomial of this degree, 1 at least.
    Hermite(u32),
}

impl Special {
    /// What text, JSON and programs call it, without its degree.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exp => "exp",
            Self::Ln => "ln",
            Self::Erf => "erf",
            Self::Tanh => "tanh",
            Self::Sin => "sin",
            Self::Cos => "cos",
            Self::Sigmoid => "sigmoid",
            Self::Softplus => "softplus",
            Self::Hermite(_) => "hermite",
        }
    }

    /// Its value, finite where the function is.
    pub fn evaluate(self, x: f64) -> f64 {
        match self {
            Self::Exp => x.exp(),
            Self::Ln => x.ln(),
            Self::Erf => libm::erf(x),
            Self::Tanh => x.tanh(),
            Self::Sin => x.sin(),
            Self::Cos => x.cos(),
            Self::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Self::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
            Self::Hermite(degree) => {
                let next = |(below, here), k| (here, x * here - f64::from(k) * below);
                (1..degree).fold((1.0, x), next).1
            }
        }
    }
}

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
    /// A function of links.
    Special(Special, Box<Tree>),
    /// One formula on each side of where `test` is 0, their mean there.
    Choose {
        /// Whose sign decides.
        test: Box<Tree>,
        /// Taken where `test < 0`.
        negative: Box<Tree>,
        /// Taken where `test > 0`.
        positive: Box<Tree>,
    },
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

    /// `function(self)`.
    pub fn under(self, function: Special) -> Self {
        Tree::Special(function, Box::new(self))
    }

    /// `negative` where `self < 0`, `positive` where `self > 0`.
    pub fn choose(self, negative: Tree, positive: Tree) -> Self {
        Tree::Choose {
            test: Box::new(self),
            negative: Box::new(negative),
            positive: Box::new(positive),
        }
    }

    /// The formulas that it is put together from, in order.
    pub fn parts(&self) -> Vec<&Tree> {
        match self {
            Tree::Number(_) | Tree::Decimal(_) | Tree::Pi | Tree::Symbol(_) => vec![],
            Tree::Sum(all) | Tree::Product(all) | Tree::Apply(_, all) => all.iter().collect(),
            Tree::Negative(a)
            | Tree::Power(a, _)
            | Tree::Call(_, a)
            | Tree::Special(_, a)
            | Tree::Factorial(a)
            | Tree::Mean(a)
            | Tree::Series { term: a, .. } => vec![a],
            Tree::Quotient(a, b) | Tree::FormalPower(a, b) => vec![a, b],
            Tree::Choose {
                test,
                negative,
                positive,
            } => vec![test, negative, positive],
        }
    }

    /// How many formulas it is put together from, itself included.
    pub fn length(&self) -> usize {
        1 + self.parts().into_iter().map(Self::length).sum::<usize>()
    }

    /// The same with every part replaced.
    pub fn map_parts(&self, f: &mut dyn FnMut(&Tree) -> Tree) -> Self {
        let mut made = self.clone();
        match &mut made {
            Tree::Number(_) | Tree::Decimal(_) | Tree::Pi | Tree::Symbol(_) => {}
            Tree::Sum(all) | Tree::Product(all) | Tree::Apply(_, all) => {
                all.iter_mut().for_each(|part| *part = f(part));
            }
            Tree::Negative(a)
            | Tree::Power(a, _)
            | Tree::Call(_, a)
            | Tree::Special(_, a)
            | Tree::Factorial(a)
            | Tree::Mean(a)
            | Tree::Series { term: a, .. } => **a = f(a),
            Tree::Quotient(a, b) | Tree::FormalPower(a, b) => {
                (**a, **b) = (f(a), f(b));
            }
            Tree::Choose {
                test,
                negative,
                positive,
            } => (**test, **negative, **positive) = (f(test), f(negative), f(positive)),
        }
        made
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
            Tree::Special(function, a) => function.evaluate(a.evaluate(value)?),
            Tree::Choose {
                test,
                negative,
                positive,
            } => match test.evaluate(value)? {
                t if t < 0.0 => negative.evaluate(value)?,
                t if t > 0.0 => positive.evaluate(value)?,
                t => 0.5 * (negative.evaluate(value)? + positive.evaluate(value)?) + t,
            },
            Tree::Apply(..)
            | Tree::FormalPower(..)
            | Tree::Factorial(_)
            | Tree::Mean(_)
            | Tree::Series { .. } => return None,
        })
    }
}
