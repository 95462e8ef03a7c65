//! When SGD of a network has learned.

use super::FlowError;
use super::goal::ROUNDING_FLOOR;
use crate::dynamics::network::{NetworkLoss, network_system};
use crate::observable::NetworkObserved;
use crate::problem::network::NetworkProblem;

/// Loss, against the largest one, that is rounding of the sums it is made of.
const ROUNDING: f64 = 1e-15;

/// When a run of a network counts as learned: its loss above `Delta/2` has fallen to the problem's loss tolerance times
/// its value at the start of the deterministic run.
#[derive(Clone, Debug)]
pub struct NetworkGoal {
    loss: NetworkLoss,
    allowed: f64,
}

impl NetworkGoal {
    /// The goal of a problem.
    ///
    /// # Errors
    /// [`FlowError`]: links without averages.
    pub fn of(problem: &NetworkProblem) -> Result<Self, FlowError> {
        let system = network_system(problem)?;
        Ok(Self {
            loss: NetworkLoss::of(problem)?,
            allowed: allowed(problem, system.loss(&system.start())),
        })
    }

    /// Whether a state has reached it.
    pub fn is_reached(&self, seen: &NetworkObserved) -> bool {
        let excess = self.loss.excess(seen);
        excess.is_some_and(|excess| excess <= self.allowed)
    }
}

/// The loss above `Delta/2` at which a run has learned that began with `start`: no less than rounding tells from 0.
pub(super) fn allowed(problem: &NetworkProblem, start: f64) -> f64 {
    (problem.setup().loss_tolerance * start).max(ROUNDING * largest_loss(problem))
}

/// Whether the loss above `Delta/2` of a state at rest is one of a run that learned, or rounding.
pub(super) fn is_low(problem: &NetworkProblem, excess: f64, allowed: f64) -> bool {
    excess <= allowed.max(ROUNDING_FLOOR * largest_loss(problem))
}

/// The loss above `Delta/2` of weights of order 1, at most: the size of the sums it is made of, and of their rounding.
pub(crate) fn largest_loss(problem: &NetworkProblem) -> f64 {
    let setup = problem.setup();
    let readouts = setup.teacher_readout.iter().chain(&setup.readout);
    let power: f64 = readouts.map(|a| a.abs()).sum::<f64>().powi(2);
    power * problem.model().target_power()
}
