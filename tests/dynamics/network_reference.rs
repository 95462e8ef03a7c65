//! Runs of networks against values made elsewhere.

use crate::support::link;
use crate::support::networks::{Record, Rows, apart, matrix, reference};
use lorode::dynamics::network::network_system;
use lorode::integrator::{Method, Tolerances};
use lorode::model::Model;
use lorode::problem::Adapter;
use lorode::problem::network::{Frame, NetworkProblem, NetworkSetup};
use lorode::trajectory::Wanted;
use lorode::trajectory::network::{NetworkTrajectory, follow_network};
use nalgebra::DMatrix;
use serde::Deserialize;

fn strict() -> Tolerances {
    Tolerances {
        rtol: 1e-10,
        ..Tolerances::default()
    }
}

fn followed(problem: &NetworkProblem, times: &[f64]) -> NetworkTrajectory {
    follow_network(problem, Wanted::Times(times), &strict())
        .unwrap()
        .1
}

/// Largest deviation of a record, of anything that it has.
fn deviation(seen: &NetworkTrajectory, i: usize, record: &Record) -> f64 {
    let readouts = seen.readout[i].iter().zip(&record.readout);
    let mut worst = readouts.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    worst = worst.max((seen.loss[i] - record.loss).abs());
    let both = [
        (&seen.m, Some(&record.m)),
        (&seen.q, Some(&record.q)),
        (&seen.u, record.u.as_ref()),
        (&seen.alignment, record.alignment.as_ref()),
        (&seen.s, record.s.as_ref()),
        (&seen.c, record.c.as_ref()),
    ];
    for (ours, theirs) in both {
        assert_eq!(ours.get(i).is_some(), theirs.is_some());
        if let (Some(ours), Some(theirs)) = (ours.get(i), theirs) {
            worst = worst.max(apart(ours, theirs));
        }
    }
    worst
}

/// The values are good to 1e-10; the local tolerance is that as well.
#[test]
fn runs_of_every_adapter_match_the_reference() {
    let all = reference();
    assert_eq!(all.len(), 6);
    for case in &all {
        let times: Vec<f64> = case.records.iter().map(|record| record.t).collect();
        let mut setup = case.setup();
        // What comes later is not asked for.
        setup.t_max = times[times.len() - 1];
        let seen = followed(&NetworkProblem::new(setup).unwrap(), &times);
        assert_eq!(seen.t, times);
        for (i, record) in case.records.iter().enumerate() {
            let worst = deviation(&seen, i, record);
            assert!(worst < 1e-8, "{}, t = {}: {worst:e}", case.name, record.t);
        }
    }
}

/// A committee of erf(x/sqrt 2), trained in full.
fn committee(teachers: &DMatrix<f64>, m: &Rows, q: &Rows) -> NetworkSetup {
    let frame = Frame::of_overlaps(teachers, &matrix(m), &matrix(q)).unwrap();
    let mut setup = NetworkSetup::new(Model::matched(link("erf(x/sqrt(2))")), frame);
    setup.adapter = Adapter::Full;
    setup
}

#[derive(Deserialize)]
struct Goldt {
    cases: Vec<GoldtCase>,
}

#[derive(Deserialize)]
struct GoldtCase {
    teacher_units: usize,
    teacher_readout: Vec<f64>,
    nu: f64,
    noise: f64,
    readout_ratio: f64,
    records: Vec<Record>,
}

/// Euler steps from the start of a problem, as programs of the field make them: the state nearest to each time.
fn by_euler(problem: &NetworkProblem, step: f64, times: &[f64]) -> NetworkTrajectory {
    let system = network_system(problem).unwrap();
    let (mut state, mut seen) = (system.start(), NetworkTrajectory::default());
    let (mut rates, mut made) = (state.clone(), 0);
    for t in times {
        let steps = (t / step).round() as usize;
        for _ in made..steps {
            system.rates(&state, &mut rates);
            state
                .iter_mut()
                .zip(&rates)
                .for_each(|(y, f)| *y += step * f);
        }
        made = steps;
        let at = system.observe(&state);
        seen.m.push(at.m);
        seen.q.push(at.q);
        seen.readout.push(at.readout);
        seen.loss.push(system.loss(&state));
    }
    seen
}

/// Both layers trained, with noise; the program prints six digits of Euler steps of 1e-3 of its clock `t / nu`. The ODE
/// is off by no more than these digits and what such steps make of it, which counts in the first, fast part.
#[test]
fn both_layers_match_the_program_of_goldt() {
    let text = include_str!("../reference/committee_goldt.json");
    let all: Goldt = serde_json::from_str(text).unwrap();
    assert_eq!(all.cases.len(), 2);
    for case in &all.cases {
        let start = &case.records[0];
        let stars = DMatrix::identity(case.teacher_units, case.teacher_units);
        let mut setup = committee(&stars, &start.m, &start.q);
        setup.readout.clone_from(&start.readout);
        setup.teacher_readout.clone_from(&case.teacher_readout);
        (setup.scaling.nu, setup.label_noise) = (case.nu, case.noise);
        setup.readout_ratio = case.readout_ratio;
        let times: Vec<f64> = case.records.iter().map(|record| record.t).collect();
        setup.t_max = times[times.len() - 1];
        let problem = NetworkProblem::new(setup).unwrap();
        let mut solved = followed(&problem, &times);
        // Their loss is without the labels' noise.
        solved
            .loss
            .iter_mut()
            .for_each(|loss| *loss -= 0.5 * case.noise);
        let stepped = by_euler(&problem, 1e-3 * case.nu, &times);
        for (i, record) in case.records.iter().enumerate() {
            let steps = (&stepped.q[i] - &solved.q[i]).amax();
            let worst = deviation(&solved, i, record);
            let allowed = 1e-5 + steps;
            assert!(allowed < 6e-5, "t = {}: {allowed:e}", record.t);
            assert!(worst < allowed, "t = {}: {worst:e}, {allowed:e}", record.t);
        }
    }
}

#[derive(Deserialize)]
struct Published {
    student_units: usize,
    readout: f64,
    teacher_readout: f64,
    teacher_overlaps: Rows,
    records: Vec<PublishedRecord>,
}

#[derive(Deserialize)]
struct PublishedRecord {
    t: f64,
    m: Rows,
    q: Rows,
}

/// Ten units and two teacher units, data of Arnaboldi et al. 2023: only `nu Delta = 5e-5` acts there. Their steps make an
/// error of 5e-5, largest at t = 10.
#[test]
fn ten_units_match_published_data() {
    let text = include_str!("../reference/committee_10x2.json");
    let data: Published = serde_json::from_str(text).unwrap();
    let start = &data.records[0];
    let mut setup = committee(&matrix(&data.teacher_overlaps), &start.m, &start.q);
    setup.readout = vec![data.readout; data.student_units];
    setup.teacher_readout = vec![data.teacher_readout; data.teacher_overlaps.len()];
    (setup.scaling.nu, setup.label_noise) = (1e-9, 5e4);
    let times: Vec<f64> = data.records.iter().map(|record| record.t).collect();
    setup.t_max = times[times.len() - 1];
    let problem = NetworkProblem::new(setup).unwrap();
    let tolerances = Tolerances {
        rtol: 1e-7,
        method: Method::Rk45,
        ..Tolerances::default()
    };
    let (_, solved) = follow_network(&problem, Wanted::Times(&times), &tolerances).unwrap();
    for (i, record) in data.records.iter().enumerate() {
        let worst = apart(&solved.m[i], &record.m).max(apart(&solved.q[i], &record.q));
        assert!(worst < 1e-4, "t = {}: {worst:e}", record.t);
    }
}
