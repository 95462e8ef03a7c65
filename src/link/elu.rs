//! `elu(g) = g` for `g > 0`, `a (e^g - 1)` for `g < 0`.

use std::sync::Arc;

use super::builtin::{Branches, BuiltinLink, LinkFunction, Maker};
use super::disk;
use super::elementary;
use super::expression::Expr;
use super::formula::number;
use crate::algebra::{Special, Tree};

/// The registry line.
pub(super) const BUILTIN: BuiltinLink = BuiltinLink {
    name: "elu",
    about: "g for g > 0, a*(e^g - 1) for g < 0",
    aliases: &[],
    parameters: "elu(a), bare: a = 1; elu(argument, a)",
    targets_only: false,
    examples: &["elu", "elu(0.5)", "elu(2*x+1, 1.7)"],
    maker: Maker::Parameter {
        default: 1.0,
        make: |a| Arc::new(Elu { a }),
    },
};

/// `elu(g) = g` for `g > 0`, `a (e^g - 1)` for `g < 0`.
#[derive(Debug)]
struct Elu {
    a: f64,
}

impl LinkFunction for Elu {
    fn value(&self, g: f64) -> f64 {
        if g < 0.0 { self.a * g.exp_m1() } else { g }
    }

    fn derivative(&self, g: &Expr) -> Expr {
        let left = Expr::multiply(Expr::number(self.a), elementary::exp(g.clone()));
        Expr::choose(g.clone(), left, Expr::number(1.0))
    }

    fn branches(&self, g: &Expr) -> Option<Branches> {
        let below = Expr::call(Arc::new(ExpMinusOne), g.clone());
        Some(Branches {
            left: Expr::multiply(Expr::number(self.a), below),
            right: g.clone(),
        })
    }

    fn formula(&self, g: Tree) -> Option<Tree> {
        let left = Tree::product(vec![number(self.a), ExpMinusOne.formula(g.clone())?]);
        Some(g.clone().choose(left, g))
    }
}

/// `e^g - 1`, the negative branch by itself: near 0 the difference would lose its digits.
#[derive(Debug)]
struct ExpMinusOne;

impl LinkFunction for ExpMinusOne {
    fn value(&self, g: f64) -> f64 {
        g.exp_m1()
    }

    fn spread(&self, g: f64, radius: f64) -> f64 {
        disk::exp(g, radius)
    }

    fn derivative(&self, g: &Expr) -> Expr {
        elementary::exp(g.clone())
    }

    fn formula(&self, g: Tree) -> Option<Tree> {
        Some(Tree::Sum(vec![g.under(Special::Exp), Tree::int(-1)]))
    }
}
