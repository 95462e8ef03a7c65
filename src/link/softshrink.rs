//! `softshrink(g)`: `g` moved towards 0 by `k`, 0 within `k` of it.

use super::builtin::{BuiltinLink, Maker};

/// The registry line.
pub(super) const BUILTIN: BuiltinLink = BuiltinLink {
    name: "softshrink",
    about: "g + k for g < -k, 0 between -k and k, g - k for g > k",
    aliases: &[],
    parameters: "softshrink(k) with k > 0, bare: k = 0.5; softshrink(argument, k)",
    targets_only: false,
    examples: &["softshrink", "softshrink(1)"],
    maker: Maker::Written {
        text: "piecewise(x < -k: x + k; x < k: 0; x - k)",
        parameters: &[("k", 0.5)],
    },
};
