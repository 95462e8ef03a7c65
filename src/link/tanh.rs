//! `tanh(g)`, the hyperbolic tangent.

use std::sync::Arc;

use super::builtin::{BuiltinLink, Kind, LinkFunction, Maker};
use super::expression::Expr;

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

    fn derivative(&self, g: &Expr) -> Expr {
        Expr::call(Arc::new(SechSquared), g.clone())
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
}
