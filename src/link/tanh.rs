//! `tanh(g)`, the hyperbolic tangent.

use std::sync::Arc;

use super::block;
use super::builtin::{BuiltinLink, Kind, LinkFunction, Maker};
use super::disk;
use super::expression::Expr;
use crate::algebra::{Special, Tree};

/// The registry line.
pub(super) const BUILTIN: BuiltinLink = BuiltinLink {
    name: "tanh",
    about: "(e^g - e^-g) / (e^g + e^-g)",
    aliases: &[],
    parameters: "",
    targets_only: false,
    examples: &["tanh"],
    maker: Maker::Fixed(|| Arc::new(Tanh)),
};

/// `tanh(g)`, the hyperbolic tangent.
#[derive(Debug)]
pub(super) struct Tanh;

impl LinkFunction for Tanh {
    fn value(&self, g: f64) -> f64 {
        g.tanh()
    }

    fn spread(&self, g: f64, radius: f64) -> f64 {
        disk::tanh(g, radius)
    }

    fn derivative(&self, g: &Expr) -> Expr {
        Expr::call(Arc::new(SechSquared), g.clone())
    }

    fn apply(&self, input: &[f64], output: &mut [f64]) {
        block::each(input, output, block::tanh);
    }

    fn formula(&self, g: Tree) -> Option<Tree> {
        Some(g.under(Special::Tanh))
    }
}

/// `1 - tanh(g)^2`, without the cancellation in the tails.
#[derive(Debug)]
struct SechSquared;

impl LinkFunction for SechSquared {
    fn value(&self, g: f64) -> f64 {
        let decay = (-2.0 * g.abs()).exp();
        4.0 * decay / ((1.0 + decay) * (1.0 + decay))
    }

    fn spread(&self, g: f64, radius: f64) -> f64 {
        disk::sech_squared(g, radius)
    }

    fn derivative(&self, g: &Expr) -> Expr {
        let slope = Expr::multiply(
            Expr::call(Arc::new(Tanh), g.clone()),
            Expr::call(Arc::new(SechSquared), g.clone()),
        );
        Expr::multiply(Expr::number(-2.0), slope)
    }

    fn kind(&self) -> Kind {
        Kind::ExponentialTail
    }

    fn apply(&self, input: &[f64], output: &mut [f64]) {
        block::each(input, output, |g| {
            let decay = block::exp(-2.0 * g.abs());
            4.0 * decay / ((1.0 + decay) * (1.0 + decay))
        });
    }

    fn formula(&self, g: Tree) -> Option<Tree> {
        let square = g.under(Special::Tanh).to_power(2.into());
        Some(Tree::Sum(vec![Tree::int(1), square.negative()]))
    }
}
