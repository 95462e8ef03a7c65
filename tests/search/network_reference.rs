//! The search phase of networks against values made elsewhere, and against that of one unit.

use crate::support::link;
use crate::support::networks::{Rows, apart, matrix};
use lorode::model::Model;
use lorode::problem::network::{Frame, NetworkProblem, NetworkSetup};
use lorode::problem::{Adapter, PreTraining, Problem, Setup};
use lorode::search::SearchPhase;
use lorode::search::network::{network_search, rate_minima};
use nalgebra::DMatrix;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    link: String,
    units: usize,
    teacher_units: usize,
    m0: Rows,
    q0: Rows,
    readout: f64,
    teacher_readout: f64,
    growth_rate: f64,
    gradient_singular_values: Vec<f64>,
    curvature: Rows,
    loss: f64,
}

#[test]
fn growth_rates_match_the_reference() {
    let text = include_str!("../reference/network_rates.json");
    let all: Vec<Case> = serde_json::from_str(text).unwrap();
    assert_eq!(all.len(), 3);
    for case in &all {
        let stars = DMatrix::identity(case.teacher_units, case.teacher_units);
        let frame = Frame::of_overlaps(&stars, &matrix(&case.m0), &matrix(&case.q0)).unwrap();
        let mut setup = NetworkSetup::new(Model::matched(link(&case.link)), frame);
        setup.readout = vec![case.readout; case.units];
        setup.teacher_readout = vec![case.teacher_readout; case.teacher_units];
        let problem = NetworkProblem::new(setup).unwrap();
        let search = network_search(&problem).unwrap().unwrap();
        let mut worst = apart(&search.curvature_matrix, &case.curvature);
        worst = worst.max((search.growth_rate - case.growth_rate).abs());
        worst = worst.max((search.loss - case.loss).abs());
        let values = &search.gradient_singular_values;
        assert_eq!(values.len(), case.gradient_singular_values.len());
        for (ours, theirs) in values.iter().zip(&case.gradient_singular_values) {
            worst = worst.max((ours - theirs).abs());
        }
        assert!(worst < 1e-9, "{}: {worst:e}", case.link);
        assert_eq!(search.tau, Some(1.0 / search.growth_rate));
        assert!(
            search
                .growth_rates
                .windows(2)
                .all(|pair| pair[0] >= pair[1])
        );
    }
}

/// One unit: rates by the quadratic formula, to the digits that the gradient has (it is a small difference here).
#[test]
fn one_unit_has_the_rates_of_the_single_index() {
    for text in ["erf", "relu", "he1 + 0.5*he3"] {
        for (mu, angle, adapter, chi, decay) in [
            (0.5, 30.0, Adapter::Spherical, 1.0, 0.0),
            (0.9, 10.0, Adapter::Spherical, 3.0, 0.01),
            (0.99, 0.5, Adapter::Free, 0.5, 0.02),
        ] {
            let model = Model::matched(link(text));
            let weights = PreTraining::tilted(mu, angle).unwrap();
            let (rho, orthogonal) = (weights.rho(), weights.orthogonal());
            let mut single = Setup::new(model.clone(), weights);
            let teacher = DMatrix::from_row_slice(1, 2, &[1.0, 0.0]);
            let student = DMatrix::from_row_slice(1, 2, &[rho, orthogonal]);
            let frame = Frame::of_components(teacher, student, 1).unwrap();
            let mut network = NetworkSetup::new(model, frame);
            (single.adapter, network.adapter) = (adapter, adapter);
            (single.step_ratio, network.step_ratio) = (chi, chi);
            (single.weight_decay, network.weight_decay) = (decay, decay);
            let phase = SearchPhase::of(&Problem::new(single).unwrap()).unwrap();
            let network = NetworkProblem::new(network).unwrap();
            let search = network_search(&network).unwrap().unwrap();
            let gap = (search.growth_rate - phase.growth_rate).abs();
            let digits = 1e-13 * phase.gradient_norm.abs().max(1e-3);
            assert!(gap < digits, "{text}, mu = {mu}: off by {gap:e}");
            assert!((search.growth_rates[1] - phase.decay_rate).abs() < 1e-12);
            let gradient = search.gradient_singular_values[0];
            assert!((gradient - phase.gradient_norm.abs()).abs() < 1e-13);
            assert_eq!(search.tau.is_some(), phase.tau.is_some());
        }
    }
}

/// He3 loses its gradient at the critical strength 0.3207, and at 1, where nothing is left to learn.
#[test]
fn minima_along_the_ray_are_the_zeros_of_the_gradient() {
    let one = DMatrix::from_element(1, 1, 1.0);
    let frame = Frame::of_components(one.clone(), one, 1).unwrap();
    let setup = NetworkSetup::new(Model::matched(link("he3")), frame);
    let problem = NetworkProblem::new(setup).unwrap();
    let found = rate_minima(&problem, (0.05, 1.3)).unwrap();
    let places: Vec<f64> = found.iter().map(|minimum| minimum.strength).collect();
    assert_eq!(places.len(), 2, "{found:?}");
    assert!(
        (places[0] - 0.320_7).abs() < 1e-4 && (places[1] - 1.0).abs() < 1e-7,
        "{found:?}"
    );
    assert!(found.iter().all(|minimum| minimum.is_zero), "{found:?}");
}
