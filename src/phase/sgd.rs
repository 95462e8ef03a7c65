//! Exit times of simulated SGD as a value of a phase diagram.

use super::cell::{Cell, CellOutcome};
use super::diagram::Point;
use super::value::exit;
use crate::problem::Problem;
use crate::simulation::{End, Method, Schedule, Seeds, Settings, Simulation, TimeSummary, Until};
use crate::trajectory::FlowError;

/// Seeds per cell: the median of so many is good to about a third of the spread of single runs.
const SEEDS: &str = "16";
/// A seed is given this many times the exit time of the flow.
const PATIENCE: f64 = 10.0;
/// Steps of a seed where the flow does not exit, and at most.
const STEPS: (f64, f64) = (1e5, 1e7);

/// Why a problem cannot be simulated, in words.
pub(super) fn lacks(problem: &Problem) -> Option<&'static str> {
    if problem.sgd().is_err() {
        return Some("a step size and a batch (lr, batch)");
    }
    let trial = simulation(problem, 1);
    trial
        .is_none()
        .then_some("a problem that SGD can be simulated for (see `lorode simulate`)")
}

/// Median exit time of the seeds, from the start of the problem if it fixes one, else from random
/// ones; none where fewer than half of them exit in time.
pub(super) fn exit_time(point: &Point<'_>) -> Result<Cell, FlowError> {
    let theory = exit(point, 1.0)?.value;
    let sgd = point.problem.sgd().map_err(FlowError::Problem)?;
    let eta = sgd.momentum.pace(sgd.step);
    let steps = theory.map_or(STEPS.0, |t| (PATIENCE * t / eta).ceil());
    let Some(simulation) = simulation(point.problem, steps.clamp(1.0, STEPS.1) as u64) else {
        return Ok(Cell::new(None, CellOutcome::Failed));
    };
    let cancel = point.tolerances.cancel;
    let Ok(ensemble) = simulation.run(&cancel, None) else {
        return Ok(Cell::new(None, CellOutcome::Failed));
    };
    if cancel.is_set() {
        return Err(FlowError::Cancelled);
    }
    let whole = ensemble
        .runs
        .iter()
        .filter(|run| run.end != Some(End::Diverged));
    let times: Vec<Option<f64>> = whole
        .map(|run| {
            run.exit_step
                .map(|step| step as f64 * eta * point.time_factor)
        })
        .collect();
    if times.is_empty() {
        return Ok(Cell::new(None, CellOutcome::Failed));
    }
    let median = TimeSummary::of(&times).q50;
    let outcome = if median.is_some() {
        CellOutcome::Exited
    } else {
        CellOutcome::Unfinished
    };
    Ok(Cell::new(median, outcome))
}

fn simulation(problem: &Problem, steps: u64) -> Option<Simulation> {
    let settings = Settings {
        method: Method::Projected,
        steps,
        until: Until::Exit,
        schedule: Schedule::Logarithmic(2),
        seeds: SEEDS.parse::<Seeds>().ok()?,
        test_batch: 1,
    };
    Simulation::new(problem.clone(), settings).ok()
}
