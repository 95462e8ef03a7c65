//! The finite-step map of networks.

use super::{FlowError, network::NetworkTrajectory};
use crate::dynamics::network::network_system;
use crate::problem::network::NetworkProblem;
use crate::watch::Cancel;

/// The overlaps of a network after some steps of SGD of size `eta`, ascending, by the map that is exact for any `eta` when
/// `d -> infinity` at fixed `B/d` (docs/networks.md, "Finite steps").
///
/// # Errors
/// [`FlowError`]: no step size or batch, links without averages, numbers that grow beyond double precision, a caller who
/// ended it.
pub fn network_map(
    problem: &NetworkProblem,
    steps: &[u64],
    cancel: Cancel,
) -> Result<NetworkTrajectory, FlowError> {
    let scaling = &problem.setup().scaling;
    let sgd = scaling.sgd(["for the finite-step map"; 2])?;
    let system = network_system(problem)?;
    let (mut at, mut state) = (0, system.start());
    let mut next = state.clone();
    let mut seen = NetworkTrajectory::default();
    for &step in steps {
        while at < step {
            if cancel.is_set() {
                return Err(FlowError::Cancelled);
            }
            system.step(&state, sgd.step, &mut next);
            std::mem::swap(&mut state, &mut next);
            at += 1;
            if state.iter().any(|x| !x.is_finite()) {
                return Err(FlowError::Diverged { step: at });
            }
        }
        let loss = system.loss(&state) + 0.5 * problem.setup().label_noise;
        if !loss.is_finite() {
            return Err(FlowError::Diverged { step });
        }
        seen.push(step as f64 * sgd.step, loss, system.observe(&state));
    }
    Ok(seen)
}
