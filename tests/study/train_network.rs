//! Histories of networks against single runs of networks, and against histories of one unit.

use lorode::observable::NetworkObserved;
use lorode::stages::Reason;
use lorode::study::solve::{Solve, SolveNetwork};
use lorode::study::train::{Train, TrainNetwork, TrainNetworkReport, TrainNetworkSgd, TrainReport};
use lorode::study::{Precision, Report, Resumable, Study, Work};
use lorode::watch::Cancel;
use serde_json::{Value, json};

fn settings(history: Value, rtol: f64) -> Train {
    Train {
        history: serde_json::from_value(history).unwrap(),
        precision: Precision {
            rtol: Some(rtol),
            ..Precision::default()
        },
        points: 8,
        ..Train::default()
    }
}

fn train(history: Value, rtol: f64) -> TrainNetworkReport {
    let study = TrainNetwork(settings(history, rtol));
    study.run(&Cancel::default()).unwrap()
}

fn refused(history: Value) -> String {
    let study = TrainNetwork(settings(history, 1e-8));
    study.run(&Cancel::default()).unwrap_err().to_string()
}

/// The overlaps at the end, and the losses on all tasks.
fn ended(report: &TrainNetworkReport) -> (NetworkObserved, Vec<Value>, Vec<f64>) {
    let last = report.runs.last().unwrap().course.last().unwrap();
    let m = last.m.iter().map(|m| json!(m)).collect();
    (last.seen.clone(), m, last.loss.clone())
}

/// Largest difference of two lists of lists of numbers.
fn gap(one: &Value, other: &Value) -> f64 {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            assert_eq!(one.len(), other.len());
            let gaps = one.iter().zip(other).map(|(one, other)| gap(one, other));
            gaps.fold(0.0, f64::max)
        }
        _ => (one.as_f64().unwrap() - other.as_f64().unwrap()).abs(),
    }
}

/// The same systems in a turned frame; events of `solve` change its steps, and at this tolerance steps are good to 1e-12.
#[test]
fn one_stage_is_a_run_of_the_network() {
    let stages = [
        json!({"rank": 2}),
        json!({"adapter": "free", "rank": 2, "nu": 0.2, "noise": 0.1, "decay": 0.01}),
        json!({"adapter": "full", "nu": 0.2, "noise": 0.1, "train-readout": 0.5}),
        json!({"adapter": "scratch", "nu": 0.1}),
    ];
    for keys in stages {
        let mut stage = keys.clone();
        stage["task"] = json!("only");
        stage["until"] = json!({"t": 40});
        let task = json!({"units": 2, "overlaps": [[1, 0.3], [0.3, 1]]});
        let report = train(
            json!({"link": "erf", "units": 3, "w0": {"only": 0.6}, "tasks": {"only": task}, "stage": [stage]}),
            1e-13,
        );
        assert_eq!(report.runs[0].reason, Reason::T);
        let mut problem = keys.clone();
        problem["link"] = json!("erf");
        problem["units"] = json!(3);
        problem["teacher-overlaps"] = json!([[1, 0.3], [0.3, 1]]);
        if keys["adapter"] != "scratch" {
            problem["mu"] = json!(0.6);
        }
        let solve = SolveNetwork(Solve {
            problem: serde_json::from_value(problem).unwrap(),
            times: Some(40.0.into()),
            precision: Precision {
                rtol: Some(1e-13),
                ..Precision::default()
            },
            ..Solve::default()
        });
        let theirs = solve.run(&Cancel::default()).unwrap().json();
        let ours = &report.json()["stages"][0];
        for name in ["q", "u", "alignment", "s", "c", "readout"] {
            if !ours[name].is_null() {
                let off = gap(&ours[name], &theirs["trajectory"][name][0]);
                assert!(off < 1e-12, "{keys} {name}: {off:.1e}");
            }
        }
        let off = gap(&ours["m"]["only"], &theirs["trajectory"]["m"][0]);
        assert!(off < 1e-12, "{keys} m: {off:.1e}");
        // The loss of a history is on labels without noise.
        let noise = keys["noise"].as_f64().unwrap_or_default();
        let loss = theirs["trajectory"]["loss"][0].as_f64().unwrap() - 0.5 * noise;
        assert!((ours["loss"]["only"].as_f64().unwrap() - loss).abs() < 1e-13);
    }
}

