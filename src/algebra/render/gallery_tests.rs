//! Formulas and what exactly they look like.

use serde_json::json as value;

use super::{Language, Unwritable, expression, identifier, json, latex, latex_lines, lines, text};
use crate::algebra::{Exponent, Expr, Function, Rational, Symbol, Tree, rational};

const fn symbol(name: &'static str, text: &'static str, latex: &'static str) -> Symbol {
    Symbol {
        name,
        text,
        latex,
        positive: false,
    }
}

const M: Symbol = symbol("m", "m", "m");
const Q: Symbol = symbol("q", "q", "q");
const R: Symbol = symbol("r", "r", "r");
const K: Symbol = symbol("k", "k", "k");
const Z: Symbol = symbol("z", "z", "z");
const PHI: Symbol = symbol("phi", "φ", r"\varphi");
const MU: Symbol = symbol("mu", "μ", r"\mu");
const TAU: Symbol = symbol("tau", "tau", r"\tau");
const SLOPE: Symbol = symbol("slope", "σ′", r"\sigma'");
const BEST: Symbol = symbol("best", "m*", "m^*");

fn s(symbol: Symbol) -> Tree {
    Tree::Symbol(symbol)
}

fn n(n: i64) -> Tree {
    Tree::int(n)
}

fn product<const N: usize>(factors: [Tree; N]) -> Tree {
    Tree::Product(factors.to_vec())
}

fn sum<const N: usize>(terms: [Tree; N]) -> Tree {
    Tree::Sum(terms.to_vec())
}

fn power(base: Tree, numerator: i64, denominator: i64) -> Tree {
    Tree::Power(Box::new(base), Exponent::new(numerator, denominator))
}

fn root(base: Tree) -> Tree {
    power(base, 1, 2)
}

fn one_minus_mu() -> Tree {
    sum([n(1), s(MU).negative()])
}

fn quintic() -> Tree {
    let cubic = sum([
        product([n(5), power(s(MU), 3, 1)]),
        product([n(5), power(s(MU), 2, 1)]),
        s(MU),
        n(1).negative(),
    ]);
    product([n(9), s(MU), one_minus_mu(), cubic]).negative()
}

fn erf_loss() -> Tree {
    let below = root(product([n(3), sum([n(1), product([n(2), s(Q)])])]));
    let argument = product([n(2), s(M)]).over(below);
    product([
        n(2).over(Tree::Pi),
        Tree::Call(Function::ArcSin, Box::new(argument)),
    ])
}

#[test]
fn text_is_what_one_would_write() {
    let slope = Tree::Apply(SLOPE, vec![s(Z)]);
    let series = |to, term| Tree::Series {
        index: K,
        from: 0,
        to,
        term: Box::new(term),
    };
    let geometric = Tree::FormalPower(Box::new(s(Q)), Box::new(sum([s(K), n(1)])));
    let coefficient = geometric.over(Tree::Factorial(Box::new(s(K))));
    let minus = |tree: Tree| Tree::Negative(Box::new(tree));
    for (tree, right) in [
        (quintic(), "−9μ(1 − μ)(5μ³ + 5μ² + μ − 1)"),
        (erf_loss(), "(2/π) arcsin(2m/√(3(1 + 2q)))"),
        (
            sum([root(s(R)), product([s(M), s(PHI)])]).over(product([n(2), Tree::Pi])),
            "(√r + mφ)/(2π)",
        ),
        (Tree::Mean(Box::new(power(slope, 2, 1))), "E[σ′(z)²]"),
        (power(s(M), -2, 1), "m⁻²"),
        (
            power(sum([n(1), product([n(2), s(Q)])]), 3, 2),
            "(1 + 2q)^(3/2)",
        ),
        (product([power(s(Q), -1, 3), s(M)]), "q^(−1/3) m"),
        (product([s(TAU), sum([n(1), s(Q)])]), "tau·(1 + q)"),
        (product([n(2), s(Q), sum([n(1), s(Q)])]), "2q(1 + q)"),
        (product([root(s(Q)), sum([n(1), s(Q)])]), "√q·(1 + q)"),
        (product([root(s(Q)), s(M), s(TAU)]), "√q·m tau"),
        (product([n(2), s(TAU), n(3), s(M)]), "2 tau·3m"),
        (root(s(TAU)), "√(tau)"),
        (root(power(s(M), 2, 1)), "√(m²)"),
        (power(root(s(M)), 2, 1), "(√m)²"),
        (power(s(M).negative(), 2, 1), "(−m)²"),
        (power(s(M), 2, 1).negative(), "−m²"),
        (power(s(BEST), 2, 1), "m*²"),
        (sum([s(M), minus(sum([s(Q), n(1)]))]), "m − (q + 1)"),
        (sum([s(M), minus(n(-3)), n(-2)]), "m + 3 − 2"),
        (product([s(M).negative(), s(Q)]), "−mq"),
        (s(M).over(s(Q)).over(s(R).negative()), "−(m/q)/r"),
        (s(M).over(product([s(Q), s(R)])), "m/(qr)"),
        (s(M).over(s(Q).over(s(R))), "m/(q/r)"),
        (product([Tree::Number(rational(-1, 3)), s(M)]), "−(1/3)m"),
        (power(Tree::Number(rational(2, 3)), 2, 1), "(2/3)²"),
        (
            product([s(M), series(None, coefficient.clone())]),
            "m Σ_{k≥0} q^(k + 1)/k!",
        ),
        (sum([series(Some(12), s(K)), s(M)]), "(Σ_{k=0}^{12} k) + m"),
        (Tree::Sum(vec![]), "0"),
        (Tree::Product(vec![]), "1"),
    ] {
        assert_eq!(text(&tree), right, "{tree:?}");
    }
}

