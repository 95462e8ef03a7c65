//! The one loop: steps, records, events, rest.

use super::changing::Changing;
use super::drifting::{Drifting, REACH, SHORT_REACH, Way};
use super::event::{Look, met_within};
use super::numbers::Numbers;
use super::path::{Path, drawn, shorten};
use super::rest::at_rest;
use super::rk45::Rk45;
use super::rodas::Rodas;
use super::{
    Drifts, Event, Field, Hit, IntegrationError, Keep, Method, Precision, Solution, Span,
    StepFailure, Stop, Work, diverges,
};

/// A time, the state there, and its rates.
#[derive(Clone, Debug)]
pub(super) struct Knot<V> {
    pub(super) t: f64,
    pub(super) y: V,
    pub(super) f: V,
}

/// The same, lent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) t: f64,
    pub(super) y: &'a [f64],
    pub(super) f: &'a [f64],
}

impl<V: Numbers> Knot<V> {
    pub(super) fn at(field: Field<'_>, t: f64, state: &[f64]) -> Self {
        let (mut y, mut f) = (V::zeros(field.dim), V::zeros(field.dim));
        y.as_mut().copy_from_slice(state);
        (field.rates)(state, f.as_mut());
        Self { t, y, f }
    }

    pub(super) fn place(&self) -> Place<'_> {
        Place {
            t: self.t,
            y: self.y.as_ref(),
            f: self.f.as_ref(),
        }
    }
}

/// A method, made to go on from where it is.
pub(super) trait Stepper {
    /// One accepted step, at most to `limit`.
    fn advance(&mut self, limit: f64) -> Result<(), StepFailure>;
    /// The last accepted step: from, to.
    fn step(&self) -> (Place<'_>, Place<'_>);
    fn evaluations(&self) -> usize;
    /// The interpolant of that step, as [`drawn`] takes it; whether it holds to the tolerance.
    fn bow(&mut self, out: &mut [f64]) -> bool;
    /// The state at a fraction of that step by the method itself, without an error of interpolation;
    /// `false` where that fails.
    fn solved(&mut self, x: f64, out: &mut [f64]) -> bool;
    /// The value of an event at the end of that step, where the step control has it.
    fn value_at_end(&self, _event: usize) -> Option<f64> {
        None
    }
    /// The methods so far, as [`Solution::methods`] has them.
    fn methods(&self) -> &'static str;
}

/// The stepper of the method, or methods, of a run.
fn stepper<'a>(
    field: Field<'a>,
    events: &'a [Event<'a>],
    start: &[f64],
    precision: &Precision,
) -> Box<dyn Stepper + 'a> {
    if precision.method != Method::Auto {
        return from(field, events, (0.0, start), precision);
    }
    let go_on = move |at: (f64, &[f64]), precision: &Precision| from(field, events, at, precision);
    Box::new(Changing::new(field, start, *precision, go_on))
}

/// The stepper of one method from a time and a state: the small sizes are compiled each for itself.
fn from<'a>(
    field: Field<'a>,
    events: &'a [Event<'a>],
    start: (f64, &[f64]),
    precision: &Precision,
) -> Box<dyn Stepper + 'a> {
    macro_rules! of_sizes {
        ($($n:literal)*) => {
            match (precision.method, field.dim) {
                $(
                    (Method::Rk45, $n) => Box::new(Rk45::new(
                        nalgebra::Const::<$n>, field, start, precision,
                    )),
                    (_, $n) => Box::new(Rodas::<[f64; $n]>::new(field, events, start, precision)),
                )*
                (Method::Rk45, dim) => Box::new(Rk45::new(
                    nalgebra::Dyn(dim), field, start, precision,
                )),
                _ => Box::new(Rodas::<Vec<f64>>::new(field, events, start, precision)),
            }
        };
    }
    of_sizes!(1 2 3 4)
}

/// Evaluations that count as a step, so that rejected steps are bounded too; more of large systems,
/// whose Jacobian takes one a variable.
const EVALUATIONS_PER_STEP: usize = 30;
/// Precision of event times, against rtol, and its bounds.
const EVENT_PRECISION: f64 = 1e-3;
const EVENT_BOUNDS: (f64, f64) = (1e-13, 1e-12);

/// Steps from one question whether to [halt](Field::halts) to the next: an answer may cost as much as rates.
const ASKED_EVERY: usize = 8;

/// Change of an event's function, against it or 1, up to which a state next to its rest has its value there.
const SETTLED: f64 = 1e-3;

struct Run<'a> {
    field: Field<'a>,
    precision: Precision,
    events: &'a [Event<'a>],
    signs: Vec<f64>,
    solution: Solution,
    /// Times that are still to be recorded.
    wanted: std::iter::Peekable<std::slice::Iter<'a, f64>>,
    keep: Keep<'a>,
    /// Room for a state and for the interpolant of a step.
    room: (Vec<f64>, Vec<f64>),
    drifting: Drifting,
    /// Last time of the run, and that at which it was last asked whether to halt.
    end: f64,
    asked: f64,
}

