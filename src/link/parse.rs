//! From words to an expression: precedence as in Python, `-x^2 = -(x^2)`, `^` to the right.

use std::f64::consts::{E, PI};
use std::sync::Arc;

use super::builtin::{BuiltinLink, Maker};
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
    // Blanks are free, so that the standard spelling, which adds some, can be read again.
    let length = text.chars().filter(|c| !c.is_whitespace()).count();
    if length > MAX_LENGTH {
        return Err(LinkError::TooLong {
            length,
            limit: MAX_LENGTH,
        });
    }
    let words = tokens(text)?;
    let canonical = canonical(&words);
    let mut parser = Parser {
        text,
        words,
        at: 0,
        depth: 0,
    };
    let expr = parser.sum()?;
    match parser.peek() {
        Token::End => Ok(Parsed { expr, canonical }),
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

struct Parser<'a> {
    text: &'a str,
    words: Vec<Placed>,
    at: usize,
    depth: usize,
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
        self.expected("an operator (a product is written with *, as in 2*x)")
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
        let base = self.atom()?;
        if self.accept('^') {
            let exponent = self.nested(Self::signed)?;
            return Ok(general_power(base, exponent));
        }
        Ok(base)
    }

    fn atom(&mut self) -> Result<Expr, LinkError> {
        let Some(word) = self.words.get(self.at).cloned() else {
            return Err(self.expected("a number, x, or a name"));
        };
        match &word.token {
            Token::Number(value) => {
                self.at += 1;
                self.not_called(Expr::number(*value))
            }
            Token::Name(name) => {
                self.at += 1;
                self.named(&word, name)
            }
            Token::Symbol('(') => {
                self.at += 1;
                let inner = self.nested(Self::sum)?;
                self.close()?;
                Ok(inner)
            }
            _ => Err(self.expected("a number, x, a name, or '('")),
        }
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
            _ => {}
        }
        if let Some(function) = names::elementary(name) {
            return self.elementary(word, function);
        }
        match names::builtin(name) {
            Some((entry, digits)) => self.builtin(word, entry, digits),
            None => Err(names::unknown(word, self.text)),
        }
    }

    /// The arguments in parentheses; a bare name means the argument `x`.
    fn arguments(&mut self) -> Result<Option<Vec<Expr>>, LinkError> {
        if !self.accept('(') {
            return Ok(None);
        }
        let mut arguments = vec![self.nested(Self::sum)?];
        while self.accept(',') {
            arguments.push(self.nested(Self::sum)?);
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

    fn builtin(
        &mut self,
        word: &Placed,
        entry: &BuiltinLink,
        digits: &str,
    ) -> Result<Expr, LinkError> {
        let function = names::make(word, entry, digits)?;
        let Some(arguments) = self.arguments()? else {
            return Ok(Expr::call(function, Expr::x()));
        };
        let Maker::Parameter { make, .. } = entry.maker else {
            return match arguments.as_slice() {
                [g] => Ok(Expr::call(function, g.clone())),
                _ => Err(self.wrong_count(word, "1 argument", arguments.len())),
            };
        };
        // One constant argument is the parameter, one expression the argument, two are both.
        let (g, parameter) = match arguments.as_slice() {
            [one] if one.constant().is_some() => (Expr::x(), one),
            [one] => return Ok(Expr::call(function, one.clone())),
            [g, parameter] => (g.clone(), parameter),
            _ => return Err(self.wrong_count(word, "1 or 2 arguments", arguments.len())),
        };
        match parameter.constant() {
            Some(value) if value.is_finite() => Ok(Expr::call(Arc::clone(&make(value)), g)),
            _ => Err(LinkError::BadParameter {
                function: entry.name.to_owned(),
                column: word.column,
                usage: entry.parameters.to_owned(),
            }),
        }
    }
}
