//! Solves any autonomous ODE until an event, a fixed point, or the end of time.
//!
//! Two methods do the stepping: Rodas5P of order 5, and Dormand-Prince 5(4) of `ode_solvers`, both for
//! states of any length (one to four numbers are on the stack). A run is made by one of them from
//! start to end, or, where rates are dear, by whichever is the cheaper one at the time.

// `!(x <= bound)` is meant as it stands: a NaN is beyond every bound. Rows and columns of small
// matrices are indexed, as the formulas are.
#![allow(clippy::neg_cmp_op_on_partial_ord, clippy::needless_range_loop)]

mod changing;
mod drifting;
mod driver;
mod event;
mod jacobian;
mod numbers;
mod path;
mod rest;
mod rk45;
mod rodas;
mod tableau;
mod trial;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::numeral::plain;

pub use event::{Event, Hit};
pub use path::Path;
pub(crate) use rest::fixed_point;

use crate::watch::Cancel;

/// How to step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// The program's choice: the implicit method, which costs no more than the explicit one where
    /// that is at its best; of networks the explicit one as long as it is the cheaper one, always beyond 48 variables.
    #[default]
    Auto,
    /// Dormand-Prince 5(4), explicit.
    Rk45,
    /// Rodas5P of order 5, linearly implicit.
    Implicit,
}

/// Precision of an integration; no physics.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerances {
    /// How to step.
    pub method: Method,
    /// Relative local error, in [1e-13, 1e-2].
    pub rtol: f64,
    /// Absolute local error, > 0; `None`: 1e-20 of the smallest number of the start that is not 0,
    /// so that what grows exponentially is known relative to itself from the beginning.
    pub atol: Option<f64>,
    /// Steps before the integration gives up; `None`: twenty thousand of the implicit method (a
    /// run takes some hundreds), a hundred million of the explicit one, two hundred thousand of it where it is the
    /// program's choice.
    pub max_steps: Option<usize>,
    /// Ends it at the next right-hand side.
    pub cancel: Cancel,
}

impl Default for Tolerances {
    fn default() -> Self {
        Self {
            method: Method::Auto,
            rtol: 1e-8,
            atol: None,
            max_steps: None,
            cancel: Cancel::default(),
        }
    }
}

impl Tolerances {
    /// Checks the numbers.
    ///
    /// # Errors
    /// Which tolerance, what it was, what is allowed.
    pub fn checked(self) -> Result<Self, ToleranceError> {
        let refuse = |name, value, allowed| {
            Err(ToleranceError {
                name,
                value,
                allowed,
            })
        };
        if !(1e-13..=1e-2).contains(&self.rtol) {
            return refuse("rtol", self.rtol, "a relative tolerance in [1e-13, 1e-2]");
        }
        if let Some(atol) = self.atol.filter(|atol| !(*atol > 0.0 && *atol <= 1e-3)) {
            return refuse("atol", atol, "an absolute tolerance in (0, 1e-3]");
        }
        if self.max_steps == Some(0) {
            return refuse("max-steps", 0.0, "at least one step");
        }
        Ok(self)
    }

    /// What holds for a run from `start`.
    fn precision(&self, field: &Field<'_>, start: &[f64]) -> Precision {
        let sizes = start.iter().map(|y| y.abs()).filter(|y| *y > 0.0);
        let smallest = sizes.fold(1.0, f64::min);
        let (method, usual_steps) = match self.method {
            Method::Auto if start.len() > LARGE => (Method::Rk45, LARGE_STEPS),
            Method::Auto if field.is_dear => (Method::Auto, LARGE_STEPS),
            Method::Rk45 => (Method::Rk45, EXPLICIT_STEPS),
            Method::Auto | Method::Implicit => (Method::Implicit, IMPLICIT_STEPS),
        };
        Precision {
            method,
            ahead: AHEAD,
            first: 0.0,
            rtol: self.rtol,
            atol: self
                .atol
                .unwrap_or((ATOL_OF_START * smallest).max(f64::MIN_POSITIVE)),
            max_steps: self.max_steps.unwrap_or(usual_steps),
        }
    }
}

