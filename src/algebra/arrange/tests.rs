//! Layouts of typical formulas, and that no layout changes a value.

use proptest::prelude::*;

use crate::algebra::render::text;
use crate::algebra::{Exponent, Expr, Function, Symbol};

const fn symbol(name: &'static str, positive: bool) -> Symbol {
    Symbol {
        name,
        text: name,
        latex: name,
        positive,
    }
}

const A: Symbol = symbol("A", true);
const B: Symbol = symbol("B", true);
const M: Symbol = symbol("m", false);
const Q: Symbol = symbol("q", true);

fn s(symbol: Symbol) -> Expr {
    Expr::symbol(symbol)
}

fn n(n: i64) -> Expr {
    Expr::int(n)
}

fn power(base: Expr, k: i64) -> Expr {
    base.power(Exponent::from_integer(k))
}

fn over_pi(numerator: i64) -> Expr {
    n(numerator) * Expr::pi().recip()
}

#[test]
fn formulas_look_as_in_a_paper() {
    let (m, q) = (|| s(M), || s(Q));
    let one_two = || n(1) + n(2) * q();
    let erf = || {
        Expr::call(
            Function::ArcSin,
            n(2) * m() * (n(3) * one_two()).sqrt().recip(),
        )
    };
    let kernel = || (n(3) + n(6) * q() - n(4) * power(m(), 2)).sqrt().recip();
    let exit = s(B) + (power(s(B), 2) + n(4) * power(s(A), 2)).sqrt();
    for (e, right) in [
        (n(1) - power(m(), 2), "(1 − m)(1 + m)"),
        (n(3) - n(3) * power(m(), 2), "3(1 − m)(1 + m)"),
        (n(5) * m() - n(5), "5(m − 1)"),
        (n(0) - m() - q(), "−m − q"),
        (power(m(), 3) - power(m(), 2) + n(2), "(1 + m)(m² − 2m + 2)"),
        (n(2) * m() - power(m(), 3) - n(1), "(1 − m)(m² + m − 1)"),
        (
            m() * (n(1) - power(m(), 2)) * Expr::ratio(1, 2),
            "m(1 − m)(1 + m)/2",
        ),
        (
            n(3) * q() * (n(5) * power(q(), 2) - n(6) * q() + n(3)),
            "3q(5q² − 6q + 3)",
        ),
        (over_pi(4) * kernel(), "4/(π√(3 + 6q − 4m²))"),
        (over_pi(2) * erf(), "(2/π) arcsin(2m/√(3(1 + 2q)))"),
        (over_pi(1) * erf(), "arcsin(2m/√(3(1 + 2q)))/π"),
        (
            Expr::ratio(1, 3) - over_pi(4) * erf(),
            "1/3 − (4/π) arcsin(2m/√(3(1 + 2q)))",
        ),
        (
            over_pi(4) * one_two().recip() * ((n(1) + n(4) * q()).sqrt().recip() - m() * kernel()),
            "4(1/√(1 + 4q) − m/√(3 + 6q − 4m²))/(π(1 + 2q))",
        ),
        (n(8).sqrt() * Expr::pi().sqrt().recip(), "2√2/√π"),
        ((n(2) * Expr::pi()).sqrt().recip(), "1/√(2π)"),
        (n(2) * exit.recip(), "2/(B + √(B² + 4A²))"),
        ((q() * (n(1) - q()).recip()).sqrt(), "√(q/(1 − q))"),
        (
            n(2) * (n(3) * q()).sqrt() * m() * (n(1) - m()),
            "2m(1 − m)√(3q)",
        ),
        (
            m() * one_two().power(Exponent::new(-3, 2)),
            "m/(1 + 2q)^(3/2)",
        ),
        (
            n(6) * power(m(), 2) * power(q(), -2) * (n(1) - q()),
            "6m²(1 − q)/q²",
        ),
        (n(0) - m() * (q() - n(1)).recip(), "m/(1 − q)"),
        (
            Expr::ratio(1, 2) * m() - Expr::ratio(1, 3) * q(),
            "(3m − 2q)/6",
        ),
        (n(0), "0"),
    ] {
        // A product may come factored further than it is written here.
        assert_eq!(text(&e.arrange(&[M, Q])), right);
    }
}

fn expression() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        (-6i64..7, 1i64..5).prop_map(|(a, b)| Expr::ratio(a, b)),
        Just(s(M)),
        Just(s(Q)),
        Just(s(A)),
        Just(Expr::pi()),
        Just(n(2).sqrt()),
    ];
    leaf.prop_recursive(4, 20, 3, |inner| {
        let pair = (inner.clone(), inner.clone());
        let exponents = prop_oneof![Just((1, 2)), Just((-1, 2)), Just((-1, 1)), Just((-3, 2))];
        prop_oneof![
            pair.clone().prop_map(|(a, b)| a + b),
            pair.clone().prop_map(|(a, b)| a - b),
            pair.prop_map(|(a, b)| a * b),
            (inner.clone(), exponents)
                .prop_map(|(a, (n, d))| { (Expr::int(1) + &a * &a).power(Exponent::new(n, d)) }),
            inner.prop_map(|a| {
                let argument = (Expr::int(2) + &a * &a).recip();
                Expr::call(Function::ArcSin, argument)
            }),
        ]
    })
}

fn value(symbol: Symbol) -> f64 {
    match symbol.name {
        "m" => -0.375,
        "q" => 1.625,
        _ => 0.8125,
    }
}

proptest! {
    #![proptest_config(crate::cases::cases(400))]

    #[test]
    fn no_layout_changes_a_value(e in expression()) {
        let terms = e.terms().map(|(m, c)| {
            let mut term = Expr::zero();
            term.add_term(c.clone(), m.clone());
            term.evaluate(&value).abs()
        });
        let size: f64 = terms.sum();
        prop_assume!(size.is_finite() && size < 1e9);
        let tree = e.arrange(&[M, Q]);
        let shown = tree.evaluate(&value).unwrap_or(f64::NAN);
        let error = (shown - e.evaluate(&value)).abs();
        prop_assert!(error <= 1e-9 * size.max(1e-3), "{}: {shown}", text(&tree));
    }
}
