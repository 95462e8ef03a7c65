//! `sin(g)`, `g` in radians.

use std::sync::Arc;

use super::builtin::{BuiltinLink, Kind, LinkFunction, Maker};
use super::cos::Cos;
use super::disk;
use super::expression::Expr;
use crate::algebra::{Special, Tree};

/// The registry line.
pub(super) const BUILTIN: BuiltinLink = BuiltinLink {
    name: "sin",
    about: "sin(g)",
    aliases: &[],
    parameters: "",
    targets_only: false,
    examples: &["sin"],
    maker: Maker::Fixed(|| Arc::new(Sin)),
};

/// `sin(g)`, `g` in radians.
#[derive(Debug)]
pub(super) struct Sin;

impl LinkFunction for Sin {
    fn value(&self, g: f64) -> f64 {
        g.sin()
    }

    fn spread(&self, g: f64, radius: f64) -> f64 {
        disk::wave(g.sin(), g.cos(), radius)
    }

    fn derivative(&self, g: &Expr) -> Expr {
        Expr::call(Arc::new(Cos), g.clone())
    }

    fn kind(&self) -> Kind {
        Kind::Sine
    }

    fn formula(&self, g: Tree) -> Option<Tree> {
        Some(g.under(Special::Sin))
    }
}
