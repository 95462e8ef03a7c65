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

/// What is written by exponentials equals the link of that name to the last digits, tails included,
/// where what is typed overflows (beyond x = 7.1) as elsewhere; the tails of a sum of three
/// exponentials, which has no name, keep an absolute 1e-15.
#[test]
fn exponentials_have_names() {
    for (typed, named) in [
        ("log(1 + exp(100*x))", "softplus(100*x)"),
        ("ln(exp(100*x) + 1)/100", "softplus(100*x)/100"),
        (
            "log(exp(60*x) + exp(-60*x)) - 1",
            "softplus(120*x) - 60*x - 1",
        ),
        ("1/(1 + exp(-100*x))", "sigmoid(100*x)"),
        ("exp(100*x)/(1 + exp(100*x))", "sigmoid(100*x)"),
        ("3*x/(2 + 2*exp(-100*x))", "1.5*x*sigmoid(100*x)"),
        (
            "(exp(50*x) - exp(-50*x))/(exp(50*x) + exp(-50*x))",
            "tanh(50*x)",
        ),
        ("(1 - exp(-100*x))/(1 + exp(-100*x))", "tanh(50*x)"),
        ("1/(1 + exp(-100*x))^2", "sigmoid(100*x)^2"),
        ("log(exp(100*x))", "100*x"),
        ("2^x/(1 + 2^x)", "sigmoid(log(2)*x)"),
        ("exp(x^2)*exp(-x^2)*x", "x"),
        ("exp(300*x)/exp(299*x)", "exp(x)"),
        ("log(1 + exp(x - 1) + exp(-800))", "softplus(x - 1)"),
    ] {
        let (typed, named) = (link(typed), link(named));
        for x in (-160..=160).map(|i| 0.237 * f64::from(i)) {
            for f in [Link::value, Link::derivative] as [fn(&Link, f64) -> f64; 2] {
                let (a, b) = (f(&typed, x), f(&named, x));
                // Exponents as large as x^2 keep as many units of rounding.
                assert!(
                    (a - b).abs() <= 1e-13 * (1.0 + x * x) * b.abs() + 1e-15,
                    "{typed} at {x}: {a} {b}"
                );
            }
        }
    }
    for (typed, named) in [
        ("log(1 + exp(100*x))", "softplus(100*x)"),
        ("exp(100*x)/(1 + exp(100*x))", "sigmoid(100*x)"),
    ] {
        let (typed, named) = (link(typed).value(-3.7), link(named).value(-3.7));
        assert!(
            named > 0.0 && (typed / named - 1.0).abs() < 1e-13,
            "{typed} {named}"
        );
    }
}

/// Kinks of a piecewise linear link are found however close they lie, and refused when they are many.
#[test]
fn folded_lines_have_all_their_kinks() {
    let folded = |times: usize| {
        let fold = |inner: String, _| format!("abs(2*{inner} - 1)");
        (0..times).fold("abs(x)".to_owned(), fold)
    };
    for times in 1..=6 {
        let link = link(&folded(times));
        // The first fold meets |x| = 1/2; every later one doubles the kinks inside and adds none.
        assert_eq!(
            link.breaks().len(),
            (1 << (times + 1)) - 1,
            "{times}: {:?}",
            link.breaks()
        );
        assert!(!link.has_jump());
    }
    assert!(refusal(&folded(30)).contains("kinks or jumps"));
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
        ("he2(tanh(x))/(1+x^4) + cos(sin(x))", Parity::Even),
        ("log(1+exp(x)) - x/2", Parity::Even),
        // Narrower than the distance of any points at which links are looked at.
        ("x+exp(-1e6*(x-0.31)^2)", Parity::Neither),
        ("cos(x)+(x+0.77)*exp(-1e9*(x+0.77)^2)", Parity::Neither),
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
        (
            "abs(512*abs(x) - 1)",
            &[
                (-1.0 / 512.0, 0.0, 1024.0),
                (0.0, 0.0, -1024.0),
                (1.0 / 512.0, 0.0, 1024.0),
            ],
        ),
        ("sqrt(x^2)", &[(0.0, 0.0, 2.0)]),
        ("sqrt(4*x^2 + x^4)", &[(0.0, 0.0, 4.0)]),
        ("sqrt(9*x^2 - 6*x + 1)", &[(1.0 / 3.0, 0.0, 6.0)]),
        ("x*sqrt(abs(x))", &[(0.0, 0.0, 0.0)]),
        ("sqrt((x - 1)^2*(1 + x^2))", &[(1.0, 0.0, 8.0_f64.sqrt())]),
        ("(x^2)^0.5 - abs(x) + x", &[]),
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
