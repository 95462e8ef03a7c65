//! Polynomials of one variable by Horner's rule: fewer products, smaller rounding errors.

use std::collections::BTreeMap;

use num_traits::{Signed, Zero};

use super::{Code, Unwritable};
use crate::algebra::render::{Binding, Notation, Piece};
use crate::algebra::{Rational, Symbol, Tree};

/// Up to this degree powers are as fast and easier to read.
const PLAIN: i64 = 3;
/// More nested parentheses than this some parsers refuse.
const DEEPEST: usize = 64;

/// Coefficients by the power of a variable.
pub(super) struct Polynomial {
    variable: Symbol,
    coefficients: BTreeMap<i64, Rational>,
}

/// A term on the way to be read.
struct Term {
    variable: Option<Symbol>,
    power: i64,
    coefficient: Rational,
}

impl Polynomial {
    /// The polynomial that a sum is, if it is one of a degree that is worth it.
    pub(super) fn read(terms: &[&Tree]) -> Option<Self> {
        let mut variable = None;
        let mut coefficients: BTreeMap<i64, Rational> = BTreeMap::new();
        for term in terms {
            let mut read = Term {
                variable: None,
                power: 0,
                coefficient: crate::algebra::integer(1),
            };
            read.times(term, false)?;
            variable = variable.or(read.variable);
            if read.variable.is_some() && read.variable != variable {
                return None;
            }
            *coefficients
                .entry(read.power)
                .or_insert_with(Rational::zero) += read.coefficient;
        }
        coefficients.retain(|_, c| !c.is_zero());
        let degree = *coefficients.keys().next_back()?;
        let nested = (2..=DEEPEST).contains(&coefficients.len());
        let worth = degree > PLAIN && nested && coefficients.keys().all(|k| *k >= 0);
        worth.then_some(Self {
            variable: variable?,
            coefficients,
        })
    }

    /// `((a x + b) x + c) x + d`, powers left out where coefficients are 0.
    pub(super) fn write(&self, code: &Code) -> Result<Piece, Unwritable> {
        let variable = code.symbol(self.variable);
        let mut written: Option<Piece> = None;
        let mut above = 0;
        for (&power, coefficient) in self.coefficients.iter().rev() {
            let number = code
                .number(&coefficient.abs())?
                .signed(coefficient.is_negative());
            written = Some(match written {
                None => number,
                Some(so_far) => {
                    let product = times_power(code, &so_far, &variable, above - power);
                    let sign = if number.negative { '-' } else { '+' };
                    let text = format!("{} {sign} {}", code.whole(&product), number.text);
                    Piece::new(text, Binding::Sum)
                }
            });
            above = power;
        }
        let whole = written.unwrap_or_else(|| Piece::atom("0.0"));
        Ok(times_power(code, &whole, &variable, above))
    }
}

fn times_power(code: &Code, factor: &Piece, variable: &Piece, power: i64) -> Piece {
    let raised = code.whole_power(variable, power);
    let size = Piece {
        negative: false,
        ..factor.clone()
    };
    let text = match power {
        0 => return factor.clone(),
        // A coefficient of 1.
        _ if size.text == "1.0" => raised.text,
        _ => format!("{} * {}", code.held(&size, Binding::Product), raised.text),
    };
    Piece::new(text, Binding::Product).signed(factor.negative)
}

impl Term {
    /// Takes in a factor or divisor; `None` when it is neither a number nor a power of the one
    /// variable.
    fn times(&mut self, tree: &Tree, below: bool) -> Option<()> {
        match tree {
            Tree::Number(n) if below && n.is_zero() => return None,
            Tree::Number(n) if below => self.coefficient /= n,
            Tree::Number(n) => self.coefficient *= n,
            Tree::Negative(inner) => {
                self.coefficient = -self.coefficient.clone();
                self.times(inner, below)?;
            }
            Tree::Product(factors) => {
                for factor in factors {
                    self.times(factor, below)?;
                }
            }
            Tree::Quotient(a, b) => {
                self.times(a, below)?;
                self.times(b, !below)?;
            }
            Tree::Symbol(symbol) => self.variable_power(*symbol, if below { -1 } else { 1 })?,
            Tree::Power(base, exponent) if exponent.is_integer() => {
                let Tree::Symbol(symbol) = **base else {
                    return None;
                };
                let n = *exponent.numer();
                self.variable_power(symbol, if below { -n } else { n })?;
            }
            _ => return None,
        }
        Some(())
    }

    fn variable_power(&mut self, symbol: Symbol, power: i64) -> Option<()> {
        self.power += power;
        let same = self.variable.is_none_or(|known| known == symbol);
        self.variable = Some(symbol);
        same.then_some(())
    }
}
