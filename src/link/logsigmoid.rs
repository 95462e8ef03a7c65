//! `logsigmoid(g) = log sigmoid(g)`.

use super::builtin::{BuiltinLink, Maker};

/// The registry line.
pub(super) const BUILTIN: BuiltinLink = BuiltinLink {
    name: "logsigmoid",
    about: "-log(1 + e^-g)",
    aliases: &["log-sigmoid", "log_sigmoid"],
    parameters: "",
    targets_only: false,
    examples: &["logsigmoid"],
    maker: Maker::Written {
        text: "-softplus(-x)",
        parameters: &[],
    },
};
