//! Links read back from what the program prints, and links as people write them.

use crate::support::all_links;
use lorode::algebra::render::link_text;
use lorode::link::{Link, LinkError};

/// Expressions whose formulas hold every sign that is printed.
const EXPRESSIONS: [&str; 24] = [
    "max(x, 0.1*x)",
    "min(2 - 3*x, x^2)",
    "exp(-x^2/2)/sqrt(2*pi)",
    "0.12345678901234567*sin(3*x) + cos(x)/2",
    "1.2345678901234567e-9*x + tanh(x)",
    "relu(x)^3 - relu(1 - x)",
    "relu(x)^1.5",
    "(1 + x^2)^-1.5",
    "sqrt(1 + x^2)^3",
    "log(1 + x^2)",
    "abs(x - 0.3)*tanh(x)",
    "abs(abs(x) - 1)",
    "sign(x^3 - x)",
    "gelu(2*x + 1) - softplus(x)",
    "softplus(3*x - 1)*sigmoid(x)",
    "he3/sqrt(6) + 0.25*erf(x)",
    "he9(x/2)/1000 + he12/1e6",
    "x/(1 + x^2)",
    "2^x*exp(-x^2)",
    "tanh(relu(x) + sign(x)*leaky-relu(x, 0.3))",
    "sqrt(2/pi)*(x + 0.044715*x^3)",
    "0.5*x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x^3)))",
    "pi*x - exp(1)",
    "relu(x^2 - 2)*2*silu(x)",
];

/// Irregular points in (-7, 7).
fn points() -> impl Iterator<Item = f64> {
    (0..283).map(|i| f64::from(i) * 0.0493 - 6.9512)
}

/// Numbers are taken for the exact ones within 8 ulps (1.8e-15); a sum of a few of them, some of
/// which cancel, keeps 1e-13 of the largest value near by.
fn assert_same(read: &Link, link: &Link, printed: &str) {
    for x in points() {
        let near = [x, x - 0.2, x + 0.2].map(|x| link.value(x).abs());
        let size = near.into_iter().fold(1e-2, f64::max);
        let gap = (read.value(x) - link.value(x)).abs();
        assert!(
            gap <= 1e-13 * size,
            "{link} printed as {printed}, at {x}: {gap:e}"
        );
    }
    assert_eq!(read.parity(), link.parity(), "{link}: {printed}");
    assert_eq!(
        read.breaks().len(),
        link.breaks().len(),
        "{link}: {printed}"
    );
    let kinds = [read.form(), link.form()].map(std::mem::discriminant);
    assert_eq!(kinds[0], kinds[1], "{link}: {printed}");
}

#[test]
fn printed_formulas_are_read_back() {
    let expressions = EXPRESSIONS.iter().map(|text| Link::parse(text).unwrap());
    for link in all_links().into_iter().chain(expressions) {
        let printed = link_text(&link.formula().unwrap());
        let read = Link::parse(&printed).unwrap_or_else(|e| panic!("{link}: {printed}: {e}"));
        assert_same(&read, &link, &printed);
        assert_eq!(Link::parse(&read.to_string()).unwrap(), read, "{printed}");
    }
}

#[test]
fn a_number_before_a_name_or_a_parenthesis_is_a_product() {
    for (typed, spelled) in [
        ("2x", "2*x"),
        ("2 he3", "2*he3"),
        ("2he3 - 3x", "2*he3 - 3*x"),
        ("he1 + 0.5he3", "he1 + 0.5*he3"),
        ("-2x", "-2*x"),
        ("2(x+1)", "2*(x + 1)"),
        ("2 exp(-x^2)", "2*exp(-x^2)"),
        ("1e-3x", "0.001*x"),
        ("2x^2", "2*x^2"),
        ("2x/3", "2*x/3"),
        ("x/3 - 2x", "x/3 - 2*x"),
        ("2e*x", "2*e*x"),
        ("2πx^0 + x", "2*pi*x^0 + x"),
    ] {
        let Ok(link) = Link::parse(typed) else {
            // Only a number: a name before a name is no product.
            assert!(typed.contains("πx"), "{typed}");
            continue;
        };
        assert_eq!(link.to_string(), spelled);
        assert_eq!(link, Link::parse(spelled).unwrap());
    }
}

