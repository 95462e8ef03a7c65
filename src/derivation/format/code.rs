//! What programs in all languages have in common: the statements of a right-hand side.

use super::FormatError;
use crate::algebra::render::{Language, expression, identifier};
use crate::algebra::{Exponent, Symbol, Tree};
use crate::derivation::derive::Derivation;
use crate::derivation::kernel::ExactKernel;
use crate::derivation::sections::formula;
use crate::derivation::symbols::{
    A, ALPHA, BETA, CHI, DELTA, KAPPA, LAMBDA, M, NOISE, NORM, NU, PHI, Q, R, RHO, S, U,
};
use crate::problem::Adapter;

/// `name = expression`, in order.
pub(super) struct Program {
    /// Names of the state.
    pub(super) state: Vec<String>,
    /// Parameters that the statements use.
    pub(super) parameters: Vec<String>,
    /// Numbers fixed by the problem.
    pub(super) constants: Vec<(String, String)>,
    /// Overlaps, kernels, rates.
    pub(super) statements: Vec<(String, String)>,
    /// Names of the rates.
    pub(super) rates: Vec<String>,
}

/// Smallest self-overlap: that of a student without direction.
const FAINT: &str = "1e-200";

/// The right-hand side of exact kernels.
pub(super) fn program(
    derivation: &Derivation,
    kernel: &ExactKernel,
    language: Language,
) -> Result<Program, FormatError> {
    let writer = Writer { language };
    let mut statements = writer.overlaps(derivation, kernel.is_angular())?;
    let noise = Tree::sum(vec![
        formula(&kernel.noise),
        Tree::product(vec![Tree::Symbol(DELTA), formula(&kernel.slope)]),
    ]);
    for (symbol, tree) in [
        (ALPHA, formula(&kernel.alpha)),
        (BETA, formula(&kernel.beta)),
        (NOISE, noise),
    ] {
        statements.push(writer.assign(symbol, &tree)?);
    }
    let mut rates = Vec::new();
    for rate in &derivation.system.rates {
        let name = format!("d{}_dt", rate.variable.name);
        statements.push((name.clone(), writer.expression(&rate.rate)?));
        rates.push(name);
    }
    let setup = &derivation.setup;
    let used = |symbol: Symbol| {
        let name = writer.name(symbol);
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let words = |text: &str| text.split(|c| !word(c)).any(|w| w == name);
        statements.iter().any(|(_, text)| words(text))
    };
    let named = |symbols: &[Symbol]| -> Vec<String> {
        let kept = symbols.iter().filter(|s| used(**s));
        kept.map(|s| writer.name(*s)).collect()
    };
    let constants = [(CHI, setup.step_ratio), (LAMBDA, setup.weight_decay)];
    let constants = constants.iter().filter(|(s, _)| used(*s));
    Ok(Program {
        state: derivation
            .system
            .rates
            .iter()
            .map(|r| writer.name(r.variable))
            .collect(),
        parameters: named(&[RHO, KAPPA, NU, DELTA]),
        constants: constants
            .map(|(s, x)| (writer.name(*s), format!("{x:?}")))
            .collect(),
        statements,
        rates,
    })
}

struct Writer {
    language: Language,
}

impl Writer {
    fn name(&self, symbol: Symbol) -> String {
        identifier(symbol, self.language)
    }

    fn expression(&self, tree: &Tree) -> Result<String, FormatError> {
        expression(tree, self.language).map_err(|error| FormatError::Unwritable {
            format: match self.language {
                Language::Python => "python",
                Language::Julia => "julia",
                Language::Rust => "rust",
            },
            reason: error.to_string(),
        })
    }

    fn assign(&self, symbol: Symbol, tree: &Tree) -> Result<(String, String), FormatError> {
        Ok((self.name(symbol), self.expression(tree)?))
    }

