//! The words of the expression language.

use super::error::{LinkError, quote};
use super::names;

/// One word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A number.
    Number(f64),
    /// A name, in lower case, aliases replaced.
    Name(String),
    /// One of `+ - * / ^ ( ) ,`; `**` is read as `^`.
    Symbol(char),
    /// The end of the text.
    End,
}

impl Token {
    /// The word in messages.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Number(value) => format!("the number {}", number_text(*value)),
            Self::Name(name) => format!("'{name}'"),
            Self::Symbol(c) => format!("'{c}'"),
            Self::End => "the end".to_owned(),
        }
    }
}

/// A word and the column of its first character.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    /// The word.
    pub(super) token: Token,
    /// Its column, from 1.
    pub(super) column: usize,
    /// A name as typed; empty for other words.
    pub(super) typed: String,
}

/// Cuts a text into words; the last one is [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, LinkError> {
    let chars: Vec<char> = text.chars().collect();
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        let (token, length) = next(text, &chars, at)?;
        let typed = match token {
            Token::Name(_) => chars[at..at + length].iter().collect(),
            _ => String::new(),
        };
        words.push(Placed {
            token,
            column: at + 1,
            typed,
        });
        at += length;
    }
    words.push(Placed {
        token: Token::End,
        column: chars.len() + 1,
        typed: String::new(),
    });
    Ok(words)
}

/// The word that starts at `at`, and how many characters it takes.
fn next(text: &str, chars: &[char], at: usize) -> Result<(Token, usize), LinkError> {
    let c = chars[at];
    if c.is_ascii_digit() || c == '.' {
        return number(text, chars, at);
    }
    if c.is_alphabetic() || c == '_' {
        return Ok(name(chars, at));
    }
    if c == '*' && chars.get(at + 1) == Some(&'*') {
        return Ok((Token::Symbol('^'), 2));
    }
    if "+-*/^(),".contains(c) {
        return Ok((Token::Symbol(c), 1));
    }
    Err(LinkError::Syntax {
        text: quote(text, at + 1),
        column: at + 1,
        expected: "a number, x, a name, or one of + - * / ^ ( ) ,".to_owned(),
        found: format!("'{}'", c.escape_debug()),
    })
}

/// `12`, `1.5`, `.5`, `1e-3`; an `e` without digits after it is left for the name `e`.
fn number(text: &str, chars: &[char], at: usize) -> Result<(Token, usize), LinkError> {
    let digits = |from: usize| {
        chars[from..]
            .iter()
            .take_while(|c| c.is_ascii_digit())
            .count()
    };
    let mut end = at + digits(at);
    if chars.get(end) == Some(&'.') {
        end += 1;
        end += digits(end);
    }
    if matches!(chars.get(end), Some('e' | 'E')) {
        let sign = usize::from(matches!(chars.get(end + 1), Some('+' | '-')));
        let exponent = digits((end + 1 + sign).min(chars.len()));
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    let written: String = chars[at..end].iter().collect();
    match written.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok((Token::Number(value), end - at)),
        _ => Err(LinkError::Syntax {
            text: quote(text, at + 1),
            column: at + 1,
            expected: "a finite number such as 0.5 or 1e-3".to_owned(),
            found: format!("'{}'", quote(&written, 0)),
        }),
    }
}

/// A name; one with a hyphen (`leaky-relu`) is read whole when it is known.
fn name(chars: &[char], at: usize) -> (Token, usize) {
    let is_part = |c: &&char| c.is_alphanumeric() || **c == '_';
    let mut length = chars[at..].iter().take_while(is_part).count();
    for known in names::hyphenated() {
        let size = known.chars().count();
        let typed = chars.get(at..at + size).unwrap_or_default();
        let ends = !chars.get(at + size).as_ref().is_some_and(is_part);
        if ends && typed.iter().collect::<String>().eq_ignore_ascii_case(known) {
            length = size;
        }
    }
    let typed: String = chars[at..at + length].iter().collect();
    (Token::Name(names::canonical(&typed.to_lowercase())), length)
}

/// The text in one standard spelling: lower case, one spacing, aliases and `**` replaced.
pub(super) fn canonical(words: &[Placed]) -> String {
    let mut text = String::new();
    let mut after_operand = false;
    let mut i = 0;
    while let Some(word) = words.get(i) {
        i += 1;
        match &word.token {
            Token::Number(value) => text.push_str(&number_text(*value)),
            Token::Name(name) => {
                text.push_str(name);
                let called = words.get(i).map(|w| &w.token) == Some(&Token::Symbol('('));
                if !called && names::elementary(name).is_some() {
                    text.push_str("(x)");
                } else if names::is_builtin(name) && is_call_on_x(&words[i..]) {
                    i += 3;
                }
            }
            Token::Symbol(c @ ('+' | '-')) if after_operand => {
                text.extend([' ', *c, ' ']);
            }
            Token::Symbol(',') => text.push_str(", "),
            Token::Symbol(c) => text.push(*c),
            Token::End => {}
        }
        after_operand = match &word.token {
            Token::Symbol(c) => *c == ')',
            _ => true,
        };
    }
    text
}

fn is_call_on_x(words: &[Placed]) -> bool {
    let mut tokens = words.iter().map(|w| &w.token);
    tokens.next() == Some(&Token::Symbol('('))
        && tokens.next() == Some(&Token::Name("x".to_owned()))
        && tokens.next() == Some(&Token::Symbol(')'))
}

/// A number as short as it can be read back exactly.
fn number_text(value: f64) -> String {
    let text = format!("{value:?}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}
