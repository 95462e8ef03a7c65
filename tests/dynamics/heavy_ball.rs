//! The closed systems of a heavy ball against the energy that they lose.

use lorode::dynamics::closed_system;
use lorode::model::Model;
use lorode::problem::{Adapter, Momentum, PreTraining, Problem, Setup};

/// `d(L + kinetic)/dt = -2 gamma kinetic` in any state, without noise and decay.
#[test]
fn friction_takes_its_part_of_the_energy() {
    let states: [(Adapter, Vec<f64>); 4] = [
        (Adapter::Full, vec![0.4, 0.3, 0.5, -0.1, 0.2]),
        (Adapter::Full, vec![-0.2, -0.5, 0.9, 0.4, 0.7]),
        (
            Adapter::Free,
            vec![0.6, 0.2, 0.3, -0.4, 0.8, 0.1, 0.3, -0.2, 0.5],
        ),
        (
            Adapter::Free,
            vec![-0.9, 0.5, 0.7, 0.1, 0.2, -0.1, 0.2, 0.4, -0.3],
        ),
    ];
    for link in ["erf", "tanh", "he1 + he3/2"] {
        for (adapter, state) in &states {
            let link: lorode::link::Link = link.parse().unwrap();
            let pretraining = PreTraining::overlaps(0.3, 0.4).unwrap();
            let mut setup = Setup::new(Model::matched(link.clone()), pretraining);
            setup.adapter = *adapter;
            if *adapter == Adapter::Free {
                setup.step_ratio = 1.7;
            }
            let gamma = 0.35;
            setup.scaling = setup
                .scaling
                .with_momentum(Momentum::HeavyBall(gamma))
                .unwrap();
            let system = closed_system(&Problem::new(setup).unwrap());
            assert_eq!(system.moving(), state.len());
            let energy = |state: &[f64]| system.loss(state) + system.kinetic(state);
            let mut rates = vec![0.0; state.len()];
            system.rates(state, &mut rates);
            let h = 1e-5;
            let moved = |by: f64| -> Vec<f64> {
                state.iter().zip(&rates).map(|(y, f)| y + by * f).collect()
            };
            let found = (energy(&moved(h)) - energy(&moved(-h))) / (2.0 * h);
            let exact = -2.0 * gamma * system.kinetic(state);
            assert!(
                (found - exact).abs() < 1e-8 * (1.0 + exact.abs()),
                "{link} {adapter:?}: {found} {exact}"
            );
        }
    }
}
