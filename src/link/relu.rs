//! `relu(g) = max(g, 0)`.

use std::sync::Arc;

use super::block;
use super::builtin::{Branches, BuiltinLink, LinkFunction, Maker};
use super::expression::Expr;
use super::heaviside::Heaviside;
use crate::algebra::Tree;

/// The registry line.
pub(super) const BUILTIN: BuiltinLink = BuiltinLink {
    name: "relu",
    about: "max(g, 0)",
    aliases: &[],
    parameters: "",
    targets_only: false,
    examples: &["relu", "relu(2*x-1)"],
    maker: Maker::Fixed(|| Arc::new(Relu)),
};

/// `relu(g) = max(g, 0)`.
#[derive(Debug)]
pub(super) struct Relu;

impl LinkFunction for Relu {
    fn value(&self, g: f64) -> f64 {
        g.max(0.0)
    }

    fn derivative(&self, g: &Expr) -> Expr {
        Expr::call(Arc::new(Heaviside), g.clone())
    }

    fn branches(&self, g: &Expr) -> Option<Branches> {
        Some(Branches {
            left: Expr::number(0.0),
            right: g.clone(),
        })
    }

    fn apply(&self, input: &[f64], output: &mut [f64]) {
        block::each(input, output, |g| self.value(g));
    }

    fn formula(&self, g: Tree) -> Option<Tree> {
        Some(g.clone().choose(Tree::int(0), g))
    }
}
