//! Histories of networks by SGD against histories of one unit, against the theory, and broken off.

use super::network_history_laws::{ANGLE, settings, worst};
use lorode::stages::network::NetworkHistory;
use lorode::stages::{Reason, RunOf};
use lorode::study::train::{TrainNetworkSgd, TrainNetworkSgdReport, TrainSgd, TrainSgdReport};
use lorode::study::{Resumable, Study, Work};
use lorode::watch::{Cancel, Watch};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};

/// One unit on either side, rank 1, once as a network and once as what it is; every kind of limit ends some seeds.
#[test]
fn a_network_of_one_unit_has_the_law_of_one_unit() {
    let history = |is_network: bool| {
        let mut history = json!({
            "link": "erf", "tasks": {"source": {}, "target": {"angle": {"source": ANGLE}}},
            "stage": [
                {"task": "target", "adapter": "scratch", "dim": 8, "batch": 2, "lr": 0.3, "until": {"steps": 10}},
                {"task": "source", "dim": 8, "batch": 2, "lr": 0.2, "momentum": 0.4, "noise": 0.1, "until": {"alignment": 0.7, "steps": 30}},
                {"task": "target", "dim": 8, "batch": 2, "lr": 0.3, "until": {"excess": 0.05, "steps": 60}},
                {"task": "source", "adapter": "full", "dim": 8, "batch": 2, "lr": 0.06, "momentum": 0.4, "until": {"plateau": 0.3, "steps": 90}},
            ],
        });
        if is_network {
            history["units"] = json!(1);
        }
        settings(history, 1500)
    };
    let one: TrainSgdReport = TrainSgd(history(false)).run(&Cancel::default()).unwrap();
    let network: TrainNetworkSgdReport = TrainNetworkSgd(history(true))
        .run(&Cancel::default())
        .unwrap();
    for (stage, reason) in [
        (1, Reason::Alignment),
        (2, Reason::Excess),
        (3, Reason::Plateau),
    ] {
        let ended = |run: &&RunOf<NetworkHistory>| run.stages[stage].reason == Some(reason);
        assert!(
            network.runs.iter().filter(ended).count() > 300,
            "{reason:?}"
        );
    }
    let of_one = one.runs.iter().map(|run| {
        let stages = run.stages.iter().map(|own| {
            let at = &own.records.last().unwrap().at;
            let mut all = vec![own.steps as f64, at.m[0], at.m[1], at.seen.q()];
            all.extend(&at.loss);
            all
        });
        stages.collect()
    });
    let of_network = network.runs.iter().map(|run| {
        let stages = run.stages.iter().map(|own| {
            let at = &own.records.last().unwrap().at;
            let m = [at.m[0][0][0], at.m[1][0][0]];
            let mut all = vec![own.steps as f64, m[0], m[1], at.seen.q[(0, 0)]];
            all.extend(&at.loss);
            all
        });
        stages.collect()
    });
    let (of_one, of_network): (Vec<_>, Vec<_>) = (of_one.collect(), of_network.collect());
    let found = worst(&of_network, &of_one);
    assert!((0.3..1.0).contains(&found), "{found}");
}

fn many_dimensions(lr: f64, schedule: &str) -> Value {
    let tasks = json!({"source": {"units": 2}, "target": {"units": 2, "angle": {"source": ANGLE}}});
    let stage = json!({"dim": 1000, "batch": 50, "lr": lr, "lr-schedule": schedule});
    let stages = [
        json!({"task": "source", "adapter": "scratch", "until": {"t": 20}}),
        json!({"task": "target", "rank": 2, "until": {"excess": 0.3, "t": 100}}),
    ]
    .map(|mut own| {
        let keys = own.as_object_mut().unwrap();
        keys.extend(stage.as_object().unwrap().clone());
        own
    });
    json!({"link": "erf", "units": 2, "readout": "sum", "tasks": tasks, "stage": stages})
}

/// Both stages follow at a small step size, also at one that changes; a large one, of which the flow knows nothing, is told.
#[test]
fn stages_of_networks_follow_the_theory_of_their_starts() {
    let compared = |lr: f64, schedule: &str| {
        let mut train = settings(many_dimensions(lr, schedule), 16);
        train.compare = true;
        let report = TrainNetworkSgd(train).run(&Cancel::default()).unwrap();
        report.compared.unwrap()
    };
    let small = compared(0.1, "constant");
    assert!(small.verdict.follows, "{}", small.verdict.text);
    let falling = compared(0.2, "warmup(50) * 1/sqrt(1 + step/20)").verdict;
    assert!(falling.follows, "{}", falling.text);
    // What SGD drew is not what a run of the theory alone would take.
    let own = &small.stages[1].numbers;
    let spread = own.iter().map(|one| one.theory[0].std.unwrap());
    assert!(spread.fold(0.0, f64::max) > 1e-3);
    let large = compared(0.5, "constant").verdict;
    assert!(!large.follows, "{}", large.text);
}

/// Ends work after so many steps.
struct Until(Cancel, AtomicU64);

impl Watch for Until {
    fn advance(&self, units: u64) {
        let left = self.1.load(Ordering::Relaxed);
        if self.1.fetch_sub(units.min(left), Ordering::Relaxed) <= units {
            self.0.set();
        }
    }

    fn cancel(&self) -> Cancel {
        self.0
    }
}

#[test]
fn seeds_of_networks_are_taken_up_where_they_were_left() {
    let mut history = many_dimensions(0.06, "constant");
    for stage in history["stage"].as_array_mut().unwrap() {
        stage["momentum"] = json!(0.4);
    }
    let study = TrainNetworkSgd(settings(history, 3));
    let whole = study.run(&Cancel::default()).unwrap();
    let work = study.begin().unwrap();
    work.advance(&Until(Cancel::new(), AtomicU64::new(900)))
        .unwrap();
    let state = serde_json::to_string(&work.state().unwrap()).unwrap();
    let mut again = study.begin().unwrap();
    again.resume(serde_json::from_str(&state).unwrap()).unwrap();
    again.advance(&Cancel::default()).unwrap();
    let report = again.report().unwrap();
    assert!(work.report().is_none_or(|part| part.runs != report.runs));
    assert_eq!(report.runs, whole.runs);
}
