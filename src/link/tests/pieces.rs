//! `piecewise(...)`, and links that are written with others.

use super::*;
use crate::link::Form;

/// The same function: breaks, form, symmetry and values, derivatives included.
fn assert_same(text: &str, other: &str) {
    let [a, b] = [text, other].map(link);
    assert_eq!(a.breaks(), b.breaks(), "{text}");
    assert_eq!(a.form(), b.form(), "{text}");
    assert_eq!(a.parity(), b.parity(), "{text}");
    assert_eq!(a.polynomials(), b.polynomials(), "{text}");
    for x in points() {
        // Written in another order, sums of a few terms differ by a few roundings of their size.
        assert_close(a.value(x), b.value(x), 4e-15, text);
        assert_close(a.derivative(x), b.derivative(x), 4e-15, text);
        assert_close(a.second_derivative(x), b.second_derivative(x), 1e-14, text);
    }
}

#[test]
fn pieces_are_what_they_are_written_with_otherwise() {
    for (text, other) in [
        ("piecewise(x < -1: -1; x <= 1: x; 1)", "max(-1, min(1, x))"),
        ("piecewise(x<0:0;x)", "relu"),
        ("piecewise(x < 0: -x; x)", "abs(x)"),
        ("2*piecewise(x ≤ 1/2: 0; 1)", "2*heaviside(x - 0.5)"),
        ("piecewise(x < 0: x^2; x < 1: x^2; x^2)", "x^2"),
        (
            "piecewise(x < 0: 0; x < 1: 0; tanh(x - 1))",
            "relu(tanh(x - 1))",
        ),
        (
            "piecewise(x <= 1: x/2; x² − x/2)",
            "{x/2 for x < 1, x² − x/2 for x > 1}",
        ),
        ("clip", "max(-1, min(1, x))"),
        ("clip(-0.5, 2)", "max(-0.5, min(2, x))"),
        ("clip(2*x - 1, 0, 6)", "max(0, min(6, 2*x - 1))"),
        ("hardtanh(2*x)", "max(-1, min(1, 2*x))"),
        ("hardsigmoid", "min(max(x + 3, 0), 6)/6"),
        ("hardswish", "x*min(max(x + 3, 0), 6)/6"),
        ("relu6(x - 1)", "min(max(x - 1, 0), 6)"),
        (
            "hardshrink(x, 0.25)",
            "x*(1 - heaviside(x + 0.25) + heaviside(x - 0.25))",
        ),
        ("softshrink", "max(x - 0.5, 0) + min(x + 0.5, 0)"),
        ("elu", "max(x, 0) + min(exp(x) - 1, 0)"),
        ("elu(0.5)", "max(x, 0) + 0.5*min(exp(x) - 1, 0)"),
        ("elu(2*x, 1.5)", "max(2*x, 0) + 1.5*min(exp(2*x) - 1, 0)"),
        ("celu(2)", "max(x, 0) + 2*min(exp(x/2) - 1, 0)"),
        (
            "selu",
            "1.0507009873554805*(max(x, 0) + 1.6732632423543772*min(exp(x) - 1, 0))",
        ),
        ("mish", "x*tanh(log(1 + exp(x)))"),
        ("quick-gelu", "x/(1 + exp(-1.702*x))"),
        ("softsign", "x/(1 + abs(x))"),
        ("logsigmoid", "-log(1 + exp(-x))"),
        ("step", "heaviside"),
        ("step(0.5)", "heaviside(x - 0.5)"),
        ("step(2*x)", "heaviside(2*x)"),
        ("step(2*x, -1)", "heaviside(2*x + 1)"),
    ] {
        assert_same(text, other);
    }
}

#[test]
fn conditions_are_spelled_one_way() {
    for text in [
        "piecewise(x<-1:-1;x<=1:x;1)",
        "piecewise(x <= -1: -1; x ≤ 1: x; 1)",
        "PIECEWISE( x < -1 : -1 ; x < 1 : x ; 1 )",
    ] {
        assert_eq!(link(text).to_string(), "piecewise(x < -1: -1; x < 1: x; 1)");
        assert_eq!(link(&link(text).to_string()), link(text));
    }
    let cosine = link("piecewise(x < -pi/2: 0; x < pi/2: cos(x); 0)");
    assert_eq!(cosine.breaks().len(), 2);
    assert_eq!(*cosine.form(), Form::General);
}

#[test]
fn pieces_are_refused_with_the_place() {
    for (text, column, expected, found) in [
        (
            "piecewise(x < 1: 0)",
            19,
            "last piece without a condition",
            "')'",
        ),
        (
            "piecewise(x < 1: 0; )",
            21,
            "last piece without a condition",
            "')'",
        ),
        ("piecewise(x)", 12, "has a condition such as x < 1", "')'"),
        ("piecewise(x; x < 1: 0)", 12, "has a condition", "';'"),
        (
            "piecewise(x < 1: 0; 1; x)",
            22,
            "only the last piece has no condition",
            "';'",
        ),
        (
            "piecewise(x < 1: 0; x > 1: x)",
            23,
            "only the last piece has no condition",
            "'>'",
        ),
        (
            "piecewise(x < 1: 0; x < 0: 1; x)",
            25,
            "a number above 1",
            "'0'",
        ),
        (
            "piecewise(x < 1: 0; x <= 1: 1; x)",
            26,
            "no piece is empty",
            "'1'",
        ),
        (
            "piecewise(2*x < 1: 0; x)",
            11,
            "x alone on the left",
            "'2*x'",
        ),
        ("piecewise(1 < x: 0; x)", 11, "x alone on the left", "'1'"),
        ("piecewise(x < x^2: 0; x)", 15, "a finite number", "'x^2'"),
        ("piecewise(x < 1/0: 0; x)", 15, "a finite number", "'1/0'"),
        ("piecewise(x < 1, 0; x)", 16, "':'", "','"),
        ("piecewise", 10, "'('", "the end"),
    ] {
        match Link::parse(text) {
            Err(LinkError::Syntax {
                column: at,
                expected: what,
                found: seen,
                ..
            }) => {
                assert_eq!((at, seen.as_str()), (column, found), "{text}");
                assert!(what.contains(expected), "{text}: {what}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
    assert!(refusal("piecewise(x < 1: 2; 2)").contains("constant"));
    assert!(refusal("peacewise(x < 1: 0; x)").contains("did you mean 'piecewise'?"));
}

#[test]
fn parameters_are_refused_with_their_use() {
    for text in [
        "clip(2, 1)",
        "clip(1, 1)",
        "clip(x, x, 1)",
        "elu(x, x)",
        "hardshrink(-1)",
        "elu(1/0)",
    ] {
        let message = refusal(text);
        assert!(
            message.contains("as in") && message.contains(", bare: "),
            "{message}"
        );
    }
    assert!(refusal("clip(x, 0, 1, 2)").contains("takes 1, 2 or 3 arguments, not 4"));
    assert!(refusal("elu(x, 1, 2)").contains("takes 1 or 2 arguments, not 3"));
    assert!(refusal("mish(x, 1)").contains("takes 1 argument, not 2"));
}

/// Where `e^x - 1` is a difference of equal numbers.
#[test]
fn exponential_branches_keep_their_digits() {
    let exact = |x: f64| x + x * x / 2.0;
    for x in [-1e-8, -1e-11, -1e-15] {
        assert!((link("elu").value(x) / exact(x) - 1.0).abs() < 4e-16);
    }
}
