//! `celu(g) = g` for `g > 0`, `a (e^(g/a) - 1)` for `g < 0`: ELU with slope 1 on both sides of 0.

use super::builtin::{BuiltinLink, Maker};

/// The registry line.
pub(super) const BUILTIN: BuiltinLink = BuiltinLink {
    name: "celu",
    about: "g for g > 0, a*(e^(g/a) - 1) for g < 0",
    aliases: &[],
    parameters: "celu(a), bare: a = 1; celu(argument, a)",
    targets_only: false,
    examples: &["celu", "celu(0.5)", "celu(2*x+1, 1.7)"],
    maker: Maker::Written {
        text: "a*elu(x/a)",
        parameters: &[("a", 1.0)],
    },
};
