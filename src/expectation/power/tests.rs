use super::sums::{Angle, Product, moment};
use crate::expectation::gaussian::Rule;
use crate::link::{Link, Power};

/// `E[x^a y^b; x > 0, y > 0]` at angle `theta` from the polar angle, on panels graded towards both ends.
fn quadrant(a: f64, b: f64, theta: f64) -> f64 {
    let open = std::f64::consts::PI - theta;
    let mut edges: Vec<f64> = (0..140)
        .map(|k| 0.5 * open * 0.5_f64.powi(k))
        .rev()
        .collect();
    edges.insert(0, 0.0);
    // From either end, so that distances from both keep their digits.
    let part = |a: f64, b: f64| {
        let each = edges.windows(2).map(|e| {
            let rule = Rule::panels(&[0.0, e[1] - e[0]], 1.0, 1);
            let terms = rule.x.iter().zip(&rule.w).map(|(x, w)| {
                // The rule carries the density of a normal.
                let flat = w / crate::expectation::gaussian::density(*x);
                let near: f64 = e[0] + x;
                flat * near.sin().powf(a) * (theta + near).sin().powf(b)
            });
            terms.sum::<f64>()
        });
        each.sum::<f64>()
    };
    let n = a + b + 1.0;
    let radial = (0.5 * (n - 1.0)).exp2() * libm::tgamma(0.5 * (n + 1.0));
    radial * (part(a, b) + part(b, a)) / (2.0 * std::f64::consts::PI)
}

fn one(power: f64, left: f64, right: f64) -> Vec<Power> {
    vec![Power { power, left, right }]
}

#[test]
fn products_of_powers_equal_polar_integrals() {
    for (a, b) in [
        (1.5, 1.5),
        (1.5, 2.5),
        (1.2, 1.7),
        (1.500_000_001, 1.5),
        (3.3, 1.0),
        (2.0, 1.1),
        (1.5, 0.0),
        (7.5, 2.2),
    ] {
        let pair = Product::new(&one(a, 0.0, 1.0), &one(b, 0.0, 1.0));
        for theta in [1e-9, 1e-5, 1e-2, 0.3, 0.8, 1.2, 1.5, 2.0, 3.0, 3.1] {
            let (sine, cosine) = f64::sin_cos(theta);
            let angle = Angle {
                cosine,
                square: sine * sine,
            };
            let (value, exact) = (pair.value(&angle, [1.0; 2]), quadrant(a, b, theta));
            let size = moment(a + b);
            assert!(
                (value - exact).abs() < 1e-14 * size,
                "{a} {b} {theta}: {value} {exact}"
            );
            if a.min(b) >= 1.0 && a + b > 2.5 {
                let (slope, _) = pair.gradient(&angle, [1.0; 2], [1]);
                let exact = a * b * quadrant(a - 1.0, b - 1.0, theta);
                let size = a * b * moment(a + b - 2.0);
                assert!(
                    (slope - exact).abs() < 1e-14 * size,
                    "slope {a} {b} {theta}: {slope} {exact}"
                );
            }
        }
    }
}

#[test]
fn sums_of_powers_are_read() {
    let read = |text: &str| text.parse::<Link>().unwrap().powers();
    let terms = |text: &str| -> Vec<(f64, f64, f64)> {
        let powers = read(text).unwrap();
        powers.iter().map(|t| (t.power, t.left, t.right)).collect()
    };
    assert_eq!(terms("abs(x)^1.5"), [(1.5, 1.0, 1.0)]);
    assert_eq!(
        terms("2*relu(x)^2.5 - x"),
        [(1.0, 1.0, -1.0), (2.5, 0.0, 2.0)]
    );
    assert_eq!(
        terms("x*sqrt(abs(x)) + he2"),
        [(0.0, -1.0, -1.0), (1.5, -1.0, 1.0), (2.0, 1.0, 1.0)]
    );
    assert_eq!(terms("sign(x)"), [(0.0, -1.0, 1.0)]);
    assert_eq!(
        terms("abs(x)^0.6 - relu(x)"),
        [(0.6, 1.0, 1.0), (1.0, 0.0, -1.0)]
    );
    for text in [
        "abs(x - 0.1)^1.5",
        "tanh",
        "abs(x)^1.5 + sin(x)",
        "abs(x)^13.5",
        "(1 + x^2)^1.5",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}
