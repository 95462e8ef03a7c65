//! Random formulas: what is written is read, run and compared with the formula's own value.

use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use unicode_width::UnicodeWidthStr;

use super::reader_tests::read;
use super::{Language, definition, expression, latex, latex_lines, lines, text};
use crate::algebra::{Exponent, Function, Special, Symbol, Tree, rational};

const fn symbol(name: &'static str, text: &'static str, latex: &'static str) -> Symbol {
    Symbol {
        name,
        text,
        latex,
        positive: true,
    }
}

pub(super) const VARIABLES: [(Symbol, f64); 4] = [
    (symbol("m", "m", "m"), 0.375),
    (symbol("q", "q", "q"), 1.625),
    (symbol("mu", "μ", r"\mu"), 0.8125),
    (symbol("tau", "tau", r"\tau"), 2.25),
];

pub(super) fn value(symbol: Symbol) -> f64 {
    let found = VARIABLES.iter().find(|(s, _)| *s == symbol);
    found.map_or(f64::NAN, |(_, x)| *x)
}

/// A formula whose value exists: roots are taken of positive numbers, nothing is divided by 0.
fn formula() -> impl Strategy<Value = Tree> {
    any_tree().prop_filter("finite, not huge", |tree| {
        let size = tree.evaluate(&value).map_or(f64::NAN, f64::abs);
        size < 1e6 && condition(tree) < 1e6
    })
}

/// The largest size of any part, to which rounding errors are relative.
pub(super) fn condition(tree: &Tree) -> f64 {
    let size = |t: &Tree| t.evaluate(&value).map_or(f64::NAN, f64::abs);
    let own = size(tree);
    let inner = match tree {
        Tree::Sum(all) | Tree::Product(all) => all.iter().map(condition).fold(0.0, f64::max),
        Tree::Negative(a) | Tree::Power(a, _) | Tree::Call(_, a) | Tree::Special(_, a) => {
            condition(a)
        }
        Tree::Choose { .. } => tree.parts().into_iter().map(condition).fold(0.0, f64::max),
        Tree::Quotient(a, b) => condition(a).max(condition(b)),
        _ => 0.0,
    };
    own.max(inner)
}

fn leaf() -> impl Strategy<Value = Tree> {
    prop_oneof![
        (-12i64..13).prop_map(Tree::int),
        (-7i64..8, 2i64..6).prop_map(|(n, d)| Tree::Number(rational(n, d))),
        Just(Tree::Pi),
        prop_oneof![Just(0.125), Just(-2.5), Just(1.25e-5)].prop_map(Tree::Decimal),
        (0usize..4).prop_map(|i| Tree::Symbol(VARIABLES[i].0)),
        (0usize..4).prop_map(|i| Tree::Symbol(VARIABLES[i].0)),
    ]
}

/// `1/2 + a^2`, which is positive.
fn positive(tree: Tree) -> Tree {
    let square = Tree::Power(Box::new(tree), Exponent::from_integer(2));
    Tree::Sum(vec![Tree::Number(rational(1, 2)), square])
}

fn divisor() -> impl Strategy<Value = Tree> {
    let product =
        (1usize..4).prop_map(|i| Tree::Product(vec![Tree::int(3), Tree::Symbol(VARIABLES[i].0)]));
    prop_oneof![
        (0usize..4).prop_map(|i| Tree::Symbol(VARIABLES[i].0)),
        product,
        Just(Tree::Pi),
        Just(Tree::int(-3)),
        leaf().prop_map(positive),
    ]
}

/// Functions that text writes by their names.
pub(super) const SPECIAL: [Special; 8] = [
    Special::Exp,
    Special::Ln,
    Special::Erf,
    Special::Tanh,
    Special::Sin,
    Special::Cos,
    Special::Sigmoid,
    Special::Softplus,
];

/// A choice whose test is not near 0, where rounding would decide.
fn choice(test: Tree, sign: bool, negative: Tree, positive: Tree) -> Tree {
    let test = if sign {
        self::positive(test)
    } else {
        self::positive(test).negative()
    };
    test.choose(negative, positive)
}

fn polynomial() -> impl Strategy<Value = Tree> {
    let term = (-9i64..10, 0i64..9).prop_map(|(c, k)| {
        let power = Tree::Symbol(VARIABLES[0].0).to_power(Exponent::from_integer(k));
        let size = Tree::product(vec![Tree::int(c.abs()), power]);
        if c < 0 { size.negative() } else { size }
    });
    prop::collection::vec(term, 2..7).prop_map(Tree::Sum)
}