/// Absolute tolerance against the smallest number of the start.
const ATOL_OF_START: f64 = 1e-20;
/// Steps of a run where none are given.
const IMPLICIT_STEPS: usize = 20_000;
const EXPLICIT_STEPS: usize = 100_000_000;
/// The same where the explicit method is the program's choice.
const LARGE_STEPS: usize = 200_000;
/// Variables beyond which [`Method::Auto`] is the explicit method, as a Jacobian takes an evaluation for each: ten units trained in full (75) took 1 s by it and 40 s by
/// the other, three with an adapter (17) as long by both.
pub const LARGE: usize = 48;

/// Steps that the explicit method makes at a time.
const AHEAD: usize = 50;

/// [`Tolerances`] of one run, nothing left open.
#[derive(Clone, Copy, Debug)]
struct Precision {
    /// [`Method::Auto`]: the one or the other, as the run goes.
    method: Method,
    /// Steps that the explicit method makes ahead of what is asked of it.
    ahead: usize,
    /// First step; 0: the method's choice.
    first: f64,
    rtol: f64,
    atol: f64,
    max_steps: usize,
}

/// A tolerance out of range.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[error("{name} = {} is not allowed: {allowed}", plain(*value))]
pub struct ToleranceError {
    /// Which one.
    pub name: &'static str,
    /// What was given.
    pub value: f64,
    /// What is allowed.
    pub allowed: &'static str,
}

/// A number that a state has.
pub type ValueOf<'a> = &'a dyn Fn(&[f64]) -> f64;

/// Whether a run is to end at a state, given by how much of its time it has gone on since it was last asked.
pub type Halts<'a> = &'a dyn Fn(f64, &[f64]) -> bool;

/// What becomes of a run whose state drifts for ever, as a power of time.
#[derive(Clone, Copy, Default)]
pub enum Drifts<'a> {
    /// It goes on.
    #[default]
    GoOn,
    /// It ends where neither an event nor the end of its span is near: [`Stop::Growth`].
    End,
    /// It ends where this has settled: [`Stop::Drift`].
    Settle(ValueOf<'a>),
}

/// The right-hand side `rates(state, out)` of `dy/dt = f(y)` and its dimension, at least 1.
#[derive(Clone, Copy)]
pub struct Field<'a> {
    /// Length of the state.
    pub dim: usize,
    /// Writes `f(y)` into its second argument.
    pub rates: &'a dyn Fn(&[f64], &mut [f64]),
    /// Size of a component, >= 0, below which the rates do not tell it from 0: its derivatives are taken as if it had
    /// this size. 0 where every component counts against itself, as in a search that grows out of next to nothing.
    pub grain: f64,
    /// Whether rates cost more than all else in a step: [`Method::Auto`] then saves them.
    pub is_dear: bool,
    /// Of states that drift for ever.
    pub drifts: Drifts<'a>,
    /// Asked every few steps: ends the run as [`StepFailure::Halted`].
    pub halts: Option<Halts<'a>>,
}

/// What to keep and where to end.
#[derive(Clone, Copy, Debug)]
pub struct Span<'a> {
    /// Last time.
    pub end: f64,
    /// What to keep of the way.
    pub keep: Keep<'a>,
}

/// What to keep of the states on the way.
#[derive(Clone, Copy, Debug)]
pub enum Keep<'a> {
    /// Nothing: the events and the end are all that is wanted.
    Nothing,
    /// The steps, and what tells the states between them ([`Path::at_times`]).
    Steps,
    /// The states at these times, ascending, from the method's own interpolant.
    Times(&'a [f64]),
}

/// Why an integration ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stop {
    /// A terminal event: its index.
    Event(usize),
    /// The rates are 0 as far as rounding can tell.
    FixedPoint,
    /// For decades of time the state has done nothing but drift: what [settles](Drifts::Settle) has settled.
    Drift,
    /// For decades of time the state has grown like a power of time, towards no event that is near.
    Growth {
        /// The power.
        power: f64,
    },
    /// The end of the span.
    End,
}

/// Work done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Work {
    /// Steps accepted.
    pub steps: usize,
    /// Right-hand sides evaluated.
    pub rhs_evaluations: usize,
}

