//! Formulas as program text, in double precision.

use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};

use super::{Binding, Notation, Piece};
use crate::algebra::{Exponent, Function, Rational, Special, Symbol, Tree};

mod definitions;
mod horner;

pub use definitions::definition;

/// A programming language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Python, with NumPy as `np`.
    Python,
    /// Julia.
    Julia,
    /// Rust, with `std::f64::consts::PI` in scope and all variables `f64`.
    Rust,
}

impl Language {
    /// Its name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Language::Python => "python",
            Language::Julia => "julia",
            Language::Rust => "rust",
        }
    }
}

/// What has no value in a program, by a name for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unwritable(
    /// The kind of node, with its name where it has one.
    pub String,
);

impl std::fmt::Display for Unwritable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} cannot be written as a program expression", self.0)
    }
}

impl std::error::Error for Unwritable {}

/// The formula as an expression of a language; functions that it lacks are called by the names of
/// their [`definition`]. Where the test of a choice is 0 the expression takes the positive side.
pub fn expression(tree: &Tree, language: Language) -> Result<String, Unwritable> {
    let code = Code(language);
    Ok(code.whole(&code.piece(tree)?))
}

/// The variable's name in a language: with an underscore where the name is a keyword.
pub fn identifier(symbol: Symbol, language: Language) -> String {
    let keywords: &[&str] = match language {
        Language::Python => &[
            "and", "as", "def", "del", "for", "from", "global", "if", "in", "is", "lambda", "not",
            "np", "or", "pass", "try", "with",
        ],
        Language::Julia => &[
            "do", "end", "for", "global", "if", "in", "isa", "let", "pi", "try",
        ],
        Language::Rust => &[
            "PI", "as", "box", "dyn", "fn", "for", "gen", "if", "in", "let", "mod", "move", "ref",
            "try", "type", "use",
        ],
    };
    let suffix = if keywords.contains(&symbol.name) {
        "_"
    } else {
        ""
    };
    format!("{}{suffix}", symbol.name)
}

struct Code(Language);

/// Whether text in Rust holds more than literals.
fn is_typed(text: &str) -> bool {
    text.contains(|c: char| c.is_alphabetic() && c != 'e')
}

/// Integers up to here are doubles.
const EXACT: i64 = 1 << 53;

fn is_exact(n: &BigInt) -> bool {
    n.abs() <= BigInt::from(EXACT)
}

impl Code {
    /// `x.name(argument)`, or the same as a function where it stands first.
    fn method(&self, x: &Piece, name: &str, argument: &str) -> String {
        // Literals alone have no type yet whose method it could be.
        if is_typed(&x.text) {
            return format!("{}.{name}({argument})", self.held(x, Binding::Atom));
        }
        let comma = if argument.is_empty() { "" } else { ", " };
        format!("f64::{name}({}{comma}{argument})", self.whole(x))
    }

    fn root(&self, x: &Piece) -> Piece {
        Piece::atom(match self.0 {
            Language::Python => format!("np.sqrt({})", self.whole(x)),
            Language::Julia => format!("sqrt({})", self.whole(x)),
            Language::Rust => self.method(x, "sqrt", ""),
        })
    }

    fn raised(&self, base: &Piece, operator: &str, exponent: &str) -> Piece {
        let base = self.held(base, Binding::Atom);
        Piece::new(format!("{base}{operator}{exponent}"), Binding::Power)
    }

    fn whole_power(&self, base: &Piece, n: i64) -> Piece {
        match self.0 {
            _ if n == 1 => base.clone(),
            Language::Python => self.raised(base, "**", &n.to_string()),
            Language::Julia => self.raised(base, "^", &n.to_string()),
            Language::Rust => Piece::atom(self.method(base, "powi", &n.to_string())),
        }
    }
}

impl Notation for Code {
    type Error = Unwritable;
    const MINUS: &'static str = "-";

    fn enclosed(&self, inner: &str) -> String {
        format!("({inner})")
    }

    fn number(&self, n: &Rational) -> Result<Piece, Unwritable> {
        // The quotient of two rounded numbers would be rounded thrice.
        if !n.is_integer() && is_exact(n.numer()) && is_exact(n.denom()) {
            let text = format!("{}.0 / {}.0", n.numer(), n.denom());
            return Ok(Piece::new(text, Binding::Quotient));
        }
        self.decimal(nearest(n))
    }

    fn decimal(&self, x: f64) -> Result<Piece, Unwritable> {
        if !x.is_finite() {
            return Err(Unwritable("a number beyond double precision".to_owned()));
        }
        Ok(Piece::atom(format!("{x:?}")))
    }

