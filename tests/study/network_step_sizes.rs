//! Step sizes that change along runs and stages of networks.

use lorode::problem::ProblemOptions;
use lorode::study::compare::{Compare, CompareNetwork};
use lorode::study::derive::Derive;
use lorode::study::search::{Search, SearchNetwork};
use lorode::study::solve::{Solve, SolveNetwork, SolveNetworkReport};
use lorode::study::train::{Train, TrainNetwork};
use lorode::study::{Precision, Report, Study};
use lorode::watch::Cancel;
use serde_json::{Value, json};

use super::step_sizes::{noisy, solve as solve_one};

fn problem(keys: Value) -> ProblemOptions {
    serde_json::from_value(keys).unwrap()
}

fn solve(keys: Value, times: Option<f64>) -> SolveNetworkReport {
    let solve = Solve {
        problem: problem(keys),
        times: times.map(Into::into),
        precision: Precision {
            rtol: Some(1e-11),
            ..Precision::default()
        },
        ..Solve::default()
    };
    SolveNetwork(solve).run(&Cancel::default()).unwrap()
}

/// Two units on two teacher units, with noise, and other keys.
fn two(more: &Value) -> Value {
    let mut keys = json!({
        "link": "erf", "mu": 0.5, "lr": 0.1, "batch": 100, "noise": 0.1, "units": 2, "teacher-units": 2, "rank": 2,
        "readout": "sum", "start-alignment": "0.1,0;0,0.2",
    });
    for (key, value) in more.as_object().unwrap() {
        keys[key] = value.clone();
    }
    keys
}

fn number(report: &SolveNetworkReport, key: &str) -> f64 {
    report.json()[key].as_f64().unwrap()
}

/// A factor that never changes is that of `lr`; of one unit, whatever the factor, a network is that unit.
#[test]
fn a_constant_step_size_is_lr_and_one_unit_is_one_unit() {
    let plain = solve(two(&json!({})), None);
    let halved = solve(two(&json!({"lr": 0.2, "lr-schedule": "0.5"})), None);
    assert_eq!(halved.trajectory.t, plain.trajectory.t);
    assert_eq!(halved.trajectory.loss, plain.trajectory.loss);
    // A list goes through its breaks.
    let list = solve(two(&json!({"lr-schedule": "steps(50: 1, 200: 1)"})), None);
    for key in ["exit_time", "final_loss", "final_alignment"] {
        let (ours, theirs) = (number(&list, key), number(&plain, key));
        assert!(
            (ours - theirs).abs() < 1e-8 * theirs,
            "{key}: {ours} {theirs}"
        );
    }
    for schedule in ["steps(90: 0.3, 200: 2)", "warmup(40) * 1/sqrt(1 + step/50)"] {
        let one = solve_one(noisy(&json!({"lr-schedule": schedule})), None).json();
        let mut keys = noisy(&json!({
            "lr-schedule": schedule, "network": true, "start-alignment": "0.1", "noise": 0.1,
        }));
        keys.as_object_mut().unwrap().remove("alignment0");
        let network = solve(keys, None);
        for key in ["exit_time", "final_loss"] {
            let (ours, theirs) = (number(&network, key), one[key].as_f64().unwrap());
            assert!(
                (ours - theirs).abs() < 1e-9 * theirs,
                "{schedule} {key}: {ours} {theirs}"
            );
        }
    }
}

/// A fixed part of the last step is another clock and a stronger noise, nothing else.
#[test]
fn momentum_is_a_larger_step() {
    let rolling = json!({"lr": 0.025, "momentum": 0.75, "time": "steps"});
    let rolling = solve(two(&rolling), None);
    let plain = solve(two(&json!({"time": "steps"})), None);
    assert_eq!(rolling.trajectory.t, plain.trajectory.t);
    assert_eq!(rolling.trajectory.loss, plain.trajectory.loss);
    for key in ["exit_time", "tau", "end_time"] {
        assert!(plain.json()[key].is_number(), "{key}");
        assert_eq!(rolling.json()[key], plain.json()[key], "{key}");
    }
    let friction = problem(two(&json!({"friction": 1, "adapter": "free"})));
    let said = friction.one_network("solve").unwrap_err().to_string();
    assert!(
        said.starts_with("friction has no meaning with a network"),
        "{said}"
    );
}

