//! Programs that `lorode derive` writes, run and held against the library.
//!
//! Python needs `python3` with NumPy, Julia `julia` on the path: without them the tests say so and
//! check nothing of these languages.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use crate::support::{Random, link};
use lorode::derivation::{Derivation, FORMATS, Wanted};
use lorode::dynamics::{ClosedSystem, closed_system_by};
use lorode::integrator::Tolerances;
use lorode::model::Model;
use lorode::problem::{Adapter, Problem, ProblemOptions};
use lorode::trajectory::solve;
use lorode::watch::Cancel;
use serde_json::{Value, json};

/// States at which the rates of a program are compared.
const STATES: usize = 6;

struct Case {
    pair: Model,
    options: ProblemOptions,
    mu: Option<f64>,
    /// Largest error, relative to the size of the rates.
    slack: f64,
}

fn case(teacher: &str, student: &str, options: ProblemOptions, slack: f64) -> Case {
    let mu = (options.adapter != Some(Adapter::Scratch) && options.rho.is_none()).then_some(0.7);
    Case {
        pair: Model::new(link(teacher), link(student)),
        options,
        mu,
        slack,
    }
}

/// Pairs of all kinds with adapters and options of all kinds; closed forms first.
fn cases() -> Vec<Case> {
    let plain = ProblemOptions::default;
    let noisy = |nu: f64| ProblemOptions {
        nu: Some(nu),
        noise: Some(0.3),
        ..plain()
    };
    let adapter = |adapter: Adapter| ProblemOptions {
        adapter: Some(adapter),
        ..noisy(0.2)
    };
    let (free, full, scratch) = (
        adapter(Adapter::Free),
        adapter(Adapter::Full),
        adapter(Adapter::Scratch),
    );
    let tilted = ProblemOptions {
        angle: Some(50.0),
        chi: Some(1.7),
        decay: Some(0.05),
        ..noisy(0.2)
    };
    let given = ProblemOptions {
        rho: Some(-0.3),
        kappa: Some(0.6),
        ..noisy(0.1)
    };
    vec![
        case("erf", "erf", plain(), 1e-13),
        case("relu", "relu", noisy(0.2), 1e-13),
        case("he3", "he3", tilted.clone(), 1e-13),
        case("sign", "erf(2*x)", free.clone(), 1e-13),
        case("he2", "leaky-relu(0.2)", full.clone(), 1e-13),
        case("abs(x)", "relu", scratch.clone(), 1e-13),
        case("he5", "he5", noisy(0.2), 1e-13),
        case("he7", "he7", given.clone(), 1e-12),
        case("tanh", "tanh", plain(), 1e-12),
        case("tanh", "tanh", tilted.clone(), 1e-12),
        case("sign", "tanh(2*x)", noisy(0.2), 1e-12),
        case("relu", "x*sigmoid(x)", free, 1e-12),
        case("softplus", "softplus", full.clone(), 1e-12),
        case("cos", "sin + cos", scratch, 1e-12),
        case("gelu", "gelu", given, 1e-12),
        case("he3", "erf(x) + 0.1*abs(x - 0.7)", tilted, 1e-12),
        case("tanh", "he3", noisy(0.2), 1e-12),
        case("abs(x-1)", "exp(-x^2/2)", noisy(0.2), 1e-12),
        case("relu", "abs(x - 0.5)", noisy(0.2), 1e-12),
        case("heaviside(x - 0.3)", "relu(x - 0.2)", plain(), 1e-12),
        case("max(-1, min(1, x))", "tanh", full.clone(), 1e-12),
        case("he6", "he6", noisy(0.2), 1e-12),
        case("he8", "he8", noisy(0.2), 1e-12),
        case("he12", "he12", noisy(0.2), 1e-12),
    ]
}

/// A case with all that the languages are asked and held against.
struct Made {
    case: Case,
    derivation: Derivation,
    points: Vec<Point>,
}

impl Made {
    fn new(case: Case) -> Self {
        Self {
            derivation: Derivation::new(&case.options, &case.pair, case.mu, Cancel::default())
                .unwrap(),
            points: points(&case),
            case,
        }
    }

    fn program(&self, format: &str) -> String {
        let format = FORMATS.iter().find(|f| f.name == format).unwrap();
        let label = self.case.pair.label();
        (format.write)(&self.derivation, &Wanted::default())
            .unwrap_or_else(|e| panic!("{label}: {e}"))
    }
}

