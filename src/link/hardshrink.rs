//! `hardshrink(g)`: `g`, or 0 within `k` of 0.

use super::builtin::{BuiltinLink, Maker};

/// The registry line.
pub(super) const BUILTIN: BuiltinLink = BuiltinLink {
    name: "hardshrink",
    about: "0 between -k and k, g elsewhere",
    aliases: &[],
    parameters: "hardshrink(k) with k > 0, bare: k = 0.5; hardshrink(argument, k)",
    targets_only: true,
    examples: &["hardshrink", "hardshrink(1)"],
    maker: Maker::Written {
        text: "piecewise(x < -k: x; x < k: 0; x)",
        parameters: &[("k", 0.5)],
    },
};
