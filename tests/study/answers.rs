//! What studies answer, against what is known otherwise: by formula, or by another study.

use lorode::Error;
use lorode::prelude::*;
use lorode::study::check::check;
use lorode::study::solve::SolveNetwork;
use lorode::study::train::TrainNetwork;

fn problem(link: &str, mu: &str) -> ProblemOptions {
    ProblemOptions {
        link: vec![link.into()],
        mu: Some(mu.parse().unwrap()),
        ..ProblemOptions::default()
    }
}

fn near(ours: f64, theirs: f64, tolerance: f64, what: &str) {
    let gap = (ours - theirs).abs() / theirs.abs();
    assert!(
        gap <= tolerance,
        "{what}: {ours} against {theirs}, {gap:.1e}"
    );
}

/// The exit of one run, integrated as `optimum` does its last times.
fn exit(problem: ProblemOptions) -> f64 {
    let mut solve = Solve {
        problem,
        ..Solve::default()
    };
    solve.precision.rtol = Some(1e-12);
    let report = solve.run(&Cancel::default()).unwrap();
    report.ended.unwrap().run.exit_time.unwrap()
}

/// A complete report has something for every way to look at it.
fn shown(report: &impl Report, rows: usize) {
    assert_eq!(report.incomplete(), None);
    assert!(report.json().is_object());
    assert!(!report.summary().is_empty());
    let csv = String::from_utf8(report.table().to_csv().unwrap()).unwrap();
    assert_eq!(csv.lines().count(), rows + 1);
}

/// Linear links: `L = (1 + q - 2m + Delta)/2`, whose derivatives are the kernels.
#[test]
fn kernel_of_linear_links() {
    let (m, q, noise) = (0.3, 0.7, 0.2);
    let asked = KernelAt {
        link: Some("linear".into()),
        m,
        q,
        noise,
        ..KernelAt::default()
    };
    let report = asked.run(&Cancel::default()).unwrap();
    shown(&report, 1);
    let squares = 1.0 + q - 2.0 * m;
    // A few roundings of terms of order 1.
    near(report.drift.alpha, 1.0, 1e-15, "alpha");
    near(report.drift.beta, -1.0, 1e-15, "beta");
    near(report.loss, (squares + noise) / 2.0, 1e-15, "loss");
    near(report.noise_kernel, squares + noise, 1e-15, "N");
    let twice = KernelAt {
        teacher: "erf".into(),
        ..asked.clone()
    };
    let refused = twice.run(&Cancel::default()).unwrap_err();
    assert_eq!(refused.argument(), Some("link"), "{refused}");
    let outside = KernelAt { m: 0.9, ..asked };
    assert!(outside.run(&Cancel::default()).unwrap_err().is_refusal());
}

/// He3: `E[He3^2] = 3!`, `E[(3 He2)^2] = 9 * 2!`.
#[test]
fn links_of_a_hermite_polynomial() {
    let asked = Links {
        link: Some("he3".into()),
    };
    let report = asked.run(&Cancel::default()).unwrap();
    let facts = report.facts.as_ref().unwrap();
    assert_eq!(facts.information_exponent, Some(3));
    for (k, coefficient) in facts.coefficients.iter().enumerate() {
        let exact = if k == 3 { 1.0 } else { 0.0 };
        assert!(
            (coefficient - exact).abs() <= 1e-15,
            "a_{k} = {coefficient}"
        );
    }
    assert!(facts.mean.abs() <= 1e-15);
    near(facts.norm2, 6.0, 1e-15, "norm2");
    near(facts.slope_power, 18.0, 1e-15, "slope power");
    assert!(report.figure().is_some());
}

/// The optimum is a run of its own, and no strength beside it is better.
#[test]
fn optimum_is_a_run_that_nothing_beats() {
    let mut asked = OptimumOf::default();
    asked.problem.link = vec!["he1+he3".into()];
    let report = asked.run(&Cancel::default()).unwrap();
    let optimum = report.optimum.as_ref().unwrap();
    let at = |mu: f64| exit(problem("he1+he3", &format!("{mu:?}")));
    // Both to a relative tolerance of 1e-12 a step.
    near(
        optimum.value,
        at(optimum.mu),
        1e-10,
        "the time at the optimum",
    );
    assert!(!optimum.is_at_end);
    for step in [1e-3, 1e-2] {
        assert!(at(optimum.mu - step) > optimum.value && at(optimum.mu + step) > optimum.value);
    }
    let times = report.curve.iter().filter_map(|(_, time)| *time);
    // Those of the curve are good to 1e-8.
    assert!(times.fold(f64::INFINITY, f64::min) >= optimum.value * (1.0 - 1e-7));
    shown(&report, report.curve.len());
}

