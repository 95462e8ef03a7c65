//! SGD of networks at large steps against their finite-step map.

use super::network_theory::network;
use super::simulation_laws::settings;
use lorode::comparison::{Starts, compare_network};
use lorode::problem::Adapter;
use lorode::problem::network::{NetworkProblem, NetworkSetup};
use lorode::simulation::{Schedule, Settings};
use lorode::watch::Cancel;

/// At a step of order 1 SGD follows the map of every adapter where it departs from the flow, also where the readouts
/// are trained and the rows of `V` move faster; each seed by its own start where starts are drawn.
#[test]
fn at_large_steps_sgd_follows_the_map_and_not_the_flow() {
    for (adapter, eta, starts) in [
        (Adapter::Spherical, 2.0, Starts::Fixed),
        (Adapter::Spherical, 2.0, Starts::Random),
        (Adapter::Free, 1.0, Starts::Fixed),
        (Adapter::Full, 0.5, Starts::Fixed),
    ] {
        let setup = network(adapter, (4e4, 2e4, eta));
        let is_lora = adapter.is_lora();
        let problem = NetworkProblem::new(NetworkSetup {
            step_ratio: if is_lora { 1.5 } else { 1.0 },
            readout_ratio: 0.3,
            weight_decay: 0.05,
            ..setup
        })
        .unwrap();
        let settings = Settings {
            schedule: Schedule::Every(1),
            ..settings(12, "6")
        };
        let watch = Cancel::default();
        let compared = compare_network(&problem, settings, starts, true, &watch).unwrap();
        let text = &compared.verdict.text;
        println!("{adapter:?} {starts:?}: {text}");
        assert!(
            !compared.verdict.follows && compared.is_step_large,
            "{adapter:?}: {text}"
        );
        let said = "SGD follows the finite-step map but not the flow";
        assert!(text.starts_with(said), "{adapter:?} {starts:?}: {text}");
    }
}
