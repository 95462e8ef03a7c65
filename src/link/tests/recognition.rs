//! Forms, parities and breaks of known examples.

use std::f64::consts::PI;

use super::*;

fn hermite_sum(p: &[f64], x: f64) -> f64 {
    let (mut below, mut here, mut sum) = (0.0, 1.0, 0.0);
    for (k, c) in p.iter().enumerate() {
        sum += c * here;
        (below, here) = (here, x * here - k as f64 * below);
    }
    sum
}

#[test]
fn forms_evaluate_to_the_link() {
    let horner = |p: &[f64], x: f64| p.iter().rev().fold(0.0, |sum, c| sum * x + c);
    for text in all() {
        let link = link(text);
        for x in points() {
            let expected = match link.form() {
                Form::Polynomial(p) => hermite_sum(p, x),
                Form::HalfPolynomial { left, right } => {
                    horner(if x < 0.0 { left } else { right }, x)
                }
                Form::Erf { amplitude, scale } => amplitude * libm::erf(scale * x),
                Form::General => continue,
            };
            assert_close(link.value(x), expected, 1e-12, text);
        }
    }
}

#[test]
fn forms_are_recognised() {
    let half = |left: &[f64], right: &[f64]| Form::HalfPolynomial {
        left: left.into(),
        right: right.into(),
    };
    let cases = [
        ("he3", Form::Polynomial(vec![0.0, 0.0, 0.0, 1.0])),
        ("linear", Form::Polynomial(vec![0.0, 1.0])),
        ("x^2", Form::Polynomial(vec![1.0, 0.0, 1.0])),
        (
            "he2*he3",
            Form::Polynomial(vec![0.0, 6.0, 0.0, 6.0, 0.0, 1.0]),
        ),
        ("abs(x)^2", Form::Polynomial(vec![1.0, 0.0, 1.0])),
        ("relu", half(&[0.0], &[0.0, 1.0])),
        ("leaky-relu", half(&[0.0, 0.01], &[0.0, 1.0])),
        ("max(x, 0.1*x)", half(&[0.0, 0.1], &[0.0, 1.0])),
        ("abs", half(&[0.0, -1.0], &[0.0, 1.0])),
        ("square(relu)", half(&[0.0], &[0.0, 0.0, 1.0])),
        (
            "relu + he3",
            half(&[0.0, -3.0, 0.0, 1.0], &[0.0, -2.0, 0.0, 1.0]),
        ),
        ("sign", half(&[-1.0], &[1.0])),
        ("heaviside", half(&[0.0], &[1.0])),
        (
            "-erf(x/2)*3",
            Form::Erf {
                amplitude: -3.0,
                scale: 0.5,
            },
        ),
        ("tanh", Form::General),
        ("relu(x - 1)", Form::General),
        ("erf(x) + x", Form::General),
    ];
    for (text, form) in cases {
        assert_eq!(link(text).form(), &form, "{text}");
    }
    let Form::Polynomial(p) = link("he30").form().clone() else {
        panic!()
    };
    assert!(p.len() == 31 && (p[30] - 1.0).abs() <= 0.0 && p[..30].iter().all(|c| *c == 0.0));
}

#[test]
fn parities() {
    let cases = [
        ("he2", Parity::Even),
        ("he3", Parity::Odd),
        ("x + x^2", Parity::Neither),
        ("erf", Parity::Odd),
        ("tanh", Parity::Odd),
        ("abs", Parity::Even),
        ("sign", Parity::Odd),
        ("relu", Parity::Neither),
        ("exp(-x^2)", Parity::Even),
        ("x*tanh(3*x)", Parity::Even),
        ("gelu", Parity::Neither),
    ];
    for (text, parity) in cases {
        assert_eq!(link(text).parity(), parity, "{text}");
    }
}

#[test]
fn breaks_of_known_examples() {
    let root = 2.0_f64.sqrt();
    type Triples<'a> = &'a [(f64, f64, f64)];
    let cases: &[(&str, Triples)] = &[
        ("tanh", &[]),
        ("relu", &[(0.0, 0.0, 1.0)]),
        ("abs", &[(0.0, 0.0, 2.0)]),
        ("sign", &[(0.0, 2.0, 0.0)]),
        ("heaviside", &[(0.0, 1.0, 0.0)]),
        ("leaky-relu", &[(0.0, 0.0, 0.99)]),
        ("square(relu)", &[(0.0, 0.0, 0.0)]),
        ("abs(x)^3", &[(0.0, 0.0, 0.0)]),
        ("abs(x)^5*cos(x)", &[(0.0, 0.0, 0.0)]),
        (
            "relu(sin(x/10))^8",
            &[
                (-10.0 * PI, 0.0, 0.0),
                (0.0, 0.0, 0.0),
                (10.0 * PI, 0.0, 0.0),
            ],
        ),
        ("(x^2)^1.5", &[(0.0, 0.0, 0.0)]),
        ("abs(x)^1.5", &[(0.0, 0.0, 0.0)]),
        ("abs(x)^2", &[]),
        ("abs(sin)^2", &[]),
        ("relu(x^2)", &[]),
        ("relu(x) - relu(x) + x", &[]),
        ("relu(x) - relu(-x)", &[]),
        ("relu(2*x-1)", &[(0.5, 0.0, 2.0)]),
        ("relu(x - 100) + x", &[(100.0, 0.0, 1.0)]),
        (
            "relu(x^2-2)",
            &[(-root, 0.0, -2.0 * -root), (root, 0.0, 2.0 * root)],
        ),
        ("relu(relu(x) - 1)", &[(1.0, 0.0, 1.0)]),
        ("sign(relu)", &[(0.0, 1.0, 0.0)]),
        ("relu(sign) + x", &[(0.0, 1.0, 0.0)]),
        (
            "sign(x^3-x)",
            &[(-1.0, 2.0, 0.0), (0.0, -2.0, 0.0), (1.0, 2.0, 0.0)],
        ),
        ("max(min(x, 1), -1)", &[(-1.0, 0.0, 1.0), (1.0, 0.0, -1.0)]),
        ("heaviside(x-0.5)*x", &[(0.5, 0.5, 1.0)]),
        ("abs(x^2 - 1e-6)", &[(-1e-3, 0.0, 4e-3), (1e-3, 0.0, 4e-3)]),
    ];
    for (text, expected) in cases {
        let link = link(text);
        let found = link.breaks();
        assert_eq!(found.len(), expected.len(), "{text}: {found:?}");
        for (b, (at, jump, slope)) in found.iter().zip(*expected) {
            assert_close(b.at, *at, 1e-15, text);
            assert_close(b.jump, *jump, 1e-12, text);
            assert_close(b.slope_jump, slope.abs().copysign(*slope), 1e-12, text);
        }
        assert_eq!(
            link.has_jump(),
            expected.iter().any(|e| e.1 != 0.0),
            "{text}"
        );
    }
    assert_eq!(link("relu(cos)").breaks().len(), 26);
}
