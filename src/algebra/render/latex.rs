//! Formulas in LaTeX, for amsmath and KaTeX alike.
//!
//! Parentheses around what is no taller than a line are plain ones, which take no space of their
//! own and may be broken in; only taller ones are `\left( ... \right)`.

use std::convert::Infallible;

use super::wrap::{Break, wrap};
use super::{Binding, Notation, Piece, SHOWN, sides, significant};
use crate::algebra::{Exponent, Function, Rational, Special, Symbol, Tree};

/// The formula, for math mode.
pub fn latex(tree: &Tree) -> String {
    written(&opened(tree, &has_quotient))
}

/// The formula in pieces for the lines of an `align`, about `columns` characters each as they are
/// set; all but the first begin with `\quad`. To be joined by ` \\ &`.
pub fn latex_lines(tree: &Tree, columns: usize) -> Vec<String> {
    let mut whole = latex(tree);
    if set_width(&whole) > columns {
        whole = written(&opened(tree, &|_| true));
    }
    let parts = wrap(&whole, &breaks(&whole), columns, &set_width, false);
    let place = |(i, part): (usize, String)| match i {
        0 => part,
        // The empty group makes a sign at the start a binary one.
        _ => format!(r"\quad {{}} {}", part.trim_start()),
    };
    parts.into_iter().enumerate().map(place).collect()
}

fn written(tree: &Tree) -> String {
    let Ok(piece) = Latex.piece(tree);
    Latex.whole(&piece)
}

/// Sums taken out of numerators when they hold fractions of their own or, in what is broken into
/// lines, always: `(a/b)(c + d)` for `a(c + d)/b`.
fn opened(tree: &Tree, when: &dyn Fn(&Tree) -> bool) -> Tree {
    let all = |trees: &[Tree]| trees.iter().map(|t| opened(t, when)).collect();
    match tree {
        Tree::Negative(inner) => opened(inner, when).negative(),
        Tree::Sum(terms) => Tree::Sum(all(terms)),
        Tree::Product(factors) => Tree::Product(all(factors)),
        Tree::Quotient(above, below) => {
            let factors = match &**above {
                Tree::Product(factors) => factors.clone(),
                other => vec![other.clone()],
            };
            let out = |t: &Tree| matches!(t, Tree::Sum(_)) && when(t);
            let (sums, rest): (Vec<_>, Vec<_>) = factors.into_iter().partition(out);
            if sums.is_empty() {
                return tree.clone();
            }
            let front = Tree::product(rest).over((**below).clone());
            let sums = sums.iter().map(|sum| opened(sum, when));
            Tree::product(std::iter::once(front).chain(sums).collect())
        }
        other => other.clone(),
    }
}

fn has_quotient(tree: &Tree) -> bool {
    match tree {
        Tree::Quotient(..) => true,
        Tree::Sum(inner) | Tree::Product(inner) => inner.iter().any(has_quotient),
        Tree::Negative(inner) => has_quotient(inner),
        _ => false,
    }
}

/// About the number of characters that a formula is set as.
fn set_width(source: &str) -> usize {
    let mut width = 0;
    let mut rest = source.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => {
                let mut name = String::new();
                while let Some(letter) = rest.next_if(char::is_ascii_alphabetic) {
                    name.push(letter);
                }
                width += match name.as_str() {
                    "left" | "right" | "frac" | "mathbb" | "mathrm" | "begin" | "end" => 0,
                    "exp" | "sin" | "cos" => 3,
                    "tanh" => 4,
                    "arcsin" | "arccos" => 6,
                    _ => 1,
                };
            }
            '{' | '}' | '^' | '_' => {}
            // Around signs; between factors there is none.
            ' ' => width += usize::from(matches!(rest.peek(), Some('+' | '-'))) * 2,
            _ => width += 1,
        }
    }
    width
}

