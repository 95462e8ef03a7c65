//! Histories by simulated SGD: limits of every seed, closed forms, averages, and the theory.

use lorode::observable::M;
use lorode::stages::{Number, Reason};
use lorode::study::train::{Train, TrainSgd, TrainSgdReport};
use lorode::study::{Report, Resumable, Study, Work};
use lorode::watch::{Cancel, Watch};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};

fn settings(history: Value, seeds: &str) -> TrainSgd {
    TrainSgd(Train {
        history: serde_json::from_value(history).unwrap(),
        seeds: Some(seeds.parse().unwrap()),
        points: 40,
        ..Train::default()
    })
}

fn run(history: Value, seeds: &str) -> TrainSgdReport {
    settings(history, seeds).run(&Cancel::default()).unwrap()
}

fn compared(history: Value, seeds: &str) -> TrainSgdReport {
    let mut settings = settings(history, seeds);
    settings.0.compare = true;
    settings.run(&Cancel::default()).unwrap()
}

/// Pre-training, then LoRA on a target at an angle.
fn two_stages(lr: f64, until: Value) -> Value {
    json!({
        "link": "erf", "tasks": {"source": {}, "target": {"angle": {"source": 50}}},
        "stage": [
            {"task": "source", "adapter": "full", "dim": 400, "lr": lr, "batch": 40, "until": {"t": 3}},
            {"task": "target", "dim": 400, "lr": lr, "batch": 40, "until": until},
        ],
    })
}

/// `E[w+] = w + eta (omega* - w)` for linear links: what is orthogonal to the task decays as `(1 - eta)^n`.
#[test]
fn a_linear_student_forgets_as_the_mean_of_sgd_does() {
    let report = run(
        json!({
            "link": "linear", "w0": {"source": 0.8}, "tasks": {"source": {}, "target": {}},
            "stage": [{"task": "target", "adapter": "full", "dim": 100, "lr": 0.05, "batch": 50, "until": {"t": 3}}],
        }),
        "400",
    );
    let own = &report.statistics[0];
    let of = |task| {
        let number = Number {
            observable: &M,
            task: Some(task),
            entry: None,
        };
        own.rows
            .iter()
            .find(|(one, _)| *one == number)
            .unwrap()
            .1
            .clone()
    };
    for (step, (source, target)) in own.step.iter().zip(of(0).iter().zip(of(1))).skip(1) {
        let left = (1.0 - 0.05_f64).powi(*step as i32);
        for (expected, found) in [(0.8 * left, source.unwrap()), (1.0 - left, target.unwrap())] {
            // Five standard errors.
            let error = found.std.unwrap() / 20.0;
            assert!(
                (found.mean - expected).abs() < 5.0 * error,
                "{step}: {found:?} {expected}"
            );
        }
    }
    assert_eq!((own.steps.mean, own.steps.std), (60.0, Some(0.0)));
}

/// Every seed ends by what it met itself, at a step of its own.
#[test]
fn limits_are_judged_for_every_seed() {
    let report = run(two_stages(0.05, json!({"excess": 0.05, "t": 16})), "24");
    let mut reasons = [0, 0];
    for seed in &report.runs {
        assert_eq!(
            (seed.stages.len(), seed.stages[0].reason),
            (2, Some(Reason::T))
        );
        let own = &seed.stages[1];
        let (last, before) = (
            own.records.last().unwrap(),
            &own.records[own.records.len() - 2],
        );
        assert!(before.at.loss[1] > 0.05 && last.step == own.steps);
        match own.reason {
            Some(Reason::Excess) => {
                assert!(last.at.loss[1] <= 0.05 && own.steps < 320, "{own:?}");
                reasons[0] += 1;
            }
            other => {
                assert_eq!((other, own.steps), (Some(Reason::T), 320));
                assert!(last.at.loss[1] > 0.05);
                reasons[1] += 1;
            }
        }
    }
    // Starts are drawn, so that some are late.
    assert!(reasons[0] > 2 && reasons[1] > 2, "{reasons:?}");
    let told = &report.json()["stages"][1];
    assert_eq!(
        told["reasons"],
        json!({"excess": reasons[0], "t": reasons[1]})
    );
    assert_eq!(told["seeds"], 24);
    // Fresh adapters start by chance with every task and with w0, and are shown with a positive end.
    let first = |run: &lorode::stages::SeedHistory| run.stages[1].records[0].at.seen;
    let squares: f64 = report
        .runs
        .iter()
        .map(|run| first(run).alignment.powi(2))
        .sum();
    // Five standard errors of the mean square 1/d of 24 of them.
    let expected = 24.0 / 400.0;
    assert!(
        (squares / expected - 1.0).abs() < 5.0 * (2.0_f64 / 24.0).sqrt(),
        "{squares}"
    );
    let ends = report
        .runs
        .iter()
        .map(|run| run.stages[1].records.last().unwrap().at.seen);
    assert!(ends.clone().all(|end| end.alignment > 0.0));
}

