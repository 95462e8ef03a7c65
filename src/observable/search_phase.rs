//! Numbers of the linearised search phase (docs/theory.md, section 4).

use super::{Observable, PLAIN, Unit};

/// `A`.
pub static GRADIENT_NORM: Observable = Observable {
    name: "gradient_norm",
    symbol: "A",
    short: "A",
    label: "gradient norm A",
    about: "A, the gradient norm at w0; signed when aligned",
    signed: true,
    ..PLAIN
};

/// `B`.
pub static CURVATURE: Observable = Observable {
    name: "curvature",
    symbol: "B",
    short: "B",
    label: "curvature B",
    about: "B, the curvature at w0",
    signed: true,
    ..PLAIN
};

/// `lambda_+`.
pub static GROWTH_RATE: Observable = Observable {
    name: "growth_rate",
    symbol: "λ₊",
    short: "λ₊",
    label: "growth rate λ₊",
    about: "growth rate lambda_+ of the linearised search",
    unit: Unit::Rate,
    signed: true,
    ..PLAIN
};

/// `tau`.
pub static TAU: Observable = Observable {
    name: "tau",
    symbol: "τ",
    short: "τ",
    label: "search time τ",
    about: "search time 1/lambda_+ of the linearised search; infinite where nothing grows towards the target",
    unit: Unit::Time,
    ..PLAIN
};

/// All of them.
pub static ALL: &[&Observable] = &[&TAU, &GROWTH_RATE, &GRADIENT_NORM, &CURVATURE];
