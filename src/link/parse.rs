//! From words to an expression: precedence as in Python, `-x^2 = -(x^2)`, `^` to the right.
//!
//! What is written otherwise, `2 x`, `x²`, `√2`, `|x|`, is put into the words of the standard
//! spelling while it is read: `2*x`, `x^2`, `sqrt(2)`, `abs(x)`. A text with two readings is refused.

mod call;
mod piecewise;
mod printed;

use std::f64::consts::{E, PI};

use super::differentiate::general_power;
use super::elementary::Elementary;
use super::error::{LinkError, quote};
use super::expression::Expr;
use super::names;
use super::token::{Placed, Token, canonical, tokens};

/// The longest text: far above any formula one would type, far below what could exhaust a stack.
const MAX_LENGTH: usize = 1000;

/// The deepest nesting of parentheses, signs and powers.
const MAX_DEPTH: usize = 64;

/// A text read: its expression and its standard spelling.
pub(super) struct Parsed {
    /// The expression.
    pub(super) expr: Expr,
    /// The standard spelling.
    pub(super) canonical: String,
}

/// Reads a trimmed text.
pub(super) fn parse(text: &str) -> Result<Parsed, LinkError> {
    if text.is_empty() {
        return Err(LinkError::Empty);
    }
    within(text)?;
    let mut parser = Parser {
        text,
        words: tokens(text)?,
        at: 0,
        depth: 0,
        bars: 0,
    };
    let expr = parser.sum()?;
    match parser.peek() {
        Token::End => {
            let canonical = canonical(&parser.words);
            within(&canonical)?;
            Ok(Parsed { expr, canonical })
        }
        Token::Symbol(')') => {
            Err(parser.expected("an operator or the end (this parenthesis was never opened)"))
        }
        Token::Symbol(',') => {
            Err(parser
                .expected("an operator or the end (a comma belongs inside max, min, leaky-relu)"))
        }
        _ => Err(parser.missing_operator()),
    }
}

/// Blanks are free: the standard spelling adds some, and must be readable itself.
fn within(text: &str) -> Result<(), LinkError> {
    let length = text.chars().filter(|c| !c.is_whitespace()).count();
    if length > MAX_LENGTH {
        return Err(LinkError::TooLong {
            length,
            limit: MAX_LENGTH,
        });
    }
    Ok(())
}

struct Parser<'a> {
    text: &'a str,
    words: Vec<Placed>,
    at: usize,
    depth: usize,
    /// Bars `|` that wait for their partner, parentheses around them not counted.
    bars: usize,
}

