//! `cos(g)`, `g` in radians.

use std::sync::Arc;

use super::builtin::{BuiltinLink, Kind, LinkFunction, Maker};
use super::disk;
use super::expression::Expr;
use super::sin::Sin;
use crate::algebra::{Special, Tree};

/// The registry line.
pub(super) const BUILTIN: BuiltinLink = BuiltinLink {
    name: "cos",
    about: "cos(g)",
    aliases: &[],
    parameters: "",
    targets_only: false,
    examples: &["cos"],
    maker: Maker::Fixed(|| Arc::new(Cos)),
};

/// `cos(g)`, `g` in radians.
#[derive(Debug)]
pub(super) struct Cos;

impl LinkFunction for Cos {
    fn value(&self, g: f64) -> f64 {
        g.cos()
    }

    fn spread(&self, g: f64, radius: f64) -> f64 {
        disk::wave(g.cos(), g.sin(), radius)
    }

    fn derivative(&self, g: &Expr) -> Expr {
        Expr::negate(Expr::call(Arc::new(Sin), g.clone()))
    }

    fn kind(&self) -> Kind {
        Kind::Cosine
    }

    fn formula(&self, g: Tree) -> Option<Tree> {
        Some(g.under(Special::Cos))
    }
}
