//! Closed systems of networks as `derive` writes them: programs run against the library, formulas without slips of LaTeX.

use super::derive_programs::{python, python_is_here};
use lorode::integrator::Tolerances;
use lorode::problem::ProblemOptions;
use lorode::study::derive::Derive;
use lorode::trajectory::Wanted;
use lorode::trajectory::network::follow_network;
use lorode::watch::Cancel;
use serde_json::{Value, json};

/// Adapters, links and options of all kinds; the time that the program runs and its largest relative error.
fn cases() -> Vec<(Value, f64, f64)> {
    let two = |more: Value| {
        let mut all = json!({
            "units": "2", "teacher-units": "2", "mu": "0.6", "angle": "40", "dim": "50",
            "teacher-overlaps": "1,0.3;0.3,1", "student-readout": "0.7,-0.4", "teacher-readout": "1,-0.5",
        });
        all.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        all
    };
    let u = "0.3,0.1;-0.2,0.4";
    vec![
        (
            two(json!({
                "link": ["erf"], "rank": "2", "nu": "0.6", "noise": "0.2", "chi": "1.7", "decay": "0.1", "train-readout": 0.5,
                "start-u": u,
            })),
            2.0,
            1e-7,
        ),
        (
            two(
                json!({ "teacher": ["0.7*erf(2*x)"], "student": ["erf"], "adapter": "full", "nu": "0.5" }),
            ),
            2.0,
            1e-7,
        ),
        (
            two(
                json!({ "link": ["relu"], "adapter": "free", "rank": "2", "chi": "0.6", "decay": "0.05", "start-u": u }),
            ),
            2.0,
            1e-7,
        ),
        (
            two(
                json!({ "teacher": ["sign"], "student": ["0.2 + max(x, 0.3*x)"], "start-u": "0.3;0.2" }),
            ),
            2.0,
            1e-7,
        ),
        (
            two(
                json!({ "link": ["he1 + 0.4*he2"], "adapter": "full", "nu": "0.2", "noise": "0.1", "train-readout": 1.0 }),
            ),
            1.0,
            1e-7,
        ),
        (
            json!({ "link": ["he2 + 0.2"], "units": "2", "teacher-units": "2", "adapter": "scratch", "nu": "0.1", "dim": "30" }),
            1.0,
            1e-7,
        ),
        (
            two(json!({ "teacher": ["erf"], "student": ["tanh"], "start-u": "0.3;0.2" })),
            0.5,
            1e-7,
        ),
    ]
}

fn derive(options: &Value, format: &str) -> String {
    let problem: ProblemOptions = serde_json::from_value(options.clone()).unwrap();
    let study = Derive {
        problem,
        format: format.to_owned(),
        ..Derive::default()
    };
    study.run(&Cancel::default()).unwrap().text
}

const RUN: &str = r#"
import importlib, json, sys
answers = []
with open("ends.json") as file:
    ends = json.load(file)
for i, end in enumerate(ends):
    p = importlib.import_module(f"p{i}")
    state, steps = p.START, 40
    h = end / steps
    for _ in range(steps):
        k1 = p.rhs(0.0, state)
        k2 = p.rhs(0.0, state + h / 2 * k1)
        k3 = p.rhs(0.0, state + h / 2 * k2)
        k4 = p.rhs(0.0, state + h * k3)
        state = state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    _, m, q, _ = p.overlaps(state)
    answers.append([float(p.loss(p.START)), float(p.loss(state)), *m.ravel().tolist(), *q.ravel().tolist()])
json.dump(answers, sys.stdout)
"#;

