//! How long to pre-train: against single histories, and in limits.

use lorode::study::optimum::{OptimumOfHistory, OptimumOfHistoryReport};
use lorode::study::train::Train;
use lorode::study::{Report, Study};
use lorode::watch::Cancel;
use serde_json::{Value, json};

/// Pre-training in full on a source, fine-tuning on a target.
fn history(link: &str, angle: f64, longest: f64) -> Value {
    json!({
        "link": link, "tasks": {"source": {}, "target": {"angle": {"source": angle}}},
        "stage": [
            {"task": "source", "adapter": "full", "lr": 0.2, "batch": 500, "until": {"t": longest}},
            {"task": "target", "lr": 0.2, "batch": 500, "until": {"excess": 1e-4, "t": 1e6}},
        ],
    })
}

fn settings(history: Value) -> OptimumOfHistory {
    OptimumOfHistory {
        history: serde_json::from_value(history).unwrap(),
        ..OptimumOfHistory::default()
    }
}

fn optimum(history: Value) -> OptimumOfHistoryReport {
    settings(history).run(&Cancel::default()).unwrap()
}

/// Samples of the whole history by `train`.
fn samples(history: Value) -> f64 {
    let train = Train {
        history: serde_json::from_value(history).unwrap(),
        ..Train::default()
    };
    let report = train.run(&Cancel::default()).unwrap();
    let stages = report.json()["stages"].as_array().unwrap().clone();
    assert_eq!(stages.last().unwrap()["reason"], "excess");
    stages.last().unwrap()["samples_total"].as_f64().unwrap()
}

/// The same runs at the same tolerance: the number of recorded instants moves no step.
#[test]
fn every_length_is_a_history() {
    let report = optimum(history("erf", 20.0, 12.0));
    let found = &report.curves[0].found;
    for at in [
        &found.curve[20],
        &found.curve[90],
        found.curve.last().unwrap(),
    ] {
        let alone = samples(history("erf", 20.0, at.t));
        let total = at.total.unwrap();
        assert!((total / alone - 1.0).abs() < 1e-12, "{total} for {alone}");
        assert!((at.length / (at.t * 2500.0) - 1.0).abs() < 1e-12);
    }
    let mut only = history("erf", 20.0, 12.0);
    only["stage"].as_array_mut().unwrap().remove(0);
    let without = found.without.total.unwrap();
    assert!((without / samples(only) - 1.0).abs() < 1e-12);
}

/// Closer tasks hurt more, and at small angles no pre-training is best: the title of the paper.
#[test]
fn more_pretraining_hurts() {
    let settings = OptimumOfHistory {
        angle: Some("10,20,40".parse().unwrap()),
        ..settings(history("erf", 77.0, 12.0))
    };
    let report = settings.run(&Cancel::default()).unwrap();
    let mut before = f64::INFINITY;
    for curve in &report.curves {
        assert!(curve.found.is_never());
        let early: Vec<f64> = curve
            .found
            .curve
            .iter()
            .filter(|at| at.t < 2.0)
            .map(|at| at.total.unwrap())
            .collect();
        assert!(
            early.windows(2).all(|pair| pair[0] < pair[1]),
            "rises from the start"
        );
        let longest = curve.found.curve.last().unwrap().total.unwrap();
        assert!(longest > 1.5 * curve.found.without.total.unwrap() && longest < before);
        before = longest;
    }
}

/// On a task at a right angle some pre-training pays for tanh; the minimum is one.
#[test]
fn a_best_length_is_a_minimum() {
    let report = optimum(history("tanh", 90.0, 12.0));
    let found = &report.curves[0].found;
    let best = found.best.as_ref().unwrap();
    let value = best.total.unwrap();
    assert!(!found.is_never() && !found.is_at_end && value < found.without.total.unwrap());
    for factor in [0.98, 0.999, 1.001, 1.02] {
        let beside = samples(history("tanh", 90.0, factor * best.t));
        // Near a minimum values differ by less than they are off: 1e-8 at the default tolerance.
        assert!(
            beside > value * (1.0 - 1e-8),
            "{factor}: {beside} below {value}"
        );
    }
    let near = samples(history("tanh", 90.0, 1.2 * best.t));
    assert!(near > 1.0001 * value);
}

#[test]
fn what_is_no_history_to_be_cut_is_refused() {
    let refused = |change: &dyn Fn(&mut Value), angle: Option<&str>| {
        let mut history = history("erf", 20.0, 4.0);
        change(&mut history);
        let settings = OptimumOfHistory {
            angle: angle.map(|text| text.parse().unwrap()),
            ..settings(history)
        };
        settings.run(&Cancel::default()).unwrap_err().to_string()
    };
    let one = refused(
        &|all| drop(all["stage"].as_array_mut().unwrap().pop()),
        None,
    );
    assert!(one.contains("two at least"), "{one}");
    let no_goal = refused(&|all| all["stage"][1]["until"] = json!({"t": 5}), None);
    assert!(
        no_goal.contains("until of the last stage needs a goal"),
        "{no_goal}"
    );
    let on = |all: &mut Value| {
        all["stage"][1]["adapter"] = json!("full");
        all["stage"][1]["continue"] = json!(true);
    };
    let continues = refused(&on, None);
    assert!(
        continues.contains("stage 2 continues stage 1"),
        "{continues}"
    );
    let same = refused(
        &|all| all["stage"][1]["task"] = json!("source"),
        Some("10,20"),
    );
    assert!(same.contains("angle is between the tasks"), "{same}");
    let unit = OptimumOfHistory {
        time: serde_json::from_value(json!("samples")).unwrap(),
        ..settings({
            let mut all = history("erf", 20.0, 4.0);
            all["stage"][0].as_object_mut().unwrap().remove("batch");
            all
        })
    };
    let unit = unit.run(&Cancel::default()).unwrap_err().to_string();
    assert!(unit.starts_with("stage 1: batch"), "{unit}");
}