/// Integrates a system.
pub(super) fn run(
    field: Field<'_>,
    start: &[f64],
    span: Span<'_>,
    precision: Precision,
    events: &[Event<'_>],
) -> Result<Solution, IntegrationError> {
    let times = match span.keep {
        Keep::Times(times) => times,
        Keep::Nothing | Keep::Steps => &[],
    };
    let mut run = Run {
        field,
        precision,
        events,
        signs: events.iter().map(|e| (e.function)(start)).collect(),
        solution: Solution {
            path: Path::new(field.dim),
            hits: vec![None; events.len()],
            peaks: vec![f64::NEG_INFINITY; events.len()],
            stop: Stop::End,
            end: 0.0,
            last: start.to_vec(),
            methods: match precision.method {
                Method::Implicit => "implicit",
                Method::Auto | Method::Rk45 => "rk45",
            },
            work: Work::default(),
        },
        wanted: times.iter().peekable(),
        keep: span.keep,
        room: (vec![0.0; field.dim], vec![0.0; 3 * field.dim]),
        drifting: Drifting::default(),
        end: span.end,
        asked: 0.0,
    };
    match run.go(start) {
        Ok(stop) => {
            run.solution.stop = stop;
            Ok(run.solution)
        }
        Err(failure) => Err(IntegrationError {
            failure,
            partial: Box::new(run.solution),
        }),
    }
}

impl Run<'_> {
    fn go(&mut self, start: &[f64]) -> Result<Stop, StepFailure> {
        let end = self.end;
        if let Some(stop) = self.begin(start) {
            return Ok(stop);
        }
        if end <= 0.0 {
            return Ok(Stop::End);
        }
        let (field, events) = (self.field, self.events);
        let mut stepper = stepper(field, events, start, &self.precision);
        let per_step = EVALUATIONS_PER_STEP + 2 * field.dim.saturating_sub(4);
        if !stepper.step().1.f.iter().all(|rate| rate.is_finite()) {
            return Err(StepFailure::NotFinite);
        }
        loop {
            let advanced = stepper.advance(end);
            self.solution.work.rhs_evaluations = stepper.evaluations();
            self.solution.methods = stepper.methods();
            advanced?;
            if let Some(stop) = self.accept(&mut *stepper) {
                return Ok(stop);
            }
            if self.solution.end >= end {
                return Ok(Stop::End);
            }
            let at = stepper.step().1;
            if self.halts(at) {
                return Err(StepFailure::Halted);
            }
            let limit = self.precision.max_steps;
            let work = self.solution.work;
            if work.steps >= limit || work.rhs_evaluations / per_step >= limit {
                return Err(match diverges(at.t, at.y, at.f) {
                    true => StepFailure::Diverged,
                    false => StepFailure::Budget { limit },
                });
            }
        }
    }

    /// Whether the run is to end at a state for what it is.
    fn halts(&mut self, at: Place<'_>) -> bool {
        let is_time = self.solution.work.steps.is_multiple_of(ASKED_EVERY);
        let Some(halts) = self.field.halts.filter(|_| is_time) else {
            return false;
        };
        let gone = (at.t - self.asked) / at.t;
        self.asked = at.t;
        halts(gone, at.y)
    }

    /// How a run ends that has done nothing but drift for decades of time, if it has.
    fn drifts(&mut self, at: Place<'_>) -> Option<Stop> {
        let settles = match self.field.drifts {
            Drifts::GoOn => return None,
            Drifts::End => None,
            Drifts::Settle(value) => Some(value),
        };
        let steps = self.solution.work.steps;
        if !self.drifting.is_due(at.t) {
            let growth = || self.drifting.growth(self.end, SHORT_REACH);
            let labours = settles.is_none() && self.drifting.labours(steps);
            return labours.then(growth).flatten();
        }
        let events = self.signs.iter().zip(&self.solution.hits);
        let ahead = events.map(|(value, hit)| hit.is_none().then_some(*value));
        self.drifting.take(Way {
            t: at.t,
            steps,
            value: settles.map_or(f64::NAN, |value| value(at.y)),
            size: at.y.iter().fold(0.0, |size, y| size.max(y.abs())),
            ahead: ahead.collect(),
        });
        match settles {
            Some(_) => self.drifting.has_settled().then_some(Stop::Drift),
            None => self.drifting.growth(self.end, REACH),
        }
    }

    /// Records the start and meets the events that hold there already.
    fn begin(&mut self, start: &[f64]) -> Option<Stop> {
        let at_zero = self.wanted.next_if(|t| **t <= 0.0).is_some();
        if at_zero || matches!(self.keep, Keep::Steps) {
            self.solution.path.push(0.0, start);
        }
        let mut stop = None;
        for (i, event) in self.events.iter().enumerate() {
            if self.signs[i] >= 0.0 {
                self.solution.hits[i] = Some(Hit {
                    t: 0.0,
                    state: start.to_vec(),
                });
                if event.terminal {
                    stop = stop.or(Some(Stop::Event(i)));
                }
            }
        }
        stop
    }

    /// Takes an accepted step: events, record, rest.
    fn accept(&mut self, stepper: &mut dyn Stepper) -> Option<Stop> {
        self.solution.work.steps += 1;
        let ended = self.meet(stepper);
        let after = stepper.step().1;
        match ended.and_then(|i| self.solution.hits[i].as_ref()) {
            Some(hit) => {
                self.solution.end = hit.t;
                self.solution.last.copy_from_slice(&hit.state);
            }
            None => {
                self.solution.end = after.t;
                self.solution.last.copy_from_slice(after.y);
            }
        }
        self.keep_step(stepper);
        if let Some(index) = ended {
            return Some(Stop::Event(index));
        }
        let (before, after) = stepper.step();
        if let Some(drift) = self.drifts(after) {
            return Some(drift);
        }
        let rest = at_rest(self.field, before, after, self.precision.atol)?;
        if self.is_ahead(after.y, &rest) {
            return None;
        }
        self.solution.last.copy_from_slice(&rest);
        // The times that are still to be recorded have this state.
        for t in self.wanted.by_ref() {
            self.solution.path.push(*t, &rest);
        }
        Some(Stop::FixedPoint)
    }

    /// Whether what the run is watched for happens between a state and the rest next to it: a terminal event, with which it
    /// ends, or a change that is seen, as that of a loss which goes on falling to 0.
    fn is_ahead(&self, state: &[f64], rest: &[f64]) -> bool {
        let mut events = self.events.iter().zip(&self.solution.hits);
        events.any(|(event, hit)| {
            hit.is_none() && {
                let there = (event.function)(rest);
                let change = (there - (event.function)(state)).abs();
                event.terminal && there >= 0.0 || change > SETTLED * there.abs().max(1.0)
            }
        })
    }

    /// Looks for events in a step: the terminal one with which the run ends, if there is one.
    fn meet(&mut self, stepper: &mut dyn Stepper) -> Option<usize> {
        let (least, most) = EVENT_BOUNDS;
        let within = (EVENT_PRECISION * self.precision.rtol).clamp(least, most);
        let mut look = Look::new(stepper, &mut self.room);
        let mut terminal: Option<(usize, f64)> = None;
        for (i, event) in self.events.iter().enumerate() {
            if self.solution.hits[i].is_some() {
                continue;
            }
            let (old, value) = (self.signs[i], look.at_end((i, event.function)));
            self.signs[i] = value;
            if value < old {
                self.solution.peaks[i] = self.solution.peaks[i].max(old);
            }
            let Some(hit) = met_within(event.function, &mut look, (old, value), within) else {
                continue;
            };
            if event.terminal && terminal.is_none_or(|(_, other)| hit.t < other) {
                terminal = Some((i, hit.t));
            }
            self.solution.hits[i] = Some(hit);
        }
        let (index, end) = terminal?;
        // What other events did between the terminal one and the step's end never happened.
        for hit in &mut self.solution.hits {
            hit.take_if(|hit| hit.t > end);
        }
        Some(index)
    }

    /// Keeps a step, or the part of it up to the end of the run, or the states wanted in it.
    fn keep_step(&mut self, stepper: &mut dyn Stepper) {
        let (state, bow) = (&mut self.room.0, &mut self.room.1);
        let (path, end) = (&mut self.solution.path, self.solution.end);
        let wanted = match self.keep {
            Keep::Nothing => false,
            Keep::Steps => path.is_dense(),
            Keep::Times(_) => self.wanted.peek().is_some_and(|t| **t <= end),
        };
        let holds = wanted && stepper.bow(bow);
        let (before, after) = stepper.step();
        let (from, length) = (before.t, after.t - before.t);
        if let Keep::Steps = self.keep {
            if !holds {
                bow.fill(f64::NAN);
            } else if end < after.t {
                shorten(bow, (end - from) / length);
            }
            path.push_step((end, &self.solution.last), bow);
        }
        while let Some(t) = self.wanted.next_if(|t| **t <= end) {
            let x = (*t - from) / length;
            if holds || !stepper.solved(x, state) {
                let (before, after) = stepper.step();
                drawn((before.y, after.y), bow, x, state);
            }
            path.push(*t, if *t < end { state } else { &self.solution.last });
        }
    }
}