#[test]
fn python_programs_of_networks_run_as_solve_does() {
    if !python_is_here() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    for (i, (options, ..)) in cases().iter().enumerate() {
        let program = derive(options, "python");
        std::fs::write(place.path().join(format!("p{i}.py")), program).unwrap();
    }
    let ends: Vec<f64> = cases().iter().map(|(_, end, _)| *end).collect();
    std::fs::write(place.path().join("ends.json"), json!(ends).to_string()).unwrap();
    let answers: Vec<Vec<f64>> = serde_json::from_str(&python(place.path(), RUN)).unwrap();
    for ((options, end, slack), answer) in cases().iter().zip(&answers) {
        let mut problem: ProblemOptions = serde_json::from_value(options.clone()).unwrap();
        problem.t_max = Some(*end);
        let problem = problem.one_network("solve").unwrap();
        let tolerances = Tolerances {
            rtol: 1e-10,
            ..Tolerances::default()
        };
        let (_, run) = follow_network(&problem, Wanted::Times(&[0.0, *end]), &tolerances).unwrap();
        let mut ours = run.loss.clone();
        for matrix in [&run.m[1], &run.q[1]] {
            ours.extend(matrix.transpose().as_slice());
        }
        assert_eq!(ours.len(), answer.len());
        // Classical Runge-Kutta steps of end/40 are good to their fourth power; NaN counts as infinitely wrong.
        let gaps = ours.iter().zip(answer).map(|(a, b)| (a - b).abs());
        let worst = gaps.fold(
            0.0,
            |m: f64, x| if x.is_nan() { f64::INFINITY } else { m.max(x) },
        );
        eprintln!("{worst:.1e}  {options}");
        assert!(worst < *slack, "{options}: {ours:?} against {answer:?}");
    }
}

#[test]
fn formulas_of_networks_name_their_parts() {
    for (options, ..) in cases() {
        let text = derive(&options, "text");
        for part in ["Closed system", "dR/dt", "α_(ij)", "F(v₁, v₂, c)"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        // The command of the last line is as long as it is.
        let lines: Vec<&str> = text.lines().collect();
        let narrow = |line: &&str| line.chars().count() <= 100;
        assert!(lines[..lines.len() - 1].iter().all(narrow), "{text}");
        let is_lora = options.get("adapter").is_none_or(|a| a == "free");
        assert_eq!(text.contains("Search phase"), is_lora, "{text}");
        assert_eq!(
            text.contains("daᵢ/dt"),
            options.get("train-readout").is_some(),
            "{text}"
        );
        assert_eq!(
            text.contains("N_(kl)"),
            options.get("nu").is_some(),
            "{text}"
        );
        let latex = derive(&options, "latex");
        // Two subscripts on one symbol are an error of LaTeX.
        assert!(!latex.contains("}_{"), "{latex}");
        assert!(latex.matches("\\begin{align*}").count() >= 3, "{latex}");
        let tree: Value = serde_json::from_str(&derive(&options, "json")).unwrap();
        assert!(
            tree["equations"]["dR"]["right"][0]["latex"].is_string(),
            "{tree}"
        );
    }
}

/// Formats without networks, steps, and noise that the program has not are refused with what there is.
#[test]
fn what_is_not_written_of_networks_is_refused() {
    let said = |options: Value, change: fn(&mut Derive)| {
        let mut study = Derive {
            problem: serde_json::from_value(options).unwrap(),
            ..Derive::default()
        };
        change(&mut study);
        study.run(&Cancel::default()).unwrap_err().to_string()
    };
    let erf = || json!({ "link": ["erf"], "units": "2", "mu": "0.5" });
    let rust = said(erf(), |study| study.format = "rust".to_owned());
    assert!(
        rust.contains("but as text, latex, markdown, json, python"),
        "{rust}"
    );
    let explain = said(erf(), |study| study.explain = true);
    assert!(explain.contains("explain is of one unit"), "{explain}");
    let relu = json!({ "link": ["relu"], "units": "2", "mu": "0.5", "nu": "0.1" });
    let relu = said(relu, |study| study.format = "python".to_owned());
    assert!(relu.contains("leave nu out"), "{relu}");
    let tanh = said(
        json!({ "link": ["tanh"], "units": "2", "mu": "0.5" }),
        |study| study.exact = true,
    );
    assert!(tanh.contains("tanh has no closed form"), "{tanh}");
}
