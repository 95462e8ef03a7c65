//! Functions that languages lack, defined in them.

use super::Language;
use crate::algebra::{ERF_FAR, ERF_NEAR, Special};

/// The definition of a function, to stand before what calls it; `None` where the language has it.
///
/// Python's definitions take NumPy arrays and need `import math`.
pub fn definition(function: Special, language: Language) -> Option<String> {
    let text = match (function, language) {
        (Special::Erf, Language::Python) => {
            "erf = np.vectorize(math.erf, otypes=[float])\n".to_owned()
        }
        (Special::Sigmoid, Language::Python) => {
            "def sigmoid(x):\n    return 0.5 + 0.5 * np.tanh(0.5 * x)\n".to_owned()
        }
        (Special::Softplus, Language::Python) => {
            "def softplus(x):\n    return np.logaddexp(0.0, x)\n".to_owned()
        }
        (Special::Erf, Language::Julia) => erf_in_julia(),
        (Special::Sigmoid, Language::Julia) => {
            "sigmoid(x) = 0.5 + 0.5 * tanh(0.5 * x)\n".to_owned()
        }
        (Special::Softplus, Language::Julia) => {
            "softplus(x) = max(x, 0.0) + log1p(exp(-abs(x)))\n".to_owned()
        }
        (Special::Erf, Language::Rust) => erf_in_rust(),
        (Special::Sigmoid, Language::Rust) => {
            "fn sigmoid(x: f64) -> f64 {\n    0.5 + 0.5 * (0.5 * x).tanh()\n}\n".to_owned()
        }
        (Special::Softplus, Language::Rust) => {
            "fn softplus(x: f64) -> f64 {\n    x.max(0.0) + (-x.abs()).exp().ln_1p()\n}\n".to_owned()
        }
        (Special::Hermite(_), Language::Python) => "def hermite(n, x):\n    below, here = 1.0, x\n    \
             for k in range(1, n):\n        below, here = here, x * here - k * below\n    return here\n"
            .to_owned(),
        (Special::Hermite(_), Language::Julia) => "function hermite(n, x)\n    below, here = 1.0, x\n    \
             for k in 1:(n - 1)\n        below, here = here, x * here - k * below\n    end\n    return here\nend\n"
            .to_owned(),
        (Special::Hermite(_), Language::Rust) => "fn hermite(n: u32, x: f64) -> f64 {\n    \
             let next = |(below, here), k| (here, x * here - f64::from(k) * below);\n    \
             (1..n).fold((1.0, x), next).1\n}\n"
            .to_owned(),
        _ => return None,
    };
    Some(text)
}

fn list(coefficients: &[f64], indent: &str) -> String {
    let line = |c: &f64| format!("{indent}{c:?},\n");
    coefficients.iter().map(line).collect()
}

fn erf_in_julia() -> String {
    format!(
        "# To 1e-15.\nfunction erf(x)\n    near = (\n{}    )\n    far = (\n{}    )\n    \
         size = min(abs(x), 6.0)\n    if size < 1.0\n        return x * evalpoly(x * x, near)\n    end\n    \
         return copysign(1.0 - exp(-size * size) * evalpoly((size - 2.5) / (size + 2.5), far), x)\nend\n",
        list(&ERF_NEAR, "        "),
        list(&ERF_FAR, "        "),
    )
}

fn erf_in_rust() -> String {
    format!(
        "/// To 1e-15.\nfn erf(x: f64) -> f64 {{\n    const NEAR: [f64; {}] = [\n{}    ];\n    \
         const FAR: [f64; {}] = [\n{}    ];\n    \
         let polynomial = |c: &[f64], x: f64| c.iter().rev().fold(0.0, |sum, c| sum * x + c);\n    \
         let size = if x.abs() > 6.0 {{ 6.0 }} else {{ x.abs() }};\n    if size < 1.0 {{\n        return x * polynomial(&NEAR, x * x);\n    }}\n    \
         let far = polynomial(&FAR, (size - 2.5) / (size + 2.5));\n    \
         (1.0 - (-size * size).exp() * far).copysign(x)\n}}\n",
        ERF_NEAR.len(),
        list(&ERF_NEAR, "        "),
        ERF_FAR.len(),
        list(&ERF_FAR, "        "),
    )
}