impl Parser<'_> {
    fn peek(&self) -> &Token {
        self.words
            .get(self.at)
            .map_or(&Token::End, |word| &word.token)
    }

    fn column(&self) -> usize {
        self.words
            .get(self.at)
            .map_or(self.text.chars().count() + 1, |word| word.column)
    }

    fn accept(&mut self, symbol: char) -> bool {
        let found = *self.peek() == Token::Symbol(symbol);
        self.at += usize::from(found);
        found
    }

    fn expected(&self, expected: &str) -> LinkError {
        LinkError::Syntax {
            text: quote(self.text, self.column()),
            column: self.column(),
            expected: expected.to_owned(),
            found: self.peek().describe(),
        }
    }

    fn missing_operator(&self) -> LinkError {
        self.expected(
            "an operator (a product is written with *; only a number may stand right before a name or a parenthesis)",
        )
    }

    /// Runs `inner` one level deeper.
    fn nested(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<Expr, LinkError>,
    ) -> Result<Expr, LinkError> {
        if self.depth >= MAX_DEPTH {
            return Err(LinkError::TooDeep {
                column: self.column(),
                limit: MAX_DEPTH,
            });
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn sum(&mut self) -> Result<Expr, LinkError> {
        let mut left = self.product()?;
        loop {
            if self.accept('+') {
                left = Expr::add(left, self.product()?);
            } else if self.accept('-') {
                left = Expr::subtract(left, self.product()?);
            } else {
                return Ok(left);
            }
        }
    }

    fn product(&mut self) -> Result<Expr, LinkError> {
        let mut left = self.signed()?;
        loop {
            if self.accept('*') {
                left = Expr::multiply(left, self.signed()?);
            } else if self.accept('/') {
                left = Expr::divide(left, self.signed()?);
            } else {
                return Ok(left);
            }
        }
    }

    fn signed(&mut self) -> Result<Expr, LinkError> {
        if self.accept('-') {
            Ok(Expr::negate(self.nested(Self::signed)?))
        } else if self.accept('+') {
            self.nested(Self::signed)
        } else {
            self.power()
        }
    }

    fn power(&mut self) -> Result<Expr, LinkError> {
        let start = self.at;
        let base = self.atom()?;
        let plain = matches!(self.words[start].token, Token::Number(_));
        let raised = match *self.peek() {
            Token::Symbol('^') => None,
            Token::Raised(exponent) => Some(exponent),
            _ if plain => return self.number_before(start, base),
            _ => return Ok(base),
        };
        let (sign, exponent) = (self.at, self.exponent(raised)?);
        let under = self.operator_before(start);
        let twice = matches!(self.peek(), Token::Raised(_) | Token::Symbol('^'));
        if twice || raised.is_some() && under == Some('^') {
            let (a, b) = (self.typed(start, sign), self.typed(sign, self.at));
            let (first, second) = (format!("({a}{b})^..."), format!("{a}^(...^...)"));
            return Err(self.ambiguous(sign, &first, &second));
        }
        let whole = general_power(base, exponent);
        // What follows a superscript is not in the exponent.
        if plain && raised.is_some() {
            return self.number_before(start, whole);
        }
        Ok(whole)
    }

    fn atom(&mut self) -> Result<Expr, LinkError> {
        let Some(word) = self.words.get(self.at).cloned() else {
            return Err(self.expected("a number, x, or a name"));
        };
        match &word.token {
            Token::Number(value) => {
                self.at += 1;
                Ok(Expr::number(*value))
            }
            Token::Name(name) => {
                self.at += 1;
                self.named(&word, name)
            }
            Token::Symbol('(') => {
                self.at += 1;
                let inner = self.group()?;
                self.close()?;
                Ok(inner)
            }
            Token::Symbol('|') => self.bars(),
            Token::Symbol('√') => self.root(),
            Token::Symbol('{') => self.pieces(),
            _ => Err(self.expected("a number, x, a name, or '('")),
        }
    }

    /// What stands between parentheses.
    fn group(&mut self) -> Result<Expr, LinkError> {
        let outside = std::mem::take(&mut self.bars);
        let inner = self.nested(Self::sum);
        self.bars = outside;
        inner
    }

    fn not_called(&self, expr: Expr) -> Result<Expr, LinkError> {
        match self.peek() {
            Token::Symbol('(') => Err(self.missing_operator()),
            _ => Ok(expr),
        }
    }

    fn close(&mut self) -> Result<(), LinkError> {
        if self.accept(')') {
            return Ok(());
        }
        match self.peek() {
            Token::End | Token::Symbol(_) => Err(self.expected("')'")),
            _ => Err(self.missing_operator()),
        }
    }

    fn named(&mut self, word: &Placed, name: &str) -> Result<Expr, LinkError> {
        match name {
            "x" => return self.not_called(Expr::x()),
            "pi" => return self.not_called(Expr::number(PI)),
            "e" => return self.not_called(Expr::number(E)),
            names::PIECEWISE => return self.piecewise(),
            _ => {}
        }
        if let Some(function) = names::elementary(name) {
            return self.elementary(word, function);
        }
        match names::builtin(name) {
            Some((entry, digits)) => self.builtin(word, entry, digits),
            None => Err(names::unknown((&word.typed, word.column), self.text)),
        }
    }

    /// The arguments in parentheses; a bare name means the argument `x`.
    fn arguments(&mut self) -> Result<Option<Vec<Expr>>, LinkError> {
        if !self.accept('(') {
            return Ok(None);
        }
        let mut arguments = vec![self.group()?];
        while self.accept(',') {
            arguments.push(self.group()?);
        }
        self.close()?;
        Ok(Some(arguments))
    }

    fn wrong_count(&self, word: &Placed, expected: &str, found: usize) -> LinkError {
        LinkError::ArgumentCount {
            function: quote(&word.typed, 0),
            column: word.column,
            text: quote(self.text, word.column),
            expected: expected.to_owned(),
            found,
        }
    }

    fn elementary(&mut self, word: &Placed, function: &Elementary) -> Result<Expr, LinkError> {
        let arguments = self.arguments()?.unwrap_or_else(|| vec![Expr::x()]);
        let expected = match function.arguments {
            1 => "1 argument",
            _ => "2 arguments",
        };
        function
            .call(&arguments)
            .ok_or_else(|| self.wrong_count(word, expected, arguments.len()))
    }
}