fn any_tree() -> impl Strategy<Value = Tree> {
    prop_oneof![4 => leaf(), 1 => polynomial()].prop_recursive(4, 24, 4, |inner| {
        let exponents = prop_oneof![Just((2, 1)), Just((3, 1)), Just((4, 1))];
        let roots = prop_oneof![
            Just((1, 2)),
            Just((1, 2)),
            Just((3, 2)),
            Just((-1, 2)),
            Just((2, 3)),
            Just((-2, 1)),
        ];
        let function = prop_oneof![Just(Function::ArcSin), Just(Function::ArcCos)];
        let power = |(base, (n, d))| Tree::Power(Box::new(base), Exponent::new(n, d));
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..5).prop_map(Tree::Sum),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Tree::Product),
            inner.clone().prop_map(|t| Tree::Negative(Box::new(t))),
            (inner.clone(), divisor()).prop_map(|(a, b)| Tree::Quotient(a.into(), b.into())),
            (inner.clone(), exponents).prop_map(power),
            (divisor_root(inner.clone()), roots).prop_map(power),
            (function, inner.clone()).prop_map(|(f, a)| {
                let below = Tree::product(vec![Tree::int(2), positive(a)]);
                Tree::Call(f, Box::new(Tree::int(-1).over(below)))
            }),
            (0usize..8, inner.clone()).prop_map(|(i, a)| {
                let below = Tree::product(vec![Tree::int(2), positive(a)]);
                let sign = if SPECIAL[i] == Special::Ln { 1 } else { -1 };
                Tree::int(sign).over(below).under(SPECIAL[i])
            }),
            (inner.clone(), any::<bool>(), inner.clone(), inner)
                .prop_map(|(t, sign, a, b)| choice(t, sign, a, b)),
        ]
    })
}

/// What roots can be taken of.
fn divisor_root(inner: impl Strategy<Value = Tree>) -> impl Strategy<Value = Tree> {
    prop_oneof![
        (0usize..4).prop_map(|i| Tree::Symbol(VARIABLES[i].0)),
        (2i64..20).prop_map(Tree::int),
        Just(Tree::Number(rational(2, 3))),
        inner.prop_map(positive),
    ]
}

fn balanced(source: &str) -> bool {
    let mut open = 0i32;
    let braces = source.chars().all(|c| {
        open += i32::from(c == '{') - i32::from(c == '}');
        open >= 0
    });
    let count = |what: &str| source.matches(what).count();
    braces && open == 0 && count(r"\left") == count(r"\right") && count("(") == count(")")
}

proptest! {
    #![proptest_config(crate::cases::cases(600))]

    #[test]
    fn text_reads_back_as_the_same_number(tree in formula()) {
        let written = text(&tree);
        let read = read(&written).map_err(|e| TestCaseError::fail(format!("{written}: {e}")))?;
        let right = tree.evaluate(&value).unwrap_or(f64::NAN);
        let error = (read - right).abs();
        prop_assert!(error <= 1e-9 * condition(&tree).max(1e-3), "{written}: {read}, {right}");
    }

    #[test]
    fn latex_is_balanced(tree in formula()) {
        let written = latex(&tree);
        prop_assert!(balanced(&written), "{written}");
        for line in latex_lines(&tree, 20) {
            // Plain parentheses may be broken in, groups may not.
            let count = |what: &str| line.matches(what).count();
            prop_assert_eq!(count("{"), count("}"), "{}", line);
            prop_assert_eq!(count(r"\left"), count(r"\right"), "{}", line);
        }
    }

    #[test]
    fn lines_keep_to_the_width_and_lose_nothing(tree in formula(), width in 12usize..60) {
        let broken = lines(&tree, width, 4);
        let dense = |s: &str| s.chars().filter(|c| *c != ' ').collect::<String>();
        for (i, line) in broken.iter().enumerate() {
            let room = if i == 0 { width - 4 } else { width };
            prop_assert!(line.width() <= room, "{line}");
        }
        prop_assert_eq!(dense(&broken.concat()), dense(&text(&tree)));
    }
}

fn samples(count: usize) -> Vec<Tree> {
    let mut runner = TestRunner::deterministic();
    let strategy = formula();
    let draw = |_| strategy.new_tree(&mut runner).map(|t| t.current());
    (0..count).map(draw).filter_map(Result::ok).collect()
}

struct Workshop(PathBuf);

