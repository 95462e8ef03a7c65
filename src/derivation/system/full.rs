//! Formulas of full fine-tuning.

use super::{Formulas, Rate, Step, System, Terms, minus, product, square, sum, sym};
use crate::algebra::Tree;
use crate::derivation::document::Equation;
use crate::derivation::symbols::{ALPHA, BETA, LAMBDA, M, NOISE, NU, Q};

pub(super) const FORMULAS: Formulas = Formulas {
    system,
    projection,
    noise,
};

fn system(terms: Terms) -> System {
    let rate_m = sum(vec![sym(ALPHA), product(vec![sym(BETA), sym(M)])]);
    let mut rate_q = vec![
        product(vec![
            Tree::int(2),
            sum(vec![
                product(vec![sym(ALPHA), sym(M)]),
                product(vec![sym(BETA), sym(Q)]),
            ]),
        ]),
        product(vec![sym(NU), sym(NOISE)]),
    ];
    if terms.decay {
        rate_q.push(product(vec![Tree::int(2), sym(LAMBDA), sym(Q)]).negative());
    }
    System {
        rates: vec![
            Rate::new(M, terms.with_decay(rate_m, M)),
            Rate::new(Q, sum(rate_q)),
        ],
        aligned: Vec::new(),
        m: sym(M),
        q: sym(Q),
        residual: minus(sym(Q), square(M)),
        overlaps: Vec::new(),
    }
}

fn projection() -> Step {
    Step {
        text: "4. Full fine-tuning. `dw/dt = −∇L`; products with `ω⋆` and `w` close the system:",
        equations: vec![
            Equation::new("step_m", "⟨dw/dt, ω⋆⟩", "α + β m"),
            Equation::new("step_q", "2 ⟨dw/dt, w⟩", "2 (α m + β q)"),
        ],
    }
}

fn noise() -> Step {
    Step {
        text: "it adds to the self-overlap:",
        equations: vec![Equation::new("step_growth", "dq/dt", "2 (α m + β q) + ν N")],
    }
}
