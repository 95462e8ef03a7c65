//! `hardswish(g) = g hardsigmoid(g)` (Howard et al. 2019, arXiv:1905.02244).

use super::builtin::{BuiltinLink, Maker};

/// The registry line.
pub(super) const BUILTIN: BuiltinLink = BuiltinLink {
    name: "hardswish",
    about: "0 for g < -3, g*(g + 3)/6 between, g for g > 3",
    aliases: &["hard-swish", "hard_swish"],
    parameters: "",
    targets_only: false,
    examples: &["hardswish"],
    maker: Maker::Written {
        text: "piecewise(x < -3: 0; x < 3: x*(x + 3)/6; x)",
        parameters: &[],
    },
};
