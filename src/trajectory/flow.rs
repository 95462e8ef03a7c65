//! Runs of the closed ODEs.

use super::evolution::spread;
use super::goal::log_loss;
use super::imprecision::imprecision;
use super::legs::{Course, Noise, NoisyEvent};
use super::noise_floor::is_noise_floor;
use super::{Evolution, FlowError, Goal, Outcome, Run, Solver, Trajectory, Until, Wanted};
use crate::dynamics::{ClosedSystem, closed_system};
use crate::integrator::{Hit, IntegrationError, Keep, Path, Span, Stop, Tolerances};
use crate::observable::Observed;
use crate::problem::Problem;

/// Distance to the rest of a run at which it has settled, against the largest size of each variable.
const NEAR: f64 = 1e-5;
const HALVINGS: usize = 30;
/// Part of its time over which a speed is taken along a tangent.
const SHORT: f64 = 1e-5;
/// Value of an event's function, 0 where it is met, from which falling back is a near miss: half of the threshold, or
/// 1.6 times the excess loss that counts as learned.
const NEAR_MISS: f64 = -0.5;

/// The closed ODEs of a problem, set up once.
pub struct Flow<'a> {
    problem: &'a Problem,
    system: Box<dyn ClosedSystem>,
    noise: Noise,
    start: Vec<f64>,
}

