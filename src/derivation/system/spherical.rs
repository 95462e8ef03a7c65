//! Formulas of spherical LoRA.

use super::{
    Formulas, Rate, Step, System, Terms, gradient, lora_m, lora_m_rate, lora_residual, minus,
    one_minus_square, product, square, sum, sym, time,
};
use crate::algebra::Tree;
use crate::derivation::document::Equation;
use crate::derivation::symbols::{A, ALPHA, BETA, KAPPA, Q, RHO, S, U};

pub(super) const FORMULAS: Formulas = Formulas {
    system,
    projection,
    noise,
};

fn system(terms: Terms) -> System {
    let (a, s) = (sym(A), sym(S));
    let drift_a = sum(vec![
        product(vec![sym(ALPHA), one_minus_square(A)]),
        product(vec![
            sym(BETA),
            minus(sym(RHO), product(vec![s.clone(), a.clone()])),
        ]),
    ]);
    let drift_s = sum(vec![
        product(vec![
            sym(ALPHA),
            minus(sym(RHO), product(vec![s.clone(), a.clone()])),
        ]),
        product(vec![sym(BETA), minus(sym(KAPPA), square(S))]),
    ]);
    let rate_u = sum(vec![
        product(vec![sym(ALPHA), a.clone()]),
        product(vec![sym(BETA), sum(vec![s.clone(), sym(U)])]),
    ]);
    let aligned_drift = product(vec![one_minus_square(A), gradient()]);
    let aligned = vec![
        Rate::new(
            U,
            terms.with_decay(
                sum(vec![
                    product(vec![gradient(), a.clone()]),
                    product(vec![sym(BETA), sym(U)]),
                ]),
                U,
            ),
        ),
        Rate::new(A, terms.on_sphere(aligned_drift, A)),
    ];
    System {
        rates: vec![
            Rate::new(U, terms.with_decay(rate_u, U)),
            Rate::new(A, terms.on_sphere(drift_a, A)),
            Rate::new(S, terms.on_sphere(drift_s, S)),
        ],
        aligned: if terms.aligned { aligned } else { Vec::new() },
        m: lora_m(),
        q: sum(vec![
            sym(KAPPA),
            product(vec![Tree::int(2), sym(U), sym(S)]),
            square(U),
        ]),
        residual: lora_residual(Tree::int(1)),
        overlaps: vec![
            lora_m_rate(),
            Rate::new(
                Q,
                sum(vec![
                    product(vec![Tree::int(2), sum(vec![sym(S), sym(U)]), time(U)]),
                    product(vec![Tree::int(2), sym(U), time(S)]),
                ]),
            ),
        ],
    }
}

fn projection() -> Step {
    Step {
        text: "4. Projection on the sphere. `u` follows `du/dt = ⟨−∇L, v⟩`; `v` follows `−u ∇L`, and keeping `|v| = 1` takes \
               away its part along `v`: `dv/dt = u (−∇L − G v)`. Products with `v`, `ω⋆` and `w₀` close the system:",
        equations: vec![
            Equation::new("step_pull", "G = ⟨−∇L, v⟩", "α a + β (s + u)"),
            Equation::new(
                "step_alignment",
                "⟨dv/dt, ω⋆⟩",
                "u [α (1 − a²) + β (ρ − s a)]",
            ),
            Equation::new("step_s", "⟨dv/dt, w₀⟩", "u [α (ρ − s a) + β (κ − s²)]"),
        ],
    }
}

fn noise() -> Step {
    Step {
        text: "the normalisation takes the growth of `|v|²` back, which shrinks `a` and `s`:",
        equations: vec![Equation::new(
            "step_shrink",
            "(1 + η u² ν N)^(−1/2) − 1",
            "−(η/2) ν u² N",
        )],
    }
}
