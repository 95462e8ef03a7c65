//! `relu6(g) = clip(g, 0, 6)`.

use super::builtin::{BuiltinLink, Maker};

/// The registry line.
pub(super) const BUILTIN: BuiltinLink = BuiltinLink {
    name: "relu6",
    about: "0 for g < 0, g between 0 and 6, 6 for g > 6",
    aliases: &[],
    parameters: "",
    targets_only: false,
    examples: &["relu6"],
    maker: Maker::Written {
        text: "clip(x, 0, 6)",
        parameters: &[],
    },
};
