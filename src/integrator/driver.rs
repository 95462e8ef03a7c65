//! The one loop: steps, records, events, rest.

use super::event::{Step, met_within};
use super::rest::at_rest;
use super::rk45::Rk45;
use super::rodas::Rodas;
use super::{
    Event, Field, Hit, IntegrationError, Method, Precision, Solution, Span, StepFailure, Stop,
    Tolerances, Work,
};

/// A time, the state there, and its rates.
#[derive(Clone, Copy, Debug)]
pub(super) struct Knot<const N: usize> {
    pub(super) t: f64,
    pub(super) y: [f64; N],
    pub(super) f: [f64; N],
}

impl<const N: usize> Knot<N> {
    pub(super) fn at(field: Field<'_>, t: f64, y: [f64; N]) -> Self {
        let mut f = [0.0; N];
        (field.rates)(&y, &mut f);
        Self { t, y, f }
    }
}

/// A method, made to go on from where it is.
pub(super) trait Stepper<const N: usize> {
    /// Goes on, at most to `limit`, and appends the accepted steps.
    fn advance(&mut self, limit: f64, knots: &mut Vec<Knot<N>>) -> Result<(), StepFailure>;
    fn evaluations(&self) -> usize;
    /// The state at a fraction of an accepted step, the last one of a batch: interpolated.
    fn drawn(&self, step: (&Knot<N>, &Knot<N>), x: f64) -> [f64; N];
    /// The same by the method itself: no interpolant, hence no error of interpolation.
    fn solved(&mut self, step: (&Knot<N>, &Knot<N>), x: f64) -> [f64; N];
}

/// The stepper of a method, from a knot.
fn stepper<'a, const N: usize>(
    method: Method,
    field: Field<'a>,
    events: &'a [Event<'a>],
    from: Knot<N>,
    precision: &Precision,
) -> Box<dyn Stepper<N> + 'a> {
    match method {
        Method::Rk45 => Box::new(Rk45::new(field, from, 0.0, precision)),
        Method::Auto | Method::Implicit => Box::new(Rodas::new(field, events, from, precision)),
    }
}

/// Steps kept when no record times are asked for; beyond, every other one is dropped.
const MAX_STEPS_KEPT: usize = 20_000;
/// A component that moved by less than this fraction of itself is shown as unchanged.
const STILL: f64 = 1e-10;
/// Evaluations that count as a step, so that rejected steps are bounded too.
const EVALUATIONS_PER_STEP: usize = 30;
/// Precision of event times, against rtol, and its bounds.
const EVENT_PRECISION: f64 = 1e-3;
const EVENT_BOUNDS: (f64, f64) = (1e-13, 1e-12);

struct Run<'a, const N: usize> {
    field: Field<'a>,
    method: Method,
    precision: Precision,
    events: &'a [Event<'a>],
    signs: Vec<f64>,
    solution: Solution,
    thinning: usize,
    seen: usize,
    anchor: Knot<N>,
    previous: Knot<N>,
}

pub(super) fn empty(start: &[f64], events: usize) -> Solution {
    Solution {
        t: Vec::new(),
        states: Vec::new(),
        hits: vec![None; events],
        stop: Stop::End,
        end: 0.0,
        last: start.to_vec(),
        settled: 0.0,
        implicit: true,
        work: Work::default(),
    }
}

