//! Runs of the closed ODEs.

use thiserror::Error;

use super::noise_floor::is_noise_floor;
use super::{Goal, Outcome, Run, Solver, Trajectory};
use crate::dynamics::{ClosedSystem, closed_system};
use crate::integrator::{
    Event, Field, IntegrationError, Solution, Span, Stop, Tolerances, integrate,
};
use crate::problem::{Problem, ProblemError, Setup};
use crate::search::Imprecise;

/// A run that could not be completed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FlowError {
    /// A step failed; the error carries the run so far.
    #[error(transparent)]
    Integration(IntegrationError),
    /// An average overflowed although the state did not.
    #[error(
        "the loss at t = {t:e} is not a finite number: weights or links grow beyond double precision there, or \
         the links bend in too many places to be integrated"
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
pub fn run(problem: &Problem, tolerances: &Tolerances) -> Result<Run, FlowError> {
    run_until(problem, tolerances, Until::Outcome)
}

/// Integrates the flow of a problem up to what is wanted of it. Up to the exit the loss is not
/// watched, which is faster; a run that ends there is [`Outcome::Unfinished`].
///
/// # Errors
/// [`FlowError::Integration`] when a step fails.
pub fn run_until(
    problem: &Problem,
    tolerances: &Tolerances,
    until: Until,
) -> Result<Run, FlowError> {
    let system = closed_system(problem);
    let start = system.start();
    let goal = match until {
        Until::Excess(allowed) => Goal::excess_of(problem, allowed),
        _ => Goal::new(problem, &system.observe(&start)),
    };
    let exit = |state: &[f64]| system.observe(state).alignment.abs() / problem.threshold() - 1.0;
    let learned = |state: &[f64]| goal.margin(&system.observe(state));
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
        end: problem.t_max(),
        record: &[],
    };
    let solution = integrate(field, &start, span, tolerances, events)?;
    let run = conclude(&*system, problem, &goal, &solution);
    if run.loss.is_finite() {
        Ok(run)
    } else {
        Err(FlowError::Overflow { t: run.end })
    }
}

fn conclude(system: &dyn ClosedSystem, problem: &Problem, goal: &Goal, solution: &Solution) -> Run {
    let last = system.observe(&solution.last);
    let excess = goal.excess(&last);
    let outcome = match solution.stop {
        Stop::Event(0) => Outcome::Unfinished,
        Stop::Event(_) => Outcome::Learned,
        Stop::FixedPoint => goal.at_rest(excess, |goal| {
            problem.scaling().nu > 0.0 && rests_on_noise(problem, goal, &solution.last)
        }),
        Stop::End => Outcome::Unfinished,
    };
    let method = if solution.implicit {
        "implicit"
    } else {
        "rk45"
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
        loss: problem.model().flow().loss(&last.overlaps) + 0.5 * problem.label_noise(),
        excess,
        solver: Solver {
            method,
            work: solution.work,
        },
    }
}

/// Whether a state at rest owes its excess loss to the noise alone.
fn rests_on_noise(problem: &Problem, goal: &Goal, rest: &[f64]) -> bool {
    let with_part = |part: f64| {
        let mut setup: Setup = problem.setup().clone();
        setup.scaling.nu *= part;
        Problem::new(setup).map(|problem| closed_system(&problem))
    };
    let rates = |part: f64, state: &[f64], out: &mut [f64]| match with_part(part) {
        Ok(system) => system.rates(state, out),
        Err(_) => out.fill(f64::NAN),
    };
    let system = closed_system(problem);
    let excess = |state: &[f64]| goal.excess(&system.observe(state));
    is_noise_floor(&rates, rest, &excess, goal)
}

/// The overlaps of a flow at given times, ascending, landed on exactly.
///
/// # Errors
/// [`FlowError::Integration`] when a step fails.
pub fn record(
    problem: &Problem,
    tolerances: &Tolerances,
    times: &[f64],
) -> Result<Trajectory, FlowError> {
    let system = closed_system(problem);
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
        let loss = problem.model().flow().loss(&seen.overlaps) + 0.5 * problem.label_noise();
        trajectory.push(*t, &seen, loss);
    }
    Ok(trajectory)
}

/// What a failed run had computed: the solver's steps up to the failure, none for a map.
pub fn partial(problem: &Problem, error: &FlowError) -> Trajectory {
    let mut trajectory = Trajectory::default();
    if let FlowError::Integration(error) = error {
        let system = closed_system(problem);
        let steps = error.partial.t.iter().zip(&error.partial.states);
        for (t, state) in steps {
            let seen = system.observe(state);
            let loss = problem.model().flow().loss(&seen.overlaps) + 0.5 * problem.label_noise();
            // The last state may be the one at which the averages overflowed.
            if loss.is_finite() {
                trajectory.push(*t, &seen, loss);
            }
        }
    }
    trajectory
}