fn made() -> &'static [Made] {
    static ALL: OnceLock<Vec<Made>> = OnceLock::new();
    ALL.get_or_init(|| cases().into_iter().map(Made::new).collect())
}

#[test]
fn what_has_no_program_says_why() {
    for (teacher, student, reason) in [
        ("tanh(x) + relu(x)", "relu(x - 1)", "both links have kinks"),
        ("tanh(x) + abs(x - 1)", "tanh(40*x)", "more than 768 terms"),
        (
            "tanh",
            "sqrt(1 + x^2)^pi",
            "is no fraction of small numbers",
        ),
    ] {
        let case = case(teacher, student, ProblemOptions::default(), 0.0);
        let derivation =
            Derivation::new(&case.options, &case.pair, case.mu, Cancel::default()).unwrap();
        for name in ["python", "julia", "rust"] {
            let format = FORMATS.iter().find(|f| f.name == name).unwrap();
            let error = (format.write)(&derivation, &Wanted::default()).unwrap_err();
            let text = error.to_string();
            let start = format!("no {name} program for {}: ", case.pair.label());
            assert!(text.starts_with(&start) && text.contains(reason), "{text}");
        }
    }
}

/// A state of a program and the rates that it should answer.
struct Point {
    state: Vec<f64>,
    rates: Vec<f64>,
}

/// Programs have `s = rho a + rho_perp b` for the component `b`, and `q` for `q - m^2`.
fn in_variables(problem: &Problem, state: &[f64], rates: &[f64]) -> Point {
    let at = problem.pretraining();
    let s = |v: &[f64]| at.rho() * v[1] + at.orthogonal() * v[2];
    let (state, rates) = match problem.adapter() {
        Adapter::Spherical => (
            vec![state[0], state[1], s(state)],
            vec![rates[0], rates[1], s(rates)],
        ),
        // n = a^2 + b^2 + r.
        Adapter::Free => {
            let [a, b, r] = [state[1], state[2], state[3]];
            let n = a * a + b * b + r;
            let dn = 2.0 * (a * rates[1] + b * rates[2]) + rates[3];
            (
                vec![state[0], a, s(state), n],
                vec![rates[0], rates[1], s(rates), dn],
            )
        }
        Adapter::Full => (
            vec![state[0], state[1] + state[0] * state[0]],
            vec![rates[0], rates[1] + 2.0 * state[0] * rates[0]],
        ),
        Adapter::Scratch => (state.to_vec(), rates.to_vec()),
    };
    Point { state, rates }
}

fn draw(problem: &Problem, random: &mut Random, i: usize) -> Vec<f64> {
    // The second one is nearly aligned.
    let near = if i == 1 { 1e-4 } else { 1.0 };
    let (u, length) = (near * random.within(-1.0, 1.0), random.within(0.1, 0.9));
    let (sine, cosine) = random.within(0.0, 6.3).sin_cos();
    let orthogonal = problem.pretraining().orthogonal() > 0.0;
    let (a, b) = if orthogonal {
        (length * cosine, length * sine)
    } else {
        (length * cosine, 0.0)
    };
    match problem.adapter() {
        // The first one is the start: aligned where pre-training is.
        _ if i == 0 => vec![],
        Adapter::Spherical => vec![u, a, b],
        Adapter::Free => vec![u, a, b, random.within(0.1, 0.9)],
        Adapter::Full => vec![
            random.within(-0.8, 0.9),
            near * near * random.within(0.0, 0.5),
        ],
        Adapter::Scratch if i == 1 => vec![1.0 - 1e-8],
        Adapter::Scratch => vec![a],
    }
}

fn points(case: &Case) -> Vec<Point> {
    let problem = case.options.problem(&case.pair, case.mu).unwrap();
    let system = closed_system_by(&problem, case.pair.exact().clone());
    let mut random = Random(7);
    let point = |i| {
        let drawn = draw(&problem, &mut random, i);
        let state = if drawn.is_empty() {
            system.start()
        } else {
            drawn
        };
        in_variables(&problem, &state, &rates(&*system, &state))
    };
    (0..STATES).map(point).collect()
}

fn rates(system: &dyn ClosedSystem, state: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; state.len()];
    system.rates(state, &mut out);
    out
}

