//! The search phase against values made elsewhere, closed laws, and a simulation written here.

use assert_cmd::Command;
use lorode::expectation::Overlaps;
use lorode::link::Link;
use lorode::model::Model;
use lorode::problem::{PreTraining, Problem, Setup};
use lorode::search::{CriticalKind, SearchPhase, critical_strengths};
use lorode::watch::Cancel;
use serde_json::Value;

/// The search values are good to 1e-10 (tests/reference/README.md).
const SEARCH: f64 = 1e-9;
/// Exit times at default tolerances, as promised.
const EXIT: f64 = 1e-7;
/// The state at the exit: re-integrated to that time, amplified by the growth on the way.
const STATE: f64 = 1e-7;
/// Two routes to one number in double precision.
const ROUNDING: f64 = 1e-12;

pub(super) fn reference(list: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("../reference/values.json")).unwrap();
    all[list].as_array().unwrap().clone()
}

pub(super) fn number(value: &Value, key: &str) -> f64 {
    value[key]
        .as_f64()
        .unwrap_or_else(|| panic!("no number '{key}' in {value}"))
}

pub(super) fn word<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

pub(super) fn link(text: &str) -> Link {
    text.parse().unwrap()
}

pub(super) fn close(ours: f64, theirs: f64, tolerance: f64, what: &str) {
    let gap = (ours - theirs).abs() / theirs.abs().max(1e-300);
    assert!(
        gap <= tolerance,
        "{what}: {ours} against {theirs}, relative gap {gap:.2e} > {tolerance:.0e}"
    );
}

/// Standard output of `lorode …` as JSON.
pub(super) fn lorode(args: &[&str]) -> Value {
    let run = Command::new(env!("CARGO_BIN_EXE_lorode"))
        .args(args)
        .args(["--format", "json"])
        .assert()
        .success();
    serde_json::from_slice(&run.get_output().stdout).unwrap()
}

pub(super) fn setup(name: &str, pretraining: PreTraining) -> Setup {
    Setup::new(Model::matched(link(name)), pretraining)
}

pub(super) fn phase(setup: Setup) -> (Problem, SearchPhase) {
    let problem = Problem::new(setup).unwrap();
    let phase = SearchPhase::of(&problem).unwrap();
    (problem, phase)
}

pub(super) fn tau(name: &str, mu: f64) -> f64 {
    let pretraining = PreTraining::aligned(mu).unwrap();
    phase(setup(name, pretraining)).1.tau.unwrap()
}

#[test]
fn the_library_gives_every_search_value() {
    let entries = reference("search");
    assert!(entries.len() >= 30);
    for entry in &entries {
        let (mu, angle) = (number(entry, "mu"), number(entry, "angle_deg"));
        let pretraining = PreTraining::tilted(mu, angle).unwrap();
        let (teacher, student) = (link(word(entry, "teacher")), link(word(entry, "student")));
        let model = Model::new(teacher, student);
        let kernel = model.exact().clone();
        let problem = Problem::new(Setup::new(model, pretraining)).unwrap();
        let phase = SearchPhase::of(&problem).unwrap();
        let what = |name: &str| format!("{name} of {entry}");
        let orthogonal = pretraining.orthogonal();
        let at = Overlaps::from_residual(pretraining.rho(), orthogonal * orthogonal);
        let noise = kernel.noise(&at).total(0.0);
        close(
            phase.gradient_norm.abs(),
            number(entry, "gradient_norm"),
            SEARCH,
            &what("A"),
        );
        close(phase.curvature, number(entry, "B"), SEARCH, &what("B"));
        close(noise, number(entry, "N"), SEARCH, &what("N"));
        let rate = number(entry, "lambda_plus");
        close(phase.growth_rate, rate, SEARCH, &what("lambda_+"));
        close(
            phase.tau.unwrap(),
            number(entry, "tau"),
            SEARCH,
            &what("tau"),
        );
    }
}

#[test]
fn the_command_line_gives_the_same() {
    let entries = reference("search");
    for entry in entries.iter().step_by(6) {
        let (mu, angle) = (entry["mu"].to_string(), entry["angle_deg"].to_string());
        let (teacher, student) = (word(entry, "teacher"), word(entry, "student"));
        let json = lorode(&[
            "search",
            "--teacher",
            teacher,
            "--student",
            student,
            "--mu",
            &mu,
            "--angle",
            &angle,
        ]);
        let point = &json["curves"][0]["points"][0];
        for (ours, theirs) in [
            ("curvature", "B"),
            ("growth_rate", "lambda_plus"),
            ("tau", "tau"),
        ] {
            close(
                number(point, ours),
                number(entry, theirs),
                SEARCH,
                &format!("{ours} of {entry}"),
            );
        }
        let norm = number(point, "gradient_norm").abs();
        close(norm, number(entry, "gradient_norm"), SEARCH, "A");
    }
}

#[test]
fn a_steep_link_is_searched_to_its_exit() {
    // A and B: table of docs/from-0.1-to-0.2.md.
    let json = lorode(&["search", "--link", "tanh(200*x)", "--mu", "0.5"]);
    let point = &json["curves"][0]["points"][0];
    close(number(point, "gradient_norm").abs(), 0.00186458, 1e-5, "A");
    close(number(point, "curvature"), -273.958, 1e-5, "B");
    assert!(number(point, "exit_time") > 0.0);
}

