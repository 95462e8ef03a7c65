//! Formulas against the links that they are of.

use crate::algebra::render::{Language, expression, json, latex, text};
use crate::link::{Link, NoFormula, X, builtin_links};

/// Expressions of every kind of node.
const EXPRESSIONS: [&str; 16] = [
    "tanh(2*x)",
    "x*sigmoid(x)",
    "max(x, 0.1*x)",
    "min(2 - 3*x, x^2)",
    "exp(-x^2/2)",
    "sin(3*x) + cos(x)/2",
    "relu(x)^3 - relu(1 - x)",
    "relu(x)^1.5",
    "sqrt(1 + x^2)",
    "log(1 + x^2)",
    "abs(x - 0.3)*tanh(x)",
    "gelu(2*x + 1) - softplus(x)",
    "he3/sqrt(6) + 0.25*erf(x)",
    "x/(1 + x^2)",
    "2^x*exp(-x^2)",
    "tanh(relu(x) + sign(x)*leaky-relu(x, 0.3))",
];

fn points() -> impl Iterator<Item = f64> {
    (0..200).map(|i| -6.0 + 0.0607 * f64::from(i))
}

/// Largest deviation relative to one plus the largest value about as far out.
fn worst(link: &Link) -> f64 {
    let trees = link.formulas().unwrap_or_else(|e| panic!("{link}: {e}"));
    let tapes = [Link::value, Link::derivative, Link::second_derivative];
    let mut worst = 0.0_f64;
    for (tree, tape) in trees.iter().zip(tapes) {
        for x in points() {
            let written = tree.evaluate(&|s| if s == X { x } else { f64::NAN });
            let right = tape(link, x);
            // Between its zeros a polynomial is as large as there.
            let near = [x, x - 0.2, x + 0.2, 0.3 - x].map(|x| tape(link, x).abs());
            let size = near.into_iter().fold(1.0, f64::max);
            worst = worst.max((written.unwrap_or(f64::NAN) - right).abs() / size);
            assert!(written.is_some_and(|w| !w.is_nan()), "{link} at {x}");
        }
    }
    worst
}

#[test]
fn formulas_are_the_links() {
    let examples = builtin_links().iter().flat_map(|entry| entry.examples);
    for text in examples.chain(&EXPRESSIONS) {
        let link: Link = text.parse().unwrap();
        let worst = worst(&link);
        assert!(worst < 1e-13, "{text}: {worst:e}");
    }
}

#[test]
fn formulas_read_as_one_would_write() {
    for (link, right) in [
        ("tanh(2*x)", "tanh(2x)"),
        ("relu", "{0 for x < 0, x for x > 0}"),
        ("relu(2*x - 1)", "{0 for 2x < 1, 2x − 1 for 2x > 1}"),
        ("max(x, 0.1*x)", "{x/10 for x < 0, x for x > 0}"),
        ("min(2 - 3*x, x)", "{x for x < 1/2, 2 − 3x for x > 1/2}"),
        ("silu", "x/(1 + exp(−x))"),
        ("softplus", "ln(1 + exp(x))"),
        ("gelu", "x(1 + erf(x/√2))/2"),
        ("he4", "x⁴ − 6x² + 3"),
        ("0.123456789*sin(x)", "0.123456789 sin(x)"),
        ("x^2*exp(-x^2/2)", "x² exp(−x²/2)"),
        ("sign", "{−1 for x < 0, 1 for x > 0}"),
    ] {
        let formula = Link::parse(link).unwrap().formula().unwrap();
        assert_eq!(text(&formula), right, "{link}");
    }
}

#[test]
fn what_has_no_formula_says_why() {
    let refused = |text: &str| Link::parse(text).unwrap().formulas().err().unwrap();
    let exponent = refused("relu(x)^pi");
    assert!(matches!(exponent, NoFormula::Exponent { .. }), "{exponent}");
    let nested = (0..20).fold("x".to_owned(), |inner, _| format!("tanh({inner} + 1/2)"));
    let long = refused(&nested);
    assert_eq!(long, NoFormula::Long { limit: 3000 });
    assert_eq!(long.to_string(), "it has more than 3000 parts");
}

#[test]
fn formulas_in_every_notation() {
    let shown = |link: &str| Link::parse(link).unwrap().formula().unwrap();
    for (link, right) in [
        (
            "x*relu(x - 1)",
            r"x \begin{cases} 0 & x < 1 \\ x - 1 & x > 1 \end{cases}",
        ),
        ("tanh(x/2)^2", r"\tanh\left(\frac{x}{2}\right)^{2}"),
        ("erf(x) - exp(-x^2)", r"\mathrm{erf}(x) - \exp(-x^{2})"),
        ("tanh(he9)", r"\tanh(\mathrm{He}_{9}(x))"),
    ] {
        assert_eq!(latex(&shown(link)), right, "{link}");
    }
    assert_eq!(
        text(&shown("x*relu(x - 1)")),
        "x {0 for x < 1, x − 1 for x > 1}"
    );
    let code = |language| expression(&shown("relu"), language).unwrap();
    assert_eq!(code(Language::Python), "np.where(x < 0.0, 0.0, x)");
    assert_eq!(code(Language::Julia), "(x < 0.0 ? 0.0 : x)");
    assert_eq!(code(Language::Rust), "if x < 0.0 { 0.0 } else { x }");
    let relu = json(&shown("relu"));
    assert_eq!(relu["op"], "choose");
    assert_eq!(relu["test"]["name"], "x");
    assert_eq!(json(&shown("tanh"))["op"], "tanh");
    assert_eq!(json(&shown("tanh(he9)"))["arg"]["degree"], 9);
}
