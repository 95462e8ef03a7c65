//! A run from start to outcome: when the search ends, how the run ends, the overlaps on the way.

mod drift;
mod error;
mod evolution;
mod exit_law;
mod finite_step_run;
mod flow;
mod goal;
mod imprecision;
mod legs;
pub mod network;
mod network_flow;
mod network_goal;
mod network_halt;
mod network_map;
mod network_rest;
mod network_trajectory;
mod noise_floor;
mod plateau;
mod settled;
mod stepping;

use serde::{Deserialize, Serialize};

pub use drift::drift;
pub use error::FlowError;
pub(crate) use evolution::spread_times;
pub use evolution::{Evolution, Until, Wanted, evolution, record, run_until, solve};
pub use exit_law::{CarriedLaw, carry};
pub use flow::{Flow, partial};
pub use goal::Goal;
pub(crate) use goal::{flat_and_known, is_known, log_loss};
pub(crate) use legs::{Course, Noise, NoisyEvent, NoisyNetwork};
pub use network_goal::NetworkGoal;
pub(crate) use network_goal::largest_loss;
pub use network_map::network_map;
pub(crate) use plateau::beside;

use crate::integrator::Work;
use crate::observable::{Columns, Instant, Observable, Observed};
use crate::problem::Problem;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The excess loss fell to `loss_tolerance` of its initial value.
    Learned,
    /// At rest where drift and noise balance: the excess loss is the noise's and vanishes with it.
    NoiseFloor,
    /// A fixed point with excess loss that is not the noise's; of networks: one that the run reaches
    /// without an exit.
    Trapped,
    /// Networks: at rest after the exit with a loss that is not the noise's. Whether a lower one can
    /// be reached is not known of them.
    Rest,
    /// Time ran out, or the budget of steps; of networks: their weights grow for ever.
    Unfinished,
}

impl Outcome {
    /// The word used in data files.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Learned => "learned",
            Outcome::NoiseFloor => "noise-floor",
            Outcome::Trapped => "trapped",
            Outcome::Rest => "rest",
            Outcome::Unfinished => "unfinished",
        }
    }

    /// Whether the run stands still with a loss that it will not lose.
    pub fn is_at_rest(self) -> bool {
        matches!(self, Self::NoiseFloor | Self::Trapped | Self::Rest)
    }
}

/// A run that came to an outcome.
#[derive(Clone, Debug)]
pub struct Run {
    /// First time with `|alignment| >= threshold`; `None` if there was none.
    pub exit_time: Option<f64>,
    /// How it ended.
    pub outcome: Outcome,
    /// Time of the outcome.
    pub end: f64,
    /// Of a recorded run at rest: the time from which every variable stays within 1e-5 of its rest,
    /// against its largest size on the way; otherwise `end`. Where a figure may stop.
    pub settled: f64,
    /// The overlaps at the end.
    pub last: Observed,
    /// Population loss at the end, label noise included.
    pub loss: f64,
    /// Excess over the best loss of the pair at the end.
    pub excess: f64,
    /// Of a flow: how fast `|alignment|` grows at the exit; a slow one passes the threshold where errors of the state are
    /// large ones of the time.
    pub exit_speed: Option<f64>,
    /// Of a flow: whether it came close to its exit, or to having learned, and fell back before it got there, if it did;
    /// in a problem next to this one it may have got there at once. `false` of the finite-step map.
    pub near_miss: bool,
    /// Largest relative error to expect of the averages at the exit and at the end, as far as it is at hand.
    pub imprecision: f64,
    /// How it was integrated.
    pub solver: Solver,
}

/// What the tolerance leaves open of an alignment near the threshold, of both: measured against runs at 1e-12 for exits of
/// erf, ReLU and tanh between one hundredth and one twenty-eighth.
const OF_ALIGNMENT: f64 = 0.05;
/// Tolerance below which the alignment gains no digits: rounding, and steps that are no finer, leave 1e-12 of it (where
/// he1 + he3/2 and others turn back just above their threshold, against the explicit method at 1e-13).
const FINEST_ALIGNMENT: f64 = 2e-11;

impl Run {
    /// Relative error to expect of the exit time of a run at a tolerance: where the alignment only just reaches the
    /// threshold, it passes it slowly. 0 without an exit, or where its speed is not known.
    pub fn exit_error(&self, threshold: f64, rtol: f64) -> f64 {
        let speed = self.exit_speed.filter(|speed| *speed > 0.0);
        let exit = speed.zip(self.exit_time.filter(|t| *t > 0.0));
        exit.map_or(0.0, |(speed, t)| {
            OF_ALIGNMENT * rtol.max(FINEST_ALIGNMENT) * threshold / (speed * t)
        })
    }
}

/// How a run was integrated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Solver {
    /// `"rk45"`, `"implicit"`, or `"map"`.
    pub method: &'static str,
    /// Steps and right-hand sides.
    #[serde(flatten)]
    pub work: Work,
}

/// The overlaps and the loss along a run, one value per time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trajectory {
    /// ODE time.
    pub t: Vec<f64>,
    /// One column per number of [`ALONG`](crate::observable::ALONG).
    pub columns: Columns,
}

impl Trajectory {
    /// The values of one number; `None` throughout without a LoRA adapter for what only LoRA has.
    pub fn of(&self, observable: &Observable) -> &[Option<f64>] {
        self.columns.of(observable)
    }

    /// The rows at these places, in this order.
    pub fn rows(&self, places: &[usize]) -> Self {
        Self {
            t: places.iter().map(|place| self.t[*place]).collect(),
            columns: self.columns.rows(places),
        }
    }

    /// The overlaps at a time, with their loss, to which that of the labels' noise is added.
    fn push(&mut self, problem: &Problem, t: f64, (seen, loss): (Observed, f64)) {
        let loss = loss + 0.5 * problem.label_noise();
        self.t.push(t);
        self.columns.push(&Instant { seen, loss });
    }

    fn append(&mut self, mut later: Self) {
        self.t.append(&mut later.t);
        self.columns.append(later.columns);
    }
}
