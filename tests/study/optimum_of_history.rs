//! How long to pre-train: against single histories, and in limits.

use lorode::study::optimum::{OptimumOfHistory, OptimumOfHistoryReport};
use lorode::study::train::{Train, TrainNetwork};
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
    let told = match train.history.is_network() {
        true => TrainNetwork(train).run(&Cancel::default()).unwrap().json(),
        false => train.run(&Cancel::default()).unwrap().json(),
    };
    let stages = told["stages"].as_array().unwrap().clone();
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

/// Two units on either side, which a little of the source tells apart.
fn network(longest: f64) -> Value {
    let mut history = history("erf", 20.0, longest);
    history["units"] = json!(2);
    history["w0"] = json!({"source": 0.1, "target": 0.1});
    for task in ["source", "target"] {
        history["tasks"][task]["units"] = json!(2);
    }
    history["stage"][1]["rank"] = json!(2);
    history["stage"][1]["until"] = json!({"excess": 1e-3, "t": 1e6});
    history
}

/// As of one unit: the same runs at the same tolerance. Specialisation is what pre-training buys: some of it is best.
#[test]
fn every_length_is_a_history_of_networks() {
    let report = optimum(network(24.0));
    let found = &report.curves[0].found;
    for at in [&found.curve[30], found.curve.last().unwrap()] {
        let alone = samples(network(at.t));
        let total = at.total.unwrap();
        assert!((total / alone - 1.0).abs() < 1e-12, "{total} for {alone}");
    }
    let mut only = network(24.0);
    only["stage"].as_array_mut().unwrap().remove(0);
    let without = found.without.total.unwrap();
    assert!((without / samples(only) - 1.0).abs() < 1e-12);
    let best = found.best.as_ref().unwrap();
    assert!(!found.is_never() && !found.is_at_end && best.total.unwrap() < 0.99 * without);
    // Weights 0.1 times the units of both tasks, at 20 degrees: each unit overlaps with its own by 0.1 (1 + cos).
    let json = report.json();
    let m = &json["curves"][0]["without"]["m"];
    let own = 0.1 * (1.0 + 20_f64.to_radians().cos());
    assert!((m["target"][1][1].as_f64().unwrap() - own).abs() < 1e-15);
    assert!(m["target"][0][1].as_f64().unwrap().abs() < 1e-15);
    let columns = String::from_utf8(report.table().to_csv().unwrap()).unwrap();
    assert!(columns.contains("m_source_1_1,m_source_1_2,m_source_2_1,m_source_2_2,m_target_1_1"));
}

/// A network of one unit: other equations by another method, whose times are off by 2e-11 at this tolerance.
#[test]
fn a_network_of_one_unit_has_the_same_lengths() {
    let at = |units: Option<u32>| {
        let mut history = history("erf", 60.0, 3.0);
        if let Some(units) = units {
            history["units"] = json!(units);
        }
        let settings = OptimumOfHistory {
            rtol: Some(1e-13),
            ..settings(history)
        };
        settings.run(&Cancel::default()).unwrap()
    };
    let (one, network) = (at(None), at(Some(1)));
    let (one, network) = (&one.curves[0].found, &network.curves[0].found);
    assert_eq!(one.curve.len(), network.curve.len());
    let without = (&one.without, &network.without);
    for (one, network) in one.curve.iter().zip(&network.curve).chain([without]) {
        assert!((one.t - network.t).abs() < 1e-12);
        let (one, network) = (one.total.unwrap(), network.total.unwrap());
        assert!((one / network - 1.0).abs() < 1e-10, "{one} for {network}");
    }
}

/// An angle replaces a matrix of overlaps, and the tasks' own have none.
#[test]
fn networks_have_angles() {
    let mut given = network(6.0);
    let target = &mut given["tasks"]["target"];
    target.as_object_mut().unwrap().remove("angle");
    target["overlaps-with"] = json!({"source": [[0.9, 0.1], [0.1, 0.9]]});
    let curve = optimum(given.clone()).curves.remove(0);
    assert_eq!(curve.angle, None);
    let turned = OptimumOfHistory {
        angle: Some("20".parse().unwrap()),
        ..settings(given)
    };
    let turned = turned.run(&Cancel::default()).unwrap().curves.remove(0);
    let plain = optimum(network(6.0)).curves.remove(0);
    assert_eq!((turned.angle, plain.angle), (Some(20.0), Some(20.0)));
    assert_eq!(turned.found, plain.found);
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
