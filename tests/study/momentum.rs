//! Momentum: a fixed part changes the clock, friction makes a ball that rolls; both against literal SGD.

use lorode::observable::{ALIGNMENT, LOSS, M, Observable};
use lorode::problem::ProblemOptions;
use lorode::simulation::Method;
use lorode::study::compare::{Compare, CompareExits, PathsReport};
use lorode::study::search::Search;
use lorode::study::simulate::{Simulate, Until};
use lorode::study::solve::{Solve, SolveReport};
use lorode::study::{Precision, Report, Resumable, Study, Work};
use lorode::watch::{Cancel, Watch};
use serde_json::{Value, json};

fn problem(keys: Value) -> ProblemOptions {
    serde_json::from_value(keys).unwrap()
}

fn solve(keys: Value, times: Option<&str>) -> SolveReport {
    let solve = Solve {
        problem: problem(keys),
        times: times.map(|times| times.parse().unwrap()),
        precision: Precision {
            rtol: Some(1e-11),
            ..Precision::default()
        },
        ..Solve::default()
    };
    solve.run(&Cancel::default()).unwrap()
}

fn compare(keys: Value, (steps, seeds, method): (u64, &str, Method)) -> PathsReport {
    let mut compare = Compare {
        problem: problem(keys),
        ..Compare::default()
    };
    (compare.sampling.steps, compare.sampling.exact_loss) = (Some(steps), true);
    compare.sampling.seeds = seeds.parse().unwrap();
    compare.sampling.method = method;
    compare.run(&Cancel::default()).unwrap()
}

/// A fixed part is another clock and a stronger noise, nothing else.
#[test]
fn a_fixed_part_is_a_larger_step() {
    let with = |more: Value| {
        let mut keys =
            json!({"link": "erf", "mu": 0.5, "noise": 0.1, "batch": 1000, "time": "steps"});
        for (key, value) in more.as_object().unwrap() {
            keys[key] = value.clone();
        }
        solve(keys, None)
    };
    // 1 - 3/4 is exact.
    let (ours, plain) = (
        with(json!({"lr": 0.05, "momentum": 0.75})),
        with(json!({"lr": 0.2})),
    );
    assert_eq!(ours.trajectory, plain.trajectory);
    assert_eq!(ours.json()["exit_time"], plain.json()["exit_time"]);
    assert_eq!(ours.json()["tau"], plain.json()["tau"]);
}

/// `r = nu Delta / (2 - nu)` of a linear student, its excess loss half of that, by literal SGD in 1000 dimensions. The part
/// kept is forgotten within `eta/(1 - theta)^2` of a unit of time, 0.01 and 0.05, which shows at the start of the second.
#[test]
fn the_stationary_loss_of_a_fixed_part_is_that_of_sgd() {
    for (lr, momentum) in [(0.0025, 0.5), (0.0005, 0.9)] {
        let keys = json!({
            "link": "linear", "mu": 0.5, "adapter": "full", "noise": 1, "dim": 1000, "batch": 10, "lr": lr,
            "momentum": momentum,
        });
        let report = compare(keys.clone(), (1200, "8", Method::Full));
        let verdict = &report.compared.verdict;
        assert!(verdict.follows || momentum > 0.8, "{}", verdict.text);
        let nu = lr * 1000.0 / (10.0 * (1.0 - momentum));
        let exact = 0.5 * nu / (2.0 - nu);
        held(&report, exact);
        let rest = solve(keys, None).json();
        assert_eq!(rest["outcome"], "noise-floor");
        assert!((rest["excess_loss"].as_f64().unwrap() - exact).abs() < 1e-9);
    }
}

/// The same of a heavy ball with `nu` over its friction.
#[test]
fn the_stationary_loss_of_a_heavy_ball_is_that_of_sgd() {
    let keys = json!({
        "link": "linear", "mu": 0.5, "adapter": "full", "noise": 1, "dim": 1000, "batch": 20, "lr": 0.0001, "friction": 1,
    });
    let report = compare(keys.clone(), (1400, "8", Method::Full));
    let verdict = &report.compared.verdict;
    assert!(verdict.follows, "{}", verdict.text);
    let nu = 0.01 * 1000.0 / 20.0;
    held(&report, 0.5 * nu / (2.0 - nu));
    let rest = solve(keys, None).json();
    assert_eq!(rest["outcome"], "noise-floor", "{rest}");
    let exact = 0.5 * nu / (2.0 - nu);
    assert!((rest["excess_loss"].as_f64().unwrap() - exact).abs() < 1e-9);
}

/// The mean excess loss of the last fifth of the records, within four standard errors of seeds and 3 % for what a dimension
/// of 1000 and steps of this size leave out.
fn held(report: &PathsReport, exact: f64) {
    let compared = &report.compared;
    let losses = &compared
        .summaries
        .iter()
        .find(|(one, _)| *one == &LOSS)
        .unwrap()
        .1;
    let last = losses.last().unwrap();
    let error = last.std.unwrap() / (compared.seeds as f64).sqrt();
    let found = last.mean - 0.5;
    assert!(
        (found - exact).abs() < 4.0 * error + 0.03 * exact,
        "{found} +- {error}, {exact}"
    );
}

