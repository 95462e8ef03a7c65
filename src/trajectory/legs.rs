//! A run of the closed ODEs in legs: where the strength of the noise changes along it, from one break of the step sizes
//! to the next, so that no step of the integrator goes over one. A constant step size has one leg.
//!
//! ```text
//! dy/dt = f(y; nu f(s(t))),   within a leg of a changing factor also dt/dt = 1
//! ```

use super::network_halt::Halt;
use crate::dynamics::ClosedSystem;
use crate::dynamics::network::NetworkSystem;
use crate::integrator::{
    Drifts, Event, Field, Hit, IntegrationError, Keep, Path, Solution, Span, Stop, Tolerances,
    Work, integrate,
};
use crate::problem::{Scaling, StepSizes, Stretch};

/// What moves a state, with a part of the noise.
pub(crate) trait Noisy {
    /// The rates with so much of the noise.
    fn rates_with(&self, part: f64, state: &[f64], rates: &mut [f64]);
    /// As [`Field::grain`].
    fn grain(&self) -> f64;
    /// As [`Field::is_dear`].
    fn is_dear(&self) -> bool {
        false
    }
    /// As [`Field::drifts`], where the noise no longer changes.
    fn drifts(&self) -> Drifts<'_> {
        Drifts::GoOn
    }
    /// As [`Field::halts`].
    fn halts(&self, _progress: f64, _state: &[f64]) -> bool {
        false
    }
}

impl Noisy for dyn ClosedSystem + '_ {
    fn rates_with(&self, part: f64, state: &[f64], rates: &mut [f64]) {
        ClosedSystem::rates_with(self, part, state, rates);
    }

    fn grain(&self) -> f64 {
        ClosedSystem::grain(self)
    }
}

/// Overlaps of order 1 do not tell smaller numbers from 0 well enough to take differences of the rates.
const GRAIN: f64 = 1e-3;

/// A network, what becomes of it where it drifts for ever, and what ends it before its time.
pub(crate) struct NoisyNetwork<'a> {
    pub(crate) system: &'a dyn NetworkSystem,
    pub(crate) drifts: Drifts<'a>,
    pub(crate) halt: Option<&'a Halt<'a>>,
}

impl Noisy for NoisyNetwork<'_> {
    fn rates_with(&self, part: f64, state: &[f64], rates: &mut [f64]) {
        self.system.rates_with(part, state, rates);
    }

    fn grain(&self) -> f64 {
        GRAIN
    }

    fn is_dear(&self) -> bool {
        true
    }

    fn drifts(&self) -> Drifts<'_> {
        self.drifts
    }

    fn halts(&self, progress: f64, state: &[f64]) -> bool {
        self.halt.is_some_and(|halt| halt.is_met(progress, state))
    }
}

/// How strong the noise is along a run.
#[derive(Debug)]
pub(crate) struct Noise {
    /// Stretches of ODE time, the last without an end.
    stretches: Vec<Stretch>,
    /// What changes it, and the time of a step at a factor of 1.
    sizes: Option<(StepSizes, f64)>,
}

/// An event whose function also takes the part of the noise there is at the state: it may ask for rates.
#[derive(Clone, Copy)]
pub(crate) struct NoisyEvent<'a> {
    /// Of the part and the state.
    pub(crate) function: &'a dyn Fn(f64, &[f64]) -> f64,
    /// Whether it ends the integration.
    pub(crate) terminal: bool,
}

impl<'a> NoisyEvent<'a> {
    /// A function that steps keep to their precision, and that ends nothing.
    pub(crate) fn watched(function: &'a dyn Fn(f64, &[f64]) -> f64) -> Self {
        Self {
            function,
            terminal: false,
        }
    }
}

/// A leg that was integrated.
#[derive(Debug)]
struct Leg {
    from: f64,
    stretch: Stretch,
    solution: Solution,
}

/// An integration over all its legs.
#[derive(Debug)]
pub(crate) struct Course {
    dim: usize,
    legs: Vec<Leg>,
    pub(crate) hits: Vec<Option<Hit>>,
    /// As those of a [`Solution`].
    pub(crate) peaks: Vec<f64>,
    pub(crate) stop: Stop,
    pub(crate) end: f64,
    pub(crate) last: Vec<f64>,
    pub(crate) methods: &'static str,
    pub(crate) work: Work,
}

