//! The law of exit times against one-pass SGD, simulated here and elsewhere.

use super::exit_law::*;
use lorode::problem::{Adapter, Problem, Scaling, Setup};
use lorode::search::ExitLaw;
use lorode::simulation::{Method, Schedule, Settings, Simulation, Until, quantile};
use lorode::watch::Cancel;

/// theory.md, section 4: 5 / 50 / 95 % of 400 seeds of SGD, with the laws, in steps. The simulated
/// ones are from a program written apart.
struct Example {
    setup: Setup,
    simulated: [f64; 3],
    law: [f64; 3],
    linear: [f64; 3],
}

fn examples() -> [Example; 2] {
    [
        Example {
            setup: Setup {
                scaling: Scaling::new(1e5, Some(2000.0), Some(0.005), None).unwrap(),
                ..setup("he1+he3/2", 0.9, 0.0, 1e5)
            },
            simulated: [1068.0, 1250.0, 1590.0],
            law: [1072.0, 1250.0, 1645.0],
            linear: [732.0, 910.0, 1305.0],
        },
        Example {
            setup: Setup {
                scaling: Scaling::new(1e4, Some(500.0), Some(0.05), None).unwrap(),
                label_noise: 0.2,
                ..setup("x*sigmoid(2*x)", 0.5, 0.0, 1e4)
            },
            simulated: [487.0, 631.0, 924.0],
            law: [478.0, 614.0, 916.0],
            linear: [436.0, 572.0, 874.0],
        },
    ]
}

const LEVELS: [f64; 3] = [0.05, 0.5, 0.95];

/// Standard error of a quantile of `-ln|Z|` from `seeds` draws: `sqrt(p (1-p) / n)` over the density.
fn standard_error(p: f64, seeds: usize) -> f64 {
    let z = match p {
        0.05 => 1.959_964_f64,
        0.95 => 0.062_707,
        _ => 0.674_490,
    };
    let density = z * 2.0 * (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
    (p * (1.0 - p) / seeds as f64).sqrt() / density
}

#[test]
fn the_law_is_that_of_400_seeds_simulated_elsewhere() {
    for example in examples() {
        let dim = example.setup.scaling.dim;
        let eta = example.setup.scaling.step.unwrap();
        let case = Case::new(example.setup);
        let steps = |law: &ExitLaw, p: f64| law.quantile(p).unwrap() / eta;
        let (law, linear) = (case.law(1e-8).unwrap(), case.linear().unwrap());
        for (i, p) in LEVELS.into_iter().enumerate() {
            // Whole steps as published.
            assert!((steps(&law, p) - example.law[i]).abs() <= 0.5, "{p}");
            assert!((steps(&linear, p) - example.linear[i]).abs() <= 0.5, "{p}");
            let allowed = 3.0 * standard_error(p, 400) * case.tau() / eta
                + 2.0 / dim.sqrt() * example.simulated[i];
            assert!((example.simulated[i] - example.law[i]).abs() < allowed);
        }
    }
}

/// Problems whose SGD is fast, with and without label noise, one with chi, one tilted, one free: the
/// step is small, d in the thousands, nu of order one where the links are tame.
fn simulated() -> Vec<(&'static str, Setup)> {
    let with = |name: &str, (mu, angle): (f64, f64), (dim, batch, step): (f64, f64, f64)| Setup {
        scaling: Scaling::new(dim, Some(batch), Some(step), None).unwrap(),
        ..setup(name, mu, angle, dim)
    };
    vec![
        ("relu", with("relu", (0.3, 0.0), (4e3, 80.0, 0.02))),
        (
            "relu, starts beyond the search phase",
            with("relu", (0.01, 0.0), (4e3, 1000.0, 0.02)),
        ),
        (
            "relu with label noise",
            Setup {
                label_noise: 0.3,
                ..with("relu", (0.3, 0.0), (4e3, 80.0, 0.02))
            },
        ),
        (
            "he1 + he3/2, where the linear law is early by 2 tau",
            with("he1 + he3/2", (0.9, 0.0), (4e3, 400.0, 0.005)),
        ),
        (
            "x sigmoid(2x) with label noise",
            Setup {
                label_noise: 0.2,
                ..with("x*sigmoid(2*x)", (0.4, 0.0), (4e3, 100.0, 0.04))
            },
        ),
        (
            "tanh, chi = 3, label noise",
            Setup {
                label_noise: 0.1,
                step_ratio: 3.0,
                ..with("tanh", (0.3, 0.0), (4e3, 150.0, 0.02))
            },
        ),
        (
            "erf, tilted by 40 degrees",
            with("erf", (0.4, 40.0), (4e3, 100.0, 0.04)),
        ),
        (
            "tanh, free, label noise",
            Setup {
                adapter: Adapter::Free,
                label_noise: 0.1,
                ..with("tanh", (0.2, 0.0), (4e3, 150.0, 0.04))
            },
        ),
    ]
}

/// Exit times of SGD from random starts, in ODE time, ascending.
fn exits(setup: &Setup, seeds: usize) -> Vec<f64> {
    let eta = setup.scaling.step.unwrap();
    let settings = Settings {
        method: Method::Projected,
        steps: 1_000_000,
        until: Until::Exit,
        schedule: Schedule::Logarithmic(1),
        seeds: seeds.to_string().parse().unwrap(),
        test_batch: 1,
    };
    let simulation = Simulation::new(Problem::new(setup.clone()).unwrap(), settings).unwrap();
    let watch = Cancel::default();
    let ensemble = simulation.run(&watch, None).unwrap();
    let steps = ensemble.runs.iter().map(|r| r.exit_step.unwrap());
    let mut times: Vec<f64> = steps.map(|step| step as f64 * eta).collect();
    times.sort_by(f64::total_cmp);
    times
}

/// Within three standard errors of a sample's quantile, and `2/sqrt(d)` of the quantile for the
/// dimension.
fn compare_with_sgd(what: &str, setup: Setup, seeds: usize, levels: &[f64]) {
    let dim = setup.scaling.dim;
    let times = exits(&setup, seeds);
    let case = Case::new(setup);
    let (law, linear) = (case.carried(1e-8).unwrap(), case.linear().unwrap());
    for p in levels.iter().copied() {
        let (found, expected) = (quantile(&times, p), law.quantile(p).unwrap().unwrap());
        let error = standard_error(p, seeds) * case.tau();
        let allowed = 3.0 * error + 2.0 / dim.sqrt() * expected;
        println!(
            "{what}: {p}: SGD {found:.3}, law {expected:.3} ({:+.2} of allowed), linear {:.3}",
            (found - expected) / allowed,
            linear.quantile(p).unwrap()
        );
        assert!(
            (found - expected).abs() < allowed,
            "{what}: the {p} quantile of SGD is {found}, of the law {expected}, allowed {allowed}"
        );
    }
}

#[test]
fn medians_are_those_of_sgd() {
    for (what, setup) in simulated() {
        compare_with_sgd(what, setup, 200, &[0.5]);
    }
}

#[test]
#[ignore = "long: tests/long.sh"]
fn quantiles_are_those_of_2000_seeds_of_sgd() {
    for (what, setup) in simulated() {
        compare_with_sgd(what, setup, 2000, &LEVELS);
    }
    for example in examples() {
        compare_with_sgd("theory.md", example.setup, 2000, &LEVELS);
    }
}
