//! The finite-step map of networks.

use crate::network_systems::{ADAPTERS, Options, both};
use crate::support::cases::cases;
use crate::support::link;
use lorode::dynamics::FiniteStepMap;
use lorode::dynamics::network::network_system;
use lorode::integrator::Tolerances;
use lorode::model::Model;
use lorode::problem::network::{Frame, NetworkProblem, NetworkSetup};
use lorode::problem::{Adapter, Dynamics, Problem, Scaling, Setup};
use lorode::trajectory::network::follow_network;
use lorode::trajectory::{FlowError, Outcome, Until, Wanted, evolution, network_map};
use lorode::watch::Cancel;
use nalgebra::DMatrix;
use proptest::prelude::*;

/// `nu = eta d / B` with 50 samples in 100 dimensions.
fn scaling(eta: f64) -> Scaling {
    Scaling::new(100.0, Some(50.0), Some(eta), None).unwrap()
}

proptest! {
    #![proptest_config(cases(128))]

    /// One unit, one teacher unit, rank 1: the map of the single index, which has one on the sphere.
    #[test]
    fn one_unit_has_the_map_of_the_single_index(
        text in prop_oneof![
            Just("erf"), Just("relu"), Just("he1 + 0.5*he3"), Just("sign -> max(x, 0.2*x)"),
        ],
        angle in 5.0_f64..80.0,
        (eta, noise) in (0.01_f64..3.0, 0.0_f64..1.0),
        (u, a, b) in (-0.8_f64..0.8, -0.7_f64..0.7, -0.7_f64..0.7),
    ) {
        let model = match text.split_once(" -> ") {
            Some((teacher, student)) => Model::new(link(teacher), link(student)),
            None => Model::matched(link(text)),
        };
        let options = Options { nu: 0.0, noise, chi: 1.0, decay: 0.0 };
        let (problem, network) = both(&model, Adapter::Spherical, angle, options);
        let scaling = scaling(eta);
        let problem = Problem::new(Setup { scaling: scaling.clone(), ..problem.setup().clone() }).unwrap();
        let network = NetworkProblem::new(NetworkSetup { scaling, ..network.setup().clone() }).unwrap();
        let (single, many) = (FiniteStepMap::new(&problem).unwrap(), network_system(&network).unwrap());
        let (mut ours, mut theirs) = (vec![u, a, b], [u, a, b]);
        for _ in 0..3 {
            let mut next = vec![0.0; 3];
            many.step(&ours, eta, &mut next);
            (ours, theirs) = (next, single.apply(theirs));
            let size = theirs.iter().fold(1.0, |size: f64, x| size.max(x.abs()));
            for (ours, theirs) in ours.iter().zip(&theirs) {
                prop_assert!((ours - theirs).abs() < 1e-12 * size, "{ours} against {theirs} of {size}");
            }
            theirs = [ours[0], ours[1], ours[2]];
        }
    }
}

/// Three units of which two stand for copies, two overlapping teachers, rank 2, both layers, decay, LoRA+.
fn network(adapter: Adapter, nu: f64) -> NetworkProblem {
    let teachers = DMatrix::from_row_slice(2, 2, &[1.0, 0.3, 0.3, 1.0]);
    let m = DMatrix::from_row_slice(4, 2, &[0.5, 0.1, -0.2, 0.4, 0.1, 0.3, 0.5, 0.1]);
    let mut q: DMatrix<f64> = &m * m.transpose();
    (0..4).for_each(|i| q[(i, i)] += 0.4);
    // Units 1 and 4 are equal.
    (q[(0, 3)], q[(3, 0)]) = (q[(0, 0)], q[(0, 0)]);
    let mut m = m;
    if adapter == Adapter::Scratch {
        let lengths: Vec<f64> = (0..4).map(|i| q[(i, i)].sqrt()).collect();
        m = DMatrix::from_fn(4, 2, |i, j| m[(i, j)] / lengths[i]);
        q = DMatrix::from_fn(4, 4, |i, k| {
            if i == k {
                1.0
            } else {
                q[(i, k)] / (lengths[i] * lengths[k])
            }
        });
    }
    let frame = Frame::of_overlaps(&teachers, &m, &q).unwrap();
    let base = NetworkSetup::new(Model::matched(link("erf")), frame);
    let is_lora = adapter.is_lora();
    let mut scaling = base.scaling.clone();
    scaling.nu = nu;
    NetworkProblem::new(NetworkSetup {
        adapter,
        scaling,
        rank: 2,
        label_noise: 0.1,
        readout: vec![0.8, 0.4, -0.6, 0.8],
        readout_ratio: 0.7,
        step_ratio: if is_lora { 1.5 } else { 1.0 },
        weight_decay: if adapter == Adapter::Scratch {
            0.0
        } else {
            0.1
        },
        ..base
    })
    .unwrap()
}