    /// `m`, `q` and, for kernels that depend on the angle, `r` and `phi`, from the state.
    fn overlaps(
        &self,
        derivation: &Derivation,
        angular: bool,
    ) -> Result<Vec<(String, String)>, FormatError> {
        let adapter = derivation.setup.adapter;
        let mut made = Vec::new();
        if adapter.is_lora() {
            made.push(self.assign(M, &derivation.system.m)?);
        }
        if !angular {
            if adapter != Adapter::Full {
                made.push(self.assign(Q, &derivation.system.q)?);
            }
            return Ok(made);
        }
        let residual = self.expression(&residual(adapter))?;
        made.push((self.name(R), self.at_least(&residual, "0.0")));
        if adapter != Adapter::Full {
            let square = Tree::Symbol(M).to_power(Exponent::from_integer(2));
            let q = self.expression(&Tree::Sum(vec![square, Tree::Symbol(R)]))?;
            made.push((self.name(Q), self.at_least(&q, FAINT)));
        }
        let [r, m] = [R, M].map(|s| self.name(s));
        let phi = match self.language {
            Language::Python => format!("np.arctan2(np.sqrt({r}), -{m})"),
            Language::Julia => format!("atan(sqrt({r}), -{m})"),
            Language::Rust => format!("{r}.sqrt().atan2(-{m})"),
        };
        made.push((self.name(PHI), phi));
        Ok(made)
    }

    fn at_least(&self, text: &str, least: &str) -> String {
        match self.language {
            Language::Python | Language::Julia => format!("max({text}, {least})"),
            Language::Rust => format!("f64::max({text}, {least})"),
        }
    }
}

/// `q - m^2` without taking nearly equal numbers apart.
fn residual(adapter: Adapter) -> Tree {
    let sym = Tree::Symbol;
    let square = |s: Symbol| sym(s).to_power(Exponent::from_integer(2));
    let minus = |a: Tree, b: Tree| Tree::Sum(vec![a, b.negative()]);
    match adapter {
        Adapter::Full => minus(sym(Q), square(M)),
        Adapter::Scratch => minus(Tree::int(1), square(M)),
        Adapter::Spherical | Adapter::Free => {
            let length = if adapter == Adapter::Free {
                sym(NORM)
            } else {
                Tree::int(1)
            };
            let along = Tree::product(vec![sym(RHO), sym(A)]);
            Tree::Sum(vec![
                minus(sym(KAPPA), square(RHO)),
                Tree::product(vec![Tree::int(2), sym(U), minus(sym(S), along)]),
                Tree::product(vec![square(U), minus(length, square(A))]),
            ])
        }
    }
}

/// Columns of a program.
const WIDTH: usize = 96;

/// `head expression tail` on lines of at most [`WIDTH`] columns where the expression can be broken before
/// a plus or minus; broken ones stand in parentheses.
pub(super) fn folded(head: &str, expression: &str, tail: &str, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let whole = format!("{margin}{head}{expression}{tail}\n");
    if whole.chars().count() <= WIDTH {
        return whole;
    }
    let mut lines = vec![format!("{margin}{head}(")];
    let inner = " ".repeat(indent + 4);
    let mut line = inner.clone();
    for part in terms(expression) {
        if line.len() + part.len() > WIDTH && line.trim() != "" {
            lines.push(
                std::mem::replace(&mut line, inner.clone())
                    .trim_end()
                    .to_owned(),
            );
        }
        line.push_str(part);
    }
    lines.push(line.trim_end().to_owned());
    lines.push(format!("{margin}){tail}\n"));
    lines.join("\n")
}

/// An expression cut before every ` + ` and ` - `.
fn terms(expression: &str) -> Vec<&str> {
    let bytes = expression.as_bytes();
    let sign = |i: &usize| {
        let around = bytes.get(i.wrapping_sub(1)) == Some(&b' ') && bytes.get(i + 1) == Some(&b' ');
        around && matches!(bytes[*i], b'+' | b'-')
    };
    let mut cuts: Vec<usize> = (1..bytes.len()).filter(sign).collect();
    cuts.insert(0, 0);
    cuts.push(expression.len());
    cuts.windows(2)
        .map(|pair| &expression[pair[0]..pair[1]])
        .collect()
}
