//! `gelu(g) = g * Phi(g)`, exact, `Phi` the standard normal distribution function.

use std::sync::Arc;

use super::builtin::{BuiltinLink, LinkFunction, Maker};
use super::disk;
use super::elementary;
use super::expression::Expr;
use crate::algebra::{Exponent, Special, Tree};
use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// The registry line.
pub(super) const BUILTIN: BuiltinLink = BuiltinLink {
    name: "gelu",
    about: "g * Phi(g), Phi the normal distribution function (exact)",
    aliases: &[],
    parameters: "",
    targets_only: false,
    examples: &["gelu"],
    maker: Maker::Fixed(|| Arc::new(Gelu)),
};

/// `gelu(g) = g * Phi(g)`, exact, `Phi` the standard normal distribution function.
#[derive(Debug)]
pub(super) struct Gelu;

impl LinkFunction for Gelu {
    fn value(&self, g: f64) -> f64 {
        g * NormalCdf.value(g)
    }

    fn spread(&self, g: f64, radius: f64) -> f64 {
        let (here, moved) = (NormalCdf.value(g), NormalCdf.spread(g, radius));
        radius * here + (g.abs() + radius) * moved
    }

    fn derivative(&self, g: &Expr) -> Expr {
        let density = normal_density(g);
        Expr::add(
            Expr::call(Arc::new(NormalCdf), g.clone()),
            Expr::multiply(g.clone(), density),
        )
    }

    fn formula(&self, g: Tree) -> Option<Tree> {
        let root = Tree::int(2).to_power(Exponent::new(1, 2));
        let erf = g.clone().over(root).under(Special::Erf);
        let twice = Tree::product(vec![g, Tree::Sum(vec![Tree::int(1), erf])]);
        Some(twice.over(Tree::int(2)))
    }
}

/// `Phi(g) = erfc(-g / sqrt(2)) / 2`.
#[derive(Debug)]
struct NormalCdf;

impl LinkFunction for NormalCdf {
    fn value(&self, g: f64) -> f64 {
        0.5 * libm::erfc(-g * FRAC_1_SQRT_2)
    }

    fn spread(&self, g: f64, radius: f64) -> f64 {
        radius / (2.0 * PI).sqrt() * disk::gaussian(g * FRAC_1_SQRT_2, radius * FRAC_1_SQRT_2)
    }

    fn derivative(&self, g: &Expr) -> Expr {
        normal_density(g)
    }

    fn formula(&self, g: Tree) -> Option<Tree> {
        let root = Tree::int(2).to_power(Exponent::new(1, 2));
        let erf = g.over(root).under(Special::Erf);
        Some(Tree::Sum(vec![Tree::int(1), erf]).over(Tree::int(2)))
    }
}

/// `phi(g) = exp(-g^2/2) / sqrt(2 pi)`.
fn normal_density(g: &Expr) -> Expr {
    let exponent = Expr::multiply(Expr::number(-0.5), Expr::power(g.clone(), 2));
    Expr::multiply(
        Expr::number(1.0 / (2.0 * PI).sqrt()),
        elementary::exp(exponent),
    )
}
