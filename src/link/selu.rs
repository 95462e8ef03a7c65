//! `selu(g)`: ELU scaled so that deep networks keep mean 0 and variance 1 (Klambauer et al. 2017,
//! arXiv:1706.02515, equation 2 and appendix A.1).

use super::builtin::{BuiltinLink, Maker};

/// The registry line.
pub(super) const BUILTIN: BuiltinLink = BuiltinLink {
    name: "selu",
    about: "1.0507...*g for g > 0, 1.0507...*1.6732...*(e^g - 1) for g < 0",
    aliases: &[],
    parameters: "",
    targets_only: false,
    examples: &["selu", "selu(2*x)"],
    maker: Maker::Written {
        text: "1.0507009873554804934193349852946*elu(x, 1.6732632423543772848170429916717)",
        parameters: &[],
    },
};
