//! Runs of the closed ODEs.

use std::sync::Arc;

use thiserror::Error;

use super::{Outcome, Run, Solver, Trajectory};
use crate::dynamics::{ClosedSystem, Observed, closed_system};
use crate::expectation::PairAverages;
use crate::integrator::{
    Event, Field, IntegrationError, Solution, Span, Stop, Tolerances, integrate,
};
use crate::problem::{Problem, ProblemError};
use crate::search::Imprecise;

/// Excess loss, against the target's power, that rounding cannot tell from 0.
pub(super) const ROUNDING_FLOOR: f64 = 1e-13;

/// A run that could not be completed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FlowError {
    /// A step failed; the error carries the run so far.
    #[error(transparent)]
    Integration(IntegrationError),
    /// An average overflowed although the state did not.
    #[error(
        "the loss at t = {t:e} is not a finite number: the weights grew beyond double precision"
    )]
    Overflow {
        /// Time of the last state.
        t: f64,
    },
    /// The finite-step map left the finite numbers.
    #[error(
        "the finite-step map diverged at step {step}: the step size lr is too large for this link"
    )]
    Diverged {
        /// Step at which the state was no longer finite.
        step: u64,
    },
    /// The caller ended the finite-step map; a flow says so in [`FlowError::Integration`].
    #[error("interrupted")]
    Cancelled,
    /// The averages at the start are not known.
    #[error(transparent)]
    Imprecise(#[from] Imprecise),
    /// The problem lacks something.
    #[error(transparent)]
    Problem(ProblemError),
}

/// Where a flow may end before its outcome.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Until {
    /// Nowhere: it has learned, is trapped, or time runs out.
    Outcome,
    /// At the exit.
    Exit,
    /// Where the excess loss has fallen to this; then it counts as learned.
    Excess(f64),
}

/// Integrates a problem until it has learned, is trapped, or time runs out.
///
/// # Errors
/// [`FlowError::Integration`] when a step fails.
pub fn run(
    problem: &Problem,
    averages: &PairAverages,
    tolerances: &Tolerances,
) -> Result<Run, FlowError> {
    run_until(problem, averages, tolerances, Until::Outcome)
}

/// Integrates the flow of a problem up to what is wanted of it. Up to the exit the loss is not
/// watched, which is faster; a run that ends there is [`Outcome::Unfinished`].
///
/// # Errors
/// [`FlowError::Integration`] when a step fails.
pub fn run_until(
    problem: &Problem,
    averages: &PairAverages,
    tolerances: &Tolerances,
    until: Until,
) -> Result<Run, FlowError> {
    let system = closed_system(problem, Arc::clone(&averages.flow));
    let start = system.start();
    let goal = match until {
        Until::Excess(allowed) => Goal::excess_of(problem, averages, allowed),
        _ => Goal::new(problem, averages, &system.observe(&start)),
    };
    let exit = |state: &[f64]| system.observe(state).alignment.abs() - problem.threshold;
    let learned = |state: &[f64]| goal.margin(averages, &system.observe(state));
    let both = [
        Event {
            function: &exit,
            terminal: until == Until::Exit,
        },
        Event {
            function: &learned,
            terminal: true,
        },
    ];
    let events = if until == Until::Exit {
        &both[..1]
    } else {
        &both[..]
    };
    let rates = |state: &[f64], out: &mut [f64]| system.rates(state, out);
    let field = Field {
        dim: start.len(),
        rates: &rates,
    };
    let span = Span {
        end: problem.t_max,
        record: &[],
    };
    let solution = integrate(field, &start, span, tolerances, events)?;
    let run = conclude(&*system, problem, averages, &goal, &solution);
    if run.loss.is_finite() {
        Ok(run)
    } else {
        Err(FlowError::Overflow { t: run.end })
    }
}

/// Excess loss, against the target's power, below which its decrease drowns in rounding.
const RESOLUTION: f64 = 1e-14;

/// When a run counts as learned: its excess loss, the loss above the lowest one that the student
/// can reach, has fallen to the problem's loss tolerance times its value at the start.
#[derive(Clone, Copy, Debug)]
pub struct Goal {
    best: f64,
    /// Excess loss allowed; `None` when rounding hides it (nearly perfect pre-training).
    allowed: Option<f64>,
    tolerance: f64,
    floor: f64,
}

impl Goal {
    /// The goal of a problem started where its flow starts.
    pub fn of(problem: &Problem, averages: &PairAverages) -> Self {
        let system = closed_system(problem, Arc::clone(&averages.flow));
        Self::new(problem, averages, &system.observe(&system.start()))
    }

    /// Whether a state has reached it.
    pub fn is_reached(&self, averages: &PairAverages, seen: &Observed) -> bool {
        self.margin(averages, seen) >= 0.0
    }

