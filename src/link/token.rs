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
    /// One of `+ - * / ^ ( ) , √ | { } < > ; :`; `**` is read as `^`, `<=` as `<`, a printed minus,
    /// dot or cross as `-` and `*`.
    Symbol(char),
    /// A superscript, the exponent of what stands before it.
    Raised(f64),
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
            Self::Raised(value) => format!("the superscript {}", number_text(*value)),
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

/// Numbers that are one character.
const FRACTIONS: [(char, f64); 8] = [
    ('½', 0.5),
    ('⅓', 1.0 / 3.0),
    ('⅔', 2.0 / 3.0),
    ('¼', 0.25),
    ('¾', 0.75),
    ('⅕', 0.2),
    ('⅙', 1.0 / 6.0),
    ('⅛', 0.125),
];

/// The word that starts at `at`, and how many characters it takes.
fn next(text: &str, chars: &[char], at: usize) -> Result<(Token, usize), LinkError> {
    let c = chars[at];
    if c.is_ascii_digit() || c == '.' {
        return number(text, chars, at);
    }
    if let Some((_, value)) = FRACTIONS.iter().find(|(fraction, _)| *fraction == c) {
        return Ok((Token::Number(*value), 1));
    }
    if let Some(raised) = raised(chars, at) {
        return Ok(raised);
    }
    if c == 'π' {
        return Ok((Token::Name("pi".to_owned()), 1));
    }
    if is_name_part(c) {
        return Ok(name(chars, at));
    }
    if c == '*' && chars.get(at + 1) == Some(&'*') {
        return Ok((Token::Symbol('^'), 2));
    }
    match c {
        // At a break the value is the mean of both sides, whichever sign is written.
        '≤' => return Ok((Token::Symbol('<'), 1)),
        '≥' => return Ok((Token::Symbol('>'), 1)),
        '<' | '>' if chars.get(at + 1) == Some(&'=') => return Ok((Token::Symbol(c), 2)),
        '−' => return Ok((Token::Symbol('-'), 1)),
        '·' | '⋅' | '×' | '∗' => return Ok((Token::Symbol('*'), 1)),
        _ if "+-*/^(),√|{}<>;:".contains(c) => return Ok((Token::Symbol(c), 1)),
        _ => {}
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
        let sign = usize::from(matches!(chars.get(end + 1), Some('+' | '-' | '−')));
        let exponent = digits((end + 1 + sign).min(chars.len()));
        if exponent > 0 {
            end += 1 + sign + exponent;
        } else if sign > 0 {
            return Err(half_an_exponent(text, &chars[at..end + 2], end + 1));
        }
    }
    let written: String = chars[at..end].iter().collect();
    match written.replace('−', "-").parse::<f64>() {
        Ok(value) if value.is_finite() => Ok((Token::Number(value), end - at)),
        _ => Err(LinkError::Syntax {
            text: quote(text, at + 1),
            column: at + 1,
            expected: "a finite number such as 0.5 or 1e-3".to_owned(),
            found: format!("'{}'", quote(&written, 0)),
        }),
    }
}

/// `2e-x`: half of `2e-3`, or `2*e - x`.
fn half_an_exponent(text: &str, written: &[char], column: usize) -> LinkError {
    let written: String = written.iter().collect();
    let factor: String = written
        .chars()
        .take_while(|c| !matches!(c, 'e' | 'E'))
        .collect();
    let sign = written.chars().last().unwrap_or('-');
    LinkError::Ambiguous {
        text: quote(text, column),
        column,
        first: format!("{written}3"),
        second: format!("{factor}*e {sign} ..."),
    }
}

/// `²`, `⁻¹`, `¹⁵`: the exponent, and how many characters it takes.
fn raised(chars: &[char], at: usize) -> Option<(Token, usize)> {
    let digit = |c: &char| "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().position(|d| d == *c);
    let sign = usize::from(chars.get(at) == Some(&'⁻'));
    let digits: Vec<usize> = chars[at + sign..].iter().map_while(digit).collect();
    let size = digits.iter().fold(0.0, |n, d| 10.0 * n + *d as f64);
    let value = if sign > 0 { -size } else { size };
    (!digits.is_empty()).then_some((Token::Raised(value), sign + digits.len()))
}

/// A letter, digit or underscore; subscripts are digits, superscripts are not.
fn is_name_part(c: char) -> bool {
    c.is_alphabetic() && c != 'π' || c == '_' || c.is_ascii_digit() || subscript(c).is_some()
}

/// `3` for `₃`.
fn subscript(c: char) -> Option<char> {
    let digit = "₀₁₂₃₄₅₆₇₈₉".chars().position(|d| d == c)?;
    char::from_digit(u32::try_from(digit).ok()?, 10)
}

/// A name; one with a hyphen (`leaky-relu`) is read whole when it is known.
fn name(chars: &[char], at: usize) -> (Token, usize) {
    let mut length = chars[at..].iter().take_while(|c| is_name_part(**c)).count();
    for known in names::hyphenated() {
        let size = known.chars().count();
        let typed = chars.get(at..at + size).unwrap_or_default();
        let ends = !chars.get(at + size).is_some_and(|c| is_name_part(*c));
        if ends && typed.iter().collect::<String>().eq_ignore_ascii_case(known) {
            length = size;
        }
    }
    let plain = |c: &char| subscript(*c).unwrap_or(*c);
    let typed: String = chars[at..at + length].iter().map(plain).collect();
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
            Token::Name(name) if name == names::FOR => text.push_str(" for "),
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
            Token::Symbol(c @ (',' | ';' | ':')) => text.extend([*c, ' ']),
            Token::Symbol(c @ ('<' | '>')) => text.extend([' ', *c, ' ']),
            Token::Symbol(c) => text.push(*c),
            // The parser has replaced superscripts.
            Token::Raised(_) | Token::End => {}
        }
        after_operand = match &word.token {
            Token::Symbol(c) => matches!(c, ')' | '}'),
            Token::Name(name) => name != names::FOR,
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
