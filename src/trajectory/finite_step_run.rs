//! Runs of the finite-step map of one unit.

use super::imprecision::imprecision;
use super::noise_floor::is_noise_floor;
use super::stepping::{Stepped, Stepping, follow, go, steps};
use super::{Evolution, FlowError, Goal, Outcome, Run, Solver, Trajectory, Until, Wanted};
use crate::dynamics::FiniteStepMap;
use crate::integrator::{Tolerances, Work};
use crate::observable::Observed;
use crate::problem::Problem;

/// The finite-step map of a problem, set up once.
pub(super) struct FiniteStepRun<'a> {
    problem: &'a Problem,
    map: FiniteStepMap,
}

/// The same on the way to a goal.
struct ToGoal<'a> {
    run: &'a FiniteStepRun<'a>,
    goal: Goal,
}

/// A state of the map.
fn triple(state: &[f64]) -> [f64; 3] {
    [state[0], state[1], state[2]]
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

    fn push(&self, trajectory: &mut Trajectory, (step, state): (u64, &[f64])) {
        trajectory.push(self.problem, self.time(step), self.look(state));
    }

    /// The overlaps of a state and its loss, without label noise.
    fn look(&self, state: &[f64]) -> (Observed, f64) {
        let state = triple(state);
        (self.map.observe(state), self.map.loss(state))
    }

    fn to_goal(&self, until: Until, tolerances: &Tolerances) -> Result<ToGoal<'_>, FlowError> {
        let start = self.look(&self.map.start());
        let goal = Goal::until(until, self.problem, start, tolerances.cancel)?;
        Ok(ToGoal { run: self, goal })
    }
}

impl Stepping for ToGoal<'_> {
    fn start(&self) -> Vec<f64> {
        self.run.map.start().into()
    }

    fn step(&self, state: &[f64], next: &mut [f64]) {
        next.copy_from_slice(&self.run.map.apply(triple(state)));
    }

    fn size(&self) -> f64 {
        self.run.map.step_size()
    }

    fn t_max(&self) -> f64 {
        self.run.problem.t_max()
    }

    fn loss(&self, state: &[f64]) -> f64 {
        self.run.map.loss(triple(state))
    }

    fn has_exited(&self, state: &[f64]) -> bool {
        state[1].abs() >= self.run.problem.threshold()
    }

    fn has_learned(&self, state: &[f64], loss: f64) -> bool {
        let seen = self.run.map.observe(triple(state));
        self.goal.margin((seen, loss)) >= 0.0
    }

    fn is_still(&self, state: &[f64], before: &[f64]) -> bool {
        state
            .iter()
            .zip(before)
            .all(|(x, y)| x.to_bits() == y.to_bits())
    }

    fn at_rest(&self, state: &[f64], _: bool) -> Result<Outcome, FlowError> {
        let (goal, map) = (&self.goal, &self.run.map);
        let excess = |y: &[f64]| goal.excess(self.run.look(y));
        let rates = |part: f64, y: &[f64], out: &mut [f64]| {
            let before = triple(y);
            let after = map.apply_with(before, part);
            for (out, (new, old)) in out.iter_mut().zip(after.iter().zip(&before)) {
                *out = new - old;
            }
        };
        Ok(goal.at_rest(excess(state), |goal| {
            is_noise_floor((&rates, 0.0), state, &excess, goal)
        }))
    }
}

impl Evolution for FiniteStepRun<'_> {
    fn follow(
        &self,
        until: Until,
        wanted: Wanted<'_>,
        tolerances: &Tolerances,
    ) -> Result<(Run, Trajectory), FlowError> {
        let map = self.to_goal(until, tolerances)?;
        let mut trajectory = Trajectory::default();
        let mut see = |step: u64, state: &[f64]| self.push(&mut trajectory, (step, state));
        let stepped = follow(&map, (until, wanted), tolerances.cancel, &mut see)?;
        let mut run = self.concluded(&stepped, &map.goal);
        map.goal.check(run.excess, run.end)?;
        run.imprecision = imprecision(self.problem, [&run.last].into_iter())?;
        Ok((run, trajectory))
    }

    fn record(&self, times: &[f64], tolerances: &Tolerances) -> Result<Trajectory, FlowError> {
        let map = self.to_goal(Until::Exit, tolerances)?;
        let mut trajectory = Trajectory::default();
        let mut at = (0, map.start());
        for step in steps(&map, times) {
            at = go(&map, at, step, tolerances.cancel)?;
            self.push(&mut trajectory, (at.0, &at.1));
        }
        Ok(trajectory)
    }
}

impl FiniteStepRun<'_> {
    fn concluded(&self, stepped: &Stepped, goal: &Goal) -> Run {
        let (step, state) = &stepped.last;
        let (last, loss) = self.look(state);
        let end = self.time(*step);
        Run {
            exit_time: stepped.exit.map(|step| self.time(step)),
            outcome: stepped.outcome,
            end,
            settled: end,
            last,
            loss: loss + 0.5 * self.problem.label_noise(),
            excess: goal.excess((last, loss)),
            exit_speed: None,
            near_miss: false,
            imprecision: 0.0,
            solver: Solver {
                method: "map",
                work: Work {
                    steps: *step as usize,
                    rhs_evaluations: *step as usize,
                },
            },
        }
    }
}
