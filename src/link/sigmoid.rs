//! `sigmoid(g) = 1 / (1 + e^-g)`.

use std::sync::Arc;

use super::block;
use super::builtin::{BuiltinLink, Kind, LinkFunction, Maker};
use super::disk;
use super::expression::Expr;
use super::tanh::Tanh;
use crate::algebra::{Special, Tree};

/// The registry line.
pub(super) const BUILTIN: BuiltinLink = BuiltinLink {
    name: "sigmoid",
    about: "1 / (1 + e^-g)",
    aliases: &["logistic"],
    parameters: "",
    targets_only: false,
    examples: &["sigmoid"],
    maker: Maker::Fixed(|| Arc::new(Sigmoid)),
};

/// `sigmoid(g) = 1 / (1 + e^-g)`.
#[derive(Debug)]
pub(super) struct Sigmoid;

impl LinkFunction for Sigmoid {
    fn value(&self, g: f64) -> f64 {
        // Both tails keep full relative accuracy because only e^-|g| is formed.
        let decay = (-g.abs()).exp();
        let numerator = if g < 0.0 { decay } else { 1.0 };
        numerator / (1.0 + decay)
    }

    fn spread(&self, g: f64, radius: f64) -> f64 {
        0.5 * disk::tanh(0.5 * g, 0.5 * radius)
    }

    fn derivative(&self, g: &Expr) -> Expr {
        Expr::call(Arc::new(LogisticDensity), g.clone())
    }

    fn kind(&self) -> Kind {
        Kind::ExponentialTail
    }

    fn apply(&self, input: &[f64], output: &mut [f64]) {
        block::each(input, output, |g| {
            let decay = block::exp(-g.abs());
            let numerator = if g < 0.0 { decay } else { 1.0 };
            numerator / (1.0 + decay)
        });
    }

    fn formula(&self, g: Tree) -> Option<Tree> {
        Some(g.under(Special::Sigmoid))
    }
}

/// `sigmoid'(g) = sigmoid(g) sigmoid(-g)`.
#[derive(Debug)]
struct LogisticDensity;

impl LinkFunction for LogisticDensity {
    fn value(&self, g: f64) -> f64 {
        let decay = (-g.abs()).exp();
        decay / ((1.0 + decay) * (1.0 + decay))
    }

    fn spread(&self, g: f64, radius: f64) -> f64 {
        0.25 * disk::sech_squared(0.5 * g, 0.5 * radius)
    }

    fn derivative(&self, g: &Expr) -> Expr {
        // sigmoid(-g) - sigmoid(g) = -tanh(g/2).
        let half = Expr::multiply(Expr::number(0.5), g.clone());
        let slope = Expr::multiply(
            Expr::call(Arc::new(Tanh), half),
            Expr::call(Arc::new(LogisticDensity), g.clone()),
        );
        Expr::negate(slope)
    }

    fn kind(&self) -> Kind {
        Kind::ExponentialTail
    }

    fn apply(&self, input: &[f64], output: &mut [f64]) {
        block::each(input, output, |g| {
            let decay = block::exp(-g.abs());
            decay / ((1.0 + decay) * (1.0 + decay))
        });
    }

    fn formula(&self, g: Tree) -> Option<Tree> {
        let sigmoid = g.under(Special::Sigmoid);
        let rest = Tree::Sum(vec![Tree::int(1), sigmoid.clone().negative()]);
        Some(Tree::product(vec![sigmoid, rest]))
    }
}
