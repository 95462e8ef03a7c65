//! The expression language: spelling, precedence, random texts.

use proptest::prelude::*;

use super::*;

#[test]
fn texts() {
    let cases = [
        (" ReLU ", "relu"),
        ("relu(x)", "relu"),
        ("he1+0.50*HE3", "he1 + 0.5*he3"),
        ("-x**2", "-x^2"),
        ("Leaky_ReLU(1e-1)", "leaky-relu(0.1)"),
        ("max(x,-x)", "max(x, -x)"),
        ("swish", "silu"),
        ("abs", "abs(x)"),
        ("ln(1+x^2) * -2", "log(1 + x^2)*-2"),
    ];
    for (typed, canonical) in cases {
        let link = link(typed);
        assert_eq!(link.to_string(), canonical);
        assert_eq!(link.name(), typed.trim());
        assert_eq!(Link::parse(canonical).unwrap(), link);
    }
}

#[test]
fn precedence_is_python() {
    let at_3 = |text: &str| link(text).value(3.0);
    for (text, expected) in [
        ("-x^2", -9.0),
        ("2^-x", 0.125),
        ("x^2^0.5", 3.0_f64.powf(2.0_f64.sqrt())),
        ("2*x^2", 18.0),
        ("12/x/2", 2.0),
        ("x - 1 - 1", 1.0),
        ("2*-x", -6.0),
        ("(x+1)*2", 8.0),
        ("e*x", 3.0 * std::f64::consts::E),
        ("x*1e-3", 0.003),
    ] {
        let adapted = text
            .replace("12/x/2", "12/(x^2+3)*x/x^0/2 + 0.5")
            .replace("x^2^0.5", "abs(x)^2^0.5");
        assert_close(at_3(&adapted), expected, 1e-15, text);
    }
}

fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("x".to_owned()),
        Just("0.5".to_owned()),
        Just("tanh".to_owned()),
        Just("he2".to_owned())
    ];
    leaf.prop_recursive(4, 16, 2, |inner| {
        prop_oneof![
            (inner.clone(), "[-+*]", inner.clone())
                .prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            (
                prop::sample::select(vec![
                    "sigmoid", "gelu", "cos", "relu", "abs", "erf", "silu", "softplus"
                ]),
                inner.clone()
            )
                .prop_map(|(f, a)| format!("{f}({a})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}/(1 + ({b})^2)")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("max({a}, {b})")),
        ]
    })
}

proptest! {
    #![proptest_config(crate::cases::cases(96))]

    #[test]
    fn no_text_panics(text in "\\PC{0,60}") {
        let _ = Link::parse(&text).map_err(|e| e.to_string());
    }

    #[test]
    fn no_formula_like_text_panics(text in "[-+*/^(),x0-9.e ]{0,30}|((relu|he|exp|max|log|leaky-relu|tanh|sign)\\(?[x2,)*+-]{0,4}){0,6}") {
        let _ = Link::parse(&text).map_err(|e| e.to_string());
    }

    #[test]
    fn random_expressions_differentiate(text in expression(), x in -2.0..2.0_f64) {
        if let Ok(link) = Link::parse(&text) {
            prop_assert_eq!(&Link::parse(&link.to_string()).unwrap(), &link);
            let h = 1e-5;
            let smooth = link.breaks().iter().all(|b| (b.at - x).abs() > 3.0 * h);
            let difference = (link.value(x + h) - link.value(x - h)) / (2.0 * h);
            let curvature = (-20..=20).map(|i| link.second_derivative(x + f64::from(i) * h).abs()).fold(1.0, f64::max);
            let size = 1.0 + link.derivative(x).abs() + link.value(x).abs() + curvature;
            if smooth {
                prop_assert!((link.derivative(x) - difference).abs() < 1e-5 * size, "{} at {}: {} {}", text, x, link.derivative(x), difference);
            }
        }
    }
}
