//! Runs of the finite-step map.

use super::evolution::spread;
use super::imprecision::imprecision;
use super::noise_floor::is_noise_floor;
use super::{Evolution, FlowError, Goal, Outcome, Run, Solver, Trajectory, Until, Wanted};
use crate::dynamics::FiniteStepMap;
use crate::integrator::{Tolerances, Work};
use crate::observable::Observed;
use crate::problem::Problem;
use crate::watch::Cancel;

/// Steps between two looks at whether the state still changes.
const LOOK: u64 = 1000;
/// Most steps of one run: minutes of work.
const MAX_STEPS: f64 = 1e10;

/// States kept of a run; beyond, every other one is dropped.
const MAX_KEPT: usize = 20_000;

type State = [f64; 3];

/// The finite-step map of a problem, set up once.
pub(super) struct FiniteStepRun<'a> {
    problem: &'a Problem,
    map: FiniteStepMap,
}

impl<'a> FiniteStepRun<'a> {
    /// # Errors
    /// When the step size or the batch is not known.
    pub(super) fn new(problem: &'a Problem) -> Result<Self, FlowError> {
        let map = FiniteStepMap::new(problem)?;
        Ok(Self { problem, map })
    }

    fn time(&self, step: u64) -> f64 {
        step as f64 * self.map.step_size()
    }

    /// The steps nearest to some times, once each.
    fn steps(&self, times: &[f64]) -> Vec<u64> {
        let nearest = |t: &f64| (t / self.map.step_size()).round() as u64;
        let mut steps: Vec<u64> = times.iter().map(nearest).collect();
        steps.dedup();
        steps
    }

    /// Goes from a step and its state on to another step.
    fn go(&self, from: (u64, State), to: u64, cancel: Cancel) -> Result<(u64, State), FlowError> {
        let (mut step, mut state) = from;
        while step < to {
            if cancel.is_set() {
                return Err(FlowError::Cancelled);
            }
            state = self.map.apply(state);
            step += 1;
        }
        Ok((step, state))
    }

    fn push(&self, trajectory: &mut Trajectory, (step, state): (u64, State)) {
        trajectory.push(self.problem, self.time(step), self.look(state));
    }

    /// The overlaps of a state and its loss, without label noise.
    fn look(&self, state: State) -> (Observed, f64) {
        (self.map.observe(state), self.map.loss(state))
    }

    /// How a run ended, where it has: `seen` has the states so far.
    fn ended(&self, (step, state): (u64, State), seen: &mut Seen<'_>) -> Option<Outcome> {
        if seen.exit.is_none() && state[1].abs() >= self.problem.threshold() {
            seen.exit = Some(step);
            if seen.until == Until::Exit {
                return Some(Outcome::Unfinished);
            }
        }
        if seen.until != Until::Exit && seen.goal.margin(self.look(state)) >= 0.0 {
            return Some(Outcome::Learned);
        }
        if step > 0 && step.is_multiple_of(LOOK) {
            if state.map(f64::to_bits) == seen.looked_at.map(f64::to_bits) {
                return Some(self.at_rest(state, seen.goal));
            }
            seen.looked_at = state;
        }
        let last_step = (self.problem.t_max() / self.map.step_size()).min(MAX_STEPS) as u64;
        (step >= last_step).then_some(Outcome::Unfinished)
    }

    /// The outcome of a state that no longer changes.
    fn at_rest(&self, state: State, goal: &Goal) -> Outcome {
        let excess = |y: &[f64]| goal.excess(self.look([y[0], y[1], y[2]]));
        let rates = |part: f64, y: &[f64], out: &mut [f64]| {
            let before = [y[0], y[1], y[2]];
            let after = self.map.apply_with(before, part);
            for (out, (new, old)) in out.iter_mut().zip(after.iter().zip(&before)) {
                *out = new - old;
            }
        };
        goal.at_rest(excess(&state), |goal| {
            is_noise_floor((&rates, 0.0), &state, &excess, goal)
        })
    }
}