/// An integration that ended by itself.
#[derive(Clone, Debug)]
pub struct Solution {
    /// The states kept.
    pub path: Path,
    /// Where each event was first met.
    pub hits: Vec<Option<Hit>>,
    /// The highest value below 0 at the end of a step from which each event's function then fell; minus infinity where it
    /// never did.
    pub peaks: Vec<f64>,
    /// Why it ended.
    pub stop: Stop,
    /// Time at the end.
    pub end: f64,
    /// State at the end.
    pub last: Vec<f64>,
    /// The methods that made it: `implicit`, `rk45`, or `rk45, implicit` where each took a part of it.
    pub methods: &'static str,
    /// Work done.
    pub work: Work,
}

/// What made a step impossible.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepFailure {
    /// The step size fell below rounding.
    #[error(
        "the step size fell below rounding; a right-hand side that is not smooth, or rtol too small"
    )]
    StepSize,
    /// A right-hand side was NaN or infinite.
    #[error("the right-hand side is not a finite number there")]
    NotFinite,
    /// The budget of steps is used up.
    #[error(
        "the budget of {limit} steps is used up; use a larger --rtol or --max-steps, or --method=implicit if it is another"
    )]
    Budget {
        /// Steps allowed.
        limit: usize,
    },
    /// The budget is used up by a state on its way to infinity.
    #[error("the state grows beyond all bounds")]
    Diverged,
    /// [`Field::halts`] ended it.
    #[error("the equations do not hold there")]
    Halted,
    /// The caller ended it.
    #[error("interrupted")]
    Cancelled,
}

/// An integration that failed, with all that it had computed.
#[derive(Clone, Debug, Error)]
#[error("{}", told(failure, partial))]
pub struct IntegrationError {
    /// What went wrong.
    pub failure: StepFailure,
    /// The run so far; its `stop` says [`Stop::End`].
    pub partial: Box<Solution>,
}

/// Numbers of a state beyond which it is on its way to infinity ...
const DIVERGED: f64 = 1e6;
/// ... if they grow faster than this power of time, where no step fails.
const FAST: f64 = 10.0;

/// Whether a state with such rates is on its way to infinity.
fn diverges(t: f64, state: &[f64], rates: &[f64]) -> bool {
    let mut numbers = state.iter().zip(rates);
    numbers.any(|(y, rate)| y.abs() > DIVERGED && rate / y * t > FAST)
}

/// What failed, and when; of a run that diverges that it does.
fn told(failure: &StepFailure, partial: &Solution) -> String {
    let end = partial.end;
    let size = partial
        .last
        .iter()
        .fold(0.0_f64, |size, x| size.max(x.abs()));
    let diverges = match failure {
        StepFailure::StepSize | StepFailure::NotFinite => size > DIVERGED,
        other => *other == StepFailure::Diverged,
    };
    match diverges {
        true => format!(
            "the run diverges: its state grows beyond all bounds at t = {end:.6e} (a number of it is {size:.0e} there); take a \
             smaller nu (or lr), or an end before"
        ),
        false => format!("integration failed at t = {end:e}: {failure}"),
    }
}

/// Integrates from `start` at time 0.
///
/// # Errors
/// [`IntegrationError`] says where and why, and carries what was computed so far.
pub fn integrate(
    field: Field<'_>,
    start: &[f64],
    span: Span<'_>,
    tolerances: &Tolerances,
    events: &[Event<'_>],
) -> Result<Solution, IntegrationError> {
    let precision = tolerances.precision(&field, start);
    cancellable(field, tolerances.cancel, |field| {
        driver::run(field, start, span, precision, events)
    })
}

/// Work on a field that ends with it when it is cancelled.
fn cancellable(
    field: Field<'_>,
    cancel: Cancel,
    work: impl FnOnce(Field<'_>) -> Result<Solution, IntegrationError>,
) -> Result<Solution, IntegrationError> {
    // A right-hand side that is no number ends either method within a step.
    let rates = |state: &[f64], out: &mut [f64]| match cancel.is_set() {
        true => out.fill(f64::NAN),
        false => (field.rates)(state, out),
    };
    let ended = cancel.during(|| {
        work(Field {
            rates: &rates,
            ..field
        })
    });
    if !cancel.is_set() {
        return ended;
    }
    // Whatever it looks like: the last rates were none.
    Err(IntegrationError {
        failure: StepFailure::Cancelled,
        partial: ended.map_or_else(|error| error.partial, Box::new),
    })
}