#[test]
fn decimals_have_twelve_digits_at_most() {
    for (x, right) in [
        (0.1, "0.1"),
        (1.0 / 3.0, "0.333333333333"),
        (-2.5, "−2.5"),
        (1234.5, "1234.5"),
        (0.0, "0"),
        (0.0001, "0.0001"),
        (1.23e-5, "1.23×10⁻⁵"),
        (-4.5e21, "−4.5×10²¹"),
        (9_999_999.0, "9999999"),
    ] {
        assert_eq!(text(&Tree::Decimal(x)), right);
    }
    let squared = power(Tree::Decimal(1.23e-5), 2, 1);
    assert_eq!(text(&squared), "(1.23×10⁻⁵)²");
    assert_eq!(latex(&squared), r"(1.23 \times 10^{-5})^{2}");
}

#[test]
fn latex_has_fractions_roots_and_delimiters_of_the_right_height() {
    let slope = Tree::Apply(SLOPE, vec![s(Z)]);
    let series = Tree::Series {
        index: K,
        from: 0,
        to: None,
        term: Box::new(Tree::FormalPower(Box::new(s(Q)), Box::new(s(K)))),
    };
    let inner = sum([s(M).over(s(Q)), n(1).negative()]);
    for (tree, right) in [
        (
            quintic(),
            r"-9 \mu (1 - \mu) (5 \mu^{3} + 5 \mu^{2} + \mu - 1)",
        ),
        (
            erf_loss(),
            r"\frac{2}{\pi} \arcsin\left(\frac{2 m}{\sqrt{3 (1 + 2 q)}}\right)",
        ),
        (
            Tree::Mean(Box::new(power(slope, 2, 1))),
            r"\mathbb{E}[\sigma'(z)^{2}]",
        ),
        (
            Tree::Mean(Box::new(s(M).over(s(Q)))),
            r"\mathbb{E}\left[\frac{m}{q}\right]",
        ),
        (series, r"\sum_{k=0}^{\infty} q^{k}"),
        (power(s(BEST), 2, 1), r"(m^*)^{2}"),
        (power(s(M), -3, 2), r"m^{-3/2}"),
        (
            power(s(M).over(s(Q)), 2, 1),
            r"\left(\frac{m}{q}\right)^{2}",
        ),
        (s(M).over(s(Q).negative()), r"-\frac{m}{q}"),
        (
            product([n(2), Tree::Number(rational(1, 3))]),
            r"2 \cdot \frac{1}{3}",
        ),
        // A sum with fractions stands beside the fraction, not in its numerator.
        (
            product([n(4), inner]).over(Tree::Pi),
            r"\frac{4}{\pi} \left(\frac{m}{q} - 1\right)",
        ),
    ] {
        assert_eq!(latex(&tree), right, "{tree:?}");
    }
}

#[test]
fn programs_keep_precedence_and_exactness() {
    let third = Tree::Number(rational(1, 3));
    let large = Tree::Number("9007199254740993".parse::<Rational>().unwrap());
    let quartic = sum([
        product([n(-2), power(s(M), 6, 1)]),
        power(s(M), 4, 1).over(n(3)),
        s(M).negative(),
    ]);
    for (tree, python, julia, rust) in [
        (power(s(M), 2, 1).negative(), "-m**2", "-m^2", "-m.powi(2)"),
        (
            power(s(M).negative(), 2, 1),
            "(-m)**2",
            "(-m)^2",
            "(-m).powi(2)",
        ),
        (
            product([third, s(M)]),
            "(1.0 / 3.0) * m",
            "(1.0 / 3.0) * m",
            "(1.0 / 3.0) * m",
        ),
        (
            root(n(2)).over(root(Tree::Pi)),
            "np.sqrt(2.0) / np.sqrt(np.pi)",
            "sqrt(2.0) / sqrt(pi)",
            "f64::sqrt(2.0) / PI.sqrt()",
        ),
        (
            power(sum([n(1), s(Q)]), 3, 2),
            "np.sqrt(1.0 + q)**3",
            "sqrt(1.0 + q)^3",
            "(1.0 + q).sqrt().powi(3)",
        ),
        (
            power(s(Q), -2, 3),
            "q**(-2.0 / 3.0)",
            "q^(-2.0 / 3.0)",
            "q.powf(-2.0 / 3.0)",
        ),
        (
            large,
            "9007199254740992.0",
            "9007199254740992.0",
            "9007199254740992.0",
        ),
        (
            quartic,
            "((-2.0 * m**2 + 1.0 / 3.0) * m**3 - 1.0) * m",
            "((-2.0 * m^2 + 1.0 / 3.0) * m^3 - 1.0) * m",
            "((-2.0 * m.powi(2) + 1.0 / 3.0) * m.powi(3) - 1.0) * m",
        ),
        (
            Tree::Call(Function::ArcCos, Box::new(s(M).over(n(2)))),
            "np.arccos(m / 2.0)",
            "acos(m / 2.0)",
            "(m / 2.0).acos()",
        ),
    ] {
        let written = |language| expression(&tree, language).unwrap();
        assert_eq!(written(Language::Python), python);
        assert_eq!(written(Language::Julia), julia);
        assert_eq!(written(Language::Rust), rust);
    }
}

