//! Where networks come to rest, and what it is called.

use lorode::integrator::Tolerances;
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
