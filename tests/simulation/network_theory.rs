//! SGD of networks against their closed ODEs.

use super::network_laws::{run_network, scaling};
use super::simulation_laws::{link, settings};
use std::sync::Arc;

use lorode::comparison::{ComparisonError, Starts, compare_network};
use lorode::dynamics::network::NetworkLoss;
use lorode::integrator::Tolerances;
use lorode::model::Model;
use lorode::observable::NetworkObserved;
use lorode::problem::network::{AdapterStart, Frame, NetworkProblem, NetworkSetup};
use lorode::problem::{Adapter, Scaling};
use lorode::simulation::{End, Method, NetworkSimulation, Schedule, Settings, Until};
use lorode::trajectory::network::follow_network;
use lorode::trajectory::{NetworkGoal, Outcome, Wanted};
use lorode::watch::Cancel;
use nalgebra::DMatrix;

/// Three units, two overlapping teachers, rank 2, a start of order 1, noisy labels.
pub(super) fn network(adapter: Adapter, at: (f64, f64, f64)) -> NetworkSetup {
    let teachers = DMatrix::from_row_slice(2, 2, &[1.0, 0.3, 0.3, 1.0]);
    let m = DMatrix::from_row_slice(3, 2, &[0.5, 0.1, -0.2, 0.4, 0.1, 0.3]);
    let mut q = &m * m.transpose();
    (0..3).for_each(|i| q[(i, i)] += 0.2);
    let frame = Frame::of_overlaps(&teachers, &m, &q).unwrap();
    let start = AdapterStart {
        u: Some(DMatrix::from_row_slice(
            3,
            2,
            &[0.3, 0.0, -0.2, 0.3, 0.1, 0.2],
        )),
        alignment: Some(DMatrix::from_row_slice(2, 2, &[0.4, 0.1, -0.1, 0.3])),
        ..AdapterStart::default()
    };
    NetworkSetup {
        adapter,
        rank: 2,
        scaling: scaling(at),
        label_noise: 0.1,
        teacher_readout: vec![1.0, -1.0],
        readout: vec![0.8, 0.4, -0.6],
        t_max: 5.0,
        start: if adapter.is_lora() {
            start
        } else {
            AdapterStart::default()
        },
        ..NetworkSetup::new(Model::matched(link("erf")), frame)
    }
}

/// The problem with its typical start written out, so that every seed begins there.
pub(super) fn fixed(setup: NetworkSetup) -> NetworkSetup {
    let problem = NetworkProblem::new(setup.clone()).unwrap();
    let (_, seen) =
        follow_network(&problem, Wanted::Times(&[0.0]), &Tolerances::default()).unwrap();
    let start = AdapterStart {
        u: seen.u.first().cloned(),
        alignment: seen.alignment.first().cloned(),
        s: seen.s.first().cloned(),
        c: seen.c.first().cloned(),
    };
    NetworkSetup { start, ..setup }
}

/// At fixed nu the distance between SGD and the ODE falls as d^(-1/2), with `eta ~ d^(-1/2)` and `B ~ d^(1/2)`.
///
/// The root mean square over 48 seeds and a dozen overlaps that move together is good to about 10 %, which moves the
/// slope over two decades by 0.03.
#[test]
fn the_gap_of_networks_to_the_ode_falls_as_one_over_the_root_of_d() {
    const SEEDS: usize = 48;
    let nu = 2.0;
    for adapter in [Adapter::Spherical, Adapter::Full] {
        let points: Vec<(f64, f64)> = [1e3, 1e4, 1e5]
            .map(|dim: f64| {
                let batch = (2.0 * dim.sqrt()).round();
                let step = nu * batch / dim;
                let setup = fixed(network(adapter, (dim, batch, step)));
                let steps = (2.0 / step).round() as u64;
                let runs = run_network(setup.clone(), settings(steps, &SEEDS.to_string()));
                let times = [0.0, steps as f64 * step];
                let problem = NetworkProblem::new(setup).unwrap();
                let wanted = Wanted::Times(&times);
                let theory = follow_network(&problem, wanted, &Tolerances::default())
                    .unwrap()
                    .1;
                let gap = |seen: &NetworkObserved| {
                    (&seen.m - &theory.m[1]).norm_squared()
                        + (&seen.q - &theory.q[1]).norm_squared()
                };
                let last = runs
                    .iter()
                    .map(|run| gap(&run.records.last().unwrap().seen));
                (dim.ln(), 0.5 * (last.sum::<f64>() / SEEDS as f64).ln())
            })
            .to_vec();
        // The middle of three evenly spaced points does not count for the slope, but must lie near the line.
        let slope = (points[2].1 - points[0].1) / (points[2].0 - points[0].0);
        let bend = points[1].1 - 0.5 * (points[0].1 + points[2].1);
        println!("{adapter:?}: slope {slope:.4}, bend {bend:.3}, {points:?}");
        assert!((slope + 0.5).abs() < 0.08, "{adapter:?}: {slope}");
        assert!(bend.abs() < 0.3, "{adapter:?}: {bend}");
    }
}

