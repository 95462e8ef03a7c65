//! Step sizes that change within a stage of a history.

use lorode::observable::{ALIGNMENT, M};
use lorode::stages::Reason;
use lorode::study::train::{Train, TrainSgd};
use lorode::study::{Precision, Report, Study};
use lorode::watch::Cancel;
use serde_json::{Value, json};

use super::step_sizes::{noisy, solve};

fn train(stage: &Value) -> Result<lorode::study::train::TrainReport, lorode::Error> {
    let history =
        json!({"link": "erf", "w0": {"only": 0.5}, "tasks": {"only": {}}, "stage": [stage]});
    let train = Train {
        history: serde_json::from_value(history).unwrap(),
        precision: Precision {
            rtol: Some(1e-12),
            ..Precision::default()
        },
        ..Train::default()
    };
    train.run(&Cancel::default())
}

/// A stage is a run, its limits are in the clock of its step sizes.
#[test]
fn a_stage_with_step_sizes_is_a_run() {
    for (schedule, adapter) in [
        ("steps(90: 0.3, 200: 2)", "spherical"),
        ("warmup(40) * 1/sqrt(1 + step/50)", "free"),
        ("cosine(400, 0.1)", "full"),
    ] {
        let more = json!({"lr-schedule": schedule, "adapter": adapter});
        let mut stage = noisy(&more);
        for key in ["link", "mu"] {
            stage.as_object_mut().unwrap().remove(key);
        }
        if adapter == "full" {
            stage.as_object_mut().unwrap().remove("alignment0");
        }
        (stage["task"], stage["until"]) = (json!("only"), json!({"steps": 300}));
        let report = train(&stage).unwrap();
        let told = &report.json()["stages"][0];
        assert_eq!(told["reason"], "steps");
        assert!(
            (told["steps"].as_f64().unwrap() - 300.0).abs() < 1e-6,
            "{told}"
        );
        let mut keys = noisy(&more);
        if adapter == "full" {
            keys.as_object_mut().unwrap().remove("alignment0");
        }
        let run = solve(keys, Some(report.runs[0].t));
        let last = report.runs[0].course.last().unwrap().seen;
        for (one, ours) in [(&ALIGNMENT, last.alignment), (&M, last.m)] {
            let theirs = run.trajectory.of(one)[0].unwrap();
            assert!((ours - theirs).abs() < 1e-9, "{schedule}: {ours} {theirs}");
        }
    }
}

/// `E[w+] = w + eta f (omega* - w)` of linear links: what is orthogonal to the task decays by a product over the steps.
#[test]
fn seeds_of_a_stage_take_steps_of_these_sizes() {
    let stage = |until: Value, schedule: &str| {
        json!({
            "task": "target", "adapter": "full", "dim": 100, "lr": 0.1, "batch": 50, "lr-schedule": schedule, "until": until,
        })
    };
    let sgd = |stage: Value| {
        TrainSgd(Train {
            history: serde_json::from_value(json!({
                "link": "linear", "w0": {"source": 0.8}, "tasks": {"source": {}, "target": {}}, "stage": [stage],
            }))
            .unwrap(),
            seeds: Some("400".parse().unwrap()),
            points: 20,
            ..Train::default()
        })
        .run(&Cancel::default())
    };
    let report = sgd(stage(json!({"steps": 40}), "1/t(8)")).unwrap();
    assert_eq!(report.runs[0].stages[0].steps, 40);
    let ends = report
        .runs
        .iter()
        .map(|run| run.stages[0].records.last().unwrap());
    let found: Vec<f64> = ends.clone().map(|end| end.at.m[0]).collect();
    let mean = found.iter().sum::<f64>() / 400.0;
    let variance = found.iter().map(|m| (m - mean).powi(2)).sum::<f64>() / 399.0;
    let kept = |k: i32| 1.0 - 0.1 / (1.0 + (f64::from(k) + 0.5) / 8.0);
    let exact = 0.8 * (0..40).map(kept).product::<f64>();
    assert!(
        (mean - exact).abs() < 5.0 * (variance / 400.0).sqrt(),
        "{mean} {exact}"
    );
    assert!((exact - 0.8 * 0.9_f64.powi(40)).abs() > 20.0 * (variance / 400.0).sqrt());
    let t = 0.8 * 6.0_f64.ln();
    assert!(ends.clone().all(|end| (end.at.t - t).abs() < 1e-9));
    let error = sgd(stage(json!({"steps": 41}), "cosine(40)"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("come to an end at steps = 40"), "{error}");
}

/// The change of the loss where a plateau ends a stage is its limit, with the noise that the step sizes leave by then.
#[test]
fn a_plateau_is_judged_with_the_noise_of_its_step() {
    let stage = |until: Value| {
        json!({
            "task": "only", "adapter": "full", "dim": 400, "lr": 0.1, "batch": 1000, "noise": 0.1,
            "lr-schedule": "steps(20: 0.2)", "until": until,
        })
    };
    let limit = 0.05;
    let flat = &train(&stage(json!({"plateau": limit, "t": 1e3})))
        .unwrap()
        .runs[0];
    assert_eq!(flat.reason, Reason::Plateau);
    // Twenty steps are t = 2: the limit is met in the second part of the schedule.
    assert!(flat.t > 2.1, "{}", flat.t);
    let loss = |t: f64| {
        let report = train(&stage(json!({"t": t}))).unwrap();
        report.runs[0].course.last().unwrap().loss[0]
    };
    let dt = 1e-3;
    let change = (loss(flat.t + dt) / loss(flat.t - dt)).ln().abs() / (2.0 * dt);
    // Central differences: the error is of order dt^2.
    assert!((change / limit - 1.0).abs() < 1e-5, "{change}");
}
