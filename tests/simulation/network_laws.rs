//! Laws of SGD of networks: the projected simulator against the literal one.

use super::simulation_laws::{link, settings};
use super::simulation_methods::distance;
use lorode::model::Model;
use lorode::observable::NetworkObserved;
use lorode::problem::network::{AdapterStart, Frame, NetworkProblem, NetworkSetup};
use lorode::problem::{Adapter, Momentum, Scaling};
use lorode::simulation::{Method, NetworkSeedRun, NetworkSimulation, Schedule, Settings};
use lorode::watch::Cancel;
use nalgebra::DMatrix;

/// Chance of a false alarm of one whole test; seeds are fixed, so it does not come and go.
const LEVEL: f64 = 1e-3;

/// Three units of which the last `inside` lie within the span of two overlapping teachers.
fn frame(inside: usize, adapter: Adapter) -> Frame {
    let teachers = DMatrix::from_row_slice(2, 2, &[1.0, 0.3, 0.3, 1.0]);
    // Components in an orthonormal frame whose first two vectors span the teachers.
    let mut w = DMatrix::from_row_slice(
        3,
        5,
        &[
            0.5, 0.1, 0.4, 0.0, 0.0, -0.2, 0.6, 0.1, 0.3, 0.0, 0.3, 0.2, -0.1, 0.2, 0.5,
        ],
    );
    for row in 3 - inside..3 {
        w.row_mut(row).columns_mut(2, 3).fill(0.0);
    }
    if adapter == Adapter::Scratch {
        w.row_iter_mut().for_each(|mut row| {
            let length = row.norm();
            row /= length;
        });
    }
    let sine = (1.0_f64 - 0.09).sqrt();
    let t = DMatrix::from_row_slice(2, 5, &[1.0, 0.0, 0.0, 0.0, 0.0, 0.3, sine, 0.0, 0.0, 0.0]);
    Frame::of_overlaps(&teachers, &(&w * t.transpose()), &(&w * w.transpose())).unwrap()
}

pub(super) fn scaling((dim, batch, step): (f64, f64, f64)) -> Scaling {
    Scaling::new(dim, Some(batch), Some(step), None).unwrap()
}

/// K = 3, K* = 2, r = 2: every adapter and option, starts in part given.
fn network(adapter: Adapter, at: (f64, f64, f64)) -> NetworkSetup {
    let is_drawn = adapter == Adapter::Scratch && !(5.0..7.0).contains(&at.0);
    let inside = if at.0 < 5.0 && !is_drawn { 2 } else { 0 };
    // Free directions of ReLU run away at the largest steps.
    let at = match adapter {
        Adapter::Free => (at.0, at.1, at.2 / 3.0),
        _ => at,
    };
    let text = match adapter {
        Adapter::Spherical | Adapter::Full => "erf",
        _ => "relu",
    };
    let base = NetworkSetup {
        adapter,
        rank: 2,
        scaling: scaling(at),
        label_noise: 0.1,
        teacher_readout: vec![1.0, -0.5],
        readout: vec![0.8, 0.4, -0.6],
        threshold: 0.8,
        ..NetworkSetup::new(Model::matched(link(text)), frame(inside, adapter))
    };
    let u = DMatrix::from_row_slice(3, 2, &[0.5, 0.0, -0.3, 0.4, 0.1, 0.6]);
    match adapter {
        Adapter::Spherical => NetworkSetup {
            step_ratio: 2.0,
            weight_decay: 0.05,
            start: AdapterStart {
                u: Some(u),
                ..AdapterStart::default()
            },
            ..base
        },
        Adapter::Free => NetworkSetup {
            readout_ratio: 0.5,
            weight_decay: 0.05,
            start: AdapterStart {
                u: Some(u),
                alignment: Some(DMatrix::from_row_slice(2, 2, &[0.4, 0.1, -0.1, 0.2])),
                c: Some(DMatrix::from_row_slice(2, 2, &[1.0, 0.2, 0.2, 0.8])),
                ..AdapterStart::default()
            },
            ..base
        },
        Adapter::Full => NetworkSetup {
            weight_decay: 0.05,
            ..base
        },
        Adapter::Scratch => NetworkSetup {
            readout_ratio: 1.0,
            draws_weights: is_drawn,
            ..base
        },
    }
}

