//! Networks followed by their flow.

use super::FlowError;
use super::evolution::{Until, Wanted, spread_times};
use super::legs::{Course, Noise, NoisyEvent, NoisyNetwork};
use super::network_goal::allowed;
use super::network_halt::Halt;
use super::network_trajectory::NetworkTrajectory;
use super::plateau::{Plateau, Sample, plateaus};
use super::settled::settled_from;
use super::{Outcome, Solver};
use crate::dynamics::network::{NetworkSystem, network_system};
use crate::integrator::{
    Drifts, IntegrationError, Keep, Path, Span, StepFailure, Stop, Tolerances,
};
use crate::observable::network::NetworkObserved;
use crate::problem::network::{NetworkProblem, NetworkStart};

/// Absolute tolerance against the relative one and what has to grow: `U` and `V_f`, or `W_f`, at the start. What lies
/// outside the frame is known as a difference of overlaps only, however small it becomes.
const ATOL_OF_RTOL: f64 = 1e-3;

/// A run that came to an outcome.
#[derive(Clone, Debug)]
pub struct NetworkRun {
    /// First time at which the [cosine](NetworkObserved::cosine) reaches the threshold; `None` if there was none.
    pub exit_time: Option<f64>,
    /// How it ended.
    pub outcome: Outcome,
    /// Time of the outcome.
    pub end: f64,
    /// Of a recorded run at rest: the time from which every variable stays near its rest; otherwise `end`. Where a figure
    /// may stop.
    pub settled: f64,
    /// Where the loss of a recorded run ([`Wanted::Spread`]) stands still; their ends are good to the tolerance.
    pub plateaus: Vec<Plateau>,
    /// The overlaps at the end.
    pub last: NetworkObserved,
    /// Population loss at the end, label noise included.
    pub loss: f64,
    /// The loss above `Delta/2` at the end.
    pub excess: f64,
    /// Largest relative error of the noise of SGD met on the way (a standard deviation), where it has one.
    pub noise_error: Option<f64>,
    /// The power of time with which weights grow for ever, of a run that is unfinished for that.
    pub growth: Option<f64>,
    /// How it was integrated.
    pub solver: Solver,
}

/// What a failed run had computed: the solver's steps up to the failure.
pub fn partial_network(problem: &NetworkProblem, error: &FlowError) -> NetworkTrajectory {
    let mut seen = NetworkTrajectory::default();
    let (FlowError::Integration(error) | FlowError::Shrunk { error, .. }) = error else {
        return seen;
    };
    let Ok(system) = network_system(problem) else {
        return seen;
    };
    let followed = followed(problem, &*system, &Tolerances::default());
    followed.see(&error.partial.path, &mut seen);
    // The last state may be the one at which the averages overflowed.
    let known = seen.loss.iter().take_while(|loss| loss.is_finite()).count();
    seen.truncate(known);
    seen
}

/// A problem set up to be followed.
pub(super) fn followed<'a>(
    problem: &'a NetworkProblem,
    system: &'a dyn NetworkSystem,
    tolerances: &Tolerances,
) -> Followed<'a> {
    Followed {
        problem,
        system,
        noise: Noise::of(&problem.setup().scaling),
        halt: Halt::of(problem.model(), system, problem.setup().noise_error),
        start: system.start(),
        tolerances: network_tolerances(problem, tolerances),
    }
}

/// Tolerances with the absolute one that fits a problem, where none is given.
pub(crate) fn network_tolerances(problem: &NetworkProblem, tolerances: &Tolerances) -> Tolerances {
    let grows = match problem.start() {
        NetworkStart::Lora { u, v, .. } => u.amax().max(v.amax()),
        NetworkStart::Whole { w, .. } => w.amax(),
    };
    let scale = if grows > 0.0 { grows.min(1.0) } else { 1.0 };
    let atol = (ATOL_OF_RTOL * tolerances.rtol * scale).max(f64::MIN_POSITIVE);
    Tolerances {
        atol: tolerances.atol.or(Some(atol)),
        ..*tolerances
    }
}

