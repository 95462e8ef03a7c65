//! The closed systems of networks: those of the single index where there is one unit, and laws of any size.

use crate::support::cases::cases;
use crate::support::link;
use lorode::dynamics::closed_system;
use lorode::dynamics::network::network_system;
use lorode::model::Model;
use lorode::problem::network::{Frame, NetworkProblem, NetworkSetup};
use lorode::problem::{Adapter, PreTraining, Problem, Setup};
use nalgebra::DMatrix;
use proptest::prelude::*;

pub(super) const ADAPTERS: [Adapter; 4] = [
    Adapter::Spherical,
    Adapter::Free,
    Adapter::Full,
    Adapter::Scratch,
];

/// Options of a run with one unit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options {
    pub(super) nu: f64,
    pub(super) noise: f64,
    pub(super) chi: f64,
    pub(super) decay: f64,
}

/// The same problem for both kinds of systems.
pub(super) fn both(
    model: &Model,
    adapter: Adapter,
    angle: f64,
    options: Options,
) -> (Problem, NetworkProblem) {
    let facts = adapter.facts();
    let weights = if adapter == Adapter::Scratch {
        PreTraining::aligned(0.0)
    } else {
        PreTraining::tilted(0.6, angle)
    };
    let mut setup = Setup::new(model.clone(), weights.unwrap());
    let (x, y) = match adapter {
        Adapter::Scratch => (0.3, 0.91_f64.sqrt()),
        _ => (setup.pretraining.rho(), setup.pretraining.orthogonal()),
    };
    let teacher = DMatrix::from_row_slice(1, 2, &[1.0, 0.0]);
    let frame = Frame::of_components(teacher, DMatrix::from_row_slice(1, 2, &[x, y]), 1);
    let mut network = NetworkSetup::new(model.clone(), frame.unwrap());
    (setup.adapter, network.adapter) = (adapter, adapter);
    (setup.scaling.nu, network.scaling.nu) = (options.nu, options.nu);
    (setup.label_noise, network.label_noise) = (options.noise, options.noise);
    if facts.is_lora {
        (setup.step_ratio, network.step_ratio) = (options.chi, options.chi);
    }
    if adapter != Adapter::Scratch {
        (setup.weight_decay, network.weight_decay) = (options.decay, options.decay);
    }
    (
        Problem::new(setup).unwrap(),
        NetworkProblem::new(network).unwrap(),
    )
}

proptest! {
    #![proptest_config(cases(256))]

    /// One unit, one teacher unit, rank 1: rates, loss and overlaps are those of the single index, for every adapter and
    /// option, the states having the same components.
    #[test]
    fn one_unit_is_the_single_index(
        adapter in 0_usize..4,
        text in prop_oneof![
            Just("erf"), Just("erf(x/sqrt(2)) -> 0.7*erf(2*x)"), Just("relu"), Just("he1 + 0.5*he3"),
            Just("he2 -> he1 + 0.3*he2"), Just("sign -> max(x, 0.2*x)"),
        ],
        angle in 5.0_f64..80.0,
        (nu, noise, chi, decay) in (0.1_f64..2.0, 0.0_f64..1.0, 0.2_f64..4.0, 0.0_f64..0.3),
        (u, a, b, r) in (-0.8_f64..0.8, -0.7_f64..0.7, -0.7_f64..0.7, 0.1_f64..2.0),
    ) {
        let adapter = ADAPTERS[adapter];
        let model = match text.split_once(" -> ") {
            Some((teacher, student)) => Model::new(link(teacher), link(student)),
            None => Model::matched(link(text)),
        };
        let (problem, network) = both(&model, adapter, angle, Options { nu, noise, chi, decay });
        let (single, many) = (closed_system(&problem), network_system(&network).unwrap());
        let state = match adapter {
            Adapter::Spherical => vec![u, a, b],
            Adapter::Free => vec![u, a, b, r],
            Adapter::Full => vec![a, r],
            Adapter::Scratch => vec![a],
        };
        prop_assert_eq!((single.start().len(), many.start().len()), (state.len(), state.len()));
        let (mut ours, mut theirs) = (vec![0.0; state.len()], vec![0.0; state.len()]);
        many.rates(&state, &mut ours);
        single.rates(&state, &mut theirs);
        // A dozen roundings of terms of the size of the largest.
        let size = theirs.iter().fold(1.0, |size: f64, x| size.max(x.abs()));
        for (ours, theirs) in ours.iter().zip(&theirs) {
            prop_assert!((ours - theirs).abs() < 1e-12 * size, "{ours} against {theirs} of {size}");
        }
        prop_assert!((many.loss(&state) - single.loss(&state)).abs() < 1e-12 * size);
        let (seen, one) = (many.observe(&state), single.observe(&state));
        prop_assert!((seen.m[(0, 0)] - one.m).abs() < 1e-14);
        prop_assert!((seen.q[(0, 0)] - one.q()).abs() < 1e-14);
        if let (Some(s), Some(theirs)) = (&seen.s, one.s) {
            prop_assert!((s[(0, 0)] - theirs).abs() < 1e-14);
        }
        let length = match adapter {
            Adapter::Free => (a * a + b * b + r).sqrt(),
            _ => 1.0,
        };
        prop_assert!((seen.cosine - one.alignment.abs() / length).abs() < 1e-14);
        prop_assert!((many.cosine(&state) - seen.cosine).abs() < 1e-15);
    }
}

/// Without weights the direction of `V` is the student's own, as for the single index.
#[test]
fn units_without_weights_take_the_direction_of_the_adapter() {
    for text in ["erf", "relu", "he1 + 0.3*he2"] {
        let model = Model::matched(link(text));
        let single = Setup::new(model.clone(), PreTraining::aligned(0.0).unwrap());
        let single = closed_system(&Problem::new(single).unwrap());
        let frame = Frame::of_overlaps(
            &DMatrix::identity(1, 1),
            &DMatrix::zeros(1, 1),
            &DMatrix::zeros(1, 1),
        );
        let many = NetworkProblem::new(NetworkSetup::new(model, frame.unwrap())).unwrap();
        let many = network_system(&many).unwrap();
        for state in [[0.0, 0.3], [0.2, 0.3], [-1e-9, -0.6], [0.5, 1.0]] {
            let (mut ours, mut theirs) = ([0.0; 2], [0.0; 2]);
            many.rates(&state, &mut ours);
            single.rates(&state, &mut theirs);
            for (ours, theirs) in ours.iter().zip(theirs) {
                assert!(
                    (ours - theirs).abs() < 1e-13,
                    "{text}, {state:?}: {ours} against {theirs}"
                );
            }
            assert!((many.loss(&state) - single.loss(&state)).abs() < 1e-13);
        }
    }
}
