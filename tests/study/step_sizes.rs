//! Step sizes that change along a run: clocks, noise that follows them, SGD.

use lorode::observable::{ALIGNMENT, LOSS, M, U};
use lorode::problem::ProblemOptions;
use lorode::study::compare::Compare;
use lorode::study::search::Search;
use lorode::study::simulate::Simulate;
use lorode::study::solve::{Solve, SolveReport};
use lorode::study::{Precision, Report, Study};
use lorode::watch::Cancel;
use serde_json::{Value, json};

fn problem(keys: Value) -> ProblemOptions {
    serde_json::from_value(keys).unwrap()
}

pub(super) fn solve(keys: Value, times: Option<f64>) -> SolveReport {
    let solve = Solve {
        problem: problem(keys),
        times: times.map(Into::into),
        precision: Precision {
            rtol: Some(1e-12),
            ..Precision::default()
        },
        ..Solve::default()
    };
    solve.run(&Cancel::default()).unwrap()
}

/// erf at mu = 0.5 with noise, and other keys.
pub(super) fn noisy(more: &Value) -> Value {
    let mut keys =
        json!({"link": "erf", "mu": 0.5, "lr": 0.1, "batch": 100, "noise": 0.1, "alignment0": 0.1});
    for (key, value) in more.as_object().unwrap() {
        keys[key] = value.clone();
    }
    keys
}

#[test]
fn a_constant_step_size_is_lr() {
    let plain = solve(noisy(&json!({})), None);
    for schedule in ["constant", "1", "0.5"] {
        let mut more = json!({"lr-schedule": schedule});
        if schedule == "0.5" {
            more["lr"] = json!(0.2);
        }
        let ours = solve(noisy(&more), None);
        assert_eq!(ours.trajectory, plain.trajectory, "{schedule}");
        assert_eq!(ours.json()["exit_time"], plain.json()["exit_time"]);
    }
    // One that never changes, told as a list, goes through the breaks of the list.
    let list = solve(noisy(&json!({"lr-schedule": "steps(50: 1, 200: 1)"})), None);
    let (ours, theirs) = (list.json(), plain.json());
    for key in ["exit_time", "final_m", "final_loss"] {
        let (one, other) = (ours[key].as_f64().unwrap(), theirs[key].as_f64().unwrap());
        assert!((one - other).abs() < 1e-9 * other, "{key}: {one} {other}");
    }
}

/// Without noise only the clock changes.
#[test]
fn without_noise_a_run_is_the_same_in_time_and_takes_other_steps() {
    let quiet = |lr: f64, schedule: &str, time: &str| {
        let keys =
            json!({"link": "erf", "mu": 0.5, "lr": lr, "lr-schedule": schedule, "time": time});
        solve(keys, None).json()["exit_time"].as_f64().unwrap()
    };
    let t = quiet(0.1, "constant", "t");
    let steps = quiet(0.1, "constant", "steps");
    assert!((steps - t / 0.1).abs() < 1e-9 * steps);
    assert!((quiet(0.2, "constant", "steps") - 0.5 * steps).abs() < 1e-9 * steps);
    for (schedule, expected) in [
        ("2", 0.5 * steps),
        ("steps(100: 0.5)", 100.0 + 2.0 * (steps - 100.0)),
        ("1/t(500)", 500.0 * (steps / 500.0).exp_m1()),
        ("warmup(100)", steps + 50.0),
        (
            "1/sqrt(1 + step/100)",
            100.0 * ((1.0 + steps / 200.0).powi(2) - 1.0),
        ),
    ] {
        let exact = quiet(0.1, schedule, "t");
        assert!((exact - t).abs() < 1e-12 * t, "{schedule}: {exact} {t}");
        let ours = quiet(0.1, schedule, "steps");
        assert!(
            (ours - expected).abs() < 1e-8 * expected,
            "{schedule}: {ours} {expected}"
        );
    }
}

