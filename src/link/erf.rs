//! `erf(g) = 2/sqrt(pi) * integral_0^g exp(-t^2) dt`.

use std::sync::Arc;

use super::block;
use super::builtin::{BuiltinLink, Kind, LinkFunction, Maker};
use super::disk;
use super::elementary;
use super::expression::Expr;
use crate::algebra::{Special, Tree};
use std::f64::consts::FRAC_2_SQRT_PI;

/// The registry line.
pub(super) const BUILTIN: BuiltinLink = BuiltinLink {
    name: "erf",
    about: "2/sqrt(pi) * integral from 0 to g of exp(-t^2) dt",
    aliases: &[],
    parameters: "",
    targets_only: false,
    examples: &["erf"],
    maker: Maker::Fixed(|| Arc::new(Erf)),
};

/// `erf(g) = 2/sqrt(pi) * integral_0^g exp(-t^2) dt`.
#[derive(Debug)]
pub(super) struct Erf;

impl LinkFunction for Erf {
    fn value(&self, g: f64) -> f64 {
        libm::erf(g)
    }

    fn spread(&self, g: f64, radius: f64) -> f64 {
        FRAC_2_SQRT_PI * radius * disk::gaussian(g, radius)
    }

    fn derivative(&self, g: &Expr) -> Expr {
        Expr::multiply(
            Expr::number(FRAC_2_SQRT_PI),
            elementary::exp(Expr::negate(Expr::power(g.clone(), 2))),
        )
    }

    fn kind(&self) -> Kind {
        Kind::Erf
    }

    fn apply(&self, input: &[f64], output: &mut [f64]) {
        block::each(input, output, block::erf);
    }

    fn formula(&self, g: Tree) -> Option<Tree> {
        Some(g.under(Special::Erf))
    }
}
