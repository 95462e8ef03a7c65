//! `mish(g) = g tanh(log(1 + e^g))` (Misra 2019, arXiv:1908.08681).

use super::builtin::{BuiltinLink, Maker};

/// The registry line.
pub(super) const BUILTIN: BuiltinLink = BuiltinLink {
    name: "mish",
    about: "g * tanh(log(1 + e^g))",
    aliases: &[],
    parameters: "",
    targets_only: false,
    examples: &["mish"],
    maker: Maker::Written {
        text: "x*tanh(softplus)",
        parameters: &[],
    },
};