fn three_tasks(stages: Vec<Value>, rtol: f64) -> TrainNetworkReport {
    let tasks = json!({
        "a": {"units": 2},
        "b": {"units": 2, "angle": {"a": 50}},
        "c": {"units": 1, "overlaps-with": {"a": [[0.3, 0.2]], "b": [[0.5, 0.1]]}},
    });
    train(
        json!({"link": "erf", "units": 3, "w0": {"a": 0.5, "c": 0.3}, "tasks": tasks, "stage": stages}),
        rtol,
    )
}

#[test]
fn a_stage_split_in_two_is_the_same() {
    for keys in [
        json!({"rank": 2}),
        json!({"rank": 2, "adapter": "free", "nu": 0.2}),
        json!({"adapter": "full", "nu": 0.2, "train-readout": 1}),
        json!({"adapter": "scratch", "nu": 0.2}),
    ] {
        let stage = |t: f64, goes_on: bool| {
            let mut stage = keys.clone();
            stage["task"] = json!("b");
            stage["until"] = json!({"t": t});
            if goes_on {
                stage["continue"] = json!(true);
            }
            stage
        };
        let one = ended(&three_tasks(vec![stage(30.0, false)], 1e-13));
        let two = ended(&three_tasks(
            vec![stage(11.0, false), stage(19.0, true)],
            1e-13,
        ));
        let losses = one.2.iter().zip(&two.2).map(|(one, two)| (one - two).abs());
        let off = losses.fold(gap(&json!(one.1), &json!(two.1)), f64::max);
        assert!(off < 1e-10, "{keys}: {off:.1e}");
        assert!((one.0.q - two.0.q).amax() < 1e-10, "{keys}");
    }
}

/// Merging changes what is trained next, not the weights, nor the losses on any task.
#[test]
fn the_next_stage_starts_from_the_weights_that_the_last_one_left() {
    let report = three_tasks(
        vec![
            json!({"task": "a", "rank": 2, "nu": 0.2, "until": {"alignment": 0.7}}),
            json!({"task": "b", "adapter": "free", "nu": 0.1, "until": {"t": 20}}),
            json!({"task": "c", "adapter": "full", "nu": 0.1, "until": {"t": 1}}),
            json!({"task": "a", "rank": 3, "until": {"t": 30}}),
        ],
        1e-10,
    );
    assert_eq!(report.runs[0].reason, Reason::Alignment);
    for pair in report.runs.windows(2) {
        let (before, after) = (pair[0].course.last().unwrap(), &pair[1].course[0]);
        assert!(gap(&json!(before.m), &json!(after.m)) < 1e-12);
        assert!((&before.seen.q - &after.seen.q).amax() < 1e-12);
        for (one, two) in before.loss.iter().zip(&after.loss) {
            assert!((one - two).abs() < 1e-13, "{one} {two}");
        }
    }
}

/// `K = K* = r = 1`: the history of one unit.
#[test]
fn networks_of_one_unit_are_the_histories_of_one_unit() {
    are_alike(json!([
        {"task": "target", "nu": 0.1, "noise": 0.1, "until": {"t": 60}},
        {"task": "source", "adapter": "full", "until": {"t": 2}},
        {"task": "target", "adapter": "free", "until": {"t": 20}},
    ]));
}

