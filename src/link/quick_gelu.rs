//! `quick-gelu(g) = g sigmoid(1.702 g)`, the sigmoid approximation of GELU (Hendrycks and Gimpel 2016,
//! arXiv:1606.08415).

use super::builtin::{BuiltinLink, Maker};

/// The registry line.
pub(super) const BUILTIN: BuiltinLink = BuiltinLink {
    name: "quick-gelu",
    about: "g / (1 + e^(-1.702 g))",
    aliases: &["quick_gelu", "quickgelu"],
    parameters: "",
    targets_only: false,
    examples: &["quick-gelu"],
    maker: Maker::Written {
        text: "x*sigmoid(1.702*x)",
        parameters: &[],
    },
};
