//! Solves any autonomous ODE until an event, a fixed point, or the end of time.
//!
//! Two libraries do the stepping: Dormand-Prince 5(4) of `ode_solvers` and Radau IIA of order 5
//! of `differential-equations`. [`Method::Auto`] starts with the first and goes on with the
//! second once stiffness shows, as it does in the search phase near `mu = 1`.

mod driver;
mod event;
mod implicit;
mod rk45;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::numeral::plain;

pub use event::{Event, Hit};

use crate::watch::Cancel;

/// How to step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Dormand-Prince, then Radau once the problem shows itself stiff.
    #[default]
    Auto,
    /// Dormand-Prince 5(4), explicit.
    Rk45,
    /// Radau IIA of order 5, implicit.
    Implicit,
}

/// Precision of an integration; no physics.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerances {
    /// How to step.
    pub method: Method,
    /// Relative local error, in [1e-13, 1e-2].
    pub rtol: f64,
    /// Absolute local error, > 0; keep it far below the smallest start (1/sqrt(d)).
    pub atol: f64,
    /// Steps before the integration gives up.
    pub max_steps: usize,
    /// Ends it at the next right-hand side.
    pub cancel: Cancel,
}

impl Default for Tolerances {
    fn default() -> Self {
        Self {
            method: Method::Auto,
            rtol: 1e-8,
            atol: 1e-16,
            max_steps: 100_000_000,
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
        if !(self.atol > 0.0 && self.atol <= 1e-3) {
            return refuse("atol", self.atol, "an absolute tolerance in (0, 1e-3]");
        }
        if self.max_steps == 0 {
            return refuse("max-steps", 0.0, "at least one step");
        }
        Ok(self)
    }
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

/// The right-hand side `rates(state, out)` of `dy/dt = f(y)` and its dimension (1 to 4).
#[derive(Clone, Copy)]
pub struct Field<'a> {
    /// Length of the state.
    pub dim: usize,
    /// Writes `f(y)` into its second argument.
    pub rates: &'a dyn Fn(&[f64], &mut [f64]),
}

/// What to keep and where to end.
#[derive(Clone, Copy, Debug)]
pub struct Span<'a> {
    /// Last time.
    pub end: f64,
    /// Times to land on exactly and record, ascending; empty: record the solver's steps.
    pub record: &'a [f64],
}

/// Why an integration ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// A terminal event: its index.
    Event(usize),
    /// The state has not changed while time grew by ten orders of magnitude, and its rates are no
    /// slow, steady motion.
    FixedPoint,
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
    /// Times recorded.
    pub t: Vec<f64>,
    /// States recorded, one per time.
    pub states: Vec<Vec<f64>>,
    /// Where each event was first met.
    pub hits: Vec<Option<Hit>>,
    /// Why it ended.
    pub stop: Stop,
    /// Time at the end.
    pub end: f64,
    /// State at the end.
    pub last: Vec<f64>,
    /// Time of the last movement; below `end` at a fixed point.
    pub settled: f64,
    /// Whether the explicit method took part.
    pub explicit: bool,
    /// Whether the implicit method took part.
    pub stiff: bool,
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
        "the budget of {limit} steps is used up; use --method implicit or auto, or raise --max-steps"
    )]
    Budget {
        /// Steps allowed.
        limit: usize,
    },
    /// The caller ended it.
    #[error("interrupted")]
    Cancelled,
    /// The linear algebra of the implicit method failed.
    #[error("the implicit method met a singular matrix; try --method rk45")]
    Singular,
    /// More variables than the adapters are built for.
    #[error("systems of {dim} variables are not supported (1 to 4)")]
    Dimension {
        /// Dimension asked for.
        dim: usize,
    },
}

/// An integration that failed, with all that it had computed.
#[derive(Clone, Debug, Error)]
#[error("integration failed at t = {:e}: {failure}", partial.end)]
pub struct IntegrationError {
    /// What went wrong.
    pub failure: StepFailure,
    /// The run so far; its `stop` says [`Stop::End`].
    pub partial: Box<Solution>,
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
    // A right-hand side that is no number ends either method within a step.
    let rates = |state: &[f64], out: &mut [f64]| match tolerances.cancel.is_set() {
        true => out.fill(f64::NAN),
        false => (field.rates)(state, out),
    };
    let field = Field {
        rates: &rates,
        ..field
    };
    let ended = match field.dim {
        1 => driver::run::<1>(field, start, span, tolerances, events),
        2 => driver::run::<2>(field, start, span, tolerances, events),
        3 => driver::run::<3>(field, start, span, tolerances, events),
        4 => driver::run::<4>(field, start, span, tolerances, events),
        dim => Err(IntegrationError {
            failure: StepFailure::Dimension { dim },
            partial: Box::new(driver::empty(start, events.len())),
        }),
    };
    if !tolerances.cancel.is_set() {
        return ended;
    }
    // Whatever it looks like: the last rates were none.
    Err(IntegrationError {
        failure: StepFailure::Cancelled,
        partial: ended.map_or_else(|error| error.partial, Box::new),
    })
}