/// A problem under way.
pub(super) struct Followed<'a> {
    pub(super) problem: &'a NetworkProblem,
    pub(super) system: &'a dyn NetworkSystem,
    noise: Noise,
    pub(super) halt: Halt<'a>,
    pub(super) start: Vec<f64>,
    pub(super) tolerances: Tolerances,
}

impl Followed<'_> {
    /// The loss above `Delta/2` at which it has learned.
    pub(super) fn allowed(&self, until: Until) -> f64 {
        match until {
            Until::Excess(excess) => excess,
            _ => allowed(self.problem, self.system.loss(&self.start)),
        }
    }

    /// By the flow.
    pub(super) fn run(
        &self,
        until: Until,
        wanted: Wanted<'_>,
    ) -> Result<(NetworkRun, NetworkTrajectory), FlowError> {
        let setup = self.problem.setup();
        let allowed = self.allowed(until);
        let exit = |_: f64, state: &[f64]| self.system.cosine(state) / setup.threshold - 1.0;
        let low = |state: &[f64]| {
            let excess = self.system.loss(state).max(f64::MIN_POSITIVE);
            (allowed / excess).ln()
        };
        let learned = |_: f64, state: &[f64]| low(state);
        let events = [
            NoisyEvent {
                function: &exit,
                terminal: until == Until::Exit,
            },
            NoisyEvent {
                function: &learned,
                terminal: true,
            },
        ];
        let keep = match wanted {
            Wanted::Nothing => Keep::Nothing,
            Wanted::Times(times) => Keep::Times(times),
            Wanted::Spread(_) => Keep::Steps,
        };
        let end = self.problem.t_max();
        let drifts = match setup.scaling.nu > 0.0 {
            true => Drifts::Settle(&low),
            false => Drifts::End,
        };
        let start = (0.0, &*self.start);
        let course = self.integrate(start, Span { end, keep }, (&events, drifts));
        let course = course.or_else(|error| self.unfinished(error, wanted))?;
        let mut run = self.conclude(&course, (until, allowed))?;
        let path = course.path();
        run.noise_error = self.noise_error(Self::noisy_states(&path, &course.last))?;
        if !run.loss.is_finite() {
            return Err(FlowError::Overflow { t: run.end });
        }
        let mut seen = NetworkTrajectory::default();
        match wanted {
            Wanted::Nothing => {}
            Wanted::Times(times) => {
                self.see(&path, &mut seen);
                seen.t = times[..seen.t.len()].to_vec();
                self.go_on(&course, &times[seen.t.len()..], &mut seen)?;
            }
            Wanted::Spread(points) => {
                run.settled = settled_from(&course);
                let mut times = spread_times(run.settled, points);
                times.extend(run.exit_time.filter(|t| *t <= run.settled));
                times.sort_by(f64::total_cmp);
                times.dedup();
                self.at_times(&course, &times, |t, state| self.look(t, state, &mut seen))?;
                run.plateaus = self.plateaus(&course, path.times())?;
            }
        }
        Ok((run, seen))
    }

    pub(super) fn integrate(
        &self,
        start: (f64, &[f64]),
        span: Span<'_>,
        (events, drifts): (&[NoisyEvent<'_>], Drifts<'_>),
    ) -> Result<Course, FlowError> {
        let system = &NoisyNetwork {
            system: self.system,
            drifts,
            halt: Some(&self.halt),
        };
        let noise = &self.noise;
        let course = noise.integrate(system, start, span, &self.tolerances, events);
        course.map_err(|error| self.halt.told(error))
    }

    /// Gives the states at some times of a course to `each`.
    fn at_times(
        &self,
        course: &Course,
        times: &[f64],
        each: impl FnMut(f64, &[f64]),
    ) -> Result<(), IntegrationError> {
        let system = &NoisyNetwork {
            system: self.system,
            drifts: Drifts::GoOn,
            halt: None,
        };
        let noise = &self.noise;
        noise.at_times(system, (course, times), &self.tolerances, each)
    }

    pub(super) fn look(&self, t: f64, state: &[f64], seen: &mut NetworkTrajectory) {
        let loss = self.system.loss(state) + 0.5 * self.problem.setup().label_noise;
        seen.push(t, loss, self.system.observe(state));
    }

    /// The overlaps of the states on a path.
    fn see(&self, path: &Path, seen: &mut NetworkTrajectory) {
        for (t, state) in path.times().iter().zip(path.states()) {
            self.look(*t, state, seen);
        }
    }

    /// The overlaps at times beyond the end of a course, which goes on.
    fn go_on(
        &self,
        course: &Course,
        times: &[f64],
        seen: &mut NetworkTrajectory,
    ) -> Result<(), FlowError> {
        let Some(last) = times.last() else {
            return Ok(());
        };
        let span = Span {
            end: *last,
            keep: Keep::Times(times),
        };
        let further = self.integrate((course.end, &course.last), span, (&[], Drifts::GoOn))?;
        let from = seen.t.len();
        self.see(&further.path(), seen);
        seen.t.truncate(from);
        seen.t.extend(times);
        Ok(())
    }

    /// The plateaus of a course that was kept by its steps, which end at these times.
    fn plateaus(&self, course: &Course, steps: &[f64]) -> Result<Vec<Plateau>, FlowError> {
        let loss = |state: &[f64]| self.system.loss(state);
        let at = |times: &[f64]| -> Result<Vec<Sample>, FlowError> {
            let mut all = Vec::new();
            self.at_times(course, times, |t, state| {
                let part = self.noise.part_at(t);
                let rates =
                    |state: &[f64], out: &mut [f64]| self.system.rates_with(part, state, out);
                all.push(Sample::of((t, state), &loss, &rates));
            })?;
            Ok(all)
        };
        plateaus(steps, &at, 0.5 * self.problem.setup().label_noise)
    }

    /// A run that used up its steps is unfinished, if all is known that was wanted: noise may move units for ever.
    fn unfinished(&self, error: FlowError, wanted: Wanted<'_>) -> Result<Course, FlowError> {
        let FlowError::Integration(IntegrationError { failure, partial }) = error else {
            return Err(error);
        };
        let known = match wanted {
            Wanted::Times(times) => times.len() == partial.path.times().len(),
            Wanted::Nothing | Wanted::Spread(_) => true,
        };
        match failure {
            StepFailure::Budget { .. }
                if known && !self.problem.setup().scaling.changes_noise() =>
            {
                Ok(Course::of(&self.start, *partial))
            }
            _ => Err(FlowError::Integration(IntegrationError {
                failure,
                partial,
            })),
        }
    }

    fn conclude(
        &self,
        solution: &Course,
        (until, allowed): (Until, f64),
    ) -> Result<NetworkRun, FlowError> {
        let excess = self.system.loss(&solution.last);
        let exit_time = solution.hits[0].as_ref().map(|hit| hit.t);
        let outcome = match solution.stop {
            Stop::Event(0) if until == Until::Exit => Outcome::Unfinished,
            Stop::Event(_) => Outcome::Learned,
            Stop::End | Stop::Growth { .. } => Outcome::Unfinished,
            Stop::FixedPoint | Stop::Drift => {
                self.at_rest(&solution.last, (excess, allowed), exit_time.is_some())?
            }
        };
        Ok(NetworkRun {
            exit_time,
            outcome,
            end: solution.end,
            settled: solution.end,
            plateaus: Vec::new(),
            last: self.system.observe(&solution.last),
            loss: excess + 0.5 * self.problem.setup().label_noise,
            excess,
            noise_error: None,
            growth: match solution.stop {
                Stop::Growth { power } => Some(power),
                _ => None,
            },
            solver: Solver {
                method: solution.methods,
                work: solution.work,
            },
        })
    }
}
