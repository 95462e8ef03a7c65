//! Runs of networks: determinism, checkpoints, starts that are given, and what is refused.

use std::sync::atomic::{AtomicU64, Ordering};

use super::network_laws::{run_network, scaling};
use super::simulation_laws::{link, settings};
use lorode::model::Model;
use lorode::observable::network::cosine_of_units;
use lorode::problem::network::{AdapterStart, Frame, NetworkProblem, NetworkSetup};
use lorode::problem::{Adapter, ProblemOptions};
use lorode::simulation::{Method, NetworkSimulation, Schedule, Settings};
use lorode::watch::{Cancel, Watch};
use nalgebra::DMatrix;

/// Four units, each pre-trained towards its own teacher.
fn committee(dim: f64) -> NetworkSetup {
    let teachers = DMatrix::identity(4, 4);
    let m = DMatrix::from_diagonal_element(4, 4, 0.5);
    let frame = Frame::of_overlaps(&teachers, &m, &(&m * &m)).unwrap();
    NetworkSetup {
        rank: 2,
        scaling: scaling((dim, 20.0, 0.1)),
        ..NetworkSetup::new(Model::matched(link("erf")), frame)
    }
}

#[test]
fn a_seed_of_a_network_is_a_function_of_itself() {
    for method in [Method::Projected, Method::Full] {
        let at = |seeds: &str| Settings {
            method,
            schedule: Schedule::Every(10),
            ..settings(60, seeds)
        };
        let many = run_network(committee(30.0), at("6"));
        let alone = run_network(committee(30.0), at("4,"));
        assert_eq!(many[4], alone[0]);
        assert_ne!(many[3].records, many[4].records);
        let pool = rayon::ThreadPoolBuilder::new();
        let pool = pool.num_threads(1).build().unwrap();
        assert_eq!(many, pool.install(|| run_network(committee(30.0), at("6"))));
    }
}

/// Ends the work after so many steps.
struct Impatient(Cancel, AtomicU64);

impl Watch for Impatient {
    fn advance(&self, units: u64) {
        if self.1.fetch_add(units, Ordering::Relaxed) > 100 {
            self.0.set();
        }
    }

    fn cancel(&self) -> Cancel {
        self.0
    }
}

#[test]
fn a_run_of_a_network_goes_on_where_it_was_left() {
    for method in [Method::Projected, Method::Full] {
        let at = Settings {
            method,
            schedule: Schedule::Every(50),
            ..settings(400, "3")
        };
        let problem = NetworkProblem::new(committee(30.0)).unwrap();
        let simulation = NetworkSimulation::new(problem, at).unwrap();
        let whole = simulation.run(&Cancel::default(), None).unwrap();
        let impatient = Impatient(Cancel::new(), AtomicU64::new(0));
        let part = simulation.run(&impatient, None).unwrap();
        assert!(!part.is_finished);
        let text = serde_json::to_string(&part.checkpoint).unwrap();
        let read = serde_json::from_str(&text).unwrap();
        let rest = simulation.run(&Cancel::default(), Some(read)).unwrap();
        assert_eq!(rest.runs, whole.runs);
        // Another rank is another run.
        let other = NetworkSetup {
            rank: 1,
            ..committee(30.0)
        };
        let problem = NetworkProblem::new(other).unwrap();
        let other = NetworkSimulation::new(problem, simulation.settings().clone()).unwrap();
        assert!(
            other
                .run(&Cancel::default(), Some(part.checkpoint))
                .is_err()
        );
    }
}

/// What is given is taken exactly, by either method; the rest has the size it must have.
#[test]
fn starts_are_taken_as_they_are_given() {
    let alignment = DMatrix::from_row_slice(2, 4, &[0.3, 0.0, -0.1, 0.2, 0.0, 0.4, 0.1, 0.0]);
    let c = DMatrix::from_row_slice(2, 2, &[1.0, -0.3, -0.3, 1.0]);
    let u = DMatrix::from_fn(4, 2, |i, j| 0.1 * (i as f64) - 0.2 * j as f64);
    for (method, dim) in [
        (Method::Projected, 1e9),
        (Method::Projected, 6.0),
        (Method::Full, 6.0),
    ] {
        for given in [Some(c.clone()), None] {
            let setup = NetworkSetup {
                start: AdapterStart {
                    u: Some(u.clone()),
                    alignment: Some(alignment.clone()),
                    s: None,
                    c: given.clone(),
                },
                ..committee(dim)
            };
            let at = Settings {
                method,
                ..settings(1, "2")
            };
            let runs = run_network(setup, at);
            let seen = |seed: usize| &runs[seed].records[0].seen;
            let close =
                |a: &DMatrix<f64>, b: &DMatrix<f64>| assert!((a - b).amax() < 1e-14, "{a} {b}");
            for seed in [0, 1] {
                close(seen(seed).alignment.as_ref().unwrap(), &alignment);
                close(seen(seed).s.as_ref().unwrap(), &(&alignment * 0.5));
                close(
                    &seen(seed).m,
                    &(DMatrix::identity(4, 4) * 0.5 + &u * &alignment),
                );
                let found = seen(seed).c.as_ref().unwrap();
                match &given {
                    Some(c) => close(found, c),
                    None => assert!((0..2).all(|i| (found[(i, i)] - 1.0).abs() < 1e-14)),
                }
            }
            let other = seen(0).c == seen(1).c;
            assert!(
                other == given.is_some() || given.is_some(),
                "{method:?} {dim}"
            );
        }
    }
}