/// A short step goes along the rates: `(step - state) / eta` is the rate to first order in `eta`, and to third order with
/// the first two orders taken away. Of the noise too, as `nu` is held.
#[test]
fn short_steps_go_along_the_rates() {
    for adapter in ADAPTERS {
        for nu in [0.0, 0.8] {
            let problem = network(adapter, nu);
            let system = network_system(&problem).unwrap();
            // A state that is nothing special, on the way from the start.
            let mut state = system.start();
            let size = state.len();
            let mut next = vec![0.0; size];
            let seed: Vec<f64> = (0..size).map(|i| 0.05 * (1.0 + i as f64).sin()).collect();
            state.iter_mut().zip(&seed).for_each(|(x, s)| *x += s);
            for _ in 0..20 {
                system.step(&state, 0.1, &mut next);
                std::mem::swap(&mut state, &mut next);
            }
            let mut rates = vec![0.0; size];
            system.rates(&state, &mut rates);
            let largest = rates.iter().fold(0.0_f64, |all, x| all.max(x.abs()));
            assert!(largest > 1e-3, "{adapter:?}: {largest}");
            let slope = |eta: f64| -> Vec<f64> {
                let mut next = vec![0.0; size];
                system.step(&state, eta, &mut next);
                next.iter()
                    .zip(&state)
                    .map(|(n, s)| (n - s) / eta)
                    .collect()
            };
            let [one, two, four] = [1e-3, 2e-3, 4e-3].map(slope);
            for i in 0..size {
                let extrapolated = (8.0 * one[i] - 6.0 * two[i] + four[i]) / 3.0;
                let off = (extrapolated - rates[i]).abs();
                assert!(
                    off < 1e-7 * largest,
                    "{adapter:?} {nu} {i}: {extrapolated} {}",
                    rates[i]
                );
                let first = (one[i] - rates[i]).abs();
                assert!(first < 0.05 * largest, "{adapter:?} {nu} {i}");
            }
        }
    }
}

/// One unit, one teacher unit, rank 1: the run of the single index, from the start through the search to the end.
#[test]
fn a_run_of_one_unit_is_that_of_the_single_index() {
    for (text, eta) in [("erf", 0.5), ("relu", 1.0), ("he1 + 0.5*he3", 0.02)] {
        let options = Options {
            nu: 0.0,
            noise: 0.3,
            chi: 1.0,
            decay: 0.0,
        };
        let (one, network) = both(
            &Model::matched(link(text)),
            Adapter::Spherical,
            30.0,
            options,
        );
        // Noise so small that it stops nothing, which rounding does not hide.
        let scaling = Scaling::new(100.0, Some(1e9), Some(eta), None).unwrap();
        let one = Problem::new(Setup {
            scaling: scaling.clone(),
            dynamics: Dynamics::Map,
            ..one.setup().clone()
        });
        let network = NetworkProblem::new(NetworkSetup {
            scaling,
            dynamics: Dynamics::Map,
            ..network.setup().clone()
        });
        let (one, network) = (one.unwrap(), network.unwrap());
        let tolerances = Tolerances::default();
        let times: Vec<f64> = (0..9).map(|i| f64::from(i * i * i) * 10.0 * eta).collect();
        let followed = evolution(&one).unwrap();
        let single = followed.follow(Until::Outcome, Wanted::Times(&times), &tolerances);
        let (ours, along) = single.unwrap();
        let many = follow_network(&network, Wanted::Times(&times), &tolerances);
        let (theirs, seen) = many.unwrap();
        assert_eq!(
            (ours.exit_time, ours.end),
            (theirs.exit_time, theirs.end),
            "{text}"
        );
        assert_eq!(
            (ours.outcome, theirs.outcome),
            (Outcome::Learned, Outcome::Learned),
            "{text}"
        );
        assert_eq!((ours.solver, along.t), (theirs.solver, seen.t));
        let losses = along.columns.of(&lorode::observable::LOSS);
        // Each step rounds at 1e-16, and growth keeps relative errors: some thousand steps.
        for (ours, theirs) in losses.iter().zip(&seen.loss) {
            let ours = ours.unwrap();
            assert!(
                (ours - theirs).abs() < 1e-12,
                "{text}: {ours} against {theirs}"
            );
        }
    }
}

