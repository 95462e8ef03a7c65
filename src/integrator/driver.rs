//! The one loop: steps, records, events, fixed points, stiffness.

use super::event::{locate, reach};
use super::implicit::Implicit;
use super::rk45::Rk45;
use super::{
    Event, Field, Hit, IntegrationError, Method, Solution, Span, StepFailure, Stop, Tolerances,
    Work,
};

/// A time and the state there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Knot<const N: usize> {
    pub(super) t: f64,
    pub(super) y: [f64; N],
}

/// What a stepper reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Advance {
    Done,
    /// The explicit method is held back by stability, not by accuracy.
    Stiff,
}

/// A library's method, made to go on from where it is.
pub(super) trait Stepper<const N: usize> {
    /// Goes on, at most to `limit`, and appends the accepted steps.
    fn advance(&mut self, limit: f64, knots: &mut Vec<Knot<N>>) -> Result<Advance, StepFailure>;
    fn position(&self) -> Knot<N>;
    fn suggested_step(&self) -> f64;
    fn evaluations(&self) -> usize;
}

/// The stepper in use.
enum Engine<'a, const N: usize> {
    Explicit(Rk45<'a, N>),
    Implicit(Implicit<'a, N>),
}

impl<'a, const N: usize> Engine<'a, N> {
    fn stepper(&mut self) -> &mut dyn Stepper<N> {
        match self {
            Engine::Explicit(rk45) => rk45,
            Engine::Implicit(radau) => radau,
        }
    }

    /// Integrates from `from` to `t` with the same method, in one step where it can.
    fn shoot(
        &self,
        field: Field<'a>,
        tolerances: &Tolerances,
        from: Knot<N>,
        t: f64,
    ) -> Result<Knot<N>, StepFailure> {
        match self {
            Engine::Explicit(_) => reach(
                &mut Rk45::new(field, from, t - from.t, tolerances, false),
                t,
            ),
            Engine::Implicit(_) => {
                reach(&mut Implicit::new(field, from, t - from.t, tolerances), t)
            }
        }
    }
}

/// Steps after which [`Method::Auto`] takes the explicit method for the slower one: the implicit
/// one needs about 60 for a whole run, at under 3 explicit steps' cost each.
const EXPLICIT_STEPS: usize = 50;
/// Steps kept when no record times are asked for; beyond, every other one is dropped.
const MAX_STEPS_KEPT: usize = 20_000;
/// The state is unchanged when no component moved by this fraction of itself.
const STILL: f64 = 1e-10;
/// Growth of time over which an unchanged state is a fixed point, unless it [drifts](Run::drifts).
const FIXED_POINT_SPAN: f64 = 1e10;
/// Relative change of a rate over that span that is none.
const STEADY: f64 = 1e-3;

struct Run<'a, 'e, const N: usize> {
    field: Field<'a>,
    tolerances: &'a Tolerances,
    events: &'e [Event<'e>],
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
        explicit: false,
        stiff: false,
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
    let origin = Knot { t: 0.0, y };
    let mut run = Run {
        field,
        tolerances,
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

impl<'a, const N: usize> Run<'a, '_, N> {
    fn go(&mut self, span: Span<'_>, origin: Knot<N>) -> Result<Stop, StepFailure> {
        let t = self.tolerances;
        let mut engine = match t.method {
            Method::Implicit => Engine::Implicit(Implicit::new(self.field, origin, 0.0, t)),
            Method::Auto => Engine::Explicit(Rk45::new(self.field, origin, 0.0, t, true)),
            Method::Rk45 => Engine::Explicit(Rk45::new(self.field, origin, 0.0, t, false)),
        };
        self.solution.stiff = t.method == Method::Implicit;
        self.solution.explicit = t.method != Method::Implicit;
        if let Some(stop) = self.begin(span, origin) {
            return Ok(stop);
        }
        if span.end <= 0.0 {
            return Ok(Stop::End);
        }
        let mut targets = span.record.iter().copied().filter(|&r| r > 0.0).peekable();
        let (mut knots, mut finished_work) = (Vec::new(), 0);
        loop {
            let limit = targets.peek().copied().unwrap_or(span.end);
            knots.clear();
            let advanced = engine.stepper().advance(limit, &mut knots);
            self.solution.work.rhs_evaluations = finished_work + engine.stepper().evaluations();
            for knot in &knots {
                if let Some(stop) = self.accept(*knot, &engine, span.record.is_empty())? {
                    return Ok(stop);
                }
            }
            let explicit = matches!(engine, Engine::Explicit(_));
            let slow = explicit && self.solution.work.steps >= EXPLICIT_STEPS;
            if advanced? == Advance::Stiff || (t.method == Method::Auto && slow) {
                let (at, step) = (self.previous, engine.stepper().suggested_step());
                finished_work = self.solution.work.rhs_evaluations;
                engine = Engine::Implicit(Implicit::new(self.field, at, step, t));
                self.solution.stiff = true;
            }
            if self.previous.t >= limit {
                if targets.next().is_some() {
                    self.keep(self.previous);
                }
                if self.previous.t >= span.end {
                    return Ok(Stop::End);
                }
            }
            if self.solution.work.steps >= t.max_steps {
                return Err(StepFailure::Budget { limit: t.max_steps });
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

    /// Takes an accepted step: events, record, fixed point.
    fn accept(
        &mut self,
        knot: Knot<N>,
        engine: &Engine<'a, N>,
        record: bool,
    ) -> Result<Option<Stop>, StepFailure> {
        self.solution.work.steps += 1;
        let mut terminal: Option<(usize, Knot<N>)> = None;
        for (i, event) in self.events.iter().enumerate() {
            let value = (event.function)(&knot.y);
            let met = self.signs[i] < 0.0 && value >= 0.0 && self.solution.hits[i].is_none();
            self.signs[i] = value;
            if !met {
                continue;
            }
            let (field, tolerances) = (self.field, self.tolerances);
            let at = locate(event.function, self.previous, knot, |from, t| {
                engine.shoot(field, tolerances, from, t)
            })?;
            self.solution.hits[i] = Some(Hit {
                t: at.t,
                state: at.y.to_vec(),
            });
            if event.terminal && terminal.is_none_or(|(_, other)| at.t < other.t) {
                terminal = Some((i, at));
            }
        }
        let at = terminal.map_or(knot, |(_, at)| at);
        self.previous = at;
        self.solution.end = at.t;
        self.solution.last.copy_from_slice(&at.y);
        if let Some((index, _)) = terminal {
            // What other events did between the terminal one and the step's end never happened.
            for hit in &mut self.solution.hits {
                hit.take_if(|hit| hit.t > at.t);
            }
            self.keep(at);
            return Ok(Some(Stop::Event(index)));
        }
        if record {
            self.keep_thinned(at);
        }
        Ok(self.is_still(at).then_some(Stop::FixedPoint))
    }

    /// Whether nothing has moved for ten orders of magnitude of time, and nothing is on its way.
    fn is_still(&mut self, at: Knot<N>) -> bool {
        let floor = 1e-3 * self.tolerances.atol;
        let moved =
            at.y.iter()
                .zip(&self.anchor.y)
                .any(|(y, a)| (y - a).abs() > STILL * a.abs() + floor);
        if moved {
            self.anchor = at;
            self.solution.settled = at.t;
        } else if self.anchor.t == 0.0 {
            // Never moved: measure from the first step instead of from time 0.
            self.anchor.t = at.t;
        }
        !moved && at.t > FIXED_POINT_SPAN * self.anchor.t && !self.drifts(at)
    }

    /// Whether a component is in slow, steady motion: at the same rate as when it last moved, and
    /// one so small that it explains why nothing was seen of it. The rates of a fixed point are
    /// rounding, which fails one or the other. (From scratch with He6 in dimension 1e12 the
    /// relative rate is 4e-21 for most of the run.)
    fn drifts(&self, at: Knot<N>) -> bool {
        let (mut before, mut now) = ([0.0; N], [0.0; N]);
        (self.field.rates)(&self.anchor.y, &mut before);
        (self.field.rates)(&at.y, &mut now);
        (0..N).any(|i| {
            let size = at.y[i].abs();
            let steady = (now[i] - before[i]).abs() <= STEADY * now[i].abs();
            let unseen = now[i].abs() * at.t <= 10.0 * STILL * size;
            size > self.tolerances.atol && now[i] != 0.0 && steady && unseen
        })
    }

    fn keep(&mut self, at: Knot<N>) {
        self.solution.t.push(at.t);
        self.solution.states.push(at.y.to_vec());
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
