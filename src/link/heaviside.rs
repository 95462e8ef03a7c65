//! `heaviside(g) = 0` for `g < 0`, `1` for `g > 0`, `1/2` at the jump.

use std::sync::Arc;

use super::block;
use super::builtin::{Branches, BuiltinLink, LinkFunction, Maker};
use super::expression::Expr;
use crate::algebra::Tree;

/// The registry line.
pub(super) const BUILTIN: BuiltinLink = BuiltinLink {
    name: "heaviside",
    about: "0 for g < 0, 1 for g > 0",
    aliases: &[],
    parameters: "",
    targets_only: true,
    examples: &["heaviside"],
    maker: Maker::Fixed(|| Arc::new(Heaviside)),
};

/// `heaviside(g) = 0` for `g < 0`, `1` for `g > 0`, `1/2` at the jump.
#[derive(Debug)]
pub(super) struct Heaviside;

impl LinkFunction for Heaviside {
    fn value(&self, g: f64) -> f64 {
        // Two choices, without branches.
        let above = if g > 0.0 { 1.0 } else { 0.5 * (1.0 + g) };
        if g < 0.0 { 0.0 } else { above }
    }

    fn derivative(&self, _g: &Expr) -> Expr {
        Expr::number(0.0)
    }

    fn branches(&self, _g: &Expr) -> Option<Branches> {
        Some(Branches {
            left: Expr::number(0.0),
            right: Expr::number(1.0),
        })
    }

    fn apply(&self, input: &[f64], output: &mut [f64]) {
        block::each(input, output, |g| self.value(g));
    }

    fn formula(&self, g: Tree) -> Option<Tree> {
        Some(g.choose(Tree::int(0), Tree::int(1)))
    }
}