    /// The goal of an excess loss given as such.
    fn excess_of(problem: &Problem, averages: &PairAverages, allowed: f64) -> Self {
        let floor = ROUNDING_FLOOR * averages.target_power;
        Self {
            best: averages.best().loss,
            allowed: Some(allowed.max(floor)),
            tolerance: problem.loss_tolerance,
            floor,
        }
    }

    pub(super) fn new(problem: &Problem, averages: &PairAverages, start: &Observed) -> Self {
        let best = averages.best().loss;
        let floor = ROUNDING_FLOOR * averages.target_power;
        let initial = averages.flow.loss(&start.overlaps) - best;
        let allowed = problem.loss_tolerance * initial;
        let resolved = allowed > RESOLUTION * averages.target_power;
        Self {
            best,
            allowed: resolved.then_some(allowed),
            tolerance: problem.loss_tolerance,
            floor,
        }
    }

    /// At least 0 once the loss is low enough. Where rounding hides the loss, `w0` is within
    /// rounding of the target and the excess falls like `1 - alignment^2`, `u` being slaved.
    pub(super) fn margin(&self, averages: &PairAverages, seen: &Observed) -> f64 {
        match self.allowed {
            Some(allowed) => allowed - self.excess(averages, seen),
            None => self.tolerance - (1.0 - seen.alignment * seen.alignment),
        }
    }

    pub(super) fn excess(&self, averages: &PairAverages, seen: &Observed) -> f64 {
        averages.flow.loss(&seen.overlaps) - self.best
    }

    /// How a run ended whose state no longer changes.
    pub(super) fn at_rest(&self, excess: f64) -> Outcome {
        if excess <= self.allowed.unwrap_or(0.0).max(self.floor) {
            Outcome::Learned
        } else {
            Outcome::Trapped
        }
    }
}

fn conclude(
    system: &dyn ClosedSystem,
    problem: &Problem,
    averages: &PairAverages,
    goal: &Goal,
    solution: &Solution,
) -> Run {
    let last = system.observe(&solution.last);
    let excess = goal.excess(averages, &last);
    let outcome = match solution.stop {
        Stop::Event(0) => Outcome::Unfinished,
        Stop::Event(_) => Outcome::Learned,
        Stop::FixedPoint => goal.at_rest(excess),
        Stop::End => Outcome::Unfinished,
    };
    let method = match (solution.stiff, solution.explicit) {
        (true, true) => "rk45+implicit",
        (true, false) => "implicit",
        _ => "rk45",
    };
    Run {
        exit_time: solution.hits[0].as_ref().map(|hit| hit.t),
        outcome,
        end: solution.end,
        settled: match solution.stop {
            // A run that never moved is shown for one unit of time.
            Stop::FixedPoint if solution.settled == 0.0 => solution.end.min(1.0),
            Stop::FixedPoint => solution.settled,
            _ => solution.end,
        },
        last,
        loss: averages.flow.loss(&last.overlaps) + 0.5 * problem.label_noise,
        excess,
        solver: Solver {
            method,
            work: solution.work,
        },
    }
}

/// The overlaps of a flow at given times, ascending, landed on exactly.
///
/// # Errors
/// [`FlowError::Integration`] when a step fails.
pub fn record(
    problem: &Problem,
    averages: &PairAverages,
    tolerances: &Tolerances,
    times: &[f64],
) -> Result<Trajectory, FlowError> {
    let system = closed_system(problem, Arc::clone(&averages.flow));
    let start = system.start();
    let rates = |state: &[f64], out: &mut [f64]| system.rates(state, out);
    let field = Field {
        dim: start.len(),
        rates: &rates,
    };
    let span = Span {
        end: times.last().copied().unwrap_or(0.0),
        record: times,
    };
    let solution = integrate(field, &start, span, tolerances, &[])?;
    let mut trajectory = Trajectory::default();
    for (t, state) in solution.t.iter().zip(&solution.states) {
        let seen = system.observe(state);
        let loss = averages.flow.loss(&seen.overlaps) + 0.5 * problem.label_noise;
        trajectory.push(*t, &seen, loss);
    }
    Ok(trajectory)
}

/// What a failed run had computed: the solver's steps up to the failure, none for a map.
pub fn partial(problem: &Problem, averages: &PairAverages, error: &FlowError) -> Trajectory {
    let mut trajectory = Trajectory::default();
    if let FlowError::Integration(error) = error {
        let system = closed_system(problem, Arc::clone(&averages.flow));
        let steps = error.partial.t.iter().zip(&error.partial.states);
        for (t, state) in steps {
            let seen = system.observe(state);
            let loss = averages.flow.loss(&seen.overlaps) + 0.5 * problem.label_noise;
            // The last state may be the one at which the averages overflowed.
            if loss.is_finite() {
                trajectory.push(*t, &seen, loss);
            }
        }
    }
    trajectory
}
