//! Formulas as Unicode text.
//!
//! A slash takes the whole product before it and one factor after it; a root sign takes one name,
//! one number or one group after it. In formulas to be read back every product but that of a number
//! with a name or a parenthesis is marked by a dot, and numbers have all their digits.

use std::convert::Infallible;

use num_traits::Signed;
use unicode_width::UnicodeWidthStr;

use super::wrap::{Break, wrap};
use super::{ALL, Binding, Notation, Piece, SHOWN, sides, significant};
use crate::algebra::{Exponent, Function, Rational, Special, Symbol, Tree};

/// The formula on one line.
pub fn text(tree: &Tree) -> String {
    written(tree, Text { marked: false })
}

/// The formula of a link on one line, which [`Link::parse`](crate::link::Link::parse) reads back.
pub fn link_text(tree: &Tree) -> String {
    written(tree, Text { marked: true })
}

fn written(tree: &Tree, text: Text) -> String {
    let Ok(piece) = text.piece(tree);
    text.whole(&piece)
}

/// The formula on lines of at most `width` terminal columns, broken before the plus or minus
/// between terms where possible, else between factors. All lines but the first begin with
/// `indent` spaces; the first leaves that many columns free for what the caller writes there.
pub fn lines(tree: &Tree, width: usize, indent: usize) -> Vec<String> {
    folded(&text(tree), width, indent)
}

/// The lines of a formula in text.
pub fn folded(whole: &str, width: usize, indent: usize) -> Vec<String> {
    let room = width.saturating_sub(indent);
    let parts = wrap(whole, &breaks(whole), room, &|t| t.width(), true);
    let place = |(i, part): (usize, String)| match i {
        0 => part,
        _ => " ".repeat(indent) + &part,
    };
    parts.into_iter().enumerate().map(place).collect()
}

/// Where a line may end: at even ranks between terms, at odd ones between factors, each the
/// higher the deeper in parentheses.
fn breaks(whole: &str) -> Vec<Break> {
    let mut found = Vec::new();
    let mut depth: usize = 0;
    let mut before = ' ';
    for (at, c) in whole.char_indices() {
        let rest = &whole[at..];
        let term = rest.starts_with(" + ") || rest.starts_with(" − ");
        let factor = match c {
            ' ' => !matches!(before, '+' | '−' | ','),
            '(' => before == ')',
            '/' => rest.starts_with("/("),
            '·' => true,
            _ => false,
        };
        if term || factor || c == ' ' {
            let penalty = if term {
                0
            } else if factor {
                1
            } else {
                // After a sign or a comma: only when nothing else fits.
                1000
            };
            found.push(Break {
                at,
                skip: usize::from(c == ' '),
                rank: 2 * depth + penalty,
            });
        }
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        before = c;
    }
    found
}

/// The notation.
#[derive(Clone, Copy)]
struct Text {
    /// Whether the text is to be read back.
    marked: bool,
}

impl Text {
    fn tree(self, tree: &Tree) -> String {
        written(tree, self)
    }
}

impl Notation for Text {
    type Error = Infallible;
    const MINUS: &'static str = "−";

    fn between(&self) -> (&'static str, &'static str) {
        (" + ", " − ")
    }

    fn enclosed(&self, inner: &str) -> String {
        format!("({inner})")
    }

    fn number(&self, n: &Rational) -> Result<Piece, Infallible> {
        let binding = if n.is_integer() {
            Binding::Atom
        } else {
            Binding::Quotient
        };
        Ok(Piece::new(n.to_string(), binding))
    }

    fn decimal(&self, x: f64) -> Result<Piece, Infallible> {
        let digits = if self.marked { ALL } else { SHOWN };
        Ok(match significant(x, digits) {
            (digits, None) => Piece::atom(digits),
            (digits, Some(ten)) => {
                let ten = superscript(i64::from(ten));
                Piece::new(format!("{digits}×10{ten}"), Binding::Product)
            }
        })
    }

    fn pi(&self) -> Piece {
        Piece::atom("π")
    }

    fn symbol(&self, symbol: Symbol) -> Piece {
        // A name that ends in a superscript takes no second one.
        let simple = symbol
            .text
            .chars()
            .all(|c| !SUPERSCRIPTS.contains(c) && c != '^');
        let binding = if simple {
            Binding::Atom
        } else {
            Binding::Power
        };
        Piece::new(symbol.text, binding)
    }

    fn product(&self, factors: &[String]) -> String {
        let mut written = String::new();
        let mut before: Option<&String> = None;
        for factor in factors {
            if let Some(before) = before {
                written += if self.marked {
                    mark(before, factor)
                } else {
                    glue(before, factor)
                };
            }
            written += factor;
            before = Some(factor);
        }
        written
    }

    fn quotient(&self, above: &Piece, below: &Piece) -> Piece {
        let above = self.held(above, Binding::Product);
        let below = self.held(below, Binding::Power);
        Piece::new(format!("{above}/{below}"), Binding::Quotient)
    }

