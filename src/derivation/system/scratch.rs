//! Formulas of training from scratch on the sphere.

use super::{Formulas, Rate, Step, System, Terms, half, minus, one_minus_square, product, sym};
use crate::algebra::Tree;
use crate::derivation::document::Equation;
use crate::derivation::symbols::{ALPHA, M, NOISE, NU};

pub(super) const FORMULAS: Formulas = Formulas {
    system,
    projection,
    noise,
};

fn system(_: Terms) -> System {
    let drift = product(vec![sym(ALPHA), one_minus_square(M)]);
    let shrink = product(vec![half(NU), sym(NOISE), sym(M)]);
    System {
        rates: vec![Rate::new(M, minus(drift, shrink))],
        aligned: Vec::new(),
        m: sym(M),
        q: Tree::int(1),
        residual: one_minus_square(M),
        overlaps: Vec::new(),
    }
}

fn projection() -> Step {
    Step {
        text: "4. Projection on the sphere. With `|w| = 1` kept, the part of the gradient along `w`, all of `β w` in it, is taken away:",
        equations: vec![Equation::new("step_m", "⟨dw/dt, ω⋆⟩", "α (1 − m²)")],
    }
}

fn noise() -> Step {
    Step {
        text: "the normalisation takes it back, which shrinks `m`:",
        equations: vec![Equation::new(
            "step_shrink",
            "(1 + η ν N)^(−1/2) − 1",
            "−(η/2) ν N",
        )],
    }
}