    fn pi(&self) -> Piece {
        Piece::atom(match self.0 {
            Language::Python => "np.pi",
            Language::Julia => "pi",
            Language::Rust => "PI",
        })
    }

    fn symbol(&self, symbol: Symbol) -> Piece {
        Piece::atom(identifier(symbol, self.0))
    }

    fn product(&self, factors: &[String]) -> String {
        factors.join(" * ")
    }

    fn quotient(&self, above: &Piece, below: &Piece) -> Piece {
        let above = self.held(above, Binding::Product);
        let below = self.held(below, Binding::Power);
        Piece::new(format!("{above} / {below}"), Binding::Quotient)
    }

    fn power(&self, base: &Piece, exponent: Exponent) -> Piece {
        let (n, d) = (*exponent.numer(), *exponent.denom());
        if d == 1 {
            return self.whole_power(base, n);
        }
        if d == 2 {
            return self.whole_power(&self.root(base), n);
        }
        let exponent = format!("{n}.0 / {d}.0");
        match self.0 {
            Language::Python => self.raised(base, "**", &self.enclosed(&exponent)),
            Language::Julia => self.raised(base, "^", &self.enclosed(&exponent)),
            Language::Rust => Piece::atom(self.method(base, "powf", &exponent)),
        }
    }

    fn call(&self, function: Function, argument: &Piece) -> Piece {
        let (long, short) = match function {
            Function::ArcSin => ("np.arcsin", "asin"),
            Function::ArcCos => ("np.arccos", "acos"),
        };
        Piece::atom(match self.0 {
            Language::Python => format!("{long}({})", self.whole(argument)),
            Language::Julia => format!("{short}({})", self.whole(argument)),
            Language::Rust => self.method(argument, short, ""),
        })
    }

    fn special_function(&self, function: Special, argument: &Piece) -> Piece {
        if definition(function, self.0).is_some() {
            let degree = match function {
                Special::Hermite(degree) => format!("{degree}, "),
                _ => String::new(),
            };
            let name = function.name();
            return Piece::atom(format!("{name}({degree}{})", self.whole(argument)));
        }
        let name = match (function, self.0) {
            (Special::Ln, Language::Python | Language::Julia) => "log",
            _ => function.name(),
        };
        Piece::atom(match self.0 {
            Language::Python => format!("np.{name}({})", self.whole(argument)),
            Language::Julia => format!("{name}({})", self.whole(argument)),
            Language::Rust => self.method(argument, name, ""),
        })
    }

    fn special(&self, tree: &Tree) -> Result<Piece, Unwritable> {
        if let Tree::Choose {
            test,
            negative,
            positive,
        } = tree
        {
            let whole = |tree: &Tree| self.piece(tree).map(|piece| self.whole(&piece));
            let t = self.held(&self.piece(test)?, Binding::Sum);
            let (a, b) = (whole(negative)?, whole(positive)?);
            return Ok(match self.0 {
                Language::Python => Piece::atom(format!("np.where({t} < 0.0, {a}, {b})")),
                Language::Julia => Piece::atom(format!("({t} < 0.0 ? {a} : {b})")),
                Language::Rust => {
                    let choice = format!("if {t} < 0.0 {{ {a} }} else {{ {b} }}");
                    if is_typed(&a) || is_typed(&b) {
                        // Like a series it takes in what follows.
                        Piece::new(choice, Binding::Series)
                    } else {
                        Piece::atom(format!("f64::from({choice})"))
                    }
                }
            });
        }
        Err(Unwritable(match tree {
            Tree::Apply(name, _) => format!("the function {}", name.name),
            Tree::FormalPower(..) => "a power with a formula for its exponent".to_owned(),
            Tree::Factorial(_) => "a factorial".to_owned(),
            Tree::Mean(_) => "an average".to_owned(),
            Tree::Series { index, .. } => format!("a series over {}", index.name),
            other => return self.piece(other),
        }))
    }

    fn special_sum(&self, terms: &[&Tree]) -> Result<Option<Piece>, Unwritable> {
        horner::Polynomial::read(terms).map_or(Ok(None), |found| found.write(self).map(Some))
    }
}

/// The double next to a number.
fn nearest(n: &Rational) -> f64 {
    if n.is_integer() {
        // Reading decimals rounds correctly.
        return n.numer().to_string().parse().unwrap_or(f64::NAN);
    }
    n.to_f64().unwrap_or(f64::NAN)
}
