//! What one built-in link function is: the trait its file implements and its line in the registry.

use std::fmt::Debug;
use std::sync::Arc;

use super::expression::Expr;
use crate::algebra::Tree;

/// A function of one real variable that expressions can call.
///
/// The `Debug` text identifies the function together with its parameters: two functions with
/// the same text are the same function.
pub(super) trait LinkFunction: Debug + Send + Sync {
    /// `f(g)` at the number `g`; at a break the mean of the two one-sided limits.
    fn value(&self, g: f64) -> f64;

    /// `f'(g)` as an expression in the argument `g`, valid away from the break.
    fn derivative(&self, g: &Expr) -> Expr;

    /// The two smooth branches when `f` is not smooth at `g = 0`, the only break a built-in has.
    fn branches(&self, _g: &Expr) -> Option<Branches> {
        None
    }

    /// `f(g)` as a formula; `None` when it cannot be written with the functions that formulas have,
    /// which leaves the link without printed formula and program.
    fn formula(&self, _g: Tree) -> Option<Tree> {
        None
    }

    /// The largest `|f(w) - f(g)|` for complex `w` within `radius` of `g`, or a bound of it; infinite
    /// where it has none. Branches need none.
    fn spread(&self, _g: f64, _radius: f64) -> f64 {
        f64::INFINITY
    }

    /// Where derivatives above the second jump, ascending: pieces of tables, whose argument is `x` itself.
    fn knots(&self) -> &[f64] {
        &[]
    }

    /// The highest degree of the polynomials between [`knots`](Self::knots), where it is made of such.
    fn degree(&self) -> Option<usize> {
        None
    }

    /// What the exact forms and the growth test need to know about `f`.
    fn kind(&self) -> Kind {
        Kind::Plain
    }

    /// `output[i] = f(input[i])`; replaced only where a block can be done faster than point by point.
    fn apply(&self, input: &[f64], output: &mut [f64]) {
        for (y, &g) in output.iter_mut().zip(input) {
            *y = self.value(g);
        }
    }
}

/// The smooth branches of a function with a break at `g = 0`.
pub(super) struct Branches {
    /// The branch for `g < 0`.
    pub(super) left: Expr,
    /// The branch for `g > 0`.
    pub(super) right: Expr,
}

/// Functions that other parts of the module treat exactly.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// At most linear growth, nothing special.
    Plain,
    /// The probabilists' Hermite polynomial of this degree.
    Hermite(u32),
    /// The error function.
    Erf,
    /// The exponential.
    Exp,
    /// The sine.
    Sine,
    /// The cosine.
    Cosine,
    /// The natural logarithm.
    Log,
    /// At most linear growth; behaves like `exp(-|g|)` where it underflows to zero.
    ExponentialTail,
}

/// How a name in an expression becomes a function.
pub(super) enum Maker {
    /// The name alone says everything.
    Fixed(fn() -> Arc<dyn LinkFunction>),
    /// One real parameter, with its value when the name stands alone.
    Parameter {
        /// The value used when none is given.
        default: f64,
        /// Builds the function from the parameter.
        make: fn(f64) -> Arc<dyn LinkFunction>,
    },
    /// An expression in `x` made of other links, its parameters letters in it.
    Written {
        /// The expression.
        text: &'static str,
        /// The letters, with the values used when none are given.
        parameters: &'static [(&'static str, f64)],
    },
    /// An integer written after the name, as in `he3`.
    Index {
        /// The largest integer; the smallest is 1.
        max: u32,
        /// Builds the function from the integer.
        make: fn(u32) -> Arc<dyn LinkFunction>,
    },
}

/// One line of the registry of built-in links, see [`builtin_links`](super::builtin_links).
pub struct BuiltinLink {
    /// The name to type; for a family with an index the stem (`he` of `he1` .. `he30`).
    pub name: &'static str,
    /// One line with the formula.
    pub about: &'static str,
    /// Other accepted spellings.
    pub aliases: &'static [&'static str],
    /// How the parameter or index is given; empty when there is none.
    pub parameters: &'static str,
    /// True when the link jumps, so that it can be a target but not a student.
    pub targets_only: bool,
    /// Texts that [`Link::parse`](super::Link::parse) accepts and that exercise this entry.
    pub examples: &'static [&'static str],
    pub(super) maker: Maker,
}

impl BuiltinLink {
    /// The name as shown in lists: `relu`, or `he1..he30` for a family.
    pub fn label(&self) -> String {
        match self.maker {
            Maker::Index { max, .. } => format!("{0}1..{0}{max}", self.name),
            _ => self.name.to_owned(),
        }
    }

    /// True when `name` (lower case) is this entry's name or one of its aliases.
    pub(super) fn answers_to(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }
}

impl Debug for BuiltinLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BuiltinLink")
            .field("name", &self.name)
            .field("about", &self.about)
            .finish_non_exhaustive()
    }
}