impl Noise {
    pub(crate) fn of(scaling: &Scaling) -> Self {
        let sizes = scaling.sizes.clone().filter(|_| scaling.changes_noise());
        let sizes = sizes.zip(scaling.pace());
        let in_time = |pace: f64| {
            move |one: Stretch| Stretch {
                end: pace * one.end,
                ..one
            }
        };
        let mut stretches: Vec<Stretch> = match &sizes {
            Some((sizes, pace)) => sizes.stretches().into_iter().map(in_time(*pace)).collect(),
            None => vec![Stretch {
                end: f64::INFINITY,
                factor: Some(1.0),
            }],
        };
        if let Some(last) = stretches.last_mut() {
            last.end = f64::INFINITY;
        }
        Self { stretches, sizes }
    }

    /// The factor of the noise at a time of the run.
    pub(crate) fn part_at(&self, t: f64) -> f64 {
        let here = self.stretches.iter().find(|one| t <= one.end);
        here.and_then(|one| one.factor)
            .unwrap_or_else(|| self.changing_part(t))
    }

    /// The same where it changes.
    fn changing_part(&self, t: f64) -> f64 {
        let sizes = self.sizes.as_ref();
        sizes.map_or(1.0, |(sizes, pace)| sizes.factor_at(t / pace))
    }