/// A break of a list is landed on: the run is that of the first step size and, from its state, of the second.
#[test]
fn a_list_of_steps_is_two_runs_put_together() {
    let whole = solve(
        noisy(&json!({"lr-schedule": "steps(400: 0.25)"})),
        Some(80.0),
    );
    let first = solve(noisy(&json!({})), Some(40.0));
    let seen = |run: &SolveReport, one| run.trajectory.of(one)[0].unwrap();
    let second =
        json!({"lr": 0.025, "u0": seen(&first, &U), "alignment0": seen(&first, &ALIGNMENT)});
    let second = solve(noisy(&second), Some(40.0));
    for one in [&U, &ALIGNMENT, &M] {
        let (ours, theirs) = (seen(&whole, one), seen(&second, one));
        assert!(
            (ours - theirs).abs() < 1e-10 * theirs.abs(),
            "{}: {ours} {theirs}",
            one.name
        );
    }
    let constant = solve(noisy(&json!({})), Some(80.0));
    assert!(
        (seen(&whole, &ALIGNMENT) - seen(&constant, &ALIGNMENT)).abs() > 1e-3,
        "noise matters"
    );
}

/// `dr/dt = 2 beta r + nu(t) N` of a linear student trained in full is linear: beta = -1, and `N` depends on the excess
/// alone. In the time of a falling step size its solution is an integral.
#[test]
fn noise_that_falls_is_integrated() {
    // With w0 = omega*, no drift: q - 1 = r, N = r + Delta, and dr/dt = -2 r + nu f(t) (r + Delta), f = exp(-t/c).
    let (nu, noise, rate) = (0.4, 0.5, 1.0 / (0.1 * 30.0));
    let keys = json!({
        "link": "linear", "mu": 1, "adapter": "full", "noise": noise, "nu": nu, "lr": 0.1, "lr-schedule": "1/t(30)",
    });
    let mut run = Solve {
        problem: problem(keys),
        times: Some("0,0.5,1,2,4,8".parse().unwrap()),
        ..Solve::default()
    };
    run.precision.rtol = Some(1e-11);
    let run = run.run(&Cancel::default()).unwrap();
    let exact = |end: f64| {
        // By the integrating factor exp(2 t - (nu/rate) (1 - e^(-rate t))), Simpson's rule.
        let grow = |t: f64| (2.0 * t + nu / rate * (-rate * t).exp()).exp();
        let slope = |t: f64| nu * noise * (-rate * t).exp() * grow(t) / grow(end);
        let (count, mut sum) = (4000, 0.0);
        for i in 0..=count {
            let weight = if i == 0 || i == count {
                1.0
            } else {
                f64::from(2 + 2 * (i % 2))
            };
            sum += weight * slope(end * f64::from(i) / f64::from(count));
        }
        sum * end / f64::from(count) / 3.0
    };
    let q = run
        .trajectory
        .columns
        .iter()
        .find(|(one, _)| one.name == "q")
        .unwrap()
        .1;
    for (t, q) in run.trajectory.t.iter().zip(q) {
        let (ours, exact) = (q.unwrap() - 1.0, exact(*t));
        assert!(
            (ours - exact).abs() < 1e-9 * exact.max(1e-3),
            "{t}: {ours} {exact}"
        );
    }
}

/// Cosine, warm-up and a list against SGD with their noise, in a dimension where what a dimension leaves out is small;
/// where the noise ends up as another one, the theory of one step size is told apart.
#[test]
fn sgd_follows_step_sizes_that_change() {
    for (schedule, is_other) in [
        ("cosine(1000, 0.05)", true),
        ("steps(300: 0.5, 600: 2)", true),
        ("warmup(300)", false),
    ] {
        let keys = json!({"alignment0": 0.3, "dim": 20000, "batch": 2000, "noise": 1});
        let mut more = keys.clone();
        more["lr-schedule"] = json!(schedule);
        let mut compare = Compare {
            problem: problem(noisy(&more)),
            ..Compare::default()
        };
        (compare.sampling.steps, compare.sampling.exact_loss) = (Some(1000), true);
        compare.sampling.seeds = "32".parse().unwrap();
        let report = compare.run(&Cancel::default()).unwrap();
        let compared = &report.compared;
        assert!(
            compared.verdict.follows,
            "{schedule}: {}",
            compared.verdict.text
        );
        let end = *compared.flow.t.last().unwrap();
        let losses = compared.summaries.iter().find(|(one, _)| *one == &LOSS);
        let last = losses.unwrap().1.last().unwrap();
        let error = last.std.unwrap() / (compared.seeds as f64).sqrt();
        let away = |loss: f64| (loss - last.mean).abs() / error;
        let theory = compared.flow.of(&LOSS).last().unwrap().unwrap();
        assert!(away(theory) < 5.0, "{schedule}: {}", away(theory));
        let constant = solve(noisy(&keys), Some(end));
        let constant = away(constant.trajectory.of(&LOSS)[0].unwrap());
        assert!(constant > 10.0 || !is_other, "{schedule}: {constant}");
    }
}