#[test]
fn signs_that_are_printed_are_words() {
    for (typed, spelled) in [
        ("x³ − 3x", "x^3 - 3*x"),
        ("x⁻²·0 + x", "x^-2*0 + x"),
        ("(1 + x²)⁻¹", "(1 + x^2)^-1"),
        ("2²x", "2^2*x"),
        ("x¹²/10⁶", "x^12/10^6"),
        ("1.5×10⁻³·x", "1.5*10^-3*x"),
        ("He₃", "he3"),
        ("he₁₂(x)/√479", "he12/sqrt(479)"),
        ("erf(x/√2)", "erf(x/sqrt(2))"),
        ("√(1 + x²)", "sqrt(1 + x^2)"),
        ("√|x|^0·x", ""),
        ("x/√π", "x/sqrt(pi)"),
        ("x∗sin(π·x)", "x*sin(pi*x)"),
        ("½x + ¼x²", "0.5*x + 0.25*x^2"),
        ("|x|", "abs(x)"),
        ("||x| - 1|", "abs(abs(x) - 1)"),
        ("2|x - (|x|)| + 1", "2*abs(x - (abs(x))) + 1"),
        ("{0 for x < 0, x for x > 0}", "{0 for x < 0, x for x > 0}"),
        (
            "2{−1 for 2x<1,x for 2x>1}",
            "2*{-1 for 2*x < 1, x for 2*x > 1}",
        ),
    ] {
        match Link::parse(typed) {
            Ok(link) => assert_eq!(link.to_string(), spelled),
            Err(LinkError::Ambiguous { .. }) => assert_eq!(spelled, "", "{typed}"),
            Err(error) => panic!("{typed}: {error}"),
        }
    }
    let relu = Link::parse("{0 for x < 0, x for x > 0}").unwrap();
    assert_eq!(relu.form(), Link::parse("relu").unwrap().form());
}

#[test]
fn what_has_two_readings_is_refused_with_both() {
    for (typed, first, second) in [
        ("1/2x", "1/2*x", "1/(2*x)"),
        ("x/3(1 + x^2)", "x/3*(1 + x^2)", "x/(3*(1 + x^2))"),
        ("x/-2 he3", "x/-2*he3", "x/-(2*he3)"),
        ("1 + x/2x^2 - 1", "1 + x/2*x^2", "1 + x/(2*x^2)"),
        ("2^3x", "2^3*x", "2^(3*x)"),
        ("x^2(x + 1)", "x^2*(x + 1)", "x^(2*(x + 1))"),
        ("1/2²x", "1/2²*x", "1/(2²*x)"),
        ("√2x", "√2*x", "√(2*x)"),
        ("√x²", "(√x)^...", "√(x^...)"),
        ("x²^3", "(x²)^...", "x^(...^...)"),
        ("x^2²", "(2²)^...", "2^(...^...)"),
        ("2e-x", "2e-3", "2*e - ..."),
    ] {
        match Link::parse(typed) {
            Err(LinkError::Ambiguous {
                first: a,
                second: b,
                ..
            }) => {
                assert_eq!((a.as_str(), b.as_str()), (first, second), "{typed}");
            }
            other => panic!("{typed}: {other:?}"),
        }
    }
    for typed in [
        "x 2",
        "2 3",
        "x(2)",
        "x x",
        "(x)(x)",
        "x sin(x)",
        "2 x 3",
        "π(x)",
        "|x",
        "x|",
        "{0 for x < 0, x for x > 1}",
    ] {
        let error = Link::parse(typed).unwrap_err();
        assert!(
            matches!(error, LinkError::Syntax { .. }),
            "{typed}: {error}"
        );
    }
}
