//! A laid-out formula in every notation: one walk knows precedence and signs, each notation how
//! its pieces are written.

mod code;
mod json;
mod latex;
mod text;
mod wrap;

#[cfg(test)]
mod gallery_tests;
#[cfg(test)]
mod random_tests;
#[cfg(test)]
mod reader_tests;

use num_traits::{One, Signed, Zero};

use super::{Exponent, Function, Rational, Special, Symbol, Tree};

pub use code::{Language, Unwritable, definition, expression, identifier};
pub use json::json;
pub use latex::{latex, latex_lines};
pub use text::{folded, lines, link_text, text};

/// How tightly a piece holds together, loosest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    /// A sum over an index: takes in all that follows it.
    Series,
    Sum,
    Quotient,
    Product,
    /// A power or a root, not to be raised to a power without parentheses.
    Power,
    Atom,
}

/// A written formula whose sign is kept apart, so that sums and products can take it over.
#[derive(Clone, Debug)]
struct Piece {
    negative: bool,
    text: String,
    binding: Binding,
}

impl Piece {
    fn new(text: impl Into<String>, binding: Binding) -> Self {
        Self {
            negative: false,
            text: text.into(),
            binding,
        }
    }

    fn atom(text: impl Into<String>) -> Self {
        Self::new(text, Binding::Atom)
    }

    fn signed(mut self, negative: bool) -> Self {
        self.negative ^= negative;
        self
    }
}

/// How the pieces of a formula are written. Operands come without parentheses: the notation asks
/// for those it needs by [`Notation::held`].
trait Notation {
    /// Why a formula cannot be written.
    type Error;

    /// The minus sign.
    const MINUS: &'static str;

    fn enclosed(&self, inner: &str) -> String;
    /// A number that is not negative.
    fn number(&self, n: &Rational) -> Result<Piece, Self::Error>;
    /// A number that is not negative.
    fn decimal(&self, x: f64) -> Result<Piece, Self::Error>;
    fn pi(&self) -> Piece;
    fn symbol(&self, symbol: Symbol) -> Piece;
    /// Two factors or more, in parentheses where they need them.
    fn product(&self, factors: &[String]) -> String;
    fn quotient(&self, above: &Piece, below: &Piece) -> Piece;
    fn power(&self, base: &Piece, exponent: Exponent) -> Piece;
    fn call(&self, function: Function, argument: &Piece) -> Piece;
    fn special_function(&self, function: Special, argument: &Piece) -> Piece;
    /// What is not arithmetic: choices, names applied, averages, series, factorials.
    fn special(&self, tree: &Tree) -> Result<Piece, Self::Error>;

    /// A way of its own to write a sum.
    fn special_sum(&self, _terms: &[&Tree]) -> Result<Option<Piece>, Self::Error> {
        Ok(None)
    }

    /// With the sign.
    fn whole(&self, piece: &Piece) -> String {
        let sign = if piece.negative { Self::MINUS } else { "" };
        format!("{sign}{}", piece.text)
    }

    /// In parentheses unless it is positive and holds together at least so tightly.
    fn held(&self, piece: &Piece, least: Binding) -> String {
        if piece.negative || piece.binding < least {
            self.enclosed(&self.whole(piece))
        } else {
            piece.text.clone()
        }
    }

    /// The walk.
    fn piece(&self, tree: &Tree) -> Result<Piece, Self::Error> {
        Ok(match tree {
            Tree::Number(n) => self.number(&n.abs())?.signed(n.is_negative()),
            Tree::Decimal(x) => self.decimal(x.abs())?.signed(*x < 0.0),
            Tree::Pi => self.pi(),
            Tree::Symbol(symbol) => self.symbol(*symbol),
            Tree::Sum(terms) => return self.sum(&flat(terms, &sum_terms)),
            Tree::Negative(inner) => self.negated(inner)?,
            Tree::Product(factors) => return self.joined(&flat(factors, &product_factors)),
            Tree::Quotient(above, below) => {
                let (above, below) = (self.piece(above)?, self.piece(below)?);
                let negative = above.negative ^ below.negative;
                let size = |piece: Piece| Piece {
                    negative: false,
                    ..piece
                };
                self.quotient(&size(above), &size(below)).signed(negative)
            }
            Tree::Power(base, exponent) if exponent.is_one() => self.piece(base)?,
            Tree::Power(base, exponent) => self.power(&self.piece(base)?, *exponent),
            Tree::Call(function, argument) => self.call(*function, &self.piece(argument)?),
            Tree::Special(function, argument) => {
                self.special_function(*function, &self.piece(argument)?)
            }
            other => return self.special(other),
        })
    }

