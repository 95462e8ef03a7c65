//! Tests of the module as a whole; the registry and the expressions below feed all of them.

mod formulas;
mod language;
mod laws;
mod pieces;
mod recognition;
mod refusals;
mod tables;

use super::*;

/// Expressions that exercise every operation of the language.
const EXPRESSIONS: &[&str] = &[
    "x",
    "2*x - 1",
    "he1 + 0.5*he3",
    "x*sigmoid(x)",
    "max(x, 0.1*x)",
    "exp(-x^2)",
    "square(relu)",
    "relu(2*x-1)",
    "tanh(2*x)",
    "abs(x)^3",
    "abs(x)^1.5",
    "min(x, square(x) - 2)",
    "relu + he3",
    "2^x",
    "x/(1 + x**2)",
    "log(1 + x^2)",
    "sqrt(1 + x^2)",
    "erf(x/sqrt(2))",
    "-0.5*erf(3*x)",
    "cos(2*pi*x)/3",
    "relu(x^2 - 2)",
    "relu(cos)",
    "exp(2*x)",
    "e^x",
    "abs(sin) + 2",
    "softplus(x)/log(2)",
    "leaky-relu(x^2 - 1, 0.3)",
    "relu(relu(x) - 1)",
    "heaviside(x - 0.5)*x",
    "sign(x^3 - x)",
    "x^-2*0 + x",
    "max(min(x, 1), -1)",
    "(1 + x^2)^-0.5",
    "exp(exp(-x^2))",
    "sin(exp(x/10))",
    "gelu(x + silu(x))",
    "he30(x/3)",
    "abs(x)^5*cos(x)",
    "relu(x)^1.5",
    "1/sigmoid(x)",
    "relu(x-1)^2.5 + abs(x+1)^1.5",
    "sqrt(4x^2 + x^4)",
    "x*sqrt(abs(x))",
    "{x/2 for x < 1, x² − x/2 for x > 1}",
    "ln(2 + 3exp(5x - 1))",
    "1/(1 + exp(-3x))²",
    "(exp(2*x) - exp(-x))/(exp(2*x) + exp(-x))",
    "log(1 + exp(x) + exp(-x))",
    "exp(3*x)/(1 + exp(3*x))^2",
    "piecewise(x < -1: -1; x <= 1: x; 1)",
    "piecewise(x < 0: elu(2*x); x < 2: x^2/4; 1 + tanh(x - 2))",
];

fn link(text: &str) -> Link {
    Link::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn refusal(text: &str) -> String {
    let message = Link::parse(text).expect_err(text).to_string();
    assert!(!message.contains('\n'), "{message}");
    message
}

fn all() -> impl Iterator<Item = &'static str> {
    let examples = builtin_links().iter().flat_map(|entry| entry.examples);
    examples.chain(EXPRESSIONS).copied()
}

/// Irregular points in (-4.1, 4.1).
fn points() -> impl Iterator<Item = f64> {
    (0..83).map(|i| f64::from(i) * 0.0987 - 4.0512)
}

fn far_from_breaks(link: &Link, x: f64) -> bool {
    link.breaks().iter().all(|b| (b.at - x).abs() > 1e-2)
}

fn assert_close(actual: f64, expected: f64, tolerance: f64, context: &str) {
    let size = 1.0 + expected.abs();
    assert!(
        (actual - expected).abs() <= tolerance * size,
        "{context}: {actual} != {expected}"
    );
}

#[test]
fn links_cross_threads() {
    fn crosses<T: Send + Sync + Clone>() {}
    crosses::<Link>();
}
