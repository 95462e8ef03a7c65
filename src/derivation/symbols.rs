//! The symbols of docs/notation.md, as formulas write them.

use crate::algebra::{Expr, Symbol};

const fn positive(name: &'static str, text: &'static str, latex: &'static str) -> Symbol {
    Symbol {
        name,
        text,
        latex,
        positive: true,
    }
}

const fn signed(name: &'static str, text: &'static str, latex: &'static str) -> Symbol {
    Symbol {
        name,
        text,
        latex,
        positive: false,
    }
}

/// Student-teacher overlap.
pub const M: Symbol = signed("m", "m", "m");
/// Student self-overlap.
pub const Q: Symbol = positive("q", "q", "q");
/// `r = q - m^2`, the squared length of the part of `w` orthogonal to `omega*`.
pub const R: Symbol = positive("r", "r", "r");
/// `phi = arccos(-m / sqrt(q))`, pi minus the angle between `w` and `omega*`.
pub const PHI: Symbol = positive("phi", "φ", "\\varphi");
/// Pre-training strength.
pub const MU: Symbol = positive("mu", "μ", "\\mu");
/// `1 - mu`.
pub const GAP: Symbol = positive("epsilon", "ε", "\\varepsilon");
/// `<w0, omega*>`.
pub const RHO: Symbol = signed("rho", "ρ", "\\rho");
/// `<w0, w0>`.
pub const KAPPA: Symbol = positive("kappa", "κ", "\\kappa");
/// Cosine of the angle between `w0` and `omega*`.
pub const COSINE: Symbol = signed("cosine", "c", "c");
/// LoRA amplitude.
pub const U: Symbol = signed("u", "u", "u");
/// LoRA alignment.
pub const A: Symbol = signed("a", "a", "a");
/// `<v, w0>`.
pub const S: Symbol = signed("s", "s", "s");
/// `<v, v>`.
pub const NORM: Symbol = positive("n", "n", "n");
/// SGD noise strength.
pub const NU: Symbol = positive("nu", "ν", "\\nu");
/// Label-noise variance.
pub const DELTA: Symbol = positive("noise", "Δ", "\\Delta");
/// Step ratio of LoRA+.
pub const CHI: Symbol = positive("chi", "χ", "\\chi");
/// Weight decay.
pub const LAMBDA: Symbol = positive("decay", "λ", "\\lambda");
/// `E[sigma*' sigma']`.
pub const ALPHA: Symbol = signed("alpha", "α", "\\alpha");
/// `E[(sigma* - sigma) sigma''] - E[sigma'^2]`.
pub const BETA: Symbol = signed("beta", "β", "\\beta");
/// The noise kernel.
pub const NOISE: Symbol = positive("N", "N", "N");
/// Gradient norm at `w0`.
pub const GRADIENT: Symbol = signed("A", "A", "A");
/// Curvature at `w0`.
pub const CURVATURE: Symbol = signed("B", "B", "B");
/// Search time.
pub const TAU: Symbol = positive("tau", "τ", "\\tau");

/// A symbol as an expression.
pub fn var(symbol: Symbol) -> Expr {
    Expr::symbol(symbol)
}
