//! Averages along the target's direction: against other evaluations, where they vanish, and what is made of
//! them: search times near perfect pre-training and critical strengths.

use crate::support::{all_links, link};
use assert_cmd::Command;
use lorode::expectation::{Overlaps, kernel};
use lorode::model::Model;
use lorode::problem::{PreTraining, Problem, Setup};
use lorode::search::{CriticalStrength, SearchPhase, critical_strengths};
use lorode::watch::Cancel;
use serde_json::Value;

/// `A`, `B`, `tau` of pairs with `1 - mu` down to 1e-7, 18 digits (tests/reference/README.md).
const REFERENCE: &str = include_str!("../reference/aligned.json");

/// What is asked of `tau`: 1e-9.
const TAU: f64 = 1e-9;

fn phase(teacher: &str, student: &str, mu: f64) -> SearchPhase {
    let (teacher, student) = (link(teacher), link(student));
    let setup = Setup::new(
        Model::new(teacher, student),
        PreTraining::aligned(mu).unwrap(),
    );
    SearchPhase::of(&Problem::new(setup).unwrap()).unwrap()
}

#[test]
fn search_times_hold_their_digits_up_to_perfect_pretraining() {
    let entries: Vec<Value> = serde_json::from_str(REFERENCE).unwrap();
    assert!(entries.len() > 20);
    for entry in entries {
        let word = |key: &str| entry[key].as_str().unwrap();
        let number = |key: &str| -> f64 { word(key).parse().unwrap() };
        let mu = entry["mu"].as_f64().unwrap();
        let phase = phase(word("teacher"), word("student"), mu);
        let errors = phase.errors.unwrap();
        for (ours, theirs, error) in [
            (phase.gradient_norm, number("A"), errors.gradient_norm),
            (phase.curvature, number("B"), errors.curvature),
            (
                phase.tau.unwrap(),
                number("tau"),
                phase.tau_error().unwrap(),
            ),
        ] {
            // The reference is rounded to a double when it is read.
            let allowed = error + f64::EPSILON * theirs.abs();
            let off = (ours - theirs).abs();
            assert!(
                off <= allowed,
                "{entry}: {ours} is off by {off:e} > {allowed:e}"
            );
        }
        let off = (phase.tau.unwrap() / number("tau") - 1.0).abs();
        assert!(off <= TAU, "{entry}: tau is off by {off:e}");
        assert!(
            phase.relative_error() <= 1e-8_f64.max(4e-15 / (1.0 - mu).abs()),
            "{entry}: {}",
            phase.relative_error()
        );
    }
}

#[test]
fn one_dimension_agrees_with_two() {
    let links = all_links();
    let students: Vec<_> = links.iter().filter(|l| !l.has_jump()).collect();
    for (i, teacher) in links.iter().enumerate() {
        for student in [
            students[i % students.len()],
            students[(5 * i + 3) % students.len()],
        ] {
            let kernel = kernel(teacher, student);
            for mu in [-0.6, 0.07, 0.8, 1.3] {
                let at = Overlaps::from_residual(mu, 0.0);
                let (drift, errors) = (kernel.drift(&at), kernel.errors(&at));
                let ray = kernel.aligned().at(mu);
                let both = drift.alpha + mu * drift.beta;
                let apart = [
                    (ray.gradient - both).abs(),
                    (ray.curvature - drift.beta).abs(),
                ];
                let sum = 2.0 * f64::EPSILON * (drift.alpha.abs() + (mu * drift.beta).abs());
                let allowed = [
                    ray.gradient_error + errors.alpha + mu.abs() * errors.beta + sum,
                    ray.curvature_error + errors.beta,
                ];
                for (name, apart, allowed) in
                    [("A", apart[0], allowed[0]), ("B", apart[1], allowed[1])]
                {
                    assert!(
                        apart <= allowed,
                        "{name} of {teacher} -> {student} at mu = {mu}: apart by {apart:e} > {allowed:e}"
                    );
                }
            }
        }
    }
}

