//! Runs of the closed ODEs.

use thiserror::Error;

use super::evolution::spread;
use super::noise_floor::is_noise_floor;
use super::{Evolution, Goal, Outcome, Run, Solver, Trajectory, Until, Wanted};
use crate::dynamics::{ClosedSystem, closed_system};
use crate::expectation::PairError;
use crate::integrator::{
    Event, Field, IntegrationError, Keep, Path, Solution, Span, Stop, Tolerances, integrate,
};
use crate::observable::Observed;
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
    /// The caller ended the finite-step map, or the work before a run; a flow on its way says so in
    /// [`FlowError::Integration`].
    #[error("interrupted")]
    Cancelled,
    /// The averages at the start are not known.
    #[error(transparent)]
    Imprecise(#[from] Imprecise),
    /// The problem lacks something.
    #[error(transparent)]
    Problem(ProblemError),
    /// Links of a network without averages.
    #[error(transparent)]
    Pair(#[from] PairError),
}

/// Distance to the rest of a run at which it has settled, against the largest size of each variable.
const NEAR: f64 = 1e-5;
const HALVINGS: usize = 30;

/// The closed ODEs of a problem, set up once.
pub struct Flow<'a> {
    problem: &'a Problem,
    system: Box<dyn ClosedSystem>,
    start: Vec<f64>,
}

impl<'a> Flow<'a> {
    /// The flow of a problem, whatever dynamics it asks for.
    pub fn new(problem: &'a Problem) -> Self {
        let system = closed_system(problem);
        let mut start = system.start();
        start.truncate(system.moving());
        Self {
            problem,
            system,
            start,
        }
    }

    /// The first time at which a function of the overlaps reaches 0 from below, within the problem's
    /// `t_max`; `None` where it does not.
    ///
    /// # Errors
    /// [`FlowError::Integration`] when a step fails.
    pub fn first_time(
        &self,
        function: &dyn Fn(&Observed) -> f64,
        tolerances: &Tolerances,
    ) -> Result<Option<f64>, FlowError> {
        let event = Event {
            function: &|state| function(&self.system.observe(state)),
            terminal: true,
        };
        let (end, keep) = (self.problem.t_max(), Keep::Nothing);
        let solution = self.integrate(&self.start, Span { end, keep }, tolerances, &[event])?;
        Ok(solution.hits[0].as_ref().map(|hit| hit.t))
    }

    fn integrate(
        &self,
        start: &[f64],
        span: Span<'_>,
        tolerances: &Tolerances,
        events: &[Event<'_>],
    ) -> Result<Solution, IntegrationError> {
        let rates = |state: &[f64], out: &mut [f64]| self.system.rates(state, out);
        integrate(self.field(&rates), start, span, tolerances, events)
    }

    fn field<'f>(&self, rates: &'f dyn Fn(&[f64], &mut [f64])) -> Field<'f> {
        let dim = self.start.len();
        Field {
            dim,
            rates,
            grain: 0.0,
        }
    }

    /// The overlaps of a state and its loss, without label noise.
    pub(super) fn look(&self, state: &[f64]) -> (Observed, f64) {
        (self.system.observe(state), self.system.loss(state))
    }

    /// The time from which a run that came to rest stays within [`NEAR`] of it.
    fn settled(&self, solution: &Solution, tolerances: &Tolerances) -> Result<f64, FlowError> {
        let path = &solution.path;
        let (Stop::FixedPoint, 1..) = (solution.stop, path.times().len()) else {
            return Ok(solution.end);
        };
        let mut sizes = vec![0.0_f64; self.start.len()];
        for state in path.states() {
            for (size, y) in sizes.iter_mut().zip(state) {
                *size = size.max(y.abs());
            }
        }
        let is_near = |state: &[f64]| {
            let mut off = state.iter().zip(&solution.last).zip(&sizes);
            off.all(|((y, rest), size)| (y - rest).abs() <= NEAR * size)
        };
        let away: Vec<bool> = path.states().map(|state| !is_near(state)).collect();
        let Some(last) = away.iter().rposition(|away| *away) else {
            // A run that never moved is shown for one unit of time.
            return Ok(solution.end.min(1.0));
        };
        let rates = |state: &[f64], out: &mut [f64]| self.system.rates(state, out);
        let next = path.times().get(last + 1).copied();
        let (mut far, mut near) = (path.times()[last], next.unwrap_or(solution.end));
        for _ in 0..HALVINGS {
            let middle = 0.5 * (far + near);
            let mut within = false;
            let look = |_: f64, state: &[f64]| within = is_near(state);
            path.at_times(&[middle], (self.field(&rates), tolerances), look)?;
            (far, near) = if within {
                (far, middle)
            } else {
                (middle, near)
            };
        }
        Ok(near)
    }

    /// The overlaps of the states on a path.
    fn seen(&self, path: &Path) -> Trajectory {
        let mut trajectory = Trajectory::default();
        for (t, state) in path.times().iter().zip(path.states()) {
            trajectory.push(self.problem, *t, self.look(state));
        }
        trajectory
    }

    /// The overlaps at times beyond the end of a solution, which goes on.
    fn go_on(
        &self,
        solution: &Solution,
        times: &[f64],
        tolerances: &Tolerances,
    ) -> Result<Trajectory, FlowError> {
        let Some(last) = times.last() else {
            return Ok(Trajectory::default());
        };
        let later: Vec<f64> = times.iter().map(|t| t - solution.end).collect();
        let span = Span {
            end: last - solution.end,
            keep: Keep::Times(&later),
        };
        let further = self.integrate(&solution.last, span, tolerances, &[]);
        let further = further.map_err(|mut error| {
            error.partial.path = solution.path.clone();
            error
        })?;
        let mut trajectory = self.seen(&further.path);
        trajectory.t = times.to_vec();
        Ok(trajectory)
    }
}

