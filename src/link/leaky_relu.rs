//! `leaky-relu(g) = g` for `g > 0`, `slope * g` for `g < 0`.

use std::sync::Arc;

use super::block;
use super::builtin::{Branches, BuiltinLink, LinkFunction, Maker};
use super::expression::Expr;
use super::formula::number;
use crate::algebra::Tree;

/// The slope of a bare `leaky-relu`, the usual default of neural-network libraries.
const DEFAULT_SLOPE: f64 = 0.01;

/// The registry line.
pub(super) const BUILTIN: BuiltinLink = BuiltinLink {
    name: "leaky-relu",
    about: "g for g > 0, slope*g for g < 0",
    aliases: &["leaky_relu", "leakyrelu"],
    parameters: "leaky-relu(slope), bare: slope 0.01; leaky-relu(argument, slope)",
    targets_only: false,
    examples: &["leaky-relu", "leaky-relu(0.2)", "leaky_relu(2*x+1, 0.3)"],
    maker: Maker::Parameter {
        default: DEFAULT_SLOPE,
        make: |slope| Arc::new(LeakyRelu { slope }),
    },
};

/// `leaky-relu(g) = g` for `g > 0`, `slope * g` for `g < 0`.
#[derive(Debug)]
struct LeakyRelu {
    slope: f64,
}

impl LinkFunction for LeakyRelu {
    fn value(&self, g: f64) -> f64 {
        if g < 0.0 { self.slope * g } else { g }
    }

    fn derivative(&self, g: &Expr) -> Expr {
        Expr::choose(g.clone(), Expr::number(self.slope), Expr::number(1.0))
    }

    fn branches(&self, g: &Expr) -> Option<Branches> {
        Some(Branches {
            left: Expr::multiply(Expr::number(self.slope), g.clone()),
            right: g.clone(),
        })
    }

    fn apply(&self, input: &[f64], output: &mut [f64]) {
        block::each(input, output, |g| self.value(g));
    }

    fn formula(&self, g: Tree) -> Option<Tree> {
        let left = Tree::product(vec![number(self.slope), g.clone()]);
        Some(g.clone().choose(left, g))
    }
}