/// Without noise only the clock changes; with noise a break is landed on, and the rest is a run of another step size.
#[test]
fn steps_are_counted_and_breaks_are_landed_on() {
    let quiet = |lr: f64, schedule: &str, time: &str| {
        let more = json!({"lr": lr, "lr-schedule": schedule, "time": time, "batch": null});
        number(&solve(two(&more), None), "exit_time")
    };
    let (t, steps) = (quiet(0.1, "constant", "t"), quiet(0.1, "constant", "steps"));
    assert!((steps - 10.0 * t).abs() < 1e-9 * steps);
    assert!((quiet(0.2, "constant", "steps") - 0.5 * steps).abs() < 1e-9 * steps);
    assert!((quiet(0.1, "warmup(50)", "t") - t).abs() < 1e-9 * t);
    assert!((quiet(0.1, "warmup(50)", "steps") - steps - 25.0).abs() < 1e-7 * steps);

    let whole = solve(two(&json!({"lr-schedule": "steps(60: 0.25)"})), Some(14.0));
    let first = solve(two(&json!({})), Some(6.0));
    let of = |all: &[nalgebra::DMatrix<f64>]| {
        let rows: Vec<String> = all[0]
            .row_iter()
            .map(|row| {
                let entries: Vec<String> = row.iter().map(|x| format!("{x:?}")).collect();
                entries.join(",")
            })
            .collect();
        rows.join(";")
    };
    let seen = &first.trajectory;
    let second = json!({
        "lr": 0.025, "start-u": of(&seen.u), "start-alignment": of(&seen.alignment), "start-c": of(&seen.c),
    });
    let second = solve(two(&second), Some(8.0));
    let constant = solve(two(&json!({})), Some(14.0));
    let apart = |other: &SolveNetworkReport| {
        let m = |of: &SolveNetworkReport| of.trajectory.m[0].clone();
        (m(&whole) - m(other)).amax()
    };
    assert!(apart(&second) < 1e-8, "{}", apart(&second));
    assert!(
        apart(&constant) > 2e-5,
        "noise matters: {}",
        apart(&constant)
    );
}

/// A run whose step sizes come to 0 ends there, and SGD follows it; the theory of one step size is told apart.
#[test]
fn sgd_follows_a_network_whose_step_size_falls() {
    let more = json!({
        "lr-schedule": "cosine(400, 0.05)", "dim": 20000, "batch": 2000, "noise": 1, "start-alignment": "0.3,0;0,0.3",
    });
    let mut compare = Compare {
        problem: problem(two(&more)),
        ..Compare::default()
    };
    (compare.sampling.steps, compare.sampling.exact_loss) = (Some(400), true);
    compare.sampling.seeds = "16".parse().unwrap();
    let report = CompareNetwork(compare).run(&Cancel::default()).unwrap();
    let compared = &report.compared;
    assert!(compared.verdict.follows, "{}", compared.verdict.text);
    let losses = &compared.numbers[0];
    assert!(losses.map.is_none(), "there is no map of steps that change");
    let last = losses.summaries.last().unwrap();
    let error = last.std.unwrap() / (compared.seeds as f64).sqrt();
    let mut constant = more.clone();
    constant["lr-schedule"] = json!("constant");
    let end = 0.1 * (0.05 * 400.0 + 0.95 * 200.0);
    let constant = solve(two(&constant), Some(end));
    let away = |loss: f64| (loss - last.mean).abs() / error;
    assert!(away(*losses.theory.last().unwrap()) < 5.0);
    assert!(away(constant.trajectory.loss[0]) > 10.0);
    let ended = solve(two(&json!({"lr-schedule": "cosine(200)"})), None);
    assert_eq!(ended.json()["outcome"], "unfinished");
    assert!((number(&ended, "end_time") - 10.0).abs() < 1e-9);
}

/// A stage is a run, its limits are in the clock of its step sizes.
#[test]
fn a_stage_of_a_network_with_step_sizes_is_a_run() {
    let schedule = json!({"lr-schedule": "warmup(40) * 1/sqrt(1 + step/50)"});
    let mut stage = two(&schedule);
    for key in ["link", "mu", "units", "teacher-units", "readout"] {
        stage.as_object_mut().unwrap().remove(key);
    }
    (stage["task"], stage["until"]) = (json!("only"), json!({"steps": 300}));
    let history = json!({
        "link": "erf", "units": 2, "readout": "sum", "w0": {"only": 0.5}, "tasks": {"only": {"units": 2}},
        "stage": [stage],
    });
    let train = Train {
        history: serde_json::from_value(history).unwrap(),
        precision: Precision {
            rtol: Some(1e-11),
            ..Precision::default()
        },
        ..Train::default()
    };
    let report = TrainNetwork(train).run(&Cancel::default()).unwrap();
    let run = &report.runs[0];
    let steps = report.json()["stages"][0]["steps"].as_f64().unwrap();
    assert!((steps - 300.0).abs() < 1e-6, "{steps}");
    let theirs = solve(two(&schedule), Some(run.t));
    let apart = &run.course.last().unwrap().seen.m - &theirs.trajectory.m[0];
    assert!(apart.amax() < 1e-8, "{apart}");
}

#[test]
fn what_has_no_meaning_while_the_noise_changes_is_refused() {
    let keys = || problem(two(&json!({"lr-schedule": "1/t(5)"})));
    let search = Search {
        problem: keys(),
        ..Search::default()
    };
    let said = SearchNetwork(search).run(&Cancel::default()).map(drop);
    let said = said.unwrap_err().to_string();
    assert!(
        said.contains("a rate has no meaning while nu changes"),
        "{said}"
    );
    let derive = Derive {
        problem: keys(),
        ..Derive::default()
    };
    let said = derive.run(&Cancel::default()).map(drop);
    let said = said.unwrap_err().to_string();
    assert!(
        said.starts_with("lr-schedule has no meaning in derive"),
        "{said}"
    );
    let map = problem(two(&json!({"lr-schedule": "1/t(5)", "dynamics": "map"})));
    let said = map.one_network("solve").unwrap_err().to_string();
    assert!(
        said.starts_with("dynamics map and lr-schedule, momentum or friction cannot be given"),
        "{said}"
    );
}