#[test]
fn what_vanishes_is_zero_and_leaves_no_search_time() {
    for name in [
        "linear",
        "erf",
        "relu",
        "tanh",
        "he3",
        "gelu",
        "relu(x-1)",
        "tanh(2*x)+0.1*he3",
    ] {
        let phase = phase(name, name, 1.0);
        assert_eq!((phase.gradient_norm, phase.tau), (0.0, None), "{name}");
        assert!(phase.curvature < 0.0);
    }
    // A student that starts at 0 and is odd learns nothing of an even teacher.
    for (teacher, student) in [
        ("cos", "sin"),
        ("abs(x)", "tanh"),
        ("he2", "erf"),
        ("cos+he4", "x*exp(-x^2)"),
    ] {
        let phase = phase(teacher, student, 0.0);
        assert_eq!(
            (phase.gradient_norm, phase.tau),
            (0.0, None),
            "{teacher} -> {student}"
        );
    }
    // Not declared as odd, but to rounding.
    let phase = phase("cos", "sigmoid-0.5", 0.0);
    assert_eq!(phase.tau, None);
}

#[test]
fn a_feature_between_the_samples_is_seen() {
    // mpmath, 25 digits, split around both features; all but odd otherwise.
    let phase = phase("x+exp(-1e6*(x-0.31)^2)", "x+exp(-1e6*(x-0.31)^2)", 0.5);
    let errors = phase.errors.unwrap();
    for (ours, theirs, error) in [
        (
            phase.gradient_norm,
            0.498_824_511_973_438_2,
            errors.gradient_norm,
        ),
        (phase.curvature, -1.005_662_785_413_126, errors.curvature),
    ] {
        assert!(
            (ours - theirs).abs() <= error + f64::EPSILON,
            "{ours} for {theirs}, {error:e}"
        );
        assert!(error <= 1e-7, "{error:e}");
    }
}

fn critical(teacher: &str, student: &str, range: (f64, f64)) -> Vec<CriticalStrength> {
    let model = Model::new(link(teacher), link(student));
    let found = critical_strengths(&model, range, 0.0, Cancel::default());
    assert_eq!(found.unsearched, None, "{teacher} -> {student}");
    found.strengths
}

#[test]
fn critical_strengths_do_not_depend_on_the_grid() {
    let he3 = 0.320_724_346_949_893_56;
    for (name, expected) in [
        (
            "x^5-4*x^3+5.727138451863579*x",
            [0.346_176_274_465, 0.346_664_501_354].as_slice(),
        ),
        (
            "he1-2.2876985185750005*he3",
            &[0.222_073_789, 0.222_385_388],
        ),
        ("1e-90*he3", &[he3]),
        ("1e60*he3", &[he3]),
        // A sum of an exponential of mu^2 and others: no polynomial.
        ("sin(4*x)", &[0.000_335_468, 0.333_331_638]),
    ] {
        for range in [(0.001e-1, 0.95), (0.000_2, 0.7), (0.000_3, 1.7)] {
            let found = critical(name, name, range);
            assert_eq!(
                found.len(),
                expected.len(),
                "{name} in {range:?}: {found:?}"
            );
            for (ours, theirs) in found.iter().zip(expected) {
                assert!(
                    (ours.mu - theirs).abs() <= 5e-10,
                    "{name}: {ours:?} for {theirs}"
                );
                assert_eq!(ours.within, None);
            }
        }
    }
    // A falls below the smallest number as mu does: no root.
    assert!(critical("relu(x-1)", "relu(x-1)", (0.0, 1.0)).is_empty());
    // An odd teacher has nothing for an even student at any strength but 0.
    let found = critical("tanh", "cos", (0.0, 1.0));
    assert_eq!(found.iter().map(|c| c.mu).collect::<Vec<_>>(), [0.0]);
}

/// Roots of `E[(sigma(x) - sigma(mu x)) x sigma'(mu x)]` by Simpson's rule and halving, in Python.
#[test]
fn roots_are_seen_where_the_gradient_is_faint_or_the_links_are_narrow() {
    for (name, range, expected) in [
        (
            "exp(-2000*(x-1)^2)",
            (0.7, 1.2),
            [0.916_837_647_468, 1.091_786_669_347].as_slice(),
        ),
        ("relu(x-1)*exp(-x)", (0.05, 0.9), &[0.156_298_787_701]),
    ] {
        let found: Vec<f64> = critical(name, name, range).iter().map(|c| c.mu).collect();
        let near = |(ours, theirs): (&f64, &f64)| (ours - theirs).abs() <= 2e-12;
        assert!(
            found.len() == expected.len() && found.iter().zip(expected).all(near),
            "{name}: {found:?}"
        );
    }
}