#[test]
fn a_plateau_of_sgd_is_one_after_the_loss_has_changed() {
    let report = run(
        json!({
            "link": "erf", "tasks": {"only": {}},
            "stage": [{"task": "only", "adapter": "scratch", "alignment0": 0.1, "dim": 500, "lr": 0.1, "batch": 200,
                       "noise": 0.1, "until": {"plateau": 0.01, "t": 500}}],
        }),
        "8",
    );
    for seed in &report.runs {
        let (first, last) = (
            &seed.stages[0].records[0],
            seed.stages[0].records.last().unwrap(),
        );
        assert_eq!(seed.stages[0].reason, Some(Reason::Plateau));
        assert!(
            last.at.loss[0] < 0.1 * first.at.loss[0] && last.at.t < 100.0,
            "{last:?}"
        );
    }
}

/// The theory goes through all stages from where every seed began.
#[test]
fn sgd_follows_the_theory_over_all_stages() {
    let report = compared(two_stages(0.02, json!({"t": 12})), "32");
    let verdict = &report.compared.as_ref().unwrap().verdict;
    assert!(verdict.follows, "{}", verdict.text);
    let json = report.json();
    assert_eq!(
        (
            &json["follows"],
            json["deviation"].as_array().unwrap().len()
        ),
        (&json!(true), 2)
    );
    let trajectory = &json["trajectory"]["m"]["target"];
    let rows = json["trajectory"]["stage"].as_array().unwrap().len();
    for column in ["mean", "theory", "z"] {
        assert_eq!(
            trajectory[column].as_array().unwrap().len(),
            rows,
            "{column}"
        );
    }
    // A stage is begun by both with the same directions.
    let begun = report.statistics[0].step.len();
    let at = |column: &str| json["trajectory"]["s"][column][begun].as_f64().unwrap();
    assert!(
        (at("theory") - at("mean")).abs() < 0.01,
        "{} {}",
        at("theory"),
        at("mean")
    );
}

/// A step that is too large for the ODE is told.
#[test]
fn sgd_departs_where_the_step_is_large() {
    let history = json!({
        "link": "linear", "tasks": {"only": {}},
        "stage": [{"task": "only", "adapter": "full", "dim": 1e4, "lr": 0.5, "batch": 2e5, "until": {"t": 2}}],
    });
    let mut by_map = history.clone();
    by_map["stage"][0]["dynamics"] = json!("map");
    let steps = compared(by_map, "4").compared.unwrap();
    assert!(steps.verdict.follows, "{}", steps.verdict.text);
    let own = &steps.stages[0].numbers;
    let m = own.iter().find(|one| one.number.observable == &M).unwrap();
    // Steps of 1/2: 1 - 2^-n.
    assert!((m.end - (1.0 - 0.0625)).abs() < 1e-12, "{m:?}");
    let report = compared(history, "4");
    let compared = report.compared.unwrap();
    let text = &compared.verdict.text;
    assert!(
        !compared.verdict.follows && text.contains("of stage 1"),
        "{text}"
    );
    let own = &compared.stages[0].numbers;
    let m = own.iter().find(|one| one.number.observable == &M).unwrap();
    // The flow against the map: 1 - e^-2 and 1 - 2^-4.
    assert!((m.end - (1.0 - (-2.0_f64).exp())).abs() < 1e-7, "{m:?}");
    let apart = (-1.0_f64).exp() - 0.25;
    assert!(
        (m.deviation.max_abs - apart).abs() < 0.01 && m.deviation.at_step == 2,
        "{m:?}"
    );
}

/// Ends work after so many steps.
struct Until(Cancel, AtomicU64);

impl Watch for Until {
    fn advance(&self, units: u64) {
        if self
            .1
            .fetch_sub(units.min(self.1.load(Ordering::Relaxed)), Ordering::Relaxed)
            <= units
        {
            self.0.set();
        }
    }

    fn cancel(&self) -> Cancel {
        self.0
    }
}