#[test]
fn records_of_sgd_have_the_times_of_their_steps() {
    let simulate = |time: &str| {
        let more = json!({"dim": 50, "lr-schedule": "steps(10: 0.5)", "time": time});
        let mut simulate = Simulate {
            problem: problem(noisy(&more)),
            ..Simulate::default()
        };
        (simulate.sampling.steps, simulate.sampling.every) = (Some(30), Some(10));
        simulate.sampling.seeds = "2".parse().unwrap();
        simulate.run(&Cancel::default()).unwrap().json()["records"]["t"].clone()
    };
    let close = |all: &Value, expected: [f64; 4]| {
        let all = all.as_array().unwrap().iter().map(|t| t.as_f64().unwrap());
        all.zip(expected)
            .all(|(ours, exact)| (ours - exact).abs() < 1e-12 * exact.max(1.0))
    };
    assert!(close(&simulate("t"), [0.0, 1.0, 1.5, 2.0]));
    assert!(close(&simulate("steps"), [0.0, 10.0, 20.0, 30.0]));
    assert!(close(&simulate("samples"), [0.0, 1000.0, 2000.0, 3000.0]));
}

#[test]
fn a_run_ends_where_its_step_sizes_do() {
    let json = solve(
        noisy(&json!({"lr-schedule": "cosine(200)", "time": "steps"})),
        None,
    )
    .json();
    assert_eq!(json["outcome"], "unfinished");
    assert!(
        (json["end_time"].as_f64().unwrap() - 200.0).abs() < 1e-6,
        "{}",
        json["end_time"]
    );
    assert!(json["tau"].is_null(), "a search time has no value in steps");
}

#[test]
fn what_has_no_meaning_is_refused_with_its_reason() {
    let said = |asked: Value, steps: Option<u64>| {
        let mut simulate = Simulate {
            problem: problem(asked.clone()),
            ..Simulate::default()
        };
        simulate.sampling.steps = steps;
        let error = match steps {
            Some(_) => simulate.run(&Cancel::default()).unwrap_err(),
            None => Solve {
                problem: problem(asked),
                ..Solve::default()
            }
            .run(&Cancel::default())
            .unwrap_err(),
        };
        assert!(error.is_refusal(), "{error}");
        error.to_string()
    };
    let falling = noisy(&json!({"lr-schedule": "1 - step/300"}));
    assert!(said(falling.clone(), None).contains(" during step 300: "));
    assert!(said(falling, Some(301)).contains(" during step 300: "));
    let map = noisy(&json!({"lr-schedule": "1/t(5)", "dynamics": "map"}));
    assert!(said(map, None).starts_with(
        "dynamics map and lr-schedule, momentum or friction cannot be given together"
    ));
    let bare = json!({"link": "erf", "mu": 0.5, "lr-schedule": "1/t(5)"});
    assert!(said(bare, None).starts_with("lr is needed with lr-schedule"));
    let search = |more: Value| {
        let search = Search {
            problem: problem(noisy(&more)),
            ..Search::default()
        };
        search
            .run(&Cancel::default())
            .map(drop)
            .map_err(|error| error.to_string())
    };
    let error = search(json!({"lr-schedule": "1/t(5)"})).unwrap_err();
    assert!(
        error.contains("a rate has no meaning while nu changes"),
        "{error}"
    );
    // Without noise there is a rate, in t.
    let quiet = |time: &str| {
        let keys =
            json!({"link": "erf", "mu": 0.5, "lr": 0.1, "lr-schedule": "1/t(5)", "time": time});
        let search = Search {
            problem: problem(keys),
            ..Search::default()
        };
        search
            .run(&Cancel::default())
            .map(drop)
            .map_err(|error| error.to_string())
    };
    assert_eq!(quiet("t"), Ok(()));
    assert!(
        quiet("steps")
            .unwrap_err()
            .contains("do not pass at a constant rate")
    );
}