#[test]
fn a_search_that_costs_too_much_says_what_it_left_out() {
    let model = Model::matched(link("sin(1e3*x)/(1+x^2)"));
    let search = |cancel: Cancel| critical_strengths(&model, (0.0, 2.0), 0.0, cancel);
    let (low, high) = search(Cancel::default()).unsearched.unwrap();
    assert!(low < 1e-50 && (0.1..2.0).contains(&high), "{low} {high}");
    let cancel = Cancel::new();
    cancel.set();
    let ended = search(cancel);
    assert_eq!(ended.unsearched.map(|(_, high)| high), Some(2.0));
    assert!(ended.strengths.is_empty());
}

#[test]
fn the_command_line_shows_the_digits_that_hold() {
    let run = |args: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        let run = Command::new(env!("CARGO_BIN_EXE_lorode"))
            .args(args)
            .arg("--out")
            .arg(folder.path())
            .assert()
            .success();
        let output = run.get_output();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&output.stdout), text(&output.stderr))
    };
    let (text, warnings) = run(&["solve", "--link", "tanh", "--mu", "0.9999"]);
    let tau = text.split("tau = ").nth(1).unwrap().lines().next().unwrap();
    let exact = phase("tanh", "tanh", 0.9999);
    assert!(tau.parse::<f64>().unwrap() > 1e6);
    let digits = tau.chars().filter(char::is_ascii_digit).count();
    assert!((8..=12).contains(&digits), "{tau}");
    let gap = (tau.parse::<f64>().unwrap() - exact.tau.unwrap()).abs();
    assert!(gap <= 1e-7 * exact.tau.unwrap(), "{tau} for {exact:?}");
    assert!(!warnings.contains("warning"), "{warnings}");
    let (text, _) = run(&["search", "--link", "tanh", "--mu", "1"]);
    let row = text.lines().find(|l| l.starts_with("tanh")).unwrap();
    assert_eq!(row.split_whitespace().nth(2), Some("0"), "{row}");
    assert_eq!(row.split_whitespace().nth(4), Some("inf"), "{row}");
}

/// `A` of `sin(k x)` is `k^2 ((1 + mu) e^(-k^2 (1 + mu)^2 / 2) + (1 - mu) e^(-k^2 (1 - mu)^2 / 2)) / 2
/// - k^2 mu e^(-2 k^2 mu^2)`: a root at 1/3 but for parts of `e^(-k^2 / 3)`, where at k = 1000 both terms are below
/// the smallest double, as they are wherever `2 mu` and `1 - mu` exceed `sqrt(2 ln(1e6 / 1e-308)) / 1000 = 0.0380`.
#[test]
fn roots_where_the_gradient_underflows_are_not_placed() {
    let model = Model::matched(link("sin(1e3*x)"));
    for range in [(0.0, 2.0), (0.05, 0.95)] {
        let found = critical_strengths(&model, range, 0.0, Cancel::default());
        assert!(found.strengths.iter().all(|c| c.mu == 0.0), "{found:?}");
        let (from, to) = found.underflow[0];
        assert!(from < 0.0501 && 0.9499 < to, "{found:?}");
        if range.0 == 0.0 {
            assert!(
                (from - 0.019).abs() < 1e-3 && (to - 0.962).abs() < 1e-3,
                "{found:?}"
            );
        }
    }
    // Where the terms are not that small, the root is found between signs that are known.
    let root = |k: f64| {
        let found = critical(&format!("sin({k}*x)"), &format!("sin({k}*x)"), (0.05, 0.95));
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].mu
    };
    let gradient = |k: f64, mu: f64| {
        let term = |a: f64| a * (-0.5 * (k * a).powi(2)).exp();
        term(1.0 + mu) + term(1.0 - mu) - term(2.0 * mu)
    };
    for k in [10.0, 30.0] {
        let mu = root(k);
        assert!(
            gradient(k, mu - 1e-9) * gradient(k, mu + 1e-9) < 0.0,
            "{k}: {mu}"
        );
    }
}