impl<'a> Flow<'a> {
    /// The flow of a problem, whatever dynamics it asks for.
    pub fn new(problem: &'a Problem) -> Self {
        let system = closed_system(problem);
        let mut start = system.start();
        start.truncate(system.moving());
        Self {
            noise: Noise::of(problem.scaling()),
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
        let event = NoisyEvent {
            function: &|_, state| function(&self.system.observe(state)),
            terminal: true,
        };
        let (end, keep) = (self.problem.t_max(), Keep::Nothing);
        let start = (0.0, &*self.start);
        let solution = self.integrate(start, Span { end, keep }, tolerances, &[event])?;
        Ok(solution.hits[0].as_ref().map(|hit| hit.t))
    }

    fn integrate(
        &self,
        start: (f64, &[f64]),
        span: Span<'_>,
        tolerances: &Tolerances,
        events: &[NoisyEvent<'_>],
    ) -> Result<Course, IntegrationError> {
        let noise = &self.noise;
        noise.integrate(&*self.system, start, span, tolerances, events)
    }

    /// Gives the states at some times of a course to `each`.
    fn at_times(
        &self,
        course: (&Course, &[f64]),
        tolerances: &Tolerances,
        each: impl FnMut(f64, &[f64]),
    ) -> Result<(), IntegrationError> {
        let noise = &self.noise;
        noise.at_times(&*self.system, course, tolerances, each)
    }

    /// The overlaps of a state and its loss, without label noise.
    pub(super) fn look(&self, state: &[f64]) -> (Observed, f64) {
        (self.system.observe(state), self.system.loss(state))
    }

    /// The loss as it is [followed](log_loss) where states are recorded.
    fn watched(&self, state: &[f64]) -> f64 {
        let power = self.problem.model().target_power();
        log_loss(self.system.loss(state), power)
    }

    /// The time from which a run that came to rest stays within [`NEAR`] of it.
    fn settled(&self, course: &Course, tolerances: &Tolerances) -> Result<f64, FlowError> {
        let (Stop::FixedPoint, Some((from, path))) = (course.stop, course.last_leg()) else {
            return Ok(course.end);
        };
        if path.times().is_empty() {
            return Ok(course.end);
        }
        let mut sizes = vec![0.0_f64; self.start.len()];
        for state in path.states() {
            for (size, y) in sizes.iter_mut().zip(state) {
                *size = size.max(y.abs());
            }
        }
        let is_near = |state: &[f64]| {
            let mut off = state.iter().zip(&course.last).zip(&sizes);
            off.all(|((y, rest), size)| (y - rest).abs() <= NEAR * size)
        };
        let away: Vec<bool> = path.states().map(|state| !is_near(state)).collect();
        let Some(last) = away.iter().rposition(|away| *away) else {
            // A run that never moved is shown for one unit of time.
            return Ok(course.end.min(from + 1.0));
        };
        let next = path.times().get(last + 1).map(|t| from + t);
        let (mut far, mut near) = (from + path.times()[last], next.unwrap_or(course.end));
        for _ in 0..HALVINGS {
            let middle = 0.5 * (far + near);
            let mut within = false;
            let look = |_: f64, state: &[f64]| within = is_near(state);
            self.at_times((course, &[middle]), tolerances, look)?;
            (far, near) = if within {
                (far, middle)
            } else {
                (middle, near)
            };
        }
        Ok(near)
    }

    /// How fast `|alignment|` changes where an event was met.
    fn speed(&self, hit: &Hit) -> f64 {
        let mut rates = vec![0.0; hit.state.len()];
        let part = self.noise.part_at(hit.t);
        self.system.rates_with(part, &hit.state, &mut rates);
        let alignment = |time: f64| {
            let moved = hit
                .state
                .iter()
                .zip(&rates)
                .map(|(y, rate)| y + time * rate);
            let moved: Vec<f64> = moved.collect();
            self.system.observe(&moved).alignment.abs()
        };
        let short = SHORT * hit.t;
        if short > 0.0 {
            (alignment(short) - alignment(-short)) / (2.0 * short)
        } else {
            f64::INFINITY
        }
    }

    /// The overlaps of the states on a path.
    fn seen(&self, path: &Path) -> Trajectory {
        let mut trajectory = Trajectory::default();
        for (t, state) in path.times().iter().zip(path.states()) {
            trajectory.push(self.problem, *t, self.look(state));
        }
        trajectory
    }

    /// The overlaps at times beyond the end of a course, which goes on.
    fn go_on(
        &self,
        course: &Course,
        times: &[f64],
        tolerances: &Tolerances,
    ) -> Result<Trajectory, FlowError> {
        let Some(last) = times.last() else {
            return Ok(Trajectory::default());
        };
        let span = Span {
            end: *last,
            keep: Keep::Times(times),
        };
        let (from, loss) = ((course.end, &*course.last), |_: f64, state: &[f64]| {
            self.watched(state)
        });
        let watched = [NoisyEvent::watched(&loss)];
        let further = self.integrate(from, span, tolerances, &watched);
        let further = further.map_err(|mut error| {
            error.partial.path = course.path();
            error
        })?;
        let mut trajectory = self.seen(&further.path());
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
        let exit = |_: f64, state: &[f64]| {
            let alignment = self.system.observe(state).alignment;
            alignment.abs() / self.problem.threshold() - 1.0
        };
        let learned = |_: f64, state: &[f64]| {
            let rolls = goal.margin_of_energy(self.system.kinetic(state));
            goal.margin(self.look(state)).min(rolls)
        };
        let both = [
            NoisyEvent {
                function: &exit,
                terminal: until == Until::Exit,
            },
            NoisyEvent {
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
        let solution = self.integrate((0.0, &self.start), span, tolerances, &both[..events])?;
        let mut run = conclude(self, &goal, &solution);
        goal.check(run.excess, run.end)?;
        if !run.loss.is_finite() {
            return Err(FlowError::Overflow { t: run.end });
        }
        let exit = solution.hits[0].as_ref();
        let exit = exit.map(|hit| self.system.observe(&hit.state));
        run.imprecision = imprecision(self.problem, exit.iter().chain([&run.last]))?;
        let trajectory = match wanted {
            Wanted::Nothing => Trajectory::default(),
            Wanted::Times(times) => {
                let mut seen = self.seen(&solution.path());
                seen.t = times[..seen.t.len()].to_vec();
                seen.append(self.go_on(&solution, &times[seen.t.len()..], tolerances)?);
                seen
            }
            Wanted::Spread(points) => {
                run.settled = self.settled(&solution, tolerances)?;
                let mut seen = Trajectory::default();
                let times = spread(&run, points);
                self.at_times((&solution, &times), tolerances, |t, state| {
                    seen.push(self.problem, t, self.look(state));
                })?;
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
        let loss = |_: f64, state: &[f64]| self.watched(state);
        let watched = [NoisyEvent::watched(&loss)];
        let course = self.integrate((0.0, &self.start), span, tolerances, &watched)?;
        let mut seen = self.seen(&course.path());
        seen.t = times[..seen.t.len()].to_vec();
        Ok(seen)
    }
}

fn conclude(flow: &Flow<'_>, goal: &Goal, solution: &Course) -> Run {
    let problem = flow.problem;
    let (last, loss) = flow.look(&solution.last);
    let excess = goal.excess((last, loss));
    let outcome = match solution.stop {
        Stop::Event(0) => Outcome::Unfinished,
        Stop::Event(_) => Outcome::Learned,
        Stop::FixedPoint => goal.at_rest(excess, |goal| {
            let part = solution.part_at_rest();
            problem.scaling().nu * part > 0.0 && rests_on_noise(flow, goal, (part, &solution.last))
        }),
        Stop::End | Stop::Drift | Stop::Growth { .. } => Outcome::Unfinished,
    };
    Run {
        exit_time: solution.hits[0].as_ref().map(|hit| hit.t),
        outcome,
        end: solution.end,
        settled: solution.end,
        last,
        loss: loss + 0.5 * problem.label_noise(),
        excess,
        exit_speed: solution.hits[0].as_ref().map(|hit| flow.speed(hit)),
        near_miss: solution.peaks.iter().any(|peak| *peak > NEAR_MISS),
        imprecision: 0.0,
        solver: Solver {
            method: solution.methods,
            work: solution.work,
        },
    }
}

/// Whether a state at rest with a part of the noise owes its excess loss to the noise alone.
pub(super) fn rests_on_noise(flow: &Flow<'_>, goal: &Goal, (part, rest): (f64, &[f64])) -> bool {
    let rates = |of_it: f64, state: &[f64], out: &mut [f64]| {
        flow.system.rates_with(of_it * part, state, out);
    };
    let excess = |state: &[f64]| goal.excess(flow.look(state));
    is_noise_floor((&rates, flow.system.grain()), rest, &excess, goal)
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
