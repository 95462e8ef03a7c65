//! `hardsigmoid(g) = clip(g + 3, 0, 6) / 6`, as PyTorch defines it.

use super::builtin::{BuiltinLink, Maker};

/// The registry line.
pub(super) const BUILTIN: BuiltinLink = BuiltinLink {
    name: "hardsigmoid",
    about: "0 for g < -3, g/6 + 1/2 between, 1 for g > 3",
    aliases: &["hard-sigmoid", "hard_sigmoid"],
    parameters: "",
    targets_only: false,
    examples: &["hardsigmoid"],
    maker: Maker::Written {
        text: "piecewise(x < -3: 0; x < 3: x/6 + 1/2; 1)",
        parameters: &[],
    },
};