    /// Does something with the rates of a stretch, of so many numbers and the time where its factor changes.
    fn on<R>(
        &self,
        (system, dim): (&(impl Noisy + ?Sized), usize),
        stretch: Stretch,
        work: impl FnOnce(Field<'_>) -> R,
    ) -> R {
        let halts = |progress: f64, state: &[f64]| system.halts(progress, &state[..dim]);
        let field = Field {
            dim,
            rates: &|_, _| {},
            grain: system.grain(),
            is_dear: system.is_dear(),
            drifts: Drifts::GoOn,
            halts: Some(&halts),
        };
        if let Some(part) = stretch.factor {
            let rates = |state: &[f64], out: &mut [f64]| system.rates_with(part, state, out);
            let is_last = stretch.end.is_infinite();
            return work(Field {
                rates: &rates,
                drifts: match is_last {
                    true => system.drifts(),
                    false => Drifts::GoOn,
                },
                ..field
            });
        }
        let rates = |state: &[f64], out: &mut [f64]| {
            system.rates_with(
                self.changing_part(state[dim]),
                &state[..dim],
                &mut out[..dim],
            );
            out[dim] = 1.0;
        };
        work(Field {
            dim: dim + 1,
            rates: &rates,
            ..field
        })
    }

    /// Integrates from a state at a time, up to an event, to rest, or to the end of the span; its times are those of the
    /// run.
    pub(crate) fn integrate(
        &self,
        system: &(impl Noisy + ?Sized),
        (from, start): (f64, &[f64]),
        span: Span<'_>,
        tolerances: &Tolerances,
        events: &[NoisyEvent<'_>],
    ) -> Result<Course, IntegrationError> {
        let dim = start.len();
        let tolerances = &tolerances_of(system, tolerances);
        let mut course = Course::new(from, start, events.len());
        let mut left = match span.keep {
            Keep::Times(times) => times,
            Keep::Nothing | Keep::Steps => &[],
        };
        for stretch in self.stretches.iter().filter(|one| one.end > from) {
            let from = course.end;
            let to = stretch.end.min(span.end);
            let (here, later) = left.split_at(left.partition_point(|t| *t <= to));
            left = later;
            let here: Vec<f64> = here.iter().map(|t| t - from).collect();
            let keep = match span.keep {
                Keep::Times(_) => Keep::Times(&here),
                other => other,
            };
            let part = |state: &[f64]| {
                stretch
                    .factor
                    .unwrap_or_else(|| self.changing_part(state[dim]))
            };
            let part = &part;
            let own: Vec<_> = events
                .iter()
                .map(|event| move |state: &[f64]| (event.function)(part(state), &state[..dim]))
                .collect();
            let watched = events.iter().zip(&own).map(|(event, own)| Event {
                function: own,
                terminal: event.terminal,
            });
            let watched: Vec<Event<'_>> = watched.collect();
            let end = to - from;
            let mut state = course.last.clone();
            state.extend(stretch.factor.is_none().then_some(from));
            let ended = self.on((system, dim), *stretch, |field| {
                integrate(field, &state, Span { end, keep }, tolerances, &watched)
            });
            let solution = ended.map_err(|error| course.failed(error, from))?;
            let goes_on = solution.stop == Stop::End || solution.stop == Stop::FixedPoint;
            course.add(*stretch, solution);
            if !goes_on || to >= span.end {
                break;
            }
            // At rest until the noise changes.
            course.end = to;
            course.stop = Stop::End;
        }
        Ok(course)
    }

    /// Gives the states at some times of the run, ascending, to `each`, as [`Path::at_times`] does.
    pub(crate) fn at_times(
        &self,
        system: &(impl Noisy + ?Sized),
        (course, times): (&Course, &[f64]),
        tolerances: &Tolerances,
        mut each: impl FnMut(f64, &[f64]),
    ) -> Result<(), IntegrationError> {
        let dim = course.dim;
        let tolerances = &tolerances_of(system, tolerances);
        let mut left = times;
        for (i, leg) in course.legs.iter().enumerate() {
            let next = course.legs.get(i + 1).map(|next| next.from);
            let count = next.map_or(left.len(), |to| left.partition_point(|t| *t <= to));
            let (here, later) = left.split_at(count);
            left = later;
            let shifted: Vec<f64> = here.iter().map(|t| t - leg.from).collect();
            let mut given = 0;
            self.on((system, dim), leg.stretch, |field| {
                let path = &leg.solution.path;
                path.at_times(&shifted, (field, tolerances), |_, state| {
                    each(here[given], &state[..dim]);
                    given += 1;
                })
            })?;
            // What rests stays there to the end of its leg.
            for t in here.iter().skip(given).filter(|_| next.is_some()) {
                each(*t, &leg.solution.last[..dim]);
            }
        }
        Ok(())
    }
}

/// Absolute tolerance of what passes through 0, against the relative one.
const ATOL_OF_RTOL: f64 = 1e-3;

/// Tolerances of a system whose variables may pass through 0, where no relative error of theirs is small.
fn tolerances_of(system: &(impl Noisy + ?Sized), asked: &Tolerances) -> Tolerances {
    let usual = (system.grain() > 0.0).then_some(ATOL_OF_RTOL * asked.rtol);
    Tolerances {
        atol: asked.atol.or(usual),
        ..*asked
    }
}

impl Course {
    fn new(from: f64, start: &[f64], events: usize) -> Self {
        Self {
            dim: start.len(),
            legs: Vec::new(),
            hits: vec![None; events],
            peaks: vec![f64::NEG_INFINITY; events],
            stop: Stop::End,
            end: from,
            last: start.to_vec(),
            methods: "implicit",
            work: Work::default(),
        }
    }

    /// One leg with the noise as it is.
    pub(super) fn of(start: &[f64], solution: Solution) -> Self {
        let mut whole = Self::new(0.0, start, solution.hits.len());
        let (end, factor) = (f64::INFINITY, Some(1.0));
        whole.add(Stretch { end, factor }, solution);
        whole
    }

    fn add(&mut self, stretch: Stretch, solution: Solution) {
        let from = self.end;
        for (first, hit) in self.hits.iter_mut().zip(&solution.hits) {
            let moved = hit.as_ref().map(|hit| Hit {
                t: from + hit.t,
                state: hit.state[..self.dim].to_vec(),
            });
            *first = first.take().or(moved);
        }
        for (highest, peak) in self.peaks.iter_mut().zip(&solution.peaks) {
            *highest = highest.max(*peak);
        }
        self.stop = solution.stop;
        self.end = from + solution.end;
        self.last = solution.last[..self.dim].to_vec();
        self.methods = solution.methods;
        self.work.steps += solution.work.steps;
        self.work.rhs_evaluations += solution.work.rhs_evaluations;
        self.legs.push(Leg {
            from,
            stretch,
            solution,
        });
    }

    /// The part of the noise at its end, where it no longer changes.
    pub(super) fn part_at_rest(&self) -> f64 {
        let last = self.legs.last().and_then(|leg| leg.stretch.factor);
        last.unwrap_or(0.0)
    }

    /// The last leg: when it began, and its path.
    pub(super) fn last_leg(&self) -> Option<(f64, &Path)> {
        let last = self.legs.last()?;
        Some((last.from, &last.solution.path))
    }

    /// The states kept, in the time of the run.
    pub(super) fn path(&self) -> Path {
        let mut path = Path::without_steps(self.dim);
        for leg in &self.legs {
            path.go_on(leg.from, &leg.solution.path);
        }
        path
    }

    /// A leg that failed, with those before it.
    fn failed(&self, mut error: IntegrationError, from: f64) -> IntegrationError {
        if self.legs.is_empty() && error.partial.last.len() == self.dim {
            return error;
        }
        let mut path = self.path();
        let partial = &mut error.partial;
        path.go_on(from, &partial.path);
        partial.path = path;
        partial.end += from;
        partial.last.truncate(self.dim);
        partial.work.steps += self.work.steps;
        partial.work.rhs_evaluations += self.work.rhs_evaluations;
        error
    }
}