    fn negated(&self, inner: &Tree) -> Result<Piece, Self::Error> {
        let piece = self.piece(inner)?;
        if piece.binding <= Binding::Sum {
            return Ok(Piece::atom(self.held(&piece, Binding::Atom)).signed(true));
        }
        Ok(piece.signed(true))
    }

    fn sum(&self, terms: &[&Tree]) -> Result<Piece, Self::Error> {
        if let Some(piece) = self.special_sum(terms)? {
            return Ok(piece);
        }
        let mut written = String::new();
        for (i, term) in terms.iter().enumerate() {
            let piece = self.piece(term)?;
            let open = i + 1 == terms.len();
            let least = if open {
                Binding::Series
            } else {
                Binding::Quotient
            };
            written += match (i, piece.negative) {
                (0, true) => Self::MINUS,
                (0, false) => "",
                (_, true) => self.between().1,
                (_, false) => self.between().0,
            };
            let size = Piece {
                negative: false,
                ..piece
            };
            written += &self.held(&size, least);
        }
        match terms {
            [] => self.number(&Rational::zero()),
            [only] => self.piece(only),
            _ => Ok(Piece::new(written, Binding::Sum)),
        }
    }

    /// Plus and minus between terms.
    fn between(&self) -> (&'static str, &'static str) {
        (" + ", " - ")
    }

    fn joined(&self, factors: &[&Tree]) -> Result<Piece, Self::Error> {
        match factors {
            [] => return self.number(&Rational::one()),
            [only] => return self.piece(only),
            _ => {}
        }
        let mut negative = false;
        let mut binding = Binding::Product;
        let mut written = Vec::with_capacity(factors.len());
        for (i, factor) in factors.iter().enumerate() {
            let piece = self.piece(factor)?;
            negative ^= piece.negative;
            let size = Piece {
                negative: false,
                ..piece
            };
            // A series needs no parentheses where nothing follows.
            if i + 1 == factors.len() && size.binding == Binding::Series {
                binding = Binding::Series;
                written.push(size.text);
            } else {
                written.push(self.held(&size, Binding::Product));
            }
        }
        Ok(Piece::new(self.product(&written), binding).signed(negative))
    }
}

/// The terms of a sum in this place.
fn sum_terms(tree: &Tree) -> Option<&[Tree]> {
    match tree {
        Tree::Sum(inner) => Some(inner),
        _ => None,
    }
}

/// The factors of a product in this place.
fn product_factors(tree: &Tree) -> Option<&[Tree]> {
    match tree {
        Tree::Product(inner) => Some(inner),
        _ => None,
    }
}

/// Sums in sums, or products in products, as one.
fn flat<'a>(trees: &'a [Tree], inside: &dyn Fn(&'a Tree) -> Option<&'a [Tree]>) -> Vec<&'a Tree> {
    let mut all = Vec::with_capacity(trees.len());
    for tree in trees {
        match inside(tree) {
            Some(inner) => all.extend(flat(inner, inside)),
            None => all.push(tree),
        }
    }
    all
}

/// The two sides whose order decides in a choice: `x` and `1` for `x - 1 < 0`.
fn sides(test: &Tree) -> (Tree, Tree) {
    match test {
        Tree::Sum(terms) => match terms.as_slice() {
            [a, Tree::Negative(b)] => (a.clone(), (**b).clone()),
            [a, b @ Tree::Number(_)] => (a.clone(), b.clone().negative()),
            _ => (test.clone(), Tree::int(0)),
        },
        _ => (test.clone(), Tree::int(0)),
    }
}

/// Digits of a decimal number that are shown.
const SHOWN: usize = 12;
/// Digits that tell every number from its neighbours.
const ALL: usize = 17;

/// So many significant digits of a number that is not negative, fewer where they say the same: the
/// digits, and the power of ten to multiply by where plain digits would be long.
fn significant(x: f64, digits: usize) -> (String, Option<i32>) {
    let shortest = format!("{x:e}");
    let held = shortest.bytes().take_while(|b| *b != b'e');
    let rounded = format!("{x:.*e}", digits.saturating_sub(1));
    let is_short = held.filter(u8::is_ascii_digit).count() <= digits;
    // What is rounded reads back as another number, whose own digits are few.
    let shown: f64 = if is_short {
        x
    } else {
        rounded.parse().unwrap_or(x)
    };
    if !shown.is_finite() || shown == 0.0 {
        return (shown.to_string(), None);
    }
    let scientific = format!("{shown:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..7).contains(&exponent) {
        return (shown.to_string(), None);
    }
    (mantissa.to_owned(), Some(exponent))
}