/// Also by the finite-step map, whatever is trained and ends a stage.
#[test]
fn networks_of_one_unit_take_the_steps_of_one_unit() {
    let mut stages = json!([
        {"task": "target", "chi": 2, "decay": 0.01, "until": {"steps": 60}},
        {"task": "source", "adapter": "full", "decay": 0.05, "until": {"t": 2}},
        {"task": "target", "adapter": "free", "chi": 0.5, "decay": 0.01, "until": {"excess": 0.02, "steps": 400}},
        {"task": "source", "adapter": "scratch", "until": {"plateau": 0.1, "t": 50}},
    ]);
    for stage in stages.as_array_mut().unwrap() {
        for (key, value) in [("dynamics", json!("map")), ("noise", json!(0.1))] {
            stage[key] = value;
        }
        (stage["dim"], stage["lr"], stage["batch"]) = (json!(100), json!(0.5), json!(250));
    }
    are_alike(stages);
}

/// Stages of one unit, tilted weights before them, as what they are and as stages of a network.
fn are_alike(stages: Value) {
    let history = |units: Value| {
        let mut all = json!({
            "link": "erf", "w0": {"source": 0.8},
            "tasks": {"source": {}, "target": {"angle": {"source": 60}}},
            "stage": stages,
        });
        if !units.is_null() {
            all["units"] = units;
        }
        all
    };
    let network = train(history(json!(1)), 1e-12);
    let one: TrainReport = settings(history(Value::Null), 1e-12)
        .run(&Cancel::default())
        .unwrap();
    for (ours, theirs) in network.runs.iter().zip(&one.runs) {
        assert_eq!(ours.reason, theirs.reason);
        assert!((ours.t - theirs.t).abs() < 1e-9, "{} {}", ours.t, theirs.t);
    }
    for (ours, theirs) in network.runs.iter().zip(&one.runs) {
        let (ours, theirs) = (ours.course.last().unwrap(), theirs.course.last().unwrap());
        for task in 0..2 {
            let off = (ours.m[task][0][0] - theirs.m[task]).abs();
            let loss = (ours.loss[task] - theirs.loss[task]).abs();
            assert!(off < 1e-10 && loss < 1e-11, "{off:.1e} {loss:.1e}");
        }
    }
}

/// A plateau and an excess end a stage where they are met.
#[test]
fn limits_of_the_loss_end_a_stage() {
    let one = |until: Value| {
        let stage = json!({"task": "a", "adapter": "full", "until": until});
        three_tasks(vec![stage], 1e-10)
    };
    let by_loss = one(json!({"excess": 3e-3, "t": 1e4}));
    assert_eq!(by_loss.runs[0].reason, Reason::Excess);
    let end = ended(&by_loss).2[0];
    assert!((end / 3e-3 - 1.0).abs() < 1e-9, "{end}");
    let flat = one(json!({"plateau": 0.05, "t": 1e4}));
    assert_eq!(flat.runs[0].reason, Reason::Plateau);
    // The change of the loss in the last recorded stretch, and in the one before.
    let course = &flat.runs[0].course;
    let t = flat.runs[0].t;
    let dt = 1e-3;
    let later = one(json!({"t": t + dt}));
    let change = (ended(&later).2[0] / course.last().unwrap().loss[0])
        .ln()
        .abs()
        / dt;
    assert!((change / 0.05 - 1.0).abs() < 1e-2, "{change}");
}

