//! Does simulated SGD follow the laws that it should? The projected simulator against the literal
//! one, both against the theory.

use std::sync::Arc;

use lorode::comparison::{ComparisonError, Starts, compare_paths};
use lorode::integrator::Tolerances;
use lorode::link::Link;
use lorode::model::Model;
use lorode::problem::{Adapter, Dynamics, PreTraining, Problem, Scaling, Setup};
use lorode::search::{ExitLaw, SearchPhase};
use lorode::simulation::{
    Ensemble, Method, Quantity, Schedule, Settings, Simulation, Until, quantile,
};
use lorode::trajectory::{carry, record};
use lorode::watch::Cancel;

fn link(text: &str) -> Link {
    text.parse().unwrap()
}

fn setup(teacher: &str, student: &str, mu: f64, scaling: (f64, f64, f64)) -> Setup {
    let (dim, batch, step) = scaling;
    Setup {
        scaling: Scaling::new(dim, Some(batch), Some(step), None).unwrap(),
        ..Setup::new(
            Model::new(link(teacher), link(student)),
            PreTraining::aligned(mu).unwrap(),
        )
    }
}

fn settings(steps: u64, seeds: &str) -> Settings {
    Settings {
        method: Method::Projected,
        steps,
        until: Until::Steps,
        schedule: Schedule::Logarithmic(2),
        seeds: seeds.parse().unwrap(),
        test_batch: 1,
    }
}

fn run(setup: Setup, settings: Settings) -> Ensemble {
    let simulation = Simulation::new(Problem::new(setup).unwrap(), settings).unwrap();
    let watch = Cancel::default();
    simulation.run(&watch, None).unwrap()
}