/// Broken off anywhere, as often as one likes, and on any number of threads: the same numbers.
#[test]
fn a_history_that_was_broken_off_goes_on_to_the_same() {
    // What the last step added is set aside too.
    let mut history = two_stages(0.07, json!({"plateau": 0.2, "t": 20}));
    for stage in history["stage"].as_array_mut().unwrap() {
        stage["momentum"] = json!(0.3);
    }
    let settings = settings(history, "3,5,8,9007199254740993");
    let whole = settings.run(&Cancel::default()).unwrap();
    let mut state = None;
    for steps in [1, 45, 200, 333] {
        let mut work = settings.begin().unwrap();
        if let Some(state) = state.take() {
            work.resume(state).unwrap();
        }
        let recalled = work.state().map_or(0, |_| 1);
        let ended = Until(Cancel::new(), AtomicU64::new(steps + 230 * recalled));
        work.advance(&ended).unwrap();
        let text = serde_json::to_string(&work.state().unwrap()).unwrap();
        state = Some(serde_json::from_str(&text).unwrap());
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(3)
        .build()
        .unwrap();
    let mut work = settings.begin().unwrap();
    work.resume(state.unwrap()).unwrap();
    pool.install(|| work.advance(&Cancel::default())).unwrap();
    let report = work.report().unwrap();
    assert!(report.runs == whole.runs && report.json() == whole.json());
    let mut other = settings.clone();
    other.0.seeds = Some("4".parse().unwrap());
    let mut foreign = other.begin().unwrap();
    let error = foreign.resume(work.state().unwrap()).unwrap_err();
    assert!(
        error.is_refusal() && error.to_string().contains("does not fit"),
        "{error}"
    );
}

#[test]
fn what_sgd_needs_of_every_stage_is_asked_for() {
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut history = two_stages(0.1, json!({"t": 1}));
        change(&mut history);
        let error = settings(history, "2").begin().err().unwrap();
        assert!(error.is_refusal());
        error.to_string()
    };
    let of = |key: &'static str, value: Value| {
        refused(&move |history: &mut Value| {
            let stage = history["stage"][1].as_object_mut().unwrap();
            match &value {
                Value::Null => drop(stage.remove(key)),
                value => drop(stage.insert(key.to_owned(), value.clone())),
            }
        })
    };
    assert!(of("lr", Value::Null).starts_with("stage 2: lr is needed"));
    assert!(of("batch", Value::Null).starts_with("stage 2: batch is needed"));
    assert!(of("until", json!({"excess": 0.1})).starts_with("stage 2: until has no limit in time"));
    assert!(
        of("dim", json!(401))
            .starts_with("stage 2: dim = 401 is not allowed: SGD has one dimension")
    );
    assert!(of("until", json!({"t": 1e300})).contains("at most 1e15"));
    let small = refused(&|history| {
        for stage in history["stage"].as_array_mut().unwrap() {
            stage["dim"] = json!(3);
        }
    });
    assert!(
        small.contains("stage 1: dim = 3 is not allowed: at least 4"),
        "{small}"
    );
    let few = compared_error();
    assert!(few.contains("2 seeds cannot tell chance"), "{few}");
    // Without SGD its options do nothing.
    let mut plain = settings(two_stages(0.1, json!({"t": 1})), "2").0;
    assert!(
        plain
            .begin()
            .err()
            .unwrap()
            .to_string()
            .starts_with("seeds is of simulated SGD")
    );
    (plain.seeds, plain.per_seed) = (None, true);
    assert!(
        plain
            .begin()
            .err()
            .unwrap()
            .to_string()
            .starts_with("per-seed is of simulated SGD")
    );
}

fn compared_error() -> String {
    let mut few = settings(two_stages(0.1, json!({"t": 1})), "2");
    few.0.compare = true;
    few.begin().err().unwrap().to_string()
}

/// Seeds that run away are told and left out.
#[test]
fn seeds_that_diverge_are_left_out() {
    let history = json!({
        "link": "he3", "tasks": {"only": {}},
        "stage": [{"task": "only", "adapter": "full", "dim": 10, "lr": 1, "batch": 1, "until": {"t": 100}}],
    });
    let report = run(history, "3");
    assert!(report.statistics.is_empty() && report.failed().is_some());
    let told = report.failures();
    assert!(
        told.len() == 3 && told[0].starts_with("seed 0: stage 1: diverged at step "),
        "{told:?}"
    );
    assert_eq!(report.json()["failed"], json!([0, 1, 2]));
}

/// Time is `eta * steps`: without noise nothing else depends on the step size.
#[test]
fn twice_the_step_size_takes_half_the_steps() {
    let ends = |lr: f64| {
        let train = Train {
            history: serde_json::from_value(json!({
                "link": "erf", "tasks": {"source": {}, "target": {"angle": {"source": 40}}},
                "stage": [
                    {"task": "source", "adapter": "scratch", "lr": lr, "nu": 0, "until": {"excess": 0.01}},
                    {"task": "target", "lr": lr, "nu": 0, "until": {"excess": 1e-4}},
                ],
            }))
            .unwrap(),
            ..Train::default()
        };
        let json = train.run(&Cancel::default()).unwrap().json();
        let stages = json["stages"].as_array().unwrap().iter();
        let ends = stages.map(|one| [&one["t"], &one["steps"]].map(|x| x.as_f64().unwrap()));
        ends.collect::<Vec<_>>()
    };
    for (one, two) in ends(0.1).iter().zip(ends(0.2)) {
        assert_eq!(one[0].to_bits(), two[0].to_bits());
        assert!((one[1] / two[1] - 2.0).abs() < 1e-14, "{one:?} {two:?}");
    }
}