/// Two units on either side, by LoRA.
fn pair(adapter: Adapter, rank: usize, (eta, batch): (f64, f64)) -> NetworkProblem {
    let teachers = DMatrix::identity(2, 2);
    let m = DMatrix::from_row_slice(2, 2, &[0.6, 0.1, 0.0, 0.4]);
    let q = &m * m.transpose();
    let frame = Frame::of_overlaps(&teachers, &m, &q).unwrap();
    let setup = NetworkSetup::new(Model::matched(link("erf")), frame);
    let problem = NetworkProblem::new(NetworkSetup {
        adapter,
        rank,
        scaling: Scaling::new(100.0, Some(batch), Some(eta), None).unwrap(),
        dynamics: Dynamics::Map,
        ..setup
    });
    problem.unwrap()
}

/// Every adapter learns, and what a run shows are the states of the map; steps ten times shorter come ten times closer to
/// the flow.
#[test]
fn runs_of_networks_are_the_map_and_short_steps_are_the_flow() {
    for adapter in [Adapter::Spherical, Adapter::Free, Adapter::Full] {
        let rank = if adapter.is_lora() { 2 } else { 1 };
        let exit = |dynamics: Dynamics, eta: f64| {
            let problem = pair(adapter, rank, (eta, 1e9));
            let problem = NetworkProblem::new(NetworkSetup {
                dynamics,
                threshold: 0.99,
                ..problem.setup().clone()
            });
            let tolerances = Tolerances::default();
            let (run, seen) =
                follow_network(&problem.unwrap(), Wanted::Spread(40), &tolerances).unwrap();
            assert_eq!(run.outcome, Outcome::Learned, "{adapter:?} {dynamics:?}");
            (run.exit_time.unwrap(), run, seen)
        };
        let (flow, ..) = exit(Dynamics::Flow, 0.1);
        let [long, short] = [0.4, 0.04].map(|eta| (exit(Dynamics::Map, eta).0 - flow).abs());
        // An exit is known to a step; that of the short one is 0.04.
        assert!(
            short < 0.2 * long + 0.04,
            "{adapter:?}: {short} {long} of {flow}"
        );
        let (_, run, seen) = exit(Dynamics::Map, 0.4);
        assert_eq!(seen.t.last(), Some(&run.end));
        let steps: Vec<u64> = seen.t.iter().map(|t| (t / 0.4).round() as u64).collect();
        let again = network_map(&pair(adapter, rank, (0.4, 1e9)), &steps, Cancel::default());
        assert_eq!(again.unwrap(), seen, "{adapter:?}");
    }
}

/// Rank 1 is too small for two units, and what stops the flow stops the map, to rounding of the loss; noise of SGD
/// leaves another rest, which is owed to it; too large a step has no end.
#[test]
fn runs_of_networks_come_to_rest_or_diverge() {
    let tolerances = Tolerances::default();
    let run = |problem: &NetworkProblem| {
        follow_network(problem, Wanted::Nothing, &tolerances).map(|(run, _)| run)
    };
    let by_map = pair(Adapter::Spherical, 1, (0.5, 1e15));
    let flow = NetworkProblem::new(NetworkSetup {
        dynamics: Dynamics::Flow,
        ..by_map.setup().clone()
    });
    let (map, flow) = (run(&by_map).unwrap(), run(&flow.unwrap()).unwrap());
    assert_eq!((map.outcome, flow.outcome), (Outcome::Rest, Outcome::Rest));
    assert!(
        (map.loss - flow.loss).abs() < 1e-12,
        "{} {}",
        map.loss,
        flow.loss
    );
    let noisy = NetworkProblem::new(NetworkSetup {
        label_noise: 0.5,
        ..pair(Adapter::Spherical, 2, (0.2, 20.0)).setup().clone()
    });
    let noisy = run(&noisy.unwrap());
    let noisy = noisy.unwrap();
    assert_eq!(noisy.outcome, Outcome::NoiseFloor, "{noisy:?}");
    assert!(noisy.excess > 1e-4);
    let steep = NetworkProblem::new(NetworkSetup {
        model: Model::matched(link("he3")),
        ..pair(Adapter::Full, 1, (10.0, 50.0)).setup().clone()
    });
    let diverged = run(&steep.unwrap());
    assert!(
        matches!(diverged, Err(FlowError::Diverged { .. })),
        "{diverged:?}"
    );
}