    fn power(&self, base: &Piece, exponent: Exponent) -> Piece {
        if exponent == Exponent::new(1, 2) {
            let simple = base.binding == Binding::Atom && !base.negative && is_short(&base.text);
            let under = if simple {
                base.text.clone()
            } else {
                self.enclosed(&self.whole(base))
            };
            return Piece::new(format!("√{under}"), Binding::Power);
        }
        let base = self.held(base, Binding::Atom);
        let raised = if exponent.is_integer() {
            base + &superscript(*exponent.numer())
        } else {
            let sign = if exponent.is_negative() { "−" } else { "" };
            format!("{base}^({sign}{})", exponent.abs())
        };
        Piece::new(raised, Binding::Power)
    }

    fn call(&self, function: Function, argument: &Piece) -> Piece {
        let name = match function {
            Function::ArcSin => "arcsin",
            Function::ArcCos => "arccos",
        };
        Piece::atom(format!("{name}({})", self.whole(argument)))
    }

    fn special_function(&self, function: Special, argument: &Piece) -> Piece {
        let name = match function {
            Special::Hermite(degree) => format!("He{}", subscript(degree)),
            other => other.name().to_owned(),
        };
        Piece::atom(format!("{name}({})", self.whole(argument)))
    }

    fn special(&self, tree: &Tree) -> Result<Piece, Infallible> {
        Ok(match tree {
            Tree::Choose {
                test,
                negative,
                positive,
            } => {
                let (a, b) = sides(test);
                let [a, b, left, right] = [&a, &b, negative, positive].map(|t| self.tree(t));
                Piece::atom(format!("{{{left} for {a} < {b}, {right} for {a} > {b}}}"))
            }
            Tree::Apply(name, arguments) => {
                let arguments: Vec<String> = arguments.iter().map(|t| self.tree(t)).collect();
                Piece::atom(format!("{}({})", name.text, arguments.join(", ")))
            }
            Tree::FormalPower(base, exponent) => {
                let base = self.held(&self.piece(base)?, Binding::Atom);
                let exponent = self.held(&self.piece(exponent)?, Binding::Atom);
                Piece::new(format!("{base}^{exponent}"), Binding::Power)
            }
            Tree::Factorial(inner) => {
                let inner = self.held(&self.piece(inner)?, Binding::Atom);
                Piece::new(format!("{inner}!"), Binding::Power)
            }
            Tree::Mean(inner) => Piece::atom(format!("E[{}]", self.tree(inner))),
            Tree::Series {
                index,
                from,
                to,
                term,
            } => {
                let range = match to {
                    Some(to) => format!("{{{}={from}}}^{{{to}}}", index.text),
                    None => format!("{{{}≥{from}}}", index.text),
                };
                let term = self.piece(term)?;
                let sign = if term.negative { "−" } else { "" };
                let size = term.clone().signed(term.negative);
                let term = self.held(&size, Binding::Quotient);
                Piece::new(format!("Σ_{range} {sign}{term}"), Binding::Series)
            }
            other => self.piece(other)?,
        })
    }
}

const SUPERSCRIPTS: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻";

fn superscript(n: i64) -> String {
    let raised = |c: char| {
        let digit = c.to_digit(10).map_or(10, |d| d as usize);
        SUPERSCRIPTS.chars().nth(digit)
    };
    n.to_string().chars().filter_map(raised).collect()
}

fn subscript(n: u32) -> String {
    let lowered = |c: char| "₀₁₂₃₄₅₆₇₈₉".chars().nth(c.to_digit(10)? as usize);
    n.to_string().chars().filter_map(lowered).collect()
}

/// A number, or a name of one letter with its marks.
fn is_short(text: &str) -> bool {
    let number = text.chars().all(|c| c.is_ascii_digit());
    number || (!is_long_name(text) && !text.contains(['(', '[', '.']))
}

/// Begins with a name of two letters or more.
fn is_long_name(text: &str) -> bool {
    let mut letters = text.chars();
    let two = [letters.next(), letters.next()];
    two.iter()
        .all(|c| c.is_some_and(|c| c.is_alphabetic() || c == '_'))
}

/// A function's value, an average or a series.
fn is_value(text: &str) -> bool {
    let named = text.starts_with(char::is_alphabetic);
    let name = text.split(['^', '(', '[']).next().unwrap_or("");
    (named && text[name.len()..].starts_with(['(', '['])) || text.starts_with('Σ')
}

/// What stands between two factors that are to be read back: a blank or nothing after a number.
fn mark(before: &str, after: &str) -> &'static str {
    let number = before.chars().all(|c| c.is_ascii_digit() || c == '.');
    match after.chars().next() {
        Some(c) if number && c.is_alphabetic() && is_long_name(after) => " ",
        Some(c) if number && (c.is_alphabetic() || c == '(') => "",
        _ => "·",
    }
}

/// What stands between two factors for the reader to tell them apart.
fn glue(before: &str, after: &str) -> &'static str {
    if after.starts_with(|c: char| c.is_ascii_digit()) {
        return "·";
    }
    let braces = after.starts_with('{') || before.ends_with('}');
    if is_long_name(after) || is_value(after) || braces {
        return " ";
    }
    // A parenthesis would seem to hold an argument; other factors to stand in the exponent.
    if is_value(before) || is_long_name(before) || before.contains('^') || before.ends_with('!') {
        return if after.starts_with('(') { "·" } else { " " };
    }
    // What follows would seem to stand under the root.
    if before.starts_with('√') && !after.starts_with('√') {
        return "·";
    }
    ""
}