/// A linear student is a pair of oscillators: `x'' + gamma x' + x = 0` of `1 - m` and of what lies across.
#[test]
fn a_linear_student_swings() {
    for gamma in [0.0_f64, 0.3, 1.5] {
        let keys = json!({
            "link": "linear", "rho": 0.2, "kappa": 0.5, "adapter": "full", "friction": gamma, "t-max": 50,
        });
        let run = solve(keys, Some("0,0.5,1,3,7,20"));
        let omega = (1.0 - 0.25 * gamma * gamma).sqrt();
        let swing = |t: f64| {
            (-0.5 * gamma * t).exp() * ((omega * t).cos() + 0.5 * gamma / omega * (omega * t).sin())
        };
        let q = |one: &Observable| run.trajectory.of(one).to_vec();
        for (i, t) in run.trajectory.t.iter().enumerate() {
            let m = q(&M)[i].unwrap();
            assert!(
                (m - (1.0 - 0.8 * swing(*t))).abs() < 1e-9,
                "{gamma} {t}: {m}"
            );
            let residual = q(&lorode::observable::Q)[i].unwrap() - m * m;
            assert!(
                (residual - 0.46 * swing(*t).powi(2)).abs() < 1e-9,
                "{gamma} {t}: {residual}"
            );
        }
    }
}

/// `(-gamma + sqrt(gamma^2 + 4 lambda_+))/2`: without friction the search time grows as 1/(1 - mu).
#[test]
fn the_search_of_a_heavy_ball_is_shorter() {
    let tau = |gap: f64, gamma: Option<f64>| {
        let mut keys = json!({"link": "erf", "gap": gap, "adapter": "free"});
        if let Some(gamma) = gamma {
            (keys["friction"], keys["t-max"]) = (json!(gamma), json!(1.0));
        }
        solve(keys, None).json()["tau"].as_f64().unwrap()
    };
    for gap in [0.5, 0.1, 1e-3] {
        let rate = 1.0 / tau(gap, None);
        for gamma in [0.0, 0.2, 3.0] {
            let exact = 2.0 * rate / (gamma + (gamma * gamma + 4.0 * rate).sqrt());
            let ours = 1.0 / tau(gap, Some(gamma));
            assert!(
                (ours - exact).abs() < 1e-12 * exact,
                "{gap} {gamma}: {ours} {exact}"
            );
        }
    }
    let power = |gamma: Option<f64>| (tau(1e-5, gamma) / tau(1e-4, gamma)).log10();
    assert!((power(Some(0.0)) - 1.0).abs() < 1e-3 && (power(None) - 2.0).abs() < 1e-3);
}

/// erf at mu = 0.9 by SGD with momentum, literal in 1000 dimensions without friction, and without the dimension with some.
#[test]
fn sgd_exits_when_the_heavy_ball_does() {
    for (friction, dim, batch, method, seeds) in [
        (0.0, 1000, 20, Method::Full, "6"),
        (0.1, 20_000, 400, Method::Projected, "16"),
    ] {
        let mut exits = Compare {
            problem: problem(json!({
                "link": "erf", "mu": "0.85,0.9", "adapter": "free", "noise": 0.01, "dim": dim, "batch": batch, "lr": 0.0025,
                "friction": friction, "alignment0": 0.2,
            })),
            ..Compare::default()
        };
        exits.sampling.seeds = seeds.parse().unwrap();
        exits.sampling.method = method;
        exits.sampling.steps = Some(40_000);
        let report = CompareExits(exits).run(&Cancel::default()).unwrap();
        for point in &report.curves[0].points {
            let (theory, mean) = (point.theory.unwrap(), point.sgd.mean.unwrap());
            assert!(
                (mean - theory).abs() < 0.05 * theory,
                "{friction} {point:?}"
            );
        }
    }
}

/// Along whole runs, with the noise that rolls on: free LoRA that is tilted, with another step ratio and decay.
#[test]
fn sgd_follows_the_heavy_ball() {
    let keys = json!({
        "link": "tanh", "mu": 0.5, "angle": 30, "adapter": "free", "noise": 0.5, "dim": 20000, "batch": 400, "lr": 0.0001,
        "friction": 0.5, "alignment0": 0.4, "u0": 0.3, "chi": 1.5, "decay": 0.02, "threshold": 0.9,
    });
    let report = compare(keys, (2500, "32", Method::Projected));
    let compared = &report.compared;
    assert!(compared.verdict.follows, "{}", compared.verdict.text);
    // What steps of 0.01 leave out shows in 32 seeds, but is small.
    for (one, deviation) in &compared.deviation {
        assert!(deviation.max_abs < 0.02, "{}: {deviation:?}", one.name);
    }
}

