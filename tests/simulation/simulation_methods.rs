//! The projected simulator against the literal one.

use super::simulation_laws::*;
use lorode::observable::{ALIGNMENT, M, Q, S, U};
use lorode::problem::{Adapter, Momentum, PreTraining, Setup};
use lorode::simulation::{Ensemble, Method, Schedule, Settings};

/// Kolmogorov and Smirnov's distance between two samples.
pub(super) fn distance(a: &mut [f64], b: &mut [f64]) -> f64 {
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
pub(super) fn cases(scaling: (f64, f64, f64)) -> Vec<(&'static str, Setup)> {
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
fn compare_laws(
    scalings: &[(f64, f64, f64)],
    (seeds, schedule): (usize, &[u64]),
    momentum: Momentum,
) {
    let last = *schedule.last().unwrap();
    let (one, other) = (
        format!("0:{}", seeds - 1),
        format!("{seeds}:{}", 2 * seeds - 1),
    );
    let observables = [&U, &ALIGNMENT, &S, &M, &Q];
    let tests = scalings.len() * cases(scalings[0]).len() * schedule.len() * observables.len();
    let level = 1e-3 / tests as f64;
    let limit = (-(level / 2.0).ln() / seeds as f64).sqrt();
    let (mut worst, mut compared) = (0.0_f64, 0);
    for &scaling in scalings {
        for (name, mut setup) in cases(scaling) {
            setup.scaling = setup.scaling.with_momentum(momentum).unwrap();
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
                for observable in observables {
                    let sample = |of: &Ensemble| -> Vec<f64> {
                        let records = of.runs.iter().flat_map(|r| &r.records);
                        let here = records.filter(|r| r.step == *step);
                        // From scratch q is 1 up to rounding, whose law nobody compares.
                        let values = here.filter_map(|r| r.value(observable));
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
                        observable.name
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
    compare_laws(
        &[(5.0, 1.0, 0.3), (50.0, 10.0, 0.5)],
        (2000, &[5, 20, 60]),
        Momentum::None,
    );
}

/// Also of the axis that momentum adds: in two and three dimensions there is none left for it.
#[test]
fn projected_and_full_have_the_same_law_with_momentum() {
    compare_laws(
        &[(3.0, 2.0, 0.1), (6.0, 2.0, 0.08), (40.0, 10.0, 0.15)],
        (800, &[3, 30]),
        Momentum::Fixed(0.8),
    );
}

#[test]
#[ignore = "long: tests/long.sh"]
fn projected_and_full_have_the_same_law_at_all_sizes() {
    let batches = [1.0, 10.0, 500.0];
    let small: Vec<_> = [50.0, 200.0]
        .iter()
        .flat_map(|&d: &f64| batches.map(|b: f64| (d, b, (5.0 * b / d).min(0.5))))
        .collect();
    compare_laws(&small, (800, &[5, 20, 60]), Momentum::None);
    let large = batches.map(|b: f64| (1000.0, b, (5.0 * b / 1000.0).min(0.5)));
    compare_laws(&large, (400, &[5, 20, 60]), Momentum::None);
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
        last.filter_map(|r| r.value(&Q)).collect()
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