/// Integrates a system of `N` variables.
pub(super) fn run<const N: usize>(
    field: Field<'_>,
    start: &[f64],
    span: Span<'_>,
    tolerances: &Tolerances,
    events: &[Event<'_>],
) -> Result<Solution, IntegrationError> {
    let mut y = [0.0; N];
    y.copy_from_slice(start);
    let origin = Knot::at(field, 0.0, y);
    let mut run = Run {
        field,
        method: tolerances.method,
        precision: tolerances.precision(start),
        events,
        signs: events.iter().map(|e| (e.function)(start)).collect(),
        solution: empty(start, events.len()),
        thinning: 1,
        seen: 0,
        anchor: origin,
        previous: origin,
    };
    match run.go(span, origin) {
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

impl<const N: usize> Run<'_, N> {
    fn go(&mut self, span: Span<'_>, origin: Knot<N>) -> Result<Stop, StepFailure> {
        self.solution.implicit = self.method != Method::Rk45;
        if let Some(stop) = self.begin(span, origin) {
            return Ok(stop);
        }
        if span.end <= 0.0 {
            return Ok(Stop::End);
        }
        if !origin.f.iter().all(|rate| rate.is_finite()) {
            return Err(StepFailure::NotFinite);
        }
        let (field, events) = (self.field, self.events);
        let mut stepper = stepper(self.method, field, events, origin, &self.precision);
        let mut targets = span.record.iter().copied().filter(|&r| r > 0.0).peekable();
        let mut knots = Vec::new();
        loop {
            let limit = targets.peek().copied().unwrap_or(span.end);
            knots.clear();
            let advanced = stepper.advance(limit, &mut knots);
            self.solution.work.rhs_evaluations = stepper.evaluations();
            for knot in &knots {
                if let Some(stop) = self.accept(*knot, &mut *stepper, span.record.is_empty()) {
                    if stop == Stop::FixedPoint {
                        self.keep_rest(targets);
                    }
                    return Ok(stop);
                }
            }
            advanced?;
            if self.previous.t >= limit {
                if targets.next().is_some() {
                    self.keep(self.previous);
                }
                if self.previous.t >= span.end {
                    return Ok(Stop::End);
                }
            }
            let limit = self.precision.max_steps;
            let work = self.solution.work;
            if work.steps >= limit || work.rhs_evaluations / EVALUATIONS_PER_STEP >= limit {
                return Err(StepFailure::Budget { limit });
            }
        }
    }

    /// Records the start and meets the events that hold there already.
    fn begin(&mut self, span: Span<'_>, origin: Knot<N>) -> Option<Stop> {
        if span.record.is_empty() || span.record.first() == Some(&0.0) {
            self.keep(origin);
        }
        let mut stop = None;
        for (i, event) in self.events.iter().enumerate() {
            if self.signs[i] >= 0.0 {
                self.solution.hits[i] = Some(Hit {
                    t: 0.0,
                    state: origin.y.to_vec(),
                });
                if event.terminal {
                    stop = stop.or(Some(Stop::Event(i)));
                }
            }
        }
        stop
    }

    /// Takes an accepted step: events, record, rest.
    fn accept(
        &mut self,
        knot: Knot<N>,
        stepper: &mut dyn Stepper<N>,
        record: bool,
    ) -> Option<Stop> {
        self.solution.work.steps += 1;
        let before = self.previous;
        let precision = self.precision;
        let mut step = Step {
            before: &before,
            after: &knot,
            stepper,
        };
        let mut terminal: Option<(usize, f64, [f64; N])> = None;
        for (i, event) in self.events.iter().enumerate() {
            if self.solution.hits[i].is_some() {
                continue;
            }
            let (old, value) = (self.signs[i], (event.function)(&knot.y));
            self.signs[i] = value;
            let (least, most) = EVENT_BOUNDS;
            let within = (EVENT_PRECISION * precision.rtol).clamp(least, most);
            let met = met_within(event.function, &mut step, (old, value), within);
            let Some((t, state)) = met else {
                continue;
            };
            self.solution.hits[i] = Some(Hit {
                t,
                state: state.to_vec(),
            });
            if event.terminal && terminal.is_none_or(|(_, other, _)| t < other) {
                terminal = Some((i, t, state));
            }
        }
        let at = terminal.map_or(knot, |(_, t, y)| Knot { t, y, f: knot.f });
        self.previous = at;
        self.solution.end = at.t;
        self.solution.last.copy_from_slice(&at.y);
        if let Some((index, ..)) = terminal {
            // What other events did between the terminal one and the step's end never happened.
            for hit in &mut self.solution.hits {
                hit.take_if(|hit| hit.t > at.t);
            }
            self.keep(at);
            return Some(Stop::Event(index));
        }
        if record {
            self.keep_thinned(at);
        }
        self.note_movement(&at);
        let rest = at_rest(self.field, &before, &at, precision.atol)?;
        // A terminal event on the last stretch is what the run ends with.
        let ahead = |(event, hit): (&Event<'_>, &Option<Hit>)| {
            event.terminal && hit.is_none() && (event.function)(&rest) >= 0.0
        };
        if self.events.iter().zip(&self.solution.hits).any(ahead) {
            return None;
        }
        self.solution.last.copy_from_slice(&rest);
        Some(Stop::FixedPoint)
    }

    /// Remembers when the state last moved visibly.
    fn note_movement(&mut self, at: &Knot<N>) {
        let floor = self.precision.atol;
        let pairs = at.y.iter().zip(&self.anchor.y);
        if pairs
            .into_iter()
            .any(|(y, a)| (y - a).abs() > STILL * a.abs() + floor)
        {
            self.anchor = *at;
            self.solution.settled = at.t;
        }
    }

    fn keep(&mut self, at: Knot<N>) {
        self.solution.t.push(at.t);
        self.solution.states.push(at.y.to_vec());
    }

    /// At rest, the times that are still to be recorded have the last state.
    fn keep_rest(&mut self, times: impl Iterator<Item = f64>) {
        for t in times {
            self.solution.t.push(t);
            self.solution.states.push(self.solution.last.clone());
        }
    }

    fn keep_thinned(&mut self, at: Knot<N>) {
        self.seen += 1;
        if self.seen.is_multiple_of(self.thinning) {
            self.keep(at);
        }
        if self.solution.t.len() >= MAX_STEPS_KEPT {
            self.thinning *= 2;
            let mut index = 0;
            let mut every_other = || {
                index += 1;
                index % 2 == 1
            };
            self.solution.t.retain(|_| every_other());
            index = 0;
            let mut every_other = || {
                index += 1;
                index % 2 == 1
            };
            self.solution.states.retain(|_| every_other());
        }
    }
}