#[test]
fn programs_refuse_what_has_no_value() {
    let refused = |tree: Tree| expression(&sum([n(1), tree]), Language::Rust).unwrap_err();
    assert_eq!(
        refused(Tree::Apply(PHI, vec![])),
        Unwritable("the function phi".to_owned())
    );
    let mean = refused(root(Tree::Mean(Box::new(s(M)))));
    let message = "an average cannot be written as a program expression";
    assert_eq!(mean.to_string(), message);
    let huge = Tree::Number(Rational::from_integer(
        num_bigint::BigInt::from(10).pow(400),
    ));
    assert_eq!(refused(huge).0, "a number beyond double precision");
    assert_eq!(refused(Tree::Factorial(Box::new(s(K)))).0, "a factorial");
}

#[test]
fn keywords_are_no_variables() {
    let lambda = symbol("lambda", "λ", r"\lambda");
    assert_eq!(identifier(lambda, Language::Python), "lambda_");
    assert_eq!(identifier(lambda, Language::Rust), "lambda");
}

#[test]
fn json_follows_its_schema() {
    let tree = sum([
        product([Tree::Number(rational(-1, 3)), Tree::Pi]),
        root(s(M)).over(Tree::Decimal(0.5)).negative(),
        Tree::Call(Function::ArcSin, Box::new(s(Q))),
        Tree::Series {
            index: K,
            from: 1,
            to: None,
            term: Box::new(Tree::Apply(SLOPE, vec![s(K)])),
        },
    ]);
    let right = value!({"op": "sum", "args": [
        {"op": "product", "args": [
            {"op": "number", "numerator": "-1", "denominator": "3"}, {"op": "pi"}]},
        {"op": "negative", "arg": {"op": "quotient",
            "numerator": {"op": "power", "base": {"op": "symbol", "name": "m"},
                          "exponent": {"numerator": "1", "denominator": "2"}},
            "denominator": {"op": "decimal", "value": 0.5}}},
        {"op": "arcsin", "arg": {"op": "symbol", "name": "q"}},
        {"op": "series", "index": "k", "from": 1, "to": null, "term":
            {"op": "apply", "name": "slope", "args": [{"op": "symbol", "name": "k"}]}},
    ]});
    assert_eq!(json(&tree), right);
}

fn long_polynomial() -> Tree {
    let m = Expr::symbol(M);
    let term = |k: i64| {
        let sign = if k % 3 == 1 { -1 } else { 1 };
        let digits =
            Expr::int(1_234_567_890_123_456_789 + k * k * k * 7_919 + k) * Expr::int(17 * sign);
        digits * m.power(Exponent::from_integer(k))
    };
    let sum: Expr = (0..60).map(term).sum();
    (sum * m * Expr::pi().recip()).arrange(&[M])
}

#[test]
fn long_polynomials_break_before_signs() {
    use unicode_width::UnicodeWidthStr;

    let tree = long_polynomial();
    let broken = lines(&tree, 78, 8);
    assert!(broken.len() > 15);
    for (i, line) in broken.iter().enumerate() {
        let room = if i == 0 { 70 } else { 78 };
        assert!(line.width() <= room, "{line}");
        let start = line.trim_start();
        assert!(i == 0 || start.starts_with(['+', '−']), "{line}");
        assert_eq!(line.len() - start.len(), if i == 0 { 0 } else { 8 });
    }
    // Without room for a single number it is cut.
    assert!(lines(&tree, 12, 2).iter().all(|l| l.width() <= 12));
}

#[test]
fn long_latex_breaks_outside_groups() {
    let broken = latex_lines(&long_polynomial(), 90);
    assert!(broken.len() > 10);
    assert!(
        broken[0].starts_with(r"\frac{51 m}{\pi} ("),
        "{}",
        broken[0]
    );
    for line in &broken[1..] {
        let sign = line.strip_prefix(r"\quad {} ").unwrap();
        assert!(sign.starts_with(['+', '-']), "{line}");
    }
}
