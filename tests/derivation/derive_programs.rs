//! Programs that `lorode derive` writes, run and held against the library.
//!
//! Python needs `python3` with NumPy on the path: without it the tests fail where `CI` is set, as
//! `.ci/run` does, and elsewhere say that they check nothing. Julia is asked for by `tests/julia.sh`.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use super::program_cases::*;
use lorode::dynamics::closed_system_by;
use lorode::integrator::Tolerances;
use lorode::problem::ProblemOptions;
use lorode::trajectory::solve;
use serde_json::{Value, json};

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

pub(super) fn python_is_here() -> bool {
    let found = Command::new("python3")
        .args(["-c", "import numpy"])
        .output();
    let here = found.is_ok_and(|output| output.status.success());
    assert!(
        here || std::env::var_os("CI").is_none(),
        "no python3 with NumPy"
    );
    if !here {
        eprintln!("SKIPPED: no python3 with NumPy here, programs in Python are NOT checked");
    }
    here
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
pub(super) fn python(place: &Path, script: &str) -> String {
    std::fs::write(place.join("main.py"), script).unwrap();
    let mut command = Command::new("python3");
    let output = command
        .args(["-W", "error", "main.py"])
        // Small matrices: threads would only wait for each other.
        .env("OPENBLAS_NUM_THREADS", "1")
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
#[ignore = "needs Julia: tests/julia.sh"]
fn julia_programs_answer_the_rates() {
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
