//! `clip(g, a, b)`: `g` held between `a` and `b`.

use super::builtin::{BuiltinLink, Maker};

/// The registry line.
pub(super) const BUILTIN: BuiltinLink = BuiltinLink {
    name: "clip",
    about: "a for g < a, g between a and b, b for g > b",
    aliases: &["clamp"],
    parameters: "clip(a, b) with a < b, bare: -1 and 1; clip(argument, a, b)",
    targets_only: false,
    examples: &["clip", "clip(-0.5, 2)", "clip(2*x-1, 0, 6)"],
    maker: Maker::Written {
        text: "piecewise(x < a: a; x < b: x; b)",
        parameters: &[("a", -1.0), ("b", 1.0)],
    },
};