pub(super) fn run_network(setup: NetworkSetup, settings: Settings) -> Vec<NetworkSeedRun> {
    let problem = NetworkProblem::new(setup).unwrap();
    let simulation = NetworkSimulation::new(problem, settings).unwrap();
    simulation.run(&Cancel::default(), None).unwrap().runs
}

/// Numbers of a network with names; the signs and the order of what SGD trains are all in them.
fn numbers(seen: &NetworkObserved) -> Vec<(String, f64)> {
    let mut found = Vec::new();
    let optional = [("P", &seen.alignment), ("s", &seen.s), ("C", &seen.c)];
    let present = optional
        .iter()
        .filter_map(|(name, m)| m.as_ref().map(|m| (*name, m)));
    for (name, matrix) in [("M", &seen.m), ("Q", &seen.q)].into_iter().chain(present) {
        for (k, value) in matrix.iter().enumerate() {
            found.push((format!("{name}[{k}]"), *value));
        }
    }
    if let Some(u) = &seen.u {
        let singular = u.clone().svd(false, false).singular_values;
        let named = singular.iter().enumerate();
        found.extend(named.map(|(k, value)| (format!("singular value {k} of U"), *value)));
    }
    let readout = seen.readout.iter().enumerate();
    found.extend(readout.map(|(k, value)| (format!("readout {k}"), *value)));
    found.push(("cosine".to_owned(), seen.cosine));
    found
}

/// A named number, one value per seed.
pub(super) type Sample = (String, Vec<f64>);

/// One sample per named number at each step of the schedule, over the seeds.
fn samples(runs: &[NetworkSeedRun], steps: &[u64]) -> Vec<Sample> {
    let mut found: Vec<Sample> = Vec::new();
    for run in runs {
        let mut place = 0;
        let exit = run.exit_step.map_or(1e9, |step| step as f64);
        let mut put = |name: String, value: f64| {
            if found.len() == place {
                found.push((name, Vec::new()));
            }
            // Numbers that do not change are equal up to rounding, whose law nobody compares.
            found[place].1.push((value * 1e9).round());
            place += 1;
        };
        put("exit step".to_owned(), exit);
        for record in run.records.iter().filter(|r| steps.contains(&r.step)) {
            put(format!("loss at step {}", record.step), record.loss);
            for (name, value) in numbers(&record.seen) {
                put(format!("{name} at step {}", record.step), value);
            }
        }
    }
    found
}

/// Two-sample Kolmogorov-Smirnov tests of every number; the largest distance against its limit.
pub(super) fn compare(context: &str, (one, other): (&[Sample], &[Sample]), tests: usize) -> f64 {
    assert_eq!(one.len(), other.len(), "{context}");
    let mut worst: f64 = 0.0;
    for ((name, a), (same, b)) in one.iter().zip(other) {
        assert!(
            name == same && a.len() == b.len(),
            "{context}: {name} {same}"
        );
        let limit = (-(LEVEL / tests as f64 / 2.0).ln() / a.len() as f64).sqrt();
        let found = distance(&mut a.clone(), &mut b.clone());
        assert!(
            found < limit,
            "{context}: {name}: distance {found}, limit {limit}"
        );
        worst = worst.max(found / limit);
    }
    worst
}

/// Fewer dimensions than units (of drawn ones: than units and teachers); one more than the frame has; one degree of freedom outside, fewer than the rank; many.
const SCALINGS: [(f64, f64, f64); 4] = [
    (4.0, 2.0, 0.3),
    (6.0, 1.0, 0.3),
    (8.0, 3.0, 0.3),
    (40.0, 10.0, 0.5),
];