#[test]
fn what_no_history_of_networks_has_is_refused_with_a_sentence() {
    let history = |change: &dyn Fn(&mut Value)| {
        let mut all = json!({
            "link": "erf", "units": 2, "w0": {"a": 0.5},
            "tasks": {"a": {"units": 2}, "b": {"units": 2}},
            "stage": [{"task": "b", "rank": 2, "until": {"t": 1}}],
        });
        change(&mut all);
        refused(all)
    };
    type Case<'a> = (&'a dyn Fn(&mut Value), &'a str);
    let cases: [Case<'_>; 14] = [
        (
            &|all| all["tasks"]["b"]["overlaps-with"] = json!({"a": [[0.9, 0.9], [0.0, 0.0]]}),
            "no vectors have: their Gram matrix has the eigenvalue -0.27",
        ),
        (
            &|all| all["tasks"]["b"]["overlaps-with"] = json!({"a": [[0.1, 0.1]]}),
            "is 1 x 2, and has to be 2 x 2",
        ),
        (
            &|all| all["tasks"]["b"]["angle"] = json!({"a": 200}),
            "angle = 200 is not allowed: degrees in [0, 180]",
        ),
        (
            &|all| {
                all["tasks"]["b"]["angle"] = json!({"a": 20});
                all["tasks"]["a"]["angle"] = json!({"b": 20});
            },
            "are given twice",
        ),
        (&|all| all["units"] = json!(0), "units = 0 is not allowed"),
        (
            &|all| all["tasks"]["a"]["units"] = json!(1.5),
            "tasks a: units = 1.5 is not allowed",
        ),
        (
            &|all| all["student-readout"] = json!([0, 0]),
            "not all readouts may be 0",
        ),
        (&|all| all["stage"][0]["rank"] = json!(2000), "rank"),
        (
            &|all| all["stage"][0]["task"] = json!("c"),
            "stage 1: task 'c' is no task: there are a, b",
        ),
        (
            &|all| all["stage"][0]["until"] = json!({"alignment": 1}),
            "it is a cosine",
        ),
        (
            &|all| all["stage"][0]["units"] = json!(3),
            "units is no key of a stage",
        ),
        (
            &|all| all["stage"][0]["continue"] = json!(true),
            "there is no stage before",
        ),
        (
            &|all| all["stage"][0]["start-u"] = json!([[1, 0]]),
            "u is 1 x 2",
        ),
        (
            &|all| all["stage"][0]["until"] = json!({"excess": 1e-30}),
            "meets none of its limits",
        ),
    ];
    for (change, sentence) in cases {
        let said = history(change);
        assert!(said.contains(sentence), "{said}\nwithout: {sentence}");
    }
    let train = Train {
        sgd: true,
        ..settings(
            json!({
                "link": "erf", "units": 2, "tasks": {"a": {}}, "stage": [{"task": "a", "until": {"t": 1}}],
            }),
            1e-8,
        )
    };
    let said = TrainNetworkSgd(train.clone()).begin().err().unwrap();
    let said = said.to_string();
    assert!(said.contains("stage 1") && said.contains("lr"), "{said}");
    let said = train.begin().err().unwrap().to_string();
    assert!(said.contains("a history of networks"), "{said}");
}

#[test]
fn a_history_of_networks_that_was_broken_off_goes_on_to_the_same() {
    let stages = json!([
        {"task": "a", "adapter": "full", "until": {"t": 3}},
        {"task": "b", "rank": 2, "train-readout": 0.5, "until": {"t": 20}},
        {"task": "c", "rank": 2, "train-readout": 0.5, "continue": true, "until": {"t": 20}},
    ]);
    let study = TrainNetwork(settings(
        json!({
            "link": "erf", "units": 2, "w0": {"a": 0.5}, "stage": stages,
            "tasks": {"a": {"units": 2}, "b": {"units": 2, "angle": {"a": 50}}, "c": {"angle": {"a": 40}}},
        }),
        1e-8,
    ));
    let work = study.begin().unwrap();
    work.advance(&Cancel::default()).unwrap();
    let (whole, state) = (work.report().unwrap().json(), work.state().unwrap());
    for finished in 1..=2 {
        let text = serde_json::to_string(&state[..finished]).unwrap();
        let mut again = study.begin().unwrap();
        again.resume(serde_json::from_str(&text).unwrap()).unwrap();
        let part = again.report().unwrap();
        assert!(part.runs.len() == finished && part.incomplete().is_some());
        again.advance(&Cancel::default()).unwrap();
        assert_eq!(again.report().unwrap().json(), whole);
    }
}