/// Kolmogorov and Smirnov's distance between two samples.
fn distance(a: &mut [f64], b: &mut [f64]) -> f64 {
    a.sort_by(f64::total_cmp);
    b.sort_by(f64::total_cmp);
    let (mut i, mut j, mut largest) = (0, 0, 0.0_f64);
    while i < a.len() && j < b.len() {
        let x = a[i].min(b[j]);
        while i < a.len() && a[i] <= x {
            i += 1;
        }
        while j < b.len() && b[j] <= x {
            j += 1;
        }
        largest = largest.max((i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs());
    }
    largest
}

/// Cases of adapters and options: name, setup at a given scaling.
fn cases(scaling: (f64, f64, f64)) -> Vec<(&'static str, Setup)> {
    let tilted = PreTraining::tilted(0.6, 50.0).unwrap();
    let base = || setup("erf", "erf", 0.3, scaling);
    vec![
        ("spherical", base()),
        (
            "spherical, tilted, noise, chi, decay",
            Setup {
                pretraining: tilted,
                label_noise: 0.3,
                step_ratio: 2.0,
                weight_decay: 0.05,
                u0: 0.1,
                ..setup("sign", "tanh", 0.3, scaling)
            },
        ),
        (
            "spherical, mixture, fixed start",
            Setup {
                pretraining: PreTraining::mixture(0.4).unwrap(),
                alignment0: Some(0.3),
                s0: Some(0.2),
                ..setup("relu", "relu", 0.4, scaling)
            },
        ),
        (
            "free, tilted, decay",
            Setup {
                adapter: Adapter::Free,
                pretraining: tilted,
                weight_decay: 0.05,
                u0: 0.2,
                threshold: 5.0,
                ..base()
            },
        ),
        (
            "full, noise",
            Setup {
                adapter: Adapter::Full,
                label_noise: 0.2,
                pretraining: tilted,
                ..base()
            },
        ),
        (
            "full, aligned, decay",
            Setup {
                adapter: Adapter::Full,
                weight_decay: 0.05,
                ..base()
            },
        ),
        (
            "scratch",
            Setup {
                adapter: Adapter::Scratch,
                pretraining: PreTraining::none(),
                ..base()
            },
        ),
    ]
}

/// The law of (u, a, s, m, q) at several steps, projected against full.
///
/// Two-sample Kolmogorov-Smirnov tests on disjoint seeds at a level of 1e-3 divided by the number
/// of tests: the chance of a false alarm in the whole test is below 1e-3 (and seeds are fixed, so
/// it does not come and go).
fn compare_laws(scalings: &[(f64, f64, f64)], seeds: usize, schedule: &[u64]) {
    let last = *schedule.last().unwrap();
    let (one, other) = (
        format!("0:{}", seeds - 1),
        format!("{seeds}:{}", 2 * seeds - 1),
    );
    let quantities = [
        Quantity::U,
        Quantity::Alignment,
        Quantity::S,
        Quantity::M,
        Quantity::Q,
    ];
    let tests = scalings.len() * cases(scalings[0]).len() * schedule.len() * quantities.len();
    let level = 1e-3 / tests as f64;
    let limit = (-(level / 2.0).ln() / seeds as f64).sqrt();
    let (mut worst, mut compared) = (0.0_f64, 0);
    for &scaling in scalings {
        for (name, setup) in cases(scaling) {
            let at = |method: Method, seeds: &str| {
                let settings = Settings {
                    method,
                    schedule: Schedule::Every(schedule[0]),
                    ..settings(last, seeds)
                };
                run(setup.clone(), settings)
            };
            let projected = at(Method::Projected, &one);
            let full = at(Method::Full, &other);
            for step in schedule {
                for quantity in quantities {
                    let sample = |of: &Ensemble| -> Vec<f64> {
                        let records = of.runs.iter().flat_map(|r| &r.records);
                        let here = records.filter(|r| r.step == *step);
                        // From scratch q is 1 up to rounding, whose law nobody compares.
                        let values = here.filter_map(|r| quantity.of(r));
                        values.map(|x| (x * 1e12).round() * 1e-12).collect()
                    };
                    let (mut a, mut b) = (sample(&projected), sample(&full));
                    if a.is_empty() {
                        continue;
                    }
                    assert_eq!((a.len(), b.len()), (seeds, seeds), "{name}");
                    let found = distance(&mut a, &mut b);
                    worst = worst.max(found);
                    compared += 1;
                    assert!(
                        found < limit,
                        "{name}, {scaling:?}: {} at step {step}: distance {found}, limit {limit}",
                        quantity.name()
                    );
                }
            }
        }
    }
    println!("{compared} tests, largest distance {worst:.4}, limit {limit:.4}");
    // 150 comparisons of equal laws come near their limit, or the comparison is broken.
    assert!(worst > 0.3 * limit, "{worst}");
}

#[test]
fn projected_and_full_have_the_same_law() {
    // Few dimensions and samples, large steps: everything that the large ones blur shows.
    compare_laws(&[(5.0, 1.0, 0.3), (50.0, 10.0, 0.5)], 2000, &[5, 20, 60]);
}

#[test]
#[ignore = "long: tests/long.sh"]
fn projected_and_full_have_the_same_law_at_all_sizes() {
    let batches = [1.0, 10.0, 500.0];
    let small: Vec<_> = [50.0, 200.0]
        .iter()
        .flat_map(|&d: &f64| batches.map(|b: f64| (d, b, (5.0 * b / d).min(0.5))))
        .collect();
    compare_laws(&small, 800, &[5, 20, 60]);
    let large = batches.map(|b: f64| (1000.0, b, (5.0 * b / 1000.0).min(0.5)));
    compare_laws(&large, 400, &[5, 20, 60]);
}

/// A wrong law is found: the control has one dimension more, or a slightly larger step.
#[test]
fn another_law_is_told_apart() {
    let sample = |dim: f64, step: f64, method: Method, seeds: &str| -> Vec<f64> {
        let settings = Settings {
            method,
            ..settings(60, seeds)
        };
        let ensemble = run(setup("erf", "erf", 0.3, (dim, 1.0, step)), settings);
        let last = ensemble.runs.iter().map(|r| r.records.last().unwrap());
        last.filter_map(|r| Quantity::Q.of(r)).collect()
    };
    let limit = (-(1e-3_f64 / 2.0).ln() / 2000.0).sqrt();
    let mut projected = sample(5.0, 0.3, Method::Projected, "0:1999");
    let mut same = sample(5.0, 0.3, Method::Full, "2000:3999");
    let mut wider = sample(7.0, 0.3, Method::Full, "2000:3999");
    let mut longer = sample(5.0, 0.36, Method::Full, "2000:3999");
    assert!(distance(&mut projected, &mut same) < limit);
    assert!(distance(&mut projected, &mut wider) > limit);
    assert!(distance(&mut projected, &mut longer) > limit);
}

/// At fixed nu the distance between SGD and the ODE falls as d^(-1/2), with step size and batch
/// growing apart as `eta ~ d^(-1/2)`, `B ~ d^(1/2)`.
fn slope_of_the_gap(exponents: std::ops::RangeInclusive<i32>) -> f64 {
    let nu = 4.0;
    let points: Vec<(f64, f64)> = exponents
        .map(|exponent| {
            let dim = 10f64.powi(exponent);
            let batch = (2.0 * dim.sqrt()).round();
            let step = nu * batch / dim;
            let setup = Setup {
                alignment0: Some(0.4),
                u0: 0.3,
                ..setup("erf", "erf", 0.2, (dim, batch, step))
            };
            let steps = (2.0 / step).round() as u64;
            let seeds = if exponent < 7 { 96 } else { 12 };
            let ensemble = run(setup.clone(), settings(steps, &seeds.to_string()));
            let times = [0.0, steps as f64 * step];
            let tolerances = Tolerances::default();
            let problem = Problem::new(setup).unwrap();
            let theory = record(&problem, &tolerances, &times).unwrap();
            let squares: f64 = ensemble
                .runs
                .iter()
                .map(|r| {
                    let seen = r.records.last().unwrap().seen;
                    let u = seen.u.unwrap() - theory.u[1].unwrap();
                    (seen.alignment - theory.alignment[1]).powi(2) + u * u
                })
                .sum();
            let gap = (squares / f64::from(seeds)).sqrt();
            println!(
                "d = {dim:e}: gap {gap:.3e}, times sqrt(d) {:.3}",
                gap * dim.sqrt()
            );
            (dim.ln(), gap.ln())
        })
        .collect();
    let count = points.len() as f64;
    let (x, y) = points
        .iter()
        .fold((0.0, 0.0), |(x, y), p| (x + p.0, y + p.1));
    let (x, y) = (x / count, y / count);
    let products: f64 = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
    products / points.iter().map(|p| (p.0 - x).powi(2)).sum::<f64>()
}

/// The root mean square over 96 seeds and two components is good to about 6 % (18 % for 12),
/// which moves the slope over four decades by 0.02.
#[test]
fn the_gap_to_the_ode_falls_as_one_over_the_root_of_d() {
    let slope = slope_of_the_gap(3..=7);
    assert!((slope + 0.5).abs() < 0.04, "{slope}");
}

#[test]
#[ignore = "long: tests/long.sh"]
fn the_gap_to_the_ode_falls_over_six_decades() {
    let slope = slope_of_the_gap(3..=9);
    assert!((slope + 0.5).abs() < 0.03, "{slope}");
}

/// At eta = 1 SGD follows the finite-step map and not the flow: the mean over 64 seeds lies
/// within five standard errors of the map, and 20 away from the flow.
#[test]
fn the_finite_step_map_is_right_at_a_large_step() {
    for (teacher, student) in [("erf", "erf"), ("relu", "relu")] {
        let setup = Setup {
            alignment0: Some(0.3),
            label_noise: 0.1,
            pretraining: PreTraining::tilted(0.4, 30.0).unwrap(),
            ..setup(teacher, student, 0.0, (1e5, 5e4, 1.0))
        };
        let problem = Problem::new(setup).unwrap();
        let settings = Settings {
            schedule: Schedule::Every(1),
            ..settings(20, "64")
        };
        let watch = Cancel::default();
        let few = Settings {
            seeds: "3".parse().unwrap(),
            ..settings.clone()
        };
        let refused = compare_paths(&problem, few, Starts::Fixed, true, &watch);
        assert!(matches!(
            refused,
            Err(ComparisonError::FewSeeds { seeds: 3 })
        ));
        let compared = compare_paths(&problem, settings, Starts::Fixed, true, &watch).unwrap();
        assert!(compared.is_step_large && !compared.verdict.follows);
        let map = compared.deviation_from_map.unwrap();
        for ((quantity, map), (_, flow)) in map.iter().zip(&compared.deviation) {
            // 20 steps: five standard errors happen once in 10^5.
            assert!(map.max_z < 5.0, "{student}: {} {map:?}", quantity.name());
            assert!(flow.max_z > 20.0, "{student}: {} {flow:?}", quantity.name());
        }
        assert!(
            compared
                .verdict
                .text
                .contains("finite-step map but not the flow")
        );
    }
}

/// Random starts at d = 10^4: the exit steps of 600 seeds have the law of the search phase, with
/// and without label noise. Kolmogorov's distance at a level of 1e-4, plus what the dimension and the
/// step of 0.05 are worth (0.02).
#[test]
fn exit_times_have_the_finite_size_law() {
    for noise in [0.0, 0.5] {
        let setup = Setup {
            label_noise: noise,
            ..setup("erf", "erf", 0.4, (1e4, 500.0, 0.05))
        };
        let problem = Problem::new(setup.clone()).unwrap();
        let phase = SearchPhase::of(&problem).unwrap();
        let linear = ExitLaw::linear(&problem, &phase).unwrap();
        let carried = carry(&linear, &problem, &phase, &Tolerances::default());
        let law = carried.unwrap().law.unwrap();
        let settings = Settings {
            until: Until::Exit,
            ..settings(1_000_000, "600")
        };
        let ensemble = run(setup, settings);
        let mut exits: Vec<f64> = ensemble
            .runs
            .iter()
            .map(|r| r.exit_step.unwrap() as f64 * 0.05)
            .collect();
        exits.sort_by(f64::total_cmp);
        let count = exits.len() as f64;
        let distance = exits
            .iter()
            .enumerate()
            .map(|(i, t)| (law.probability(*t) - (i as f64 + 0.5) / count).abs())
            .fold(0.0, f64::max);
        let limit = (-(1e-4_f64 / 2.0).ln() / (2.0 * count)).sqrt() + 0.02;
        println!("noise {noise}: distance {distance:.4}, limit {limit:.4}");
        assert!(distance < limit, "noise {noise}: {distance} {limit}");
        // The median to the error of a sample median, five times 1/(2 f sqrt(n)).
        let (median, tau) = (law.quantile(0.5).unwrap(), phase.tau.unwrap());
        let found = quantile(&exits, 0.5);
        assert!(
            (found - median).abs() < 0.25 * tau,
            "{found} {median} {tau}"
        );
    }
}

fn deviation(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count).sqrt()
}