/// Full fine-tuning starts at the weights of the problem: their cosine with the teachers is 1 here, and the search is
/// over; the loss of step 0 is that of the overlaps.
#[test]
fn full_fine_tuning_starts_at_the_pretrained_weights() {
    let setup = NetworkSetup {
        adapter: Adapter::Full,
        rank: 1,
        ..committee(1e6)
    };
    let at = Settings {
        test_batch: 200_000,
        ..settings(1, "1")
    };
    let run = &run_network(setup, at)[0];
    let first = &run.records[0];
    assert_eq!(run.exit_step, Some(0));
    let half = DMatrix::identity(4, 4) * 0.5;
    assert!((&first.seen.m - &half).amax() < 1e-15);
    assert!((cosine_of_units(&half, &first.seen.q) - first.seen.cosine).abs() < 1e-15);
    // Four independent units of readout 1/4: (E[f^2] + E[g^2] - 2 E[f g]) / 8 with the arcsines of erf.
    let average = |v1: f64, v2: f64, c: f64| {
        let rho = 2.0 * c / ((1.0 + 2.0 * v1) * (1.0 + 2.0 * v2)).sqrt();
        rho.asin() * std::f64::consts::FRAC_2_PI
    };
    let loss =
        (average(1.0, 1.0, 1.0) + average(0.25, 0.25, 0.25) - 2.0 * average(1.0, 0.25, 0.5)) / 8.0;
    // The spread of (y - yhat)^2/2 is about its mean times sqrt(2): five standard errors.
    assert!(
        (first.loss / loss - 1.0).abs() < 5.0 * (2.0_f64 / 2e5).sqrt(),
        "{} {loss}",
        first.loss
    );
}

/// From scratch the rows of W are uniform on the sphere: the overlaps with a teacher are nearly normal with variance 1/d.
#[test]
fn weights_from_scratch_are_drawn_where_none_are_given() {
    let (one, m) = (DMatrix::identity(2, 2), DMatrix::zeros(2, 2));
    for (method, dim, seeds) in [(Method::Projected, 1e6, 2000), (Method::Full, 1e2, 2000)] {
        let setup = NetworkSetup {
            adapter: Adapter::Scratch,
            draws_weights: true,
            scaling: scaling((dim, 1.0, 0.1)),
            ..NetworkSetup::new(
                Model::matched(link("erf")),
                Frame::of_overlaps(&one, &m, &one).unwrap(),
            )
        };
        let at = Settings {
            method,
            ..settings(1, &seeds.to_string())
        };
        let runs = run_network(setup, at);
        for entry in 0..4 {
            let of = |run: &lorode::simulation::NetworkSeedRun| run.records[0].seen.m[entry];
            let squares: f64 = runs.iter().map(|run| dim * of(run).powi(2)).sum();
            // A chi-squared number: five standard deviations, and 1/d.
            let mean = squares / f64::from(seeds);
            assert!(
                (mean - 1.0).abs() < 5.0 * (2.0 / f64::from(seeds)).sqrt(),
                "{method:?} {mean}"
            );
        }
        let off = |q: &DMatrix<f64>| (q[(0, 0)] - 1.0).abs().max((q[(1, 1)] - 1.0).abs());
        assert!(runs.iter().all(|run| off(&run.records[0].seen.q) < 1e-14));
    }
}

#[test]
fn options_draw_weights_from_scratch_unless_a_start_is_given() {
    let model = Model::matched(link("erf"));
    for (adapter, start, draws) in [
        (Adapter::Scratch, None, true),
        (Adapter::Scratch, Some("[[0.1, 0.0], [0.0, 0.1]]"), false),
        (Adapter::Full, None, false),
    ] {
        let options = ProblemOptions {
            adapter: Some(adapter),
            units: Some("2".parse().unwrap()),
            teacher_units: Some("2".parse().unwrap()),
            start_m: start.map(|rows| serde_json::from_str(rows).unwrap()),
            ..ProblemOptions::default()
        };
        let mu = (adapter == Adapter::Full).then_some(0.5);
        let problem = options.network_problem(&model, mu).unwrap();
        assert_eq!(problem.setup().draws_weights, draws, "{adapter:?}");
    }
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let refusal = |setup: NetworkSetup| {
        let problem = NetworkProblem::new(setup).unwrap();
        let refused = NetworkSimulation::new(problem, settings(1, "1"));
        refused.unwrap_err().to_string()
    };
    let one = DMatrix::identity(1, 1);
    let frame = Frame::of_overlaps(&one, &(&one * 0.5), &(&one * 0.25)).unwrap();
    let setup = NetworkSetup {
        rank: 2,
        scaling: scaling((2.0, 20.0, 0.1)),
        start: AdapterStart {
            alignment: Some(DMatrix::zeros(2, 1)),
            c: Some(DMatrix::identity(2, 2)),
            ..AdapterStart::default()
        },
        ..NetworkSetup::new(Model::matched(link("erf")), frame)
    };
    assert_eq!(
        refusal(setup.clone()),
        "start: beside what it gives, the adapter has 2 directions of its own, and dim leaves 1: lower the rank or raise \
         dim"
    );
    let unknown = NetworkSetup {
        scaling: lorode::problem::Scaling::new(100.0, None, None, None).unwrap(),
        ..setup
    };
    assert!(refusal(unknown).contains("to simulate SGD"));
}
