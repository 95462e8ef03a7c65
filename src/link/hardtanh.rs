//! `hardtanh(g)`: `g` held between -1 and 1.

use super::builtin::{BuiltinLink, Maker};

/// The registry line.
pub(super) const BUILTIN: BuiltinLink = BuiltinLink {
    name: "hardtanh",
    about: "-1 for g < -1, g between, 1 for g > 1",
    aliases: &["hard-tanh", "hard_tanh"],
    parameters: "",
    targets_only: false,
    examples: &["hardtanh", "hardtanh(2*x)"],
    maker: Maker::Written {
        text: "clip(x, -1, 1)",
        parameters: &[],
    },
};