/// Places outside all groups: before signs, and between parentheses.
fn breaks(whole: &str) -> Vec<Break> {
    let mut found = Vec::new();
    let (opens, closes) = ([r"\left", r"\begin"], [r"\right", r"\end"]);
    // Groups that must not be broken, and plain parentheses.
    let (mut groups, mut depth) = (0usize, 0usize);
    for (at, c) in whole.char_indices() {
        let rest = &whole[at..];
        let sign = rest.starts_with(" + ") || rest.starts_with(" - ");
        let factors = whole[..at].ends_with(')') && rest.starts_with(" (")
            || whole[..at].ends_with(r"\right)") && rest.starts_with(r" \left(");
        if groups == 0 && (sign || factors) {
            found.push(Break {
                at,
                skip: 1,
                rank: 2 * depth + usize::from(!sign),
            });
        }
        let delimiter = whole[..at].ends_with(r"\left") || whole[..at].ends_with(r"\right");
        match c {
            '{' => groups += 1,
            '}' => groups = groups.saturating_sub(1),
            '\\' if opens.iter().any(|o| rest.starts_with(o)) => groups += 1,
            '\\' if closes.iter().any(|c| rest.starts_with(c)) => {
                groups = groups.saturating_sub(1);
            }
            '(' | '[' if !delimiter => depth += 1,
            ')' | ']' if !delimiter => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    found
}

struct Latex;

/// Delimiters as tall as what they enclose.
fn delimited(left: char, inner: &str, right: char) -> String {
    let tall = [r"\frac", r"\sqrt", r"\sum", r"\left", r"\begin"];
    if tall.iter().any(|mark| inner.contains(mark)) {
        format!(r"\left{left}{inner}\right{right}")
    } else {
        format!("{left}{inner}{right}")
    }
}

impl Notation for Latex {
    type Error = Infallible;
    const MINUS: &'static str = "-";

    fn enclosed(&self, inner: &str) -> String {
        delimited('(', inner, ')')
    }

    fn number(&self, n: &Rational) -> Result<Piece, Infallible> {
        Ok(if n.is_integer() {
            Piece::atom(n.to_string())
        } else {
            let text = format!(r"\frac{{{}}}{{{}}}", n.numer(), n.denom());
            Piece::new(text, Binding::Power)
        })
    }

    fn decimal(&self, x: f64) -> Result<Piece, Infallible> {
        Ok(match significant(x, SHOWN) {
            (digits, _) if !x.is_finite() => Piece::atom(format!(r"\mathrm{{{digits}}}")),
            (digits, None) => Piece::atom(digits),
            (digits, Some(ten)) => {
                Piece::new(format!(r"{digits} \times 10^{{{ten}}}"), Binding::Product)
            }
        })
    }

    fn pi(&self) -> Piece {
        Piece::atom(r"\pi")
    }

    fn symbol(&self, symbol: Symbol) -> Piece {
        // A second superscript would be an error.
        let raised = symbol.latex.contains(['^', '\'']);
        let binding = if raised {
            Binding::Power
        } else {
            Binding::Atom
        };
        Piece::new(symbol.latex, binding)
    }

    fn product(&self, factors: &[String]) -> String {
        let mut written = String::new();
        for factor in factors {
            let digit = factor.starts_with(|c: char| c.is_ascii_digit());
            // A fraction after a number would read as a mixed number.
            let mixed =
                factor.starts_with(r"\frac") && written.ends_with(|c: char| c.is_ascii_digit());
            written += match written.is_empty() {
                true => "",
                false if digit || mixed => r" \cdot ",
                false => " ",
            };
            written += factor;
        }
        written
    }

    fn quotient(&self, above: &Piece, below: &Piece) -> Piece {
        let text = format!(r"\frac{{{}}}{{{}}}", above.text, below.text);
        Piece::new(text, Binding::Power)
    }

    fn power(&self, base: &Piece, exponent: Exponent) -> Piece {
        if exponent == Exponent::new(1, 2) {
            return Piece::new(format!(r"\sqrt{{{}}}", self.whole(base)), Binding::Power);
        }
        let base = self.held(base, Binding::Atom);
        Piece::new(format!("{base}^{{{exponent}}}"), Binding::Power)
    }

    fn call(&self, function: Function, argument: &Piece) -> Piece {
        let name = match function {
            Function::ArcSin => r"\arcsin",
            Function::ArcCos => r"\arccos",
        };
        Piece::atom(name.to_owned() + &self.enclosed(&self.whole(argument)))
    }

    fn special_function(&self, function: Special, argument: &Piece) -> Piece {
        let name = function.name();
        let name = match function {
            Special::Erf | Special::Sigmoid | Special::Softplus => {
                format!(r"\mathrm{{{name}}}")
            }
            Special::Hermite(degree) => format!(r"\mathrm{{He}}_{{{degree}}}"),
            _ => format!(r"\{name}"),
        };
        Piece::atom(name + &self.enclosed(&self.whole(argument)))
    }

    fn special(&self, tree: &Tree) -> Result<Piece, Infallible> {
        Ok(match tree {
            Tree::Choose {
                test,
                negative,
                positive,
            } => {
                let (a, b) = sides(test);
                let [a, b, left, right] = [&a, &b, negative, positive].map(latex);
                Piece::atom(format!(
                    r"\begin{{cases}} {left} & {a} < {b} \\ {right} & {a} > {b} \end{{cases}}"
                ))
            }
            Tree::Apply(name, arguments) => {
                let arguments: Vec<String> = arguments.iter().map(latex).collect();
                Piece::atom(name.latex.to_owned() + &self.enclosed(&arguments.join(", ")))
            }
            Tree::FormalPower(base, exponent) => {
                let base = self.held(&self.piece(base)?, Binding::Atom);
                Piece::new(format!("{base}^{{{}}}", latex(exponent)), Binding::Power)
            }
            Tree::Factorial(inner) => {
                let inner = self.held(&self.piece(inner)?, Binding::Atom);
                Piece::new(format!("{inner}!"), Binding::Power)
            }
            Tree::Mean(inner) => {
                Piece::atom(r"\mathbb{E}".to_owned() + &delimited('[', &latex(inner), ']'))
            }
            Tree::Series {
                index,
                from,
                to,
                term,
            } => {
                let to = to.map_or(r"\infty".to_owned(), |to| to.to_string());
                let term = self.piece(term)?;
                let sign = if term.negative { "-" } else { "" };
                let size = term.clone().signed(term.negative);
                let term = self.held(&size, Binding::Quotient);
                let sum = format!(r"\sum_{{{}={from}}}^{{{to}}} {sign}{term}", index.latex);
                Piece::new(sum, Binding::Series)
            }
            other => self.piece(other)?,
        })
    }
}