#[test]
fn the_command_line_gives_every_exit_time() {
    let entries = reference("exit");
    assert!(entries.len() >= 16);
    for entry in &entries {
        let text = |key: &str| entry[key].to_string();
        let json = lorode(&[
            "solve",
            "--link",
            word(entry, "link"),
            "--mu",
            &text("mu"),
            "--angle",
            &text("angle_deg"),
            "--dim",
            &text("dim"),
            "--u0",
            &text("u0"),
            "--alignment0",
            &text("alignment0"),
            "--s0",
            &text("s0"),
            "--threshold",
            &text("threshold"),
            "--points",
            "10",
        ]);
        let exit = number(&json, "exit_time");
        close(
            exit,
            number(entry, "exit_time"),
            EXIT,
            &format!("exit of {entry}"),
        );
        // The exit is one of the times of the trajectory; the state there is in the reference.
        let trajectory = &json["trajectory"];
        let times = trajectory["t"].as_array().unwrap();
        let here = times
            .iter()
            .position(|t| t.as_f64().unwrap().to_bits() == exit.to_bits())
            .expect("the exit time is in the trajectory");
        for (i, name) in ["u", "alignment", "s"].into_iter().enumerate() {
            let value = trajectory[name][here].as_f64().unwrap();
            let expected = entry["final"][i].as_f64().unwrap();
            close(
                value,
                expected,
                STATE,
                &format!("{name} at the exit of {entry}"),
            );
        }
    }
}

#[test]
fn relu_searches_exactly_twice_as_long_as_linear() {
    for i in 1..=400 {
        let mu = 0.0025 * f64::from(i) - 0.001;
        close(
            tau("relu", mu),
            2.0 * tau("linear", mu),
            ROUNDING,
            &format!("mu = {mu}"),
        );
    }
    for exponent in 3..=8 {
        let mu = 1.0 - 10f64.powi(-exponent);
        // 1 - mu itself has 1e-16 / (1 - mu) of rounding in it; A is a difference of that order.
        let rounding = 8.0 * f64::EPSILON / (1.0 - mu);
        close(
            tau("relu", mu),
            2.0 * tau("linear", mu),
            rounding,
            &format!("mu = {mu}"),
        );
    }
}

#[test]
fn linear_has_its_closed_form() {
    for mu in [0.0, 0.1, 0.5, 0.9, 0.999, 1.5, 3.0] {
        let a: f64 = 1.0 - mu;
        let rate = 0.5 * ((1.0 + 4.0 * a * a).sqrt() - 1.0);
        close(
            1.0 / tau("linear", mu),
            rate,
            1e-9,
            &format!("rate at mu = {mu}"),
        );
    }
}

/// `E[f(x)]` for a smooth f by the trapezoidal rule, which converges exponentially here.
pub(super) fn gaussian_average(f: impl Fn(f64) -> f64) -> f64 {
    const STEP: f64 = 1.0 / 64.0;
    let density = |x: f64| (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
    (-1024..=1024)
        .map(|i| STEP * f64::from(i))
        .map(|x| STEP * density(x) * f(x))
        .sum()
}

/// For He3, `A = 9 mu (1-mu) (5 mu^3 + 5 mu^2 + mu - 1)`: from `L(mu)`, by hand.
fn he3_gradient(mu: f64) -> f64 {
    9.0 * mu * (1.0 - mu) * (mu * (mu * (5.0 * mu + 5.0) + 1.0) - 1.0)
}

fn he3_critical() -> f64 {
    let (mut low, mut high) = (0.3, 0.4);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if he3_gradient(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

#[test]
fn he3_has_one_critical_strength_and_it_is_a_trap() {
    let he3 = link("he3");
    {
        let found =
            critical_strengths(&Model::matched(he3), (1e-3, 1.0), 0.0, Cancel::default()).strengths;
        assert_eq!(found.len(), 1, "{found:?}");
        assert!((found[0].mu - 0.320724).abs() < 1e-6);
        close(found[0].mu, he3_critical(), ROUNDING, "critical strength");
        assert_eq!(found[0].kind, CriticalKind::Trap);
        assert!(found[0].curvature < 0.0);
    }
    for mu in [0.05, 0.2, 0.3, 0.35, 0.6, 0.95] {
        let (_, phase) = phase(setup("he3", PreTraining::aligned(mu).unwrap()));
        close(
            phase.gradient_norm,
            he3_gradient(mu),
            1e-12,
            &format!("A at {mu}"),
        );
    }
    let (_, at) = phase(setup("he3", PreTraining::aligned(he3_critical()).unwrap()));
    assert!(at.gradient_norm.abs() < 1e-13, "A = {}", at.gradient_norm);
}

#[test]
fn the_critical_strength_is_reported_and_traps_the_run() {
    let json = lorode(&["search", "--link", "he3", "--mu", "0.1:0.9:17"]);
    let found = json["curves"][0]["critical_strengths"].as_array().unwrap();
    assert_eq!(found.len(), 1);
    close(
        number(&found[0], "mu"),
        he3_critical(),
        1e-11,
        "critical strength",
    );
    assert_eq!(found[0]["kind"], "trap");
    // Pre-trained there to rounding, the gradient is 0 or as good as: the search does not end
    // within any reasonable time.
    let mu = format!("{:?}", he3_critical());
    let run = lorode(&["solve", "--link", "he3", "--mu", &mu, "--t-max", "1e9"]);
    assert!(run["exit_time"].is_null(), "{}", run["exit_time"]);
    assert_ne!(run["outcome"], "learned");
}