/// 24 seeds at d = 10^4, nu = 0.5, from fixed and from random starts: no deviation in the loss, the cosine, or any entry
/// of M.
#[test]
fn rank_two_adapters_of_three_units_follow_their_ode() {
    for adapter in [Adapter::Spherical, Adapter::Free, Adapter::Full] {
        for starts in [Starts::Fixed, Starts::Random] {
            let problem = NetworkProblem::new(network(adapter, (1e4, 400.0, 0.02))).unwrap();
            let settings = Settings {
                schedule: Schedule::Every(40),
                ..settings(200, "24")
            };
            let watch = Cancel::default();
            let compared = compare_network(&problem, settings, starts, true, &watch);
            if starts == Starts::Random && adapter == Adapter::Full {
                assert!(matches!(compared, Err(ComparisonError::Problem(_))));
                continue;
            }
            let compared = compared.unwrap();
            println!("{adapter:?} {starts:?}: {}", compared.verdict.text);
            assert_eq!((compared.seeds, compared.numbers.len()), (24, 8));
            assert!(
                compared.verdict.follows,
                "{adapter:?}: {}",
                compared.verdict.text
            );
            for one in &compared.numbers {
                // 8 numbers at 5 steps: five standard errors happen once in 10^4; and what the step of 0.02 is worth.
                let limit = 5.0 * one.deviation.standard_error + 0.01;
                assert!(
                    one.deviation.max_abs < limit,
                    "{adapter:?}: {} {one:?}",
                    one.number
                );
            }
        }
    }
}

/// Noise of ReLU (by signs) and of tanh (by a lattice rule): 24 seeds of full training and of an adapter at nu = 0.5 follow
/// the ODE; without its noise the loss of full training would be off by many standard errors.
#[test]
fn noise_of_other_links_is_that_of_sgd() {
    for text in ["relu", "tanh"] {
        for adapter in [Adapter::Full, Adapter::Spherical] {
            let model = Model::matched(link(text));
            let setup = NetworkSetup {
                model,
                ..network(adapter, (1e4, 400.0, 0.02))
            };
            let quiet = NetworkSetup {
                scaling: Scaling {
                    nu: 0.0,
                    ..setup.scaling.clone()
                },
                ..setup.clone()
            };
            let problem = NetworkProblem::new(setup).unwrap();
            let settings = Settings {
                schedule: Schedule::Every(50),
                ..settings(200, "24")
            };
            let watch = Cancel::default();
            let compared =
                compare_network(&problem, settings, Starts::Fixed, true, &watch).unwrap();
            assert!(
                compared.verdict.follows,
                "{text} {adapter:?}: {}",
                compared.verdict.text
            );
            let times = Wanted::Times(&[0.0, 4.0]);
            let losses = [problem, NetworkProblem::new(quiet).unwrap()].map(|problem| {
                follow_network(&problem, times, &Tolerances::default())
                    .unwrap()
                    .1
                    .loss[1]
            });
            let loss = &compared.numbers[0];
            println!("{text} {adapter:?}: {losses:?} {loss:?}");
            assert_eq!(loss.number.to_string(), "loss");
            if adapter == Adapter::Full {
                let off = (losses[0] - losses[1]).abs();
                assert!(
                    off > 20.0 * loss.deviation.standard_error,
                    "{text}: {losses:?}"
                );
            }
        }
    }
}