fn projected_against_full(adapter: Adapter, momentum: f64) {
    const SEEDS: usize = 1000;
    let steps = [0, 4, 20];
    let mut worst: f64 = 0.0;
    for at in SCALINGS {
        let of = |method: Method, seeds: String| {
            let settings = Settings {
                method,
                schedule: Schedule::Every(4),
                test_batch: 20,
                ..settings(20, &seeds)
            };
            let (dim, batch, step) = at;
            let mut setup = network(adapter, (dim, batch, step * (1.0 - momentum)));
            let momentum = Momentum::of(Some(momentum), None).unwrap();
            setup.scaling = setup.scaling.with_momentum(momentum).unwrap();
            samples(&run_network(setup, settings), &steps)
        };
        let projected = of(Method::Projected, format!("0:{}", SEEDS - 1));
        let full = of(Method::Full, format!("{SEEDS}:{}", 2 * SEEDS - 1));
        let tests = SCALINGS.len() * projected.len();
        let context = format!("{adapter:?}, {at:?}, momentum {momentum}");
        worst = worst.max(compare(&context, (&projected, &full), tests));
    }
    println!("{adapter:?}: largest distance {worst:.3} of its limit");
    // Hundreds of comparisons of equal laws come near their limit, or the comparison is broken.
    assert!(worst > 0.3, "{worst}");
}

#[test]
fn projected_and_full_have_the_same_law_spherical() {
    projected_against_full(Adapter::Spherical, 0.0);
}

#[test]
fn projected_and_full_have_the_same_law_free_with_readouts() {
    projected_against_full(Adapter::Free, 0.0);
}

#[test]
fn projected_and_full_have_the_same_law_full_fine_tuning() {
    projected_against_full(Adapter::Full, 0.0);
}

#[test]
fn projected_and_full_have_the_same_law_from_scratch_with_readouts() {
    projected_against_full(Adapter::Scratch, 0.0);
}

/// What the last step added is at right angles to the frame in as many directions as there are vectors.
#[test]
fn projected_and_full_have_the_same_law_with_momentum() {
    for adapter in [Adapter::Spherical, Adapter::Free, Adapter::Scratch] {
        projected_against_full(adapter, 0.6);
    }
}

/// Units that start equal see equal gradients, whatever the batch.
#[test]
fn equal_units_stay_equal_in_sgd() {
    let teachers = DMatrix::identity(2, 2);
    let m = DMatrix::from_row_slice(3, 2, &[0.5, 0.1, 0.2, 0.6, 0.5, 0.1]);
    let q = &m * m.transpose();
    let frame = Frame::of_overlaps(&teachers, &m, &q).unwrap();
    for adapter in [Adapter::Spherical, Adapter::Full] {
        let setup = NetworkSetup {
            adapter,
            label_noise: 0.1,
            readout_ratio: 0.5,
            scaling: scaling((30.0, 10.0, 0.2)),
            ..NetworkSetup::new(Model::matched(link("erf")), frame.clone())
        };
        for method in [Method::Projected, Method::Full] {
            let settings = Settings {
                method,
                ..settings(200, "3")
            };
            for run in run_network(setup.clone(), settings) {
                let seen = &run.records.last().unwrap().seen;
                let apart = (seen.m.row(0) - seen.m.row(2)).amax();
                assert!(apart < 1e-12, "{adapter:?}, {method:?}: {apart}");
                assert!((seen.readout[0] - 1.0 / 3.0).abs() > 1e-3);
                assert!((seen.readout[0] - seen.readout[2]).abs() < 1e-12);
            }
        }
    }
}

/// Another law is found out: a step size that is a tenth larger.
#[test]
fn a_step_a_tenth_larger_is_seen() {
    let of = |step: f64, seeds: &str| {
        let settings = Settings {
            schedule: Schedule::Every(20),
            ..settings(20, seeds)
        };
        let runs = run_network(network(Adapter::Full, (40.0, 10.0, step)), settings);
        let all = samples(&runs, &[20]);
        all.into_iter()
            .find(|(name, _)| name.starts_with("Q[0]"))
            .unwrap()
            .1
    };
    let (mut one, mut other) = (of(0.5, "0:999"), of(0.55, "1000:1999"));
    let limit = (-(LEVEL / 400.0 / 2.0).ln() / 1000.0).sqrt();
    let found = distance(&mut one, &mut other);
    assert!(found > limit, "{found} {limit}");
}
