//! Runs of networks (docs/theory.md, section 5): when the search ends, how the run ends, the overlaps on the way.

use super::FlowError;
use super::evolution::{Until, Wanted};
pub(crate) use super::network_flow::network_tolerances;
use super::network_flow::{Followed, followed};
pub use super::network_flow::{NetworkRun, partial_network};
pub(crate) use super::network_halt::Halt;
use super::network_map::follow_by_map;
pub use super::network_trajectory::NetworkTrajectory;
pub use super::plateau::Plateau;
use crate::dynamics::network::network_system;
use crate::integrator::Tolerances;
use crate::problem::Dynamics;
use crate::problem::network::NetworkProblem;

/// Runs a problem to its outcome, and gives the overlaps at the times wanted: those asked for exactly, also beyond the
/// end of the run.
///
/// # Errors
/// [`FlowError`]: links without averages, a step that failed, a loss that is not a number.
pub fn follow_network(
    problem: &NetworkProblem,
    wanted: Wanted<'_>,
    tolerances: &Tolerances,
) -> Result<(NetworkRun, NetworkTrajectory), FlowError> {
    let system = network_system(problem)?;
    let followed = followed(problem, &*system, tolerances);
    follow(&followed, Until::Outcome, wanted)
}

/// Runs a problem up to `until`: a run to the exit is not followed further, and is unfinished then.
///
/// # Errors
/// As [`follow_network`].
pub fn run_network_until(
    problem: &NetworkProblem,
    until: Until,
    tolerances: &Tolerances,
) -> Result<NetworkRun, FlowError> {
    let system = network_system(problem)?;
    let followed = followed(problem, &*system, tolerances);
    follow(&followed, until, Wanted::Nothing).map(|(run, _)| run)
}

/// By the dynamics that the problem asks for.
fn follow(
    followed: &Followed<'_>,
    until: Until,
    wanted: Wanted<'_>,
) -> Result<(NetworkRun, NetworkTrajectory), FlowError> {
    match followed.problem.setup().dynamics {
        Dynamics::Flow => followed.run(until, wanted),
        Dynamics::Map => follow_by_map(followed, until, wanted),
    }
}
