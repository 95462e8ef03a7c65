//! A problem under way: by its flow, or by its finite-step map.

use super::finite_step_run::FiniteStepRun;
use super::{Flow, FlowError, Run, Trajectory};
use crate::integrator::Tolerances;
use crate::problem::{Dynamics, Problem};

/// Where a run may end before its outcome.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Until {
    /// Nowhere: it has learned, is trapped, or time runs out.
    Outcome,
    /// At the exit; it is then [`super::Outcome::Unfinished`]. The loss is not watched on the way, which is
    /// faster.
    Exit,
    /// Where the excess loss has fallen to this; then it counts as learned.
    Excess(f64),
}

/// The times at which the overlaps of a run are wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wanted<'a> {
    /// None.
    Nothing,
    /// These, ascending; also beyond the end of the run.
    Times(&'a [f64]),
    /// About so many up to the end, even in time and in its logarithm, the exit among them.
    Spread(usize),
}

/// A problem set up once, to be run and recorded.
pub trait Evolution {
    /// Runs up to what is wanted of it, and gives the overlaps at the times wanted, from the same
    /// pass: exactly at these times for a flow, at the nearest step for a map.
    ///
    /// # Errors
    /// [`FlowError`] with the run so far when a step fails.
    fn follow(
        &self,
        until: Until,
        wanted: Wanted<'_>,
        tolerances: &Tolerances,
    ) -> Result<(Run, Trajectory), FlowError>;

    /// The overlaps at given times, ascending, whatever the outcome.
    ///
    /// # Errors
    /// As [`Evolution::follow`].
    fn record(&self, times: &[f64], tolerances: &Tolerances) -> Result<Trajectory, FlowError>;
}

/// The evolution that a problem asks for.
///
/// # Errors
/// When the finite-step map lacks its step size or batch.
pub fn evolution(problem: &Problem) -> Result<Box<dyn Evolution + '_>, FlowError> {
    Ok(match problem.dynamics() {
        Dynamics::Flow => Box::new(Flow::new(problem)),
        Dynamics::Map => Box::new(FiniteStepRun::new(problem)?),
    })
}

/// Runs a problem to its outcome, one that never rests to its exit.
///
/// # Errors
/// [`FlowError`] with the run so far when a step fails.
pub fn solve(problem: &Problem, tolerances: &Tolerances) -> Result<Run, FlowError> {
    let until = match problem.never_rests() {
        true => Until::Exit,
        false => Until::Outcome,
    };
    run_until(problem, tolerances, until)
}

/// Runs a problem up to what is wanted of it.
///
/// # Errors
/// As [`solve`].
pub fn run_until(
    problem: &Problem,
    tolerances: &Tolerances,
    until: Until,
) -> Result<Run, FlowError> {
    let followed = evolution(problem)?.follow(until, Wanted::Nothing, tolerances);
    followed.map(|(run, _)| run)
}

/// The trajectory of a problem at given times, ascending.
///
/// # Errors
/// As [`solve`].
pub fn record(
    problem: &Problem,
    tolerances: &Tolerances,
    times: &[f64],
) -> Result<Trajectory, FlowError> {
    evolution(problem)?.record(times, tolerances)
}

/// Decades of time shown on a logarithmic axis.
const DECADES: f64 = 6.0;

/// About so many times, even and even in their logarithm, the exit among them.
pub(super) fn spread(run: &Run, points: usize) -> Vec<f64> {
    let mut all = spread_times(run.settled, points);
    all.extend(run.exit_time.filter(|t| *t <= run.settled));
    all.sort_by(f64::total_cmp);
    all.dedup();
    all
}

/// About so many times from 0 to `end`, ascending, even and even in their logarithm.
pub(crate) fn spread_times(end: f64, points: usize) -> Vec<f64> {
    let half = (points / 2).max(2);
    let fraction = |i: usize| i as f64 / (half - 1) as f64;
    let mut all: Vec<f64> = (0..half).map(|i| end * fraction(i)).collect();
    all.extend((0..half).map(|i| end * 10f64.powf(DECADES * (fraction(i) - 1.0))));
    all.sort_by(f64::total_cmp);
    all.dedup();
    all
}
