//! Runs of the finite-step map.

use super::noise_floor::is_noise_floor;
use super::{FlowError, Goal, Outcome, Run, Solver, Trajectory};
use crate::dynamics::FiniteStepMap;
use crate::integrator::Work;
use crate::problem::Problem;
use crate::watch::Cancel;

/// Steps between two looks at whether the state still changes.
const LOOK: u64 = 1000;
/// Most steps of one run: minutes of work.
const MAX_STEPS: f64 = 1e10;

/// Iterates the map until it has learned, no longer changes, or time runs out.
pub(super) fn run(problem: &Problem, cancel: Cancel) -> Result<Run, FlowError> {
    let map = FiniteStepMap::new(problem)?;
    let eta = map.step_size();
    let mut state = map.start();
    let goal = Goal::new(problem, &map.observe(state));
    let last_step = (problem.t_max() / eta).min(MAX_STEPS) as u64;
    let mut exit_time = None;
    let mut looked_at = state;
    let (mut step, mut outcome) = (0, Outcome::Unfinished);
    loop {
        if exit_time.is_none() && state[1].abs() >= problem.threshold() {
            exit_time = Some(step as f64 * eta);
        }
        if goal.margin(&map.observe(state)) >= 0.0 {
            outcome = Outcome::Learned;
            break;
        }
        if step > 0 && step % LOOK == 0 {
            if state.map(f64::to_bits) == looked_at.map(f64::to_bits) {
                let excess = |y: &[f64]| goal.excess(&map.observe([y[0], y[1], y[2]]));
                let rates = |part: f64, y: &[f64], out: &mut [f64]| {
                    let before = [y[0], y[1], y[2]];
                    let after = map.apply_with(before, part);
                    for (out, (new, old)) in out.iter_mut().zip(after.iter().zip(&before)) {
                        *out = new - old;
                    }
                };
                outcome = goal.at_rest(excess(&state), |goal| {
                    is_noise_floor(&rates, &state, &excess, goal)
                });
                break;
            }
            looked_at = state;
        }
        if step >= last_step {
            break;
        }
        if cancel.is_set() {
            return Err(FlowError::Cancelled);
        }
        state = map.apply(state);
        step += 1;
        let loss = problem.model().flow().loss(&map.observe(state).overlaps);
        if state.iter().any(|x| !x.is_finite()) || !loss.is_finite() {
            return Err(FlowError::Diverged { step });
        }
    }
    let last = map.observe(state);
    let end = step as f64 * eta;
    Ok(Run {
        exit_time,
        outcome,
        end,
        settled: end,
        last,
        loss: problem.model().flow().loss(&last.overlaps) + 0.5 * problem.label_noise(),
        excess: goal.excess(&last),
        solver: Solver {
            method: "map",
            work: Work {
                steps: step as usize,
                rhs_evaluations: step as usize,
            },
        },
    })
}

/// The overlaps of the map at the steps nearest to the given times.
pub(super) fn record(
    problem: &Problem,
    cancel: Cancel,
    times: &[f64],
) -> Result<Trajectory, FlowError> {
    let map = FiniteStepMap::new(problem)?;
    let eta = map.step_size();
    let mut steps: Vec<u64> = times.iter().map(|t| (t / eta).round() as u64).collect();
    steps.dedup();
    let mut trajectory = Trajectory::default();
    let (mut state, mut step) = (map.start(), 0);
    for target in steps {
        while step < target {
            if cancel.is_set() {
                return Err(FlowError::Cancelled);
            }
            state = map.apply(state);
            step += 1;
        }
        let seen = map.observe(state);
        let loss = problem.model().flow().loss(&seen.overlaps) + 0.5 * problem.label_noise();
        trajectory.push(step as f64 * eta, &seen, loss);
    }
    Ok(trajectory)
}
