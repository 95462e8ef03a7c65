//! `silu(g) = g * sigmoid(g)`.

use std::sync::Arc;

use super::builtin::{BuiltinLink, Kind, LinkFunction, Maker};
use super::expression::Expr;
use super::sigmoid::Sigmoid;
use crate::algebra::{Special, Tree};

/// The registry line.
pub(super) const BUILTIN: BuiltinLink = BuiltinLink {
    name: "silu",
    about: "g / (1 + e^-g)",
    aliases: &["swish"],
    parameters: "",
    targets_only: false,
    examples: &["silu"],
    maker: Maker::Fixed(|| Arc::new(Silu)),
};

/// `silu(g) = g * sigmoid(g)`.
#[derive(Debug)]
pub(super) struct Silu;

impl LinkFunction for Silu {
    fn value(&self, g: f64) -> f64 {
        g * Sigmoid.value(g)
    }

    fn spread(&self, g: f64, radius: f64) -> f64 {
        let (here, moved) = (Sigmoid.value(g), Sigmoid.spread(g, radius));
        radius * here + (g.abs() + radius) * moved
    }

    fn derivative(&self, g: &Expr) -> Expr {
        let below = Expr::call(Arc::new(Sigmoid), g.clone());
        let above = Expr::call(Arc::new(Sigmoid), Expr::negate(g.clone()));
        let bracket = Expr::add(Expr::number(1.0), Expr::multiply(g.clone(), above));
        Expr::multiply(below, bracket)
    }

    fn kind(&self) -> Kind {
        Kind::ExponentialTail
    }

    fn formula(&self, g: Tree) -> Option<Tree> {
        Some(Tree::product(vec![g.clone(), g.under(Special::Sigmoid)]))
    }
}