/// What a run has met.
struct Seen<'a> {
    goal: &'a Goal,
    until: Until,
    exit: Option<u64>,
    looked_at: State,
}

/// Every so many-th state of a run.
struct Kept {
    every: u64,
    states: Vec<State>,
}

impl Kept {
    fn keep(&mut self, (step, state): (u64, State)) {
        if step.is_multiple_of(self.every) {
            self.states.push(state);
        }
        if self.states.len() >= MAX_KEPT {
            self.every *= 2;
            let mut index = 0;
            self.states.retain(|_| {
                index += 1;
                index % 2 == 1
            });
        }
    }

    /// The last step up to this one whose state was kept.
    fn before(&self, step: u64) -> Option<(u64, State)> {
        let last = self.states.len().checked_sub(1)?;
        let index = ((step / self.every) as usize).min(last);
        Some((index as u64 * self.every, self.states[index]))
    }
}

impl Evolution for FiniteStepRun<'_> {
    fn follow(
        &self,
        until: Until,
        wanted: Wanted<'_>,
        tolerances: &Tolerances,
    ) -> Result<(Run, Trajectory), FlowError> {
        let start = self.map.start();
        let goal = Goal::until(until, self.problem, self.look(start), tolerances.cancel)?;
        let mut seen = Seen {
            goal: &goal,
            until,
            exit: None,
            looked_at: start,
        };
        let mut kept = Kept {
            every: 1,
            states: Vec::new(),
        };
        let steps = match wanted {
            Wanted::Times(times) => self.steps(times),
            Wanted::Nothing | Wanted::Spread(_) => Vec::new(),
        };
        let mut steps = steps.into_iter().peekable();
        let mut trajectory = Trajectory::default();
        let mut at = (0, start);
        let outcome = loop {
            if steps.next_if_eq(&at.0).is_some() {
                self.push(&mut trajectory, at);
            }
            if let Wanted::Spread(_) = wanted {
                kept.keep(at);
            }
            if let Some(outcome) = self.ended(at, &mut seen) {
                break outcome;
            }
            at = self.go(at, at.0 + 1, tolerances.cancel)?;
            if at.1.iter().any(|x| !x.is_finite()) || !self.map.loss(at.1).is_finite() {
                return Err(FlowError::Diverged { step: at.0 });
            }
        };
        let mut run = self.concluded(at, outcome, &seen);
        run.imprecision = imprecision(self.problem, [&run.last].into_iter())?;
        for step in steps {
            at = self.go(at, step, tolerances.cancel)?;
            self.push(&mut trajectory, at);
        }
        if let Wanted::Spread(points) = wanted {
            for step in self.steps(&spread(&run, points)) {
                let from = kept.before(step).unwrap_or((0, start));
                self.push(&mut trajectory, self.go(from, step, tolerances.cancel)?);
            }
        }
        Ok((run, trajectory))
    }

    fn record(&self, times: &[f64], tolerances: &Tolerances) -> Result<Trajectory, FlowError> {
        let mut trajectory = Trajectory::default();
        let mut at = (0, self.map.start());
        for step in self.steps(times) {
            at = self.go(at, step, tolerances.cancel)?;
            self.push(&mut trajectory, at);
        }
        Ok(trajectory)
    }
}

impl FiniteStepRun<'_> {
    fn concluded(&self, (step, state): (u64, State), outcome: Outcome, seen: &Seen<'_>) -> Run {
        let (last, loss) = self.look(state);
        let end = self.time(step);
        Run {
            exit_time: seen.exit.map(|step| self.time(step)),
            outcome,
            end,
            settled: end,
            last,
            loss: loss + 0.5 * self.problem.label_noise(),
            excess: seen.goal.excess((last, loss)),
            exit_speed: None,
            near_miss: false,
            imprecision: 0.0,
            solver: Solver {
                method: "map",
                work: Work {
                    steps: step as usize,
                    rhs_evaluations: step as usize,
                },
            },
        }
    }
}