fn parameters(case: &Case) -> [(&'static str, f64); 4] {
    let problem = case.options.problem(&case.pair, case.mu).unwrap();
    [
        ("rho", problem.pretraining().rho()),
        ("kappa", problem.pretraining().kappa()),
        ("nu", problem.scaling().nu),
        ("noise", problem.label_noise()),
    ]
}

/// Holds what a language answered against the library; `answers[i][j]` for case i, state j.
fn compare(language: &str, answers: &[Vec<Vec<f64>>]) {
    assert_eq!(answers.len(), made().len());
    let mut report = String::new();
    let mut fine = true;
    for (Made { case, points, .. }, answers) in made().iter().zip(answers) {
        let mut worst = 0.0_f64;
        for (point, answer) in points.iter().zip(answers) {
            assert_eq!(point.rates.len(), answer.len());
            let size = point.rates.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
            let gaps = point.rates.iter().zip(answer).map(|(a, b)| (a - b).abs());
            // NaN counts as infinitely wrong.
            let gap = gaps.fold(
                0.0,
                |m: f64, x| if x.is_nan() { f64::INFINITY } else { m.max(x) },
            );
            worst = worst.max(gap / size);
        }
        fine &= worst <= case.slack;
        let mark = if worst <= case.slack {
            ""
        } else {
            "  TOO LARGE"
        };
        writeln!(
            report,
            "{language:8} {:40} {worst:.1e}{mark}",
            case.pair.label()
        )
        .unwrap();
    }
    eprintln!("{report}");
    assert!(fine, "\n{report}");
}

fn run_command(program: &Path, arguments: &[&Path]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert!(errors.is_empty(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn is_here(program: &str, arguments: &[&str], language: &str) -> bool {
    let found = Command::new(program).args(arguments).output();
    let here = found.is_ok_and(|output| output.status.success());
    if !here {
        eprintln!("SKIPPED: {program} is not here, programs in {language} are NOT checked");
    }
    here
}

fn python_is_here() -> bool {
    is_here("python3", &["-c", "import numpy"], "Python")
}

const PYTHON: &str = r#"
import importlib, json, sys
answers = []
for i, (parameters, states) in enumerate(json.load(open("cases.json"))):
    rhs = importlib.import_module(f"p{i}").rhs
    answers.append([[float(x) for x in rhs(0.0, s, parameters)] for s in states])
json.dump(answers, sys.stdout)
"#;

/// Parameters and states of every case.
fn questions() -> Value {
    let one = |made: &Made| {
        let parameters: Value = parameters(&made.case)
            .iter()
            .map(|(n, x)| ((*n).to_owned(), json!(x)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let states: Vec<Vec<f64>> = made.points.iter().map(|p| p.state.clone()).collect();
        json!([parameters, states])
    };
    made().iter().map(one).collect()
}

#[test]
fn python_programs_answer_the_rates() {
    if !python_is_here() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    for (i, made) in made().iter().enumerate() {
        std::fs::write(
            place.path().join(format!("p{i}.py")),
            made.program("python"),
        )
        .unwrap();
    }
    std::fs::write(place.path().join("cases.json"), questions().to_string()).unwrap();
    let output = python(place.path(), PYTHON);
    compare("python", &serde_json::from_str::<Vec<_>>(&output).unwrap());
}

/// What a script prints; it may not warn.
fn python(place: &Path, script: &str) -> String {
    std::fs::write(place.join("main.py"), script).unwrap();
    let mut command = Command::new("python3");
    let output = command
        .args(["-W", "error", "main.py"])
        .current_dir(place)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn literal(values: &[f64]) -> String {
    let all: Vec<String> = values.iter().map(|x| format!("{x:?}")).collect();
    format!("[{}]", all.join(", "))
}

#[test]
fn rust_programs_answer_the_rates() {
    let place = tempfile::tempdir().unwrap();
    let mut source = "#![deny(warnings)]\n#![allow(dead_code)]\n".to_owned();
    let mut main = String::new();
    for (i, made) in made().iter().enumerate() {
        writeln!(source, "mod p{i} {{\n{}\n}}", made.program("rust")).unwrap();
        let fields: Vec<String> = parameters(&made.case)
            .iter()
            .map(|(n, x)| format!("{n}: {x:?}"))
            .collect();
        writeln!(
            main,
            "    let p = p{i}::Parameters {{ {} }};",
            fields.join(", ")
        )
        .unwrap();
        for point in &made.points {
            let state = literal(&point.state);
            writeln!(
                main,
                "    println!(\"{i} {{:?}}\", p{i}::rhs(0.0, {state}, &p));"
            )
            .unwrap();
        }
    }
    writeln!(source, "fn main() {{\n{main}}}").unwrap();
    let (file, binary) = (place.path().join("main.rs"), place.path().join("main"));
    std::fs::write(&file, source).unwrap();
    let compiler = Path::new(option_env!("RUSTC").unwrap_or("rustc"));
    let options = ["-O", "--edition=2024", "-o"].map(Path::new);
    run_command(compiler, &[&options[..], &[&binary, &file]].concat());
    let output = run_command(&binary, &[]);
    let mut answers = vec![Vec::new(); made().len()];
    for line in output.lines() {
        let (i, rates) = line.split_once(' ').unwrap();
        let i: usize = i.parse().unwrap();
        answers[i].push(serde_json::from_str::<Vec<f64>>(rates).unwrap());
    }
    compare("rust", &answers);
}

#[test]
fn julia_programs_answer_the_rates() {
    if !is_here("julia", &["--version"], "Julia") {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let mut source = String::new();
    for (i, made) in made().iter().enumerate() {
        writeln!(source, "module P{i}\n{}\nend", made.program("julia")).unwrap();
        let fields: Vec<String> = parameters(&made.case)
            .iter()
            .map(|(n, x)| format!("{n} = {x:?}"))
            .collect();
        let states: Vec<String> = made.points.iter().map(|p| literal(&p.state)).collect();
        writeln!(
            source,
            "println([P{i}.rhs(0.0, state, ({})) for state in [{}]])",
            fields.join(", "),
            states.join(", ")
        )
        .unwrap();
    }
    let file = place.path().join("main.jl");
    std::fs::write(&file, source).unwrap();
    let output = run_command(Path::new("julia"), &[&file]);
    let read = |line: &str| serde_json::from_str::<Vec<Vec<f64>>>(line).unwrap();
    compare("julia", &output.lines().map(read).collect::<Vec<_>>());
}

const EXIT: &str = r#"
import json, sys
import numpy as np
from program import rhs

question = json.load(open("question.json"))
parameters, step, threshold = (question[key] for key in ("parameters", "step", "threshold"))

def advance(state, h):
    k1 = rhs(0.0, state, parameters)
    k2 = rhs(0.0, state + h / 2 * k1, parameters)
    k3 = rhs(0.0, state + h / 2 * k2, parameters)
    k4 = rhs(0.0, state + h * k3, parameters)
    return state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)

state, t = np.array(question["start"]), 0.0
while abs(advance(state, step)[1]) < threshold:
    state, t = advance(state, step), t + step
low, high = 0.0, step
for _ in range(40):
    middle = (low + high) / 2
    low, high = (middle, high) if abs(advance(state, middle)[1]) < threshold else (low, middle)
print(t + low)
"#;

#[test]
fn python_programs_exit_when_runs_do() {
    if !python_is_here() {
        return;
    }
    for text in ["erf", "relu", "he3", "tanh"] {
        let mut case = case(text, text, ProblemOptions::default(), 0.0);
        case.mu = Some(0.5);
        let problem = case.options.problem(&case.pair, case.mu).unwrap();
        let system = closed_system_by(&problem, case.pair.exact().clone());
        let start = system.start();
        let solved = solve(&problem, &Tolerances::default()).unwrap();
        let exit = solved.exit_time.unwrap();
        let place = tempfile::tempdir().unwrap();
        let parameters: serde_json::Map<String, Value> = parameters(&case)
            .iter()
            .map(|(n, x)| ((*n).to_owned(), json!(x)))
            .collect();
        let question = json!({
            "parameters": parameters,
            "start": in_variables(&problem, &start, &start).state,
            "step": exit / 300.3,
            "threshold": problem.threshold(),
        });
        std::fs::write(place.path().join("question.json"), question.to_string()).unwrap();
        std::fs::write(
            place.path().join("program.py"),
            Made::new(case).program("python"),
        )
        .unwrap();
        let found: f64 = python(place.path(), EXIT).trim().parse().unwrap();
        let gap = (found - exit).abs() / exit;
        eprintln!("exit     {text:8} {exit} {found} {gap:.1e}");
        assert!(gap < 1e-7, "{text}: {found} against {exit}");
    }
}