/// A run at dimension d starts from an alignment of order `1/sqrt(d)`: exit times of an exponential
/// escape grow like `tau ln(d) / 2`.
#[test]
fn scaling_of_an_exponential_escape_is_logarithmic() {
    let asked = Scaling {
        problem: problem("erf", "0.5"),
        dims: Some("log:1e6:1e12:7".parse().unwrap()),
        ..Scaling::default()
    };
    let report = asked.run(&Cancel::default()).unwrap();
    shown(&report, 7);
    let curve = &report.curves[0];
    let tau = curve.tau.unwrap();
    let times: Vec<f64> = curve.points.iter().map(|p| p.exit_time.unwrap()).collect();
    let each = 10_f64.ln();
    for pair in times.windows(2) {
        // What is left is of the size of the alignment, 1e-3 at first.
        near(pair[1] - pair[0], 0.5 * tau * each, 1e-3, "a step in ln d");
    }
    near(times[6] - times[5], 0.5 * tau * each, 1e-5, "the last step");
    let mut single = problem("erf", "0.5");
    single.dim = Some(1e12.into());
    near(times[6], exit(single), 1e-6, "the run itself");
}

/// `check` says the defaults, and refuses what a search would.
#[test]
fn check_says_what_is_asked() {
    let text = check(&problem("relu", "0.25"), &Cancel::default()).unwrap();
    assert!(text.contains("relu") && text.contains("0.25"), "{text}");
    let tilted = ProblemOptions {
        angle: "0:40:3".parse().ok(),
        ..problem("relu", "0.25")
    };
    let text = check(&tilted, &Cancel::default()).unwrap();
    assert!(text.contains("angle = 0 to 40 (3 values)"), "{text}");
    let wrong = ProblemOptions {
        noise: Some((-1.0).into()),
        ..problem("relu", "0.25")
    };
    let refused: Error = check(&wrong, &Cancel::default()).unwrap_err();
    assert!(
        refused.is_refusal() && refused.to_string().contains("noise"),
        "{refused}"
    );
}

/// What the sentence of a refusal begins with, beside where it is, is also told apart from it.
#[test]
fn refusals_have_the_key_of_their_argument() {
    let erf = || problem("erf", "0.5");
    let solve = |problem: ProblemOptions| Solve {
        problem,
        ..Solve::default()
    };
    let run = |solve: Solve| solve.run(&Cancel::default()).unwrap_err();
    let network = |problem| {
        SolveNetwork(solve(problem))
            .run(&Cancel::default())
            .err()
            .unwrap()
    };
    let few = |points| Solve {
        points,
        ..solve(erf())
    };
    let mut coarse = solve(erf());
    coarse.precision.rtol = Some(0.5);
    let late = ProblemOptions {
        t_max: Some(-1.0),
        ..erf()
    };
    let both = ProblemOptions {
        teacher: vec!["erf".into()],
        ..erf()
    };
    let map = ProblemOptions {
        dynamics: Some(Dynamics::Map),
        ..erf()
    };
    let sgd = Simulate {
        problem: ProblemOptions {
            lr: Some(0.1.into()),
            batch: Some(100.0.into()),
            ..erf()
        },
        ..Simulate::default()
    };
    let scaling = Scaling {
        problem: erf(),
        dims: Some("1,10,100".parse().unwrap()),
        ..Scaling::default()
    };
    let history = "link = \"erf\"\n[tasks.a]\n[[stage]]\ntask = \"a\"\nuntil = { t = 1.0 }\nadapter = \"full\"\ns0 = 0.1\n";
    let train = Train {
        history: toml::from_str(history).unwrap(),
        ..Train::default()
    };
    let units = ProblemOptions {
        units: Some(3.0.into()),
        pretraining_q: "1,0;0,1".parse().ok(),
        pretraining_m: "1;0".parse().ok(),
        ..erf()
    };
    let readouts = ProblemOptions {
        units: Some(2.0.into()),
        student_readout: Some(1.0.into()),
        ..erf()
    };
    let history = "[tasks.a]\n[[stage]]\ntask = \"a\"\nuntil = { t = 1.0 }\n";
    let unlinked = Train {
        history: toml::from_str(history).unwrap(),
        ..Train::default()
    };
    let many = format!("units = 1.5\nlink = \"erf\"\n{history}");
    let many = TrainNetwork(Train {
        history: toml::from_str(&many).unwrap(),
        ..Train::default()
    });
    let bare = ProblemOptions {
        units: Some(2.0.into()),
        ..ProblemOptions::default()
    };
    let cancel = Cancel::default();
    for (error, argument) in [
        (network(units), "units"),
        (network(readouts), "student-readout"),
        (check(&bare, &cancel).unwrap_err(), "link"),
        (unlinked.run(&cancel).unwrap_err(), "link"),
        (many.run(&cancel).unwrap_err(), "units"),
        (run(few(3)), "points"),
        (run(coarse), "rtol"),
        (run(solve(late)), "t-max"),
        (run(solve(both)), "link"),
        (run(solve(map)), "lr"),
        (run(solve(problem("eff", "0.5"))), "link"),
        (sgd.run(&cancel).unwrap_err(), "steps"),
        (scaling.run(&cancel).unwrap_err(), "dims"),
        (train.run(&cancel).unwrap_err(), "s0"),
    ] {
        assert_eq!(error.argument(), Some(argument), "{error}");
        let text = error.to_string();
        let text = text.trim_start_matches("stage 1: ");
        assert!(text.starts_with(argument) && error.is_refusal(), "{error}");
    }
    let impossible = "the grid".parse::<lorode::problem::Grid>().unwrap_err();
    assert_eq!(Error::from(impossible).argument(), None);
}
