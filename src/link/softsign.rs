//! `softsign(g) = g / (1 + |g|)`.

use super::builtin::{BuiltinLink, Maker};

/// The registry line.
pub(super) const BUILTIN: BuiltinLink = BuiltinLink {
    name: "softsign",
    about: "g / (1 + |g|)",
    aliases: &[],
    parameters: "",
    targets_only: false,
    examples: &["softsign"],
    maker: Maker::Written {
        text: "x/(1 + abs(x))",
        parameters: &[],
    },
};
