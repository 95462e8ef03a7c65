//! `softplus(g) = log(1 + e^g)`.

use std::sync::Arc;

use super::builtin::{BuiltinLink, Kind, LinkFunction, Maker};
use super::expression::Expr;
use super::sigmoid::Sigmoid;
use crate::algebra::{Special, Tree};

/// The registry line.
pub(super) const BUILTIN: BuiltinLink = BuiltinLink {
    name: "softplus",
    about: "log(1 + e^g)",
    aliases: &[],
    parameters: "",
    targets_only: false,
    examples: &["softplus"],
    maker: Maker::Fixed(|| Arc::new(Softplus)),
};

/// `softplus(g) = log(1 + e^g)`.
#[derive(Debug)]
pub(super) struct Softplus;

impl LinkFunction for Softplus {
    fn value(&self, g: f64) -> f64 {
        g.max(0.0) + (-g.abs()).exp().ln_1p()
    }

    fn spread(&self, g: f64, radius: f64) -> f64 {
        radius * (Sigmoid.value(g) + Sigmoid.spread(g, radius))
    }

    fn derivative(&self, g: &Expr) -> Expr {
        Expr::call(Arc::new(Sigmoid), g.clone())
    }

    fn kind(&self) -> Kind {
        Kind::ExponentialTail
    }

    fn formula(&self, g: Tree) -> Option<Tree> {
        Some(g.under(Special::Softplus))
    }
}
