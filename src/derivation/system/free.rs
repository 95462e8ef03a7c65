//! Formulas of free LoRA.

use super::{
    Formulas, Rate, Step, System, Terms, lora_m, lora_m_rate, lora_residual, product, square, sum,
    sym, time,
};
use crate::algebra::{Symbol, Tree};
use crate::derivation::document::Equation;
use crate::derivation::symbols::{A, ALPHA, BETA, KAPPA, LAMBDA, M, NOISE, NORM, NU, Q, RHO, S, U};

pub(super) const FORMULAS: Formulas = Formulas {
    system,
    projection,
    noise,
};

fn system(terms: Terms) -> System {
    let pull = || {
        sum(vec![
            product(vec![sym(ALPHA), sym(A)]),
            product(vec![
                sym(BETA),
                sum(vec![sym(S), product(vec![sym(U), sym(NORM)])]),
            ]),
        ])
    };
    let drift_a = sum(vec![sym(ALPHA), product(vec![sym(BETA), sym(M)])]);
    let drift_s = sum(vec![
        product(vec![sym(ALPHA), sym(RHO)]),
        product(vec![
            sym(BETA),
            sum(vec![sym(KAPPA), product(vec![sym(U), sym(S)])]),
        ]),
    ]);
    let mut length = vec![
        product([terms.chi(1), vec![Tree::int(2), sym(U), pull()]].concat()),
        product([terms.chi(2), vec![sym(NU), square(U), sym(NOISE)]].concat()),
    ];
    if terms.decay {
        length.push(product(vec![Tree::int(2), sym(LAMBDA), sym(NORM)]).negative());
    }
    let moved = |drift: Tree, x: Symbol| {
        terms.with_decay(product([terms.chi(1), vec![sym(U), drift]].concat()), x)
    };
    System {
        rates: vec![
            Rate::new(U, terms.with_decay(pull(), U)),
            Rate::new(A, moved(drift_a, A)),
            Rate::new(S, moved(drift_s, S)),
            Rate::new(NORM, sum(length)),
        ],
        aligned: Vec::new(),
        m: lora_m(),
        q: sum(vec![
            sym(KAPPA),
            product(vec![Tree::int(2), sym(U), sym(S)]),
            product(vec![square(U), sym(NORM)]),
        ]),
        residual: lora_residual(sym(NORM)),
        overlaps: vec![
            lora_m_rate(),
            Rate::new(
                Q,
                sum(vec![
                    product(vec![
                        Tree::int(2),
                        sum(vec![sym(S), product(vec![sym(U), sym(NORM)])]),
                        time(U),
                    ]),
                    product(vec![Tree::int(2), sym(U), time(S)]),
                    product(vec![square(U), time(NORM)]),
                ]),
            ),
        ],
    }
}

fn projection() -> Step {
    Step {
        text: "4. No projection. `du/dt = ⟨−∇L, v⟩` and `dv/dt = −u ∇L`; products with `v`, `ω⋆` and `w₀` close the system:",
        equations: vec![
            Equation::new("step_pull", "G = ⟨−∇L, v⟩", "α a + β (s + u n)"),
            Equation::new("step_alignment", "⟨dv/dt, ω⋆⟩", "u (α + β m)"),
            Equation::new("step_s", "⟨dv/dt, w₀⟩", "u (α ρ + β (κ + u s))"),
        ],
    }
}

fn noise() -> Step {
    Step {
        text: "nothing takes it back, and `n` grows:",
        equations: vec![Equation::new("step_growth", "dn/dt", "2 u G + ν u² N")],
    }
}