/// SGD of every adapter lies on its ODE at d = 10^4, nu = 0.01.
#[test]
fn every_adapter_follows_its_ode() {
    for (name, setup) in cases((1e4, 1e4, 1e-2)) {
        // A start of order one, so that nothing is amplified.
        let setup = Setup {
            alignment0: (setup.adapter != Adapter::Full).then_some(0.3),
            ..setup
        };
        let problem = Problem::new(setup.clone()).unwrap();
        let ensemble = run(setup, settings(200, "40"));
        let theory = record(&problem, &Tolerances::default(), &[0.0, 2.0]).unwrap();
        for (quantity, expected) in [
            (Quantity::U, theory.u[1]),
            (Quantity::Alignment, Some(theory.alignment[1])),
            (Quantity::S, theory.s[1]),
            (Quantity::M, Some(theory.m[1])),
            (Quantity::Q, Some(theory.q[1])),
        ] {
            let last = ensemble.runs.iter().map(|r| r.records.last().unwrap());
            let values: Vec<f64> = last.filter_map(|r| quantity.of(r)).collect();
            let Some(expected) = expected.filter(|_| !values.is_empty()) else {
                continue;
            };
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let error = deviation(&values) / (values.len() as f64).sqrt();
            // Five standard errors, and what the step of 0.01 is worth: eta times rates of order 1.
            assert!(
                (mean - expected).abs() < 5.0 * error + 0.005,
                "{name}: {} {mean} +- {error}, {expected}",
                quantity.name()
            );
        }
    }
}