impl Workshop {
    fn new(name: &str) -> Self {
        let place = std::env::temp_dir().join(format!("lorode-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&place).unwrap();
        Self(place)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn run(program: &Path, arguments: &[&Path]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn compare(trees: &[Tree], output: &str, language: Language) {
    let values: Vec<f64> = output.lines().map(|l| l.parse().unwrap()).collect();
    assert_eq!(values.len(), trees.len());
    for (tree, x) in trees.iter().zip(values) {
        let right = tree.evaluate(&value).unwrap();
        let slack = 1e-12 * condition(tree).max(1e-3);
        let code = expression(tree, language).unwrap();
        assert!((x - right).abs() <= slack, "{code}: {x}, {right}");
    }
}

fn present(program: &str, argument: &str) -> bool {
    let found = Command::new(program).args(["-c", argument]).output();
    found.is_ok_and(|output| output.status.success())
}

fn definitions(language: Language) -> String {
    let hermite = [Special::Hermite(1)];
    let all = SPECIAL.iter().chain(&hermite);
    all.filter_map(|f| definition(*f, language)).collect()
}

/// Special functions where they are hard to get right, too.
fn hard() -> Vec<Tree> {
    let at = |f: Special, x: f64| Tree::Decimal(x).under(f);
    let all = SPECIAL.iter().flat_map(|f| {
        let points = [
            -40.0, -5.9, -1.01, -0.99, -1e-9, 0.0, 0.3, 1.0, 1.7, 2.5, 6.5, 30.0,
        ];
        let inside = points.into_iter().filter(|x| *f != Special::Ln || *x > 0.0);
        inside.map(|x| at(*f, x)).collect::<Vec<_>>()
    });
    let polynomials = (1..12).map(|n| at(Special::Hermite(n), 1.3));
    let kinks = [-0.4, 0.4].map(|x| Tree::Decimal(x).choose(Tree::int(2), Tree::int(5)));
    all.chain(polynomials).chain(kinks).collect()
}

fn assignments(declare: &str, end: &str) -> String {
    let all = VARIABLES.iter();
    all.map(|(s, x)| format!("{declare}{} = {x:?}{end}\n", s.name))
        .collect()
}

#[test]
fn python_computes_the_same_numbers() {
    if !present("python3", "import numpy") {
        eprintln!("SKIPPED: python3 with numpy is not here, formulas in Python are NOT checked");
        return;
    }
    let trees = [samples(300), hard()].concat();
    let shop = Workshop::new("python");
    let lines = trees.iter().map(|t| {
        format!(
            "print(repr(float({})))\n",
            expression(t, Language::Python).unwrap()
        )
    });
    let program = "import math\nimport numpy as np\n".to_owned()
        + &definitions(Language::Python)
        + &assignments("", "")
        + &lines.collect::<String>();
    let file = shop.file("formulas.py", &program);
    compare(
        &trees,
        &run(Path::new("python3"), &[&file]),
        Language::Python,
    );
}

#[test]
fn rust_computes_the_same_numbers() {
    let trees = [samples(300), hard()].concat();
    let shop = Workshop::new("rust");
    let lines = trees
        .iter()
        .map(|t| format!("    show({});\n", expression(t, Language::Rust).unwrap()));
    let program = format!(
        "#![allow(unused)]\nuse std::f64::consts::PI;\n{}fn show(x: f64) {{ println!(\"{{x:?}}\"); }}\n\
         fn main() {{\n{}{}}}\n",
        definitions(Language::Rust),
        assignments("    let ", "_f64;"),
        lines.collect::<String>()
    );
    let file = shop.file("formulas.rs", &program);
    let binary = shop.0.join("formulas");
    let output = ["-O", "--edition=2024", "-o"].map(Path::new);
    let arguments = [&output[..], &[&binary, &file]].concat();
    run(
        Path::new(option_env!("RUSTC").unwrap_or("rustc")),
        &arguments,
    );
    compare(&trees, &run(&binary, &[]), Language::Rust);
}

#[test]
fn julia_computes_the_same_numbers() {
    if Command::new("julia").arg("--version").output().is_err() {
        eprintln!("SKIPPED: julia is not here, formulas in Julia are NOT checked");
        return;
    }
    let trees = [samples(300), hard()].concat();
    let shop = Workshop::new("julia");
    let lines = trees.iter().map(|t| {
        format!(
            "println(Float64({}))\n",
            expression(t, Language::Julia).unwrap()
        )
    });
    let program = definitions(Language::Julia) + &assignments("", "") + &lines.collect::<String>();
    let file = shop.file("formulas.jl", &program);
    compare(&trees, &run(Path::new("julia"), &[&file]), Language::Julia);
}
