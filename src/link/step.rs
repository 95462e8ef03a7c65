//! `step(g)`: 0 below `k`, 1 above.

use super::builtin::{BuiltinLink, Maker};

/// The registry line.
pub(super) const BUILTIN: BuiltinLink = BuiltinLink {
    name: "step",
    about: "0 for g < k, 1 for g > k",
    aliases: &[],
    parameters: "step(k), bare: k = 0; step(argument, k)",
    targets_only: true,
    examples: &["step", "step(0.5)", "step(2*x, -1)"],
    maker: Maker::Written {
        text: "heaviside(x - k)",
        parameters: &[("k", 0.0)],
    },
};