/// The same bytes on any number of threads, alone or among others, and in two parts.
#[test]
fn a_seed_is_a_function_of_itself() {
    let many = run(
        setup("tanh", "tanh", 0.4, (1e6, 20.0, 0.01)),
        settings(300, "8"),
    );
    let alone = run(
        setup("tanh", "tanh", 0.4, (1e6, 20.0, 0.01)),
        settings(300, "5,"),
    );
    assert_eq!(many.runs[5], alone.runs[0]);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    let one = pool.install(|| {
        run(
            setup("tanh", "tanh", 0.4, (1e6, 20.0, 0.01)),
            settings(300, "8"),
        )
    });
    assert_eq!(many.runs, one.runs);
}

/// A million dimensions times a million: the same cost, the same law of the start.
#[test]
fn the_dimension_may_be_huge() {
    let ensemble = run(
        setup("erf", "erf", 0.5, (1e12, 10.0, 1e-6)),
        settings(100, "2000"),
    );
    let scaled: Vec<f64> = ensemble
        .runs
        .iter()
        .map(|r| r.records[0].seen.alignment * 1e6)
        .collect();
    let (mean, std) = (scaled.iter().sum::<f64>() / 2000.0, deviation(&scaled));
    // Standard normal: five standard errors of mean and deviation.
    assert!(mean.abs() < 5.0 / 2000f64.sqrt() && (std - 1.0).abs() < 5.0 / 4000f64.sqrt());
    let goal: Arc<dyn Fn(&lorode::simulation::Seen) -> bool + Send + Sync> = Arc::new(|_| true);
    let problem = Problem::new(Setup {
        dynamics: Dynamics::Flow,
        ..setup("erf", "erf", 0.5, (1e12, 10.0, 1e-6))
    })
    .unwrap();
    let until = Settings {
        until: Until::Learned,
        ..settings(100, "1")
    };
    let simulation = Simulation::new(problem, until).unwrap().with_goal(goal);
    let watch = Cancel::default();
    assert_eq!(simulation.run(&watch, None).unwrap().runs[0].steps, 0);
}
