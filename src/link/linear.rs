//! `linear(g) = g`.

use std::sync::Arc;

use super::builtin::{BuiltinLink, Kind, LinkFunction, Maker};
use super::expression::Expr;
use crate::algebra::Tree;

/// The registry line.
pub(super) const BUILTIN: BuiltinLink = BuiltinLink {
    name: "linear",
    about: "g",
    aliases: &["identity"],
    parameters: "",
    targets_only: false,
    examples: &["linear"],
    maker: Maker::Fixed(|| Arc::new(Linear)),
};

/// `linear(g) = g`.
#[derive(Debug)]
pub(super) struct Linear;

impl LinkFunction for Linear {
    fn value(&self, g: f64) -> f64 {
        g
    }

    fn spread(&self, _g: f64, radius: f64) -> f64 {
        radius
    }

    fn derivative(&self, _g: &Expr) -> Expr {
        Expr::number(1.0)
    }

    fn kind(&self) -> Kind {
        Kind::Hermite(1)
    }

    fn formula(&self, g: Tree) -> Option<Tree> {
        Some(g)
    }
}
