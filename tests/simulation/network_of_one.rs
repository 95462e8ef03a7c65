//! The case `K = K* = r = 1` of networks against the single index.

use super::network_laws::{Sample, compare, run_network, scaling};
use super::simulation_laws::{link, settings};
use lorode::model::Model;
use lorode::problem::network::{AdapterStart, Frame, NetworkSetup};
use lorode::problem::{Adapter, Momentum, PreTraining, Problem, Setup};
use lorode::simulation::{NetworkSeedRun, Schedule, SeedRun, Settings, Simulation};
use lorode::watch::Cancel;
use nalgebra::DMatrix;

/// A single index, and the same as a network.
fn single(adapter: Adapter, momentum: f64) -> (Setup, NetworkSetup) {
    let scaling = scaling((6.0, 2.0, 0.3 * (1.0 - momentum)));
    let momentum = Momentum::of(Some(momentum), None).unwrap();
    let scaling = scaling.with_momentum(momentum).unwrap();
    let pretraining = match adapter {
        Adapter::Scratch => PreTraining::none(),
        _ => PreTraining::tilted(0.6, 50.0).unwrap(),
    };
    let model = Model::new(link("sign"), link("tanh"));
    let (alignment, s) = match adapter {
        Adapter::Free => (Some(0.3), Some(0.2)),
        Adapter::Scratch => (Some(0.3), None),
        _ => (None, None),
    };
    let setup = Setup {
        adapter,
        scaling: scaling.clone(),
        label_noise: 0.2,
        alignment0: alignment,
        s0: s,
        u0: if adapter.is_lora() { 0.2 } else { 0.0 },
        step_ratio: if adapter.is_lora() { 2.0 } else { 1.0 },
        weight_decay: if adapter == Adapter::Scratch {
            0.0
        } else {
            0.05
        },
        ..Setup::new(model.clone(), pretraining)
    };
    let number = |x: f64| DMatrix::from_element(1, 1, x);
    let (rho, kappa) = match adapter {
        Adapter::Scratch => (0.3, 1.0),
        _ => (
            pretraining.rho(),
            pretraining.rho().powi(2) + pretraining.orthogonal().powi(2),
        ),
    };
    let frame = Frame::of_overlaps(&number(1.0), &number(rho), &number(kappa)).unwrap();
    let start = AdapterStart {
        u: Some(number(0.2)),
        alignment: alignment.map(number),
        s: s.map(number),
        c: None,
    };
    let network = NetworkSetup {
        adapter,
        scaling,
        label_noise: 0.2,
        step_ratio: setup.step_ratio,
        weight_decay: setup.weight_decay,
        start: if adapter.is_lora() {
            start
        } else {
            AdapterStart::default()
        },
        ..NetworkSetup::new(model, frame)
    };
    (setup, network)
}

#[test]
fn one_unit_one_teacher_rank_one_is_the_single_index() {
    let adapters = [
        (Adapter::Spherical, 0.0),
        (Adapter::Free, 0.0),
        (Adapter::Full, 0.0),
        (Adapter::Scratch, 0.0),
        (Adapter::Spherical, 0.6),
        (Adapter::Full, 0.6),
    ];
    for (adapter, momentum) in adapters {
        let (setup, network) = single(adapter, momentum);
        let settings = |seeds: &str| Settings {
            schedule: Schedule::Every(3),
            test_batch: 20,
            ..settings(15, seeds)
        };
        let simulation = Simulation::new(Problem::new(setup).unwrap(), settings("1500")).unwrap();
        let single = simulation.run(&Cancel::default(), None).unwrap().runs;
        let many = run_network(network, settings("1500:2999"));
        // A threshold on the alignment is not one on the cosine where V is free.
        let skip = usize::from(adapter == Adapter::Free);
        let (one, other) = (of_single(&single), of_network(&many));
        let worst = compare(
            &format!("{adapter:?}"),
            (&one[skip..], &other[skip..]),
            4 * one.len(),
        );
        assert!(worst > 0.2, "{worst}");
    }
}

fn of_single(runs: &[SeedRun]) -> Vec<Sample> {
    by_name(runs.iter().map(|run| {
        let mut row = vec![(
            "exit".to_owned(),
            run.exit_step.map_or(1e9, |step| step as f64),
        )];
        for record in &run.records {
            let seen = &record.seen;
            let numbers = [
                Some(seen.m),
                Some(seen.q()),
                seen.u,
                seen.s,
                Some(record.loss),
            ];
            row.extend(named(record.step, &numbers));
        }
        row
    }))
}

fn of_network(runs: &[NetworkSeedRun]) -> Vec<Sample> {
    by_name(runs.iter().map(|run| {
        let mut row = vec![(
            "exit".to_owned(),
            run.exit_step.map_or(1e9, |step| step as f64),
        )];
        for record in &run.records {
            let seen = &record.seen;
            let first = |matrix: &Option<DMatrix<f64>>| matrix.as_ref().map(|m| m[0]);
            let numbers = [
                Some(seen.m[0]),
                Some(seen.q[0]),
                first(&seen.u),
                first(&seen.s),
                Some(record.loss),
            ];
            row.extend(named(record.step, &numbers));
        }
        row
    }))
}

fn named(step: u64, numbers: &[Option<f64>]) -> impl Iterator<Item = (String, f64)> {
    let name = move |k: usize| format!("number {k} at step {step}");
    let all = numbers.iter().enumerate();
    all.filter_map(move |(k, x)| x.map(|x| (name(k), (x * 1e9).round())))
}

fn by_name(rows: impl Iterator<Item = Vec<(String, f64)>>) -> Vec<Sample> {
    let mut found: Vec<Sample> = Vec::new();
    for row in rows {
        found.resize_with(row.len(), Default::default);
        for ((name, all), (own, value)) in found.iter_mut().zip(row) {
            *name = own;
            all.push(value);
        }
    }
    found
}
