//! Where networks come to rest, and what it is called.

use lorode::integrator::{Method, Tolerances};
use lorode::problem::ProblemOptions;
use lorode::problem::network::NetworkProblem;
use lorode::trajectory::network::{NetworkRun, NetworkTrajectory, follow_network};
use lorode::trajectory::{Wanted, solve};

fn options(link: &str, mu: f64) -> ProblemOptions {
    ProblemOptions {
        link: vec![link.to_owned()],
        mu: Some(mu.into()),
        ..ProblemOptions::default()
    }
}

fn run(problem: &NetworkProblem) -> (NetworkRun, NetworkTrajectory) {
    follow_network(problem, Wanted::Spread(100), &Tolerances::default()).unwrap()
}

/// Three units of which the first and the last were trained towards the same teacher, each with a direction of its own:
/// where they stand still together is a saddle that SGD leaves by chance, and that theory left by rounding.
#[test]
fn units_that_stand_alike_stay_so_to_the_end() {
    let mut options = ProblemOptions {
        units: Some(3.0.into()),
        teacher_units: Some(2.0.into()),
        rank: Some(2.0.into()),
        angle: Some(30.0.into()),
        dim: Some(2000.0.into()),
        nu: Some(2.0.into()),
        noise: Some(0.1.into()),
        ..options("erf", 0.5)
    };
    for adapter in ["spherical", "full"] {
        options.adapter = Some(serde_json::from_value(adapter.into()).unwrap());
        options.rank = (adapter != "full").then_some(2.0.into());
        let problem = options.one_network("solve").unwrap();
        assert_eq!(problem.alike_units(), [0, 1, 0]);
        assert_eq!(problem.equal_units(), [0, 1, 2]);
        let (ended, seen) = run(&problem);
        for m in &seen.m {
            let apart = (m.row(0) - m.row(2)).amax();
            assert!(apart < 1e-12, "{adapter}: {apart}");
        }
        // Rounding parted them from t = 15,000 on in the first case.
        assert!(ended.settled < 8000.0, "{adapter}: {}", ended.settled);
    }
    // A unit with an amplitude of its own stands alone.
    options.start_u = Some("1e-9,0;0,0;0,0".parse().unwrap());
    (options.adapter, options.rank) = (None, Some(2.0.into()));
    let problem = options.one_network("solve").unwrap();
    assert_eq!(problem.alike_units(), [0, 1, 2]);
}

/// For one unit networks end as the single index does, in the same words where these say the same.
#[test]
fn one_unit_ends_in_the_same_words() {
    for (link, nu, noise, words) in [
        ("erf", 0.0, 0.0, ["learned"; 2]),
        ("erf", 0.1, 0.1, ["noise-floor"; 2]),
        // Noise holds the flow before it finds the teacher.
        ("erf", 10.0, 2.0, ["trapped"; 2]),
        // w = 0 is found, not the teacher: whether a network can do better is not known.
        ("he3", 0.0, 0.0, ["trapped", "rest"]),
    ] {
        let options = ProblemOptions {
            nu: Some(nu.into()),
            noise: Some(noise.into()),
            ..options(link, if link == "he3" { 0.2 } else { 0.5 })
        };
        let one = solve(
            &options.one_problem("solve").unwrap(),
            &Tolerances::default(),
        )
        .unwrap();
        let (network, _) = run(&options.one_network("solve").unwrap());
        assert_eq!([one.outcome.word(), network.outcome.word()], words);
        assert!((one.excess - network.excess).abs() < 1e-6 * one.excess.max(1e-2));
    }
}

/// A rank too small for the task rests above the floor of its noise, which one that suffices comes down to.
#[test]
fn a_rank_too_small_rests() {
    let options = ProblemOptions {
        units: Some(2.0.into()),
        teacher_units: Some(2.0.into()),
        nu: Some(0.1.into()),
        noise: Some(0.1.into()),
        ..options("erf", 0.5)
    };
    let (rank_1, _) = run(&options.one_network("solve").unwrap());
    assert_eq!(rank_1.outcome.word(), "rest");
    let wide = ProblemOptions {
        rank: Some(2.0.into()),
        ..options
    };
    let (rank_2, _) = run(&wide.one_network("solve").unwrap());
    assert_eq!(rank_2.outcome.word(), "noise-floor");
    assert!(rank_2.excess < 0.1 * rank_1.excess);
}

/// Right-hand sides by the implicit method and by the one that changes, as docs/networks.md has them, to a tenth: with both
/// the run comes to the same.
#[test]
fn changing_methods_saves_right_hand_sides() {
    let mut relu = options("relu", 0.1);
    relu.units = Some(4.0.into());
    relu.teacher_units = Some(4.0.into());
    relu.mu = None;
    relu.pretraining_m = Some("0.1,0,0,0;0,0.1,0,0;0,0,1,0;0,0,0,1".parse().unwrap());
    relu.pretraining_q = Some("0.01,0,0,0;0,0.01,0,0;0,0,1,0;0,0,0,1".parse().unwrap());
    let of = |link: &str, units: f64, rank: f64, nu: f64| ProblemOptions {
        units: Some(units.into()),
        teacher_units: Some(units.into()),
        rank: Some(rank.into()),
        nu: Some(nu.into()),
        ..options(link, 0.5)
    };
    let second = ProblemOptions {
        rank: Some(2.0.into()),
        ..relu.clone()
    };
    for (options, implicit, auto) in [
        (relu, 9289.0, 3701.0),
        (second, 13472.0, 2919.0),
        (of("erf", 4.0, 2.0, 0.0), 15088.0, 10636.0),
        (of("tanh", 2.0, 1.0, 0.0), 5939.0, 4340.0),
        (of("relu", 2.0, 1.0, 0.1), 3175.0, 1614.0),
    ] {
        let problem = options.one_network("solve").unwrap();
        let runs =
            [(Method::Implicit, implicit), (Method::Auto, auto)].map(|(method, expected)| {
                let tolerances = Tolerances {
                    method,
                    ..Tolerances::default()
                };
                let (run, _) = follow_network(&problem, Wanted::Nothing, &tolerances).unwrap();
                let work = run.solver.work.rhs_evaluations as f64;
                assert!(
                    (work / expected - 1.0).abs() < 0.1,
                    "{method:?}: {work}, {expected}"
                );
                run
            });
        let [one, other] = &runs;
        assert_eq!(one.outcome, other.outcome);
        let off = one.exit_time.unwrap() / other.exit_time.unwrap() - 1.0;
        assert!(off.abs() < 1e-9, "{off:.1e}");
        assert!(
            (one.loss - other.loss).abs() < 1e-9 * one.loss,
            "{} {}",
            one.loss,
            other.loss
        );
    }
}

/// Noise makes a free V grow like t^(1/4) without end where the rank is too small to learn: the loss settles at that of the
/// flow without noise, since what noise does to U shrinks with it, like t^(-1/2).
#[test]
fn a_free_adapter_that_noise_moves_for_ever_has_come_to_rest() {
    let ended = |nu: f64| {
        let options = ProblemOptions {
            units: Some(2.0.into()),
            teacher_units: Some(2.0.into()),
            adapter: Some(serde_json::from_value("free".into()).unwrap()),
            nu: Some(nu.into()),
            ..options("erf", 0.5)
        };
        run(&options.one_network("solve").unwrap()).0
    };
    let (drifting, quiet) = (ended(0.1), ended(0.0));
    assert_eq!([drifting.outcome.word(), quiet.outcome.word()], ["rest"; 2]);
    let off = drifting.loss / quiet.loss - 1.0;
    assert!(off > 0.0 && off < 1e-5, "{off}");
}
