//! A reader of text formulas, for tests: stricter than people are, so that a formula that it
//! reads is one that nobody can read otherwise.

use std::iter::Peekable;
use std::vec::IntoIter;

use super::random_tests::{SPECIAL, VARIABLES};

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(f64),
    /// An exponent in superscripts.
    Raised(i32),
    Name(String),
    Sign(char),
}

/// The value of a formula in text.
pub(super) fn read(source: &str) -> Result<f64, String> {
    let mut reader = Reader(tokens(source)?.into_iter().peekable());
    let value = reader.sum()?;
    match reader.0.next() {
        None => Ok(value),
        Some(rest) => Err(format!("{rest:?} left over")),
    }
}

fn superscript(c: char) -> Option<char> {
    let plain = "0123456789-".chars();
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"
        .chars()
        .zip(plain)
        .find(|(r, _)| *r == c)
        .map(|(_, p)| p)
}

fn tokens(source: &str) -> Result<Vec<Token>, String> {
    let mut rest = source.chars().peekable();
    let mut found = Vec::new();
    while let Some(&c) = rest.peek() {
        let mut run = |holds: &dyn Fn(char) -> bool| {
            let mut all = String::new();
            while let Some(c) = rest.next_if(|c| holds(*c)) {
                all.push(c);
            }
            all
        };
        if c.is_ascii_digit() {
            let digits = run(&|c| c.is_ascii_digit() || c == '.');
            found.push(Token::Number(digits.parse().map_err(|e| format!("{e}"))?));
        } else if superscript(c).is_some() {
            let raised = run(&|c| superscript(c).is_some());
            let plain: String = raised.chars().filter_map(superscript).collect();
            found.push(Token::Raised(plain.parse().map_err(|e| format!("{e}"))?));
        } else if c.is_alphabetic() {
            let letters = run(&char::is_alphabetic);
            names(&letters, &mut found);
        } else {
            rest.next();
            found.push(Token::Sign(c));
        }
    }
    Ok(found)
}

/// Long names stand alone; other letters are one name each.
fn names(letters: &str, found: &mut Vec<Token>) {
    let long = ["tau", "arcsin", "arccos", "for"];
    let special = SPECIAL.iter().any(|f| f.name() == letters);
    if special || long.contains(&letters) {
        found.push(Token::Name(letters.to_owned()));
    } else {
        found.extend(letters.chars().map(|c| Token::Name(c.to_string())));
    }
}

struct Reader(Peekable<IntoIter<Token>>);

impl Reader {
    fn take(&mut self, sign: char) -> bool {
        self.0.next_if(|t| *t == Token::Sign(sign)).is_some()
    }

    fn expect(&mut self, sign: char) -> Result<(), String> {
        let found = self.take(sign);
        found
            .then_some(())
            .ok_or_else(|| format!("no {sign} before {:?}", self.0.peek()))
    }

    fn sum(&mut self) -> Result<f64, String> {
        let mut total = if self.take('−') {
            -self.quotient()?
        } else {
            self.quotient()?
        };
        while let Some(Token::Sign(sign)) = self.0.peek().cloned() {
            if sign == ' ' {
                self.take(' ');
                continue;
            }
            if sign != '+' && sign != '−' {
                break;
            }
            self.take(sign);
            self.expect(' ')?;
            let term = self.quotient()?;
            total += if sign == '+' { term } else { -term };
        }
        Ok(total)
    }

    fn quotient(&mut self) -> Result<f64, String> {
        let above = self.product()?;
        if !self.take('/') {
            return Ok(above);
        }
        let below = self.power()?;
        match self.0.peek() {
            None | Some(Token::Sign(')' | ' ' | ',' | '}')) => Ok(above / below),
            Some(next) => Err(format!("{next:?} after a quotient")),
        }
    }

