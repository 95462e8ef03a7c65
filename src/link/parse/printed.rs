//! What people and formulas write otherwise, put into the words of the standard spelling: products of
//! a number, superscripts, roots, bars, pieces.

use super::Parser;
use crate::link::elementary;
use crate::link::error::{LinkError, quote};
use crate::link::expression::Expr;
use crate::link::names;
use crate::link::token::{Placed, Token};

impl Parser<'_> {
    /// A word of the standard spelling, put before the one at `at`.
    fn insert(&mut self, at: usize, token: Token) {
        let column = self
            .words
            .get(at)
            .map_or(self.text.chars().count() + 1, |word| word.column);
        let typed = String::new();
        let word = Placed {
            token,
            column,
            typed,
        };
        self.words.insert(at, word);
    }

    /// The operator that the word at `start` is taken into, signs between them left out.
    pub(super) fn operator_before(&self, start: usize) -> Option<char> {
        let sign = |token: &&Token| matches!(token, Token::Symbol('+' | '-'));
        let mut before = self.words[..start].iter().rev().map(|word| &word.token);
        match before.find(|token| !sign(token)) {
            Some(Token::Symbol(c)) => Some(*c),
            _ => None,
        }
    }

    /// A word of the standard spelling in the place of the one at `at`.
    fn replace(&mut self, at: usize, token: Token) {
        if let Some(word) = self.words.get_mut(at) {
            word.token = token;
        }
    }

    /// What was typed from the word `from` up to the word `to`.
    pub(super) fn typed(&self, from: usize, to: usize) -> String {
        let last = self.text.chars().count() + 1;
        let [from, to] = [from, to].map(|at| self.words.get(at).map_or(last, |w| w.column));
        let piece = self.text.chars().skip(from - 1).take(to - from);
        piece.collect::<String>().trim().to_owned()
    }

    /// Refuses a text with two readings that part at the word `at`.
    pub(super) fn ambiguous(&self, at: usize, first: &str, second: &str) -> LinkError {
        let column = self.words.get(at).map_or(1, |word| word.column);
        LinkError::Ambiguous {
            text: quote(self.text, column),
            column,
            first: quote(first, 0),
            second: quote(second, 0),
        }
    }

    /// A number that is at `start`, before a name or a parenthesis: their product, unless the number
    /// divides or is an exponent or under a root, when it is not clear what else does.
    pub(super) fn number_before(&mut self, start: usize, number: Expr) -> Result<Expr, LinkError> {
        let factor = match self.peek() {
            Token::Name(name) => name != names::FOR,
            Token::Symbol('|') => self.bars == 0,
            Token::Symbol(c) => matches!(c, '(' | '{' | '√'),
            _ => false,
        };
        if !factor {
            return Ok(number);
        }
        let (middle, before) = (self.at, self.operator_before(start));
        if let Some('/' | '^' | '√') = before {
            let left = self.typed(start, middle);
            self.nested(Self::power)?;
            let right = self.typed(middle, self.at);
            let head = self.typed(0, start);
            let first = format!("{head}{left}*{right}");
            let second = format!("{head}({left}*{right})");
            return Err(self.ambiguous(middle, &first, &second));
        }
        self.insert(middle, Token::Symbol('*'));
        Ok(number)
    }

    /// The exponent after `^`, or a superscript.
    pub(super) fn exponent(&mut self, raised: Option<f64>) -> Result<Expr, LinkError> {
        let Some(size) = raised else {
            self.at += 1;
            return self.nested(Self::signed);
        };
        self.replace(self.at, Token::Symbol('^'));
        self.at += 1;
        if size.is_sign_negative() {
            self.insert(self.at, Token::Symbol('-'));
            self.at += 1;
        }
        self.insert(self.at, Token::Number(size.abs()));
        self.at += 1;
        Ok(Expr::number(size))
    }

    /// `|x|`, which is `abs(x)`.
    pub(super) fn bars(&mut self) -> Result<Expr, LinkError> {
        self.replace(self.at, Token::Name("abs".to_owned()));
        self.at += 1;
        self.insert(self.at, Token::Symbol('('));
        self.at += 1;
        self.bars += 1;
        let inner = self.nested(Self::sum);
        self.bars -= 1;
        let inner = inner?;
        if *self.peek() != Token::Symbol('|') {
            return Err(self.expected("'|'"));
        }
        self.replace(self.at, Token::Symbol(')'));
        self.at += 1;
        Ok(elementary::abs(inner))
    }

    /// `√2`, `√x`, `√(1 + x²)`, which are square roots of one name, number or parenthesis.
    pub(super) fn root(&mut self) -> Result<Expr, LinkError> {
        let start = self.at;
        self.at += 1;
        let inner = self.nested(Self::atom)?;
        if let Token::Raised(_) | Token::Symbol('^') = self.peek() {
            let (sign, under) = (self.at, self.typed(start + 1, self.at));
            let first = format!("(√{under})^...");
            let second = format!("√({under}^...)");
            return Err(self.ambiguous(sign, &first, &second));
        }
        if let Some(Token::Number(_)) = self.words.get(start + 1).map(|w| &w.token) {
            self.number_before(start + 1, inner.clone())?;
        }
        let grouped = self.words.get(start + 1).map(|w| &w.token) == Some(&Token::Symbol('('));
        self.replace(start, Token::Name("sqrt".to_owned()));
        if !grouped {
            self.insert(self.at, Token::Symbol(')'));
            self.insert(start + 1, Token::Symbol('('));
            self.at += 2;
        }
        Ok(Expr::real_power(inner, 0.5))
    }

    /// `{0 for x < 1, x - 1 for x > 1}`: two pieces, their mean where they meet.
    pub(super) fn pieces(&mut self) -> Result<Expr, LinkError> {
        self.at += 1;
        let below = self.group()?;
        let (test, at) = self.condition('<')?;
        self.expect(',')?;
        let above = self.group()?;
        let (_, again) = self.condition('>')?;
        let words = |(from, to): (usize, usize)| self.words[from..to].iter().map(|w| &w.token);
        let same = words(at[0]).eq(words(again[0])) && words(at[1]).eq(words(again[1]));
        if !same {
            return Err(LinkError::Syntax {
                text: quote(self.text, self.column()),
                column: self.words.get(again[0].0).map_or(1, |word| word.column),
                expected: "the condition of the first piece with '>' in place of '<'".to_owned(),
                found: format!("'{}'", quote(&self.typed(again[0].0, again[1].1), 0)),
            });
        }
        self.expect('}')?;
        Ok(Expr::choose(test, below, above))
    }

    /// `for a < b`: `a - b`, and where the words of `a` and `b` are.
    fn condition(&mut self, order: char) -> Result<(Expr, [(usize, usize); 2]), LinkError> {
        if *self.peek() != Token::Name(names::FOR.to_owned()) {
            return Err(self.expected("'for'"));
        }
        self.at += 1;
        let start = self.at;
        let a = self.group()?;
        let middle = self.at;
        self.expect(order)?;
        let b = self.group()?;
        let places = [(start, middle), (middle + 1, self.at)];
        Ok((Expr::subtract(a, b), places))
    }

    pub(super) fn expect(&mut self, symbol: char) -> Result<(), LinkError> {
        if self.accept(symbol) {
            return Ok(());
        }
        Err(self.expected(&format!("'{symbol}'")))
    }
}