impl Evolution for Flow<'_> {
    fn follow(
        &self,
        until: Until,
        wanted: Wanted<'_>,
        tolerances: &Tolerances,
    ) -> Result<(Run, Trajectory), FlowError> {
        let start = self.look(&self.start);
        let goal = Goal::until(until, self.problem, start, tolerances.cancel)?;
        let exit = |state: &[f64]| {
            let alignment = self.system.observe(state).alignment;
            alignment.abs() / self.problem.threshold() - 1.0
        };
        let learned = |state: &[f64]| goal.margin(self.look(state));
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
        // A start that is perfect has learned, whatever the run is for.
        let exit_only = until == Until::Exit && !goal.is_best(&start.0);
        let events = if exit_only { 1 } else { 2 };
        let keep = match wanted {
            Wanted::Nothing => Keep::Nothing,
            Wanted::Times(times) => Keep::Times(times),
            Wanted::Spread(_) => Keep::Steps,
        };
        let end = self.problem.t_max();
        let span = Span { end, keep };
        let solution = self.integrate(&self.start, span, tolerances, &both[..events])?;
        let mut run = conclude(self, &goal, &solution);
        if !run.loss.is_finite() {
            return Err(FlowError::Overflow { t: run.end });
        }
        let trajectory = match wanted {
            Wanted::Nothing => Trajectory::default(),
            Wanted::Times(times) => {
                let mut seen = self.seen(&solution.path);
                seen.append(self.go_on(&solution, &times[seen.t.len()..], tolerances)?);
                seen
            }
            Wanted::Spread(points) => {
                run.settled = self.settled(&solution, tolerances)?;
                let rates = |state: &[f64], out: &mut [f64]| self.system.rates(state, out);
                let mut seen = Trajectory::default();
                solution.path.at_times(
                    &spread(&run, points),
                    (self.field(&rates), tolerances),
                    |t, state| seen.push(self.problem, t, self.look(state)),
                )?;
                seen
            }
        };
        Ok((run, trajectory))
    }

    fn record(&self, times: &[f64], tolerances: &Tolerances) -> Result<Trajectory, FlowError> {
        let span = Span {
            end: times.last().copied().unwrap_or(0.0),
            keep: Keep::Times(times),
        };
        let solution = self.integrate(&self.start, span, tolerances, &[])?;
        Ok(self.seen(&solution.path))
    }
}

fn conclude(flow: &Flow<'_>, goal: &Goal, solution: &Solution) -> Run {
    let problem = flow.problem;
    let (last, loss) = flow.look(&solution.last);
    let excess = goal.excess((last, loss));
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
        settled: solution.end,
        last,
        loss: loss + 0.5 * problem.label_noise(),
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
    let flow = Flow::new(problem);
    let excess = |state: &[f64]| goal.excess(flow.look(state));
    is_noise_floor(&rates, rest, &excess, goal)
}

/// What a failed run had computed: the solver's steps up to the failure, none for a map.
pub fn partial(problem: &Problem, error: &FlowError) -> Trajectory {
    let FlowError::Integration(error) = error else {
        return Trajectory::default();
    };
    let flow = Flow::new(problem);
    let path = &error.partial.path;
    let mut trajectory = Trajectory::default();
    for (t, state) in path.times().iter().zip(path.states()) {
        let seen = flow.look(state);
        // The last state may be the one at which the averages overflowed.
        if seen.1.is_finite() {
            trajectory.push(problem, *t, seen);
        }
    }
    trajectory
}