    fn product(&mut self) -> Result<f64, String> {
        let mut root = self.0.peek() == Some(&Token::Sign('√'));
        let mut total = self.power()?;
        loop {
            let explicit = self.take('·') || self.space_before_factor();
            let next = self.0.peek().cloned();
            match next {
                Some(Token::Name(name)) if name == "for" => return Ok(total),
                Some(Token::Name(_) | Token::Sign('(')) if root && !explicit => {
                    return Err("a factor that might stand under the root".to_owned());
                }
                Some(Token::Name(_) | Token::Sign('(' | '√' | '{')) => {}
                Some(Token::Number(_)) if explicit => {}
                Some(Token::Sign('×')) => {
                    self.take('×');
                }
                Some(Token::Number(_)) => return Err("numbers run together".to_owned()),
                _ => return Ok(total),
            }
            root = next == Some(Token::Sign('√'));
            total *= self.power()?;
        }
    }

    /// A blank, when it is not the one before a plus or minus.
    fn space_before_factor(&mut self) -> bool {
        let mut ahead = self.0.clone();
        let blank = ahead.next() == Some(Token::Sign(' '));
        let factor = match ahead.next() {
            Some(Token::Name(name)) => name != "for",
            other => matches!(other, Some(Token::Sign('(' | '√' | '{'))),
        };
        blank && factor && self.take(' ')
    }

    fn power(&mut self) -> Result<f64, String> {
        let base = self.atom()?;
        if let Some(Token::Raised(n)) = self.0.peek().cloned() {
            self.0.next();
            return Ok(base.powi(n));
        }
        if self.take('^') {
            return Ok(base.powf(self.atom()?));
        }
        Ok(base)
    }

    /// `2 for m < q, 3 for m > q}`.
    fn choice(&mut self) -> Result<f64, String> {
        let mut chosen = Err("no side holds".to_owned());
        for (order, end) in [('<', ','), ('>', '}')] {
            let value = self.sum()?;
            if self.0.next() != Some(Token::Name("for".to_owned())) {
                return Err("no condition".to_owned());
            }
            self.expect(' ')?;
            let left = self.sum()?;
            self.expect(order)?;
            self.expect(' ')?;
            let right = self.sum()?;
            self.expect(end)?;
            if (left < right) == (order == '<') {
                chosen = Ok(value);
            }
            self.take(' ');
        }
        chosen
    }

    fn atom(&mut self) -> Result<f64, String> {
        match self.0.next() {
            Some(Token::Number(x)) => Ok(x),
            Some(Token::Sign('(')) => {
                let inner = self.sum()?;
                self.expect(')')?;
                Ok(inner)
            }
            Some(Token::Sign('{')) => self.choice(),
            Some(Token::Sign('√')) => {
                let inner = self.atom()?.sqrt();
                match self.0.peek() {
                    Some(Token::Raised(_)) => Err("is the exponent under the root?".to_owned()),
                    _ => Ok(inner),
                }
            }
            Some(Token::Name(name)) => match name.as_str() {
                "arcsin" => Ok(self.atom()?.asin()),
                "arccos" => Ok(self.atom()?.acos()),
                "π" => Ok(std::f64::consts::PI),
                _ if SPECIAL.iter().any(|f| f.name() == name) => {
                    let found = SPECIAL.iter().find(|f| f.name() == name);
                    let argument = self.atom()?;
                    found.map(|f| f.evaluate(argument)).ok_or(name)
                }
                _ => {
                    let found = VARIABLES.iter().find(|(s, _)| s.text == name);
                    found
                        .map(|(_, x)| *x)
                        .ok_or_else(|| format!("unknown name {name}"))
                }
            },
            other => Err(format!("{other:?} where a factor should be")),
        }
    }
}

#[test]
fn the_reader_refuses_what_is_ambiguous() {
    assert_eq!(read("−2m²/(3q)"), Ok(-2.0 * 0.375 * 0.375 / (3.0 * 1.625)));
    for wrong in ["√mq", "m/2q", "23 4", "√q²", "m −q", "(m"] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}