/// From scratch each seed is held against the flow from the weights that it drew.
#[test]
fn training_from_scratch_follows_its_ode_from_where_it_began() {
    let unit = DMatrix::identity(2, 2);
    let frame = Frame::of_overlaps(&unit, &DMatrix::zeros(2, 2), &unit).unwrap();
    let setup = NetworkSetup {
        adapter: Adapter::Scratch,
        draws_weights: true,
        scaling: scaling((300.0, 1000.0, 0.05)),
        t_max: 5.0,
        readout: vec![1.0, 0.5],
        ..NetworkSetup::new(Model::matched(link("erf")), frame)
    };
    let problem = NetworkProblem::new(setup).unwrap();
    let settings = Settings {
        schedule: Schedule::Every(20),
        ..settings(100, "24")
    };
    let watch = Cancel::default();
    for starts in [Starts::Random, Starts::Fixed] {
        let compared = compare_network(&problem, settings.clone(), starts, true, &watch).unwrap();
        assert!(compared.verdict.follows, "{}", compared.verdict.text);
        let spread = compared.numbers[2].summaries[0].std.unwrap();
        assert!((spread > 0.01) == (starts == Starts::Random), "{spread}");
    }
}

/// A run that learns ends where the goal of the theory says, and not before.
#[test]
fn a_run_that_has_learned_ends() {
    let setup = NetworkSetup {
        label_noise: 0.0,
        loss_tolerance: 0.1,
        t_max: 1e4,
        readout: vec![1.0, -1.0, 0.5],
        ..network(Adapter::Full, (1e4, 1e4, 0.1))
    };
    let problem = NetworkProblem::new(setup).unwrap();
    let settings = Settings {
        until: Until::Learned,
        schedule: Schedule::Every(10),
        ..settings(2000, "2")
    };
    let goal = NetworkGoal::of(&problem).unwrap();
    let simulation = NetworkSimulation::new(problem.clone(), settings).unwrap();
    let simulation = simulation.with_goal(Arc::new(move |seen| goal.is_reached(seen)));
    let ensemble = simulation.run(&Cancel::default(), None).unwrap();
    let (run, _) = follow_network(&problem, Wanted::Nothing, &Tolerances::default()).unwrap();
    assert_eq!(run.outcome, Outcome::Learned);
    let loss = NetworkLoss::of(&problem).unwrap();
    for one in &ensemble.runs {
        assert_eq!(one.end, Some(End::Learned));
        let excess = |k: usize| loss.excess(&one.records[k].seen).unwrap();
        let last = one.records.len() - 1;
        assert!(excess(last) <= 0.1 * excess(0) && excess(last - 1) > 0.1 * excess(0));
        // The step of 0.1 and the fluctuations at d = 10^4 count.
        let t = one.steps as f64 * 0.1;
        assert!((t / run.end - 1.0).abs() < 0.1, "{t} {}", run.end);
    }
}

/// A wrong theory is told apart: SGD at another label noise and a large nu.
#[test]
fn another_noise_is_a_deviation() {
    let problem = |noise: f64| {
        let setup = network(Adapter::Full, (1e3, 10.0, 0.02));
        NetworkProblem::new(NetworkSetup {
            label_noise: noise,
            ..setup
        })
        .unwrap()
    };
    let settings = Settings {
        method: Method::Projected,
        schedule: Schedule::Every(50),
        ..settings(100, "24")
    };
    let watch = Cancel::default();
    let same =
        compare_network(&problem(0.1), settings.clone(), Starts::Fixed, true, &watch).unwrap();
    let runs = run_network(problem(3.0).setup().clone(), settings.clone());
    let last = |runs: &[lorode::simulation::NetworkSeedRun]| {
        let squares = runs
            .iter()
            .map(|run| run.records.last().unwrap().seen.q.trace());
        squares.sum::<f64>() / runs.len() as f64
    };
    let (own, other) = (last(&same.ensemble.runs), last(&runs));
    assert!(same.verdict.follows && other > 1.05 * own, "{own} {other}");
}
