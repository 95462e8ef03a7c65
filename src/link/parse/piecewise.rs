//! `piecewise(x < -1: -1; x <= 1: x; 1)`: conditions ascending in x, the last piece without one.

use super::Parser;
use crate::link::error::{LinkError, quote};
use crate::link::expression::Expr;
use crate::link::token::Token;

impl Parser<'_> {
    /// What stands after the word `piecewise`.
    pub(super) fn piecewise(&mut self) -> Result<Expr, LinkError> {
        self.expect('(')?;
        let mut bounded: Vec<(f64, Expr)> = Vec::new();
        let last = loop {
            let start = self.at;
            let first = self.group()?;
            if *self.peek() != Token::Symbol('<') {
                break first;
            }
            let bound = self.bound(start, bounded.last().map(|(at, _)| *at))?;
            self.expect(':')?;
            bounded.push((bound, self.group()?));
            if !self.accept(';') || *self.peek() == Token::Symbol(')') {
                return Err(self.expected("';' and a last piece without a condition"));
            }
        };
        if bounded.is_empty() {
            return Err(self.expected("'<': a piece before the last has a condition such as x < 1"));
        }
        if !self.accept(')') {
            return Err(self.expected("')' (only the last piece has no condition x < ...)"));
        }
        let join = |right: Expr, (at, left): (f64, Expr)| {
            let side = Expr::subtract(Expr::x(), Expr::number(at));
            Expr::choose(side, left, right)
        };
        Ok(bounded.into_iter().rev().fold(last, join))
    }

    /// The end of a piece, before which the words from `start` are the left of its condition.
    fn bound(&mut self, start: usize, before: Option<f64>) -> Result<f64, LinkError> {
        let x = Token::Name("x".to_owned());
        if self.at != start + 1 || self.words[start].token != x {
            let expected = "x alone on the left of a condition, as in x < 1";
            return Err(self.expected_at(start, expected));
        }
        self.at += 1;
        let place = self.at;
        let bound = self.group()?.constant().filter(|at| at.is_finite());
        let Some(bound) = bound else {
            return Err(self.expected_at(place, "a finite number as the end of a piece"));
        };
        match before {
            Some(before) if bound <= before => {
                let expected =
                    format!("a number above {before}: conditions ascend, and no piece is empty");
                Err(self.expected_at(place, &expected))
            }
            _ => Ok(bound),
        }
    }

    /// Refuses the words from `from` up to the present one.
    fn expected_at(&self, from: usize, expected: &str) -> LinkError {
        let column = self.words.get(from).map_or(1, |word| word.column);
        LinkError::Syntax {
            text: quote(self.text, column),
            column,
            expected: expected.to_owned(),
            found: format!("'{}'", quote(&self.typed(from, self.at), 0)),
        }
    }
}