#[test]
fn a_ball_that_passes_the_best_loss_has_not_learned() {
    let keys = |gamma: f64| json!({"link": "erf", "mu": 0.5, "adapter": "full", "friction": gamma, "t-max": 400});
    let rolling = solve(keys(0.0), None).json();
    assert_eq!(rolling["outcome"], "unfinished");
    assert_eq!(rolling["end_time"], 400.0);
    let slow = solve(keys(0.05), None);
    assert_eq!(slow.json()["outcome"], "learned");
    // It swings for as long as friction takes from its energy what is allowed: a factor of 1e6.
    let end = slow.json()["end_time"].as_f64().unwrap();
    assert!(end > 0.7 * 1e6_f64.ln() / 0.05, "{end}");
    // Without noise what has been lost does not come back.
    let losses = slow.trajectory.of(&LOSS);
    assert!(losses.last().unwrap().unwrap() < 1e-5 * losses[0].unwrap());
    assert!(
        slow.trajectory
            .of(&ALIGNMENT)
            .iter()
            .flatten()
            .all(|a| a.is_finite())
    );
}

#[test]
fn what_momentum_cannot_be_asked_is_refused() {
    let said = |more: Value| {
        let mut keys =
            json!({"link": "erf", "mu": 0.5, "lr": 0.01, "batch": 100, "adapter": "free"});
        for (key, value) in more.as_object().unwrap() {
            keys[key] = value.clone();
        }
        let solve = Solve {
            problem: problem(keys),
            ..Solve::default()
        };
        let error = solve.run(&Cancel::default()).unwrap_err();
        assert!(error.is_refusal(), "{error}");
        error.to_string()
    };
    for (more, why) in [
        (
            json!({"momentum": 1}),
            "momentum = 1 is not allowed: the part of the last step that is kept, in [0, 1)",
        ),
        (json!({"momentum": -0.1}), "momentum = -0.1 is not allowed"),
        (
            json!({"friction": -1}),
            "friction = -1 is not allowed: the friction",
        ),
        (
            json!({"friction": 11}),
            "friction = 11 is not allowed: momentum is 1 - friction sqrt(lr), at least 0",
        ),
        (
            json!({"friction": 1, "momentum": 0.9}),
            "momentum and friction cannot be given together",
        ),
        (
            json!({"friction": 1, "adapter": "spherical"}),
            "friction has no meaning on the sphere",
        ),
        (
            json!({"friction": 1, "lr-schedule": "1/t(5)"}),
            "friction and lr-schedule cannot be given together",
        ),
        (json!({"friction": 0}), "t-max is needed with friction 0"),
        (
            json!({"momentum": 0.5, "adapter": "spherical", "dynamics": "map"}),
            "dynamics map and lr-schedule, momentum",
        ),
        (
            json!({"momentum": 0.5, "lr": null, "batch": null}),
            "lr is needed with momentum",
        ),
    ] {
        let said = said(more);
        assert!(said.starts_with(why), "{said}");
    }
    let mut simulate = Simulate {
        problem: problem(
            json!({"link": "erf", "mu": 0.5, "lr": 0.01, "batch": 10, "adapter": "free", "friction": 1}),
        ),
        until: Until::Learned,
        ..Simulate::default()
    };
    simulate.sampling.steps = Some(10);
    let said = simulate.run(&Cancel::default()).unwrap_err().to_string();
    assert!(said.contains("passes the best loss"), "{said}");
    // A search without friction ends at its exit.
    let search = Search {
        problem: problem(json!({"link": "erf", "mu": 0.9, "adapter": "free", "friction": 0})),
        ..Search::default()
    };
    let found = search.run(&Cancel::default()).unwrap();
    let json = found.json();
    let point = &json["curves"][0]["points"][0];
    assert!(point["exit_time"].as_f64().unwrap() > 50.0, "{point}");
    assert!(
        point["exit_median"].is_null() && point["exit_linear"].is_null(),
        "{point}"
    );
}

/// Ends work at the first step of any seed.
struct UntilStep(Cancel);

impl Watch for UntilStep {
    fn advance(&self, units: u64) {
        if units > 0 {
            self.0.set();
        }
    }

    fn cancel(&self) -> Cancel {
        self.0
    }
}

/// What the last step added is set aside with the weights.
#[test]
fn seeds_with_momentum_are_gone_on_with() {
    for method in [Method::Projected, Method::Full] {
        let mut simulate = Simulate {
            problem: problem(json!({
                "link": "erf", "mu": 0.5, "angle": 20, "dim": 30, "batch": 5, "lr": 0.05, "momentum": 0.7,
                "lr-schedule": "1/t(10)",
            })),
            ..Simulate::default()
        };
        (simulate.sampling.steps, simulate.sampling.method) = (Some(30), method);
        simulate.sampling.seeds = "3".parse().unwrap();
        let whole = simulate.run(&Cancel::default()).unwrap();
        let work = simulate.begin().unwrap();
        work.advance(&UntilStep(Cancel::new())).unwrap();
        let begun = work.state().unwrap();
        let mut rest = simulate.begin().unwrap();
        rest.resume(begun).unwrap();
        rest.advance(&Cancel::default()).unwrap();
        assert_eq!(rest.report().unwrap().ensemble.runs, whole.ensemble.runs);
    }
}
