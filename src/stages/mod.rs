//! Training in stages: each trains something on one task from the weights that the last one left (docs/stages.md).
//!
//! ```text
//! tasks, stages (History) -> course of one stage after the other (StageRun), the student between them (Student)
//!                         -> the same by SGD for many seeds (HistorySgd), averages over them (StageStatistics)
//! ```

mod begin;
mod by_map;
mod course;
mod directions;
mod limits;
pub mod network;
mod number;
mod pretraining;
mod seen;
mod sgd;
mod staged;

use thiserror::Error;

pub use begin::Drawn;
pub use directions::{AngleError, Directions, Frame};
pub use limits::{Limits, Reason};
pub use number::Number;
pub use pretraining::{LENGTHS, PreTrained, Pretraining};
pub use seen::{StageInstant, TaskOverlaps};
pub use sgd::{
    BySgd, HistoryCheckpoint, HistorySeeds, HistorySgd, Records, RunOf, SavedOf, SavedSeed,
    SeedHistory, SeedRecord, SeedStage, StageStatistics, Trainee,
};
pub use staged::{Asked, Ended, StageRun, Staged};

use crate::integrator::IntegrationError;
use crate::model::Model;
use crate::numeral::plain;
use crate::problem::{Dynamics, Problem, ProblemError};
use crate::simulation::SimulationError;
use crate::trajectory::FlowError;

/// Something to learn: a direction and the links.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its name.
    pub name: String,
    /// Its labels, and the student.
    pub model: Model,
}

/// How a stage begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Begin {
    /// From the weights so far: an adapter is merged into them, and a fresh one drawn. From scratch they are forgotten.
    Anew {
        /// `<v, w0>` of a fresh adapter; `None`: `<w0, omega*>` times its alignment.
        s0: Option<f64>,
    },
    /// With what the stage before trained.
    On {
        /// Amplitude to begin with instead of the one it had.
        u: Option<f64>,
        /// Whether the sign of the amplitude is turned round.
        flip: bool,
    },
}

/// Training on one task.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Place of its task among the tasks.
    pub task: usize,
    /// Model, adapter, noise, rates and start; pre-trained weights are those that it finds.
    pub problem: Problem,
    /// How it begins.
    pub begin: Begin,
    /// By its closed ODEs, or by the finite-step map, whatever the adapter; that of the problem is the flow.
    pub dynamics: Dynamics,
    /// When it ends: the first that is met.
    pub until: Limits,
}

/// Tasks and stages.
#[derive(Clone, Debug)]
pub struct History {
    /// The tasks.
    pub tasks: Vec<Task>,
    /// Their directions.
    pub directions: Directions,
    /// Weights before the first stage, in multiples of the directions.
    pub w0: Vec<f64>,
    /// The stages in their order.
    pub stages: Vec<Stage>,
}

/// A stage that came to no end.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StageError {
    /// At rest before any of its limits.
    #[error(
        "it is at rest at t = {t:.6e} (loss {loss:.6e}), as far as rounding can tell, and meets none of its limits: \
         give it a time as well, as in until = {{ t = 100 }}, or an excess above that loss"
    )]
    AtRest {
        /// When.
        t: f64,
        /// Loss on its task.
        loss: f64,
    },
    /// Looked at as far as makes sense.
    #[error(
        "it meets none of its limits up to t = {t:.6e}, where its step sizes come to an end or it only grows on, like a power of \
         time: give it a time as well, as in until = {{ t = 100 }}"
    )]
    Endless {
        /// The last time that was looked at.
        t: f64,
    },
    /// `<v, w0>` of no unit vector.
    #[error(
        "alignment0 = {} and s0 = {} belong to no unit vector v: |s0 - rho * alignment0| is at most {} with the \
         weights that it finds (rho = {})", plain(*alignment), plain(*s0), plain(*most), plain(*rho)
    )]
    Start {
        /// `<v, omega*>`.
        alignment: f64,
        /// `<v, w0>`.
        s0: f64,
        /// What the difference may be.
        most: f64,
        /// `<w0, omega*>`.
        rho: f64,
    },
    /// `<v, w0>` beyond the length of `w0`.
    #[error("s0 = {} belongs to no unit vector v: the weights that it finds have length {}", plain(*s0), plain(*length))]
    TooLong {
        /// `<v, w0>`.
        s0: f64,
        /// `|w0|`.
        length: f64,
    },
    /// A stage of SGD that may never end.
    #[error(
        "until has no limit in time, which SGD needs: a seed that meets no other one would never end; add one, as in \
         until = {{ t = 100 }}, or steps or samples"
    )]
    NoTime,
    /// Stages in different spaces.
    #[error(
        "dim = {} is not allowed: SGD has one dimension, and that of stage 1 is {}", plain(*dim), plain(*before)
    )]
    Dimensions {
        /// Of this stage.
        dim: f64,
        /// Of the first one.
        before: f64,
    },
    /// More than anybody simulates.
    #[error("{what} = {} is not allowed: a simulated stage has at most 1e15", plain(*value))]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        value: f64,
    },
    /// Fewer dimensions than directions.
    #[error(
        "dim = {} is not allowed: at least {}, for the directions of the tasks, the rest of w0 and the rest of v",
        plain(*dim), plain(*least)
    )]
    Room {
        /// Of the stage.
        dim: f64,
        /// Directions.
        least: f64,
    },
    /// An average overflowed.
    #[error("the loss on '{task}' at t = {t:e} is not a finite number")]
    NotFinite {
        /// On which task.
        task: String,
        /// When.
        t: f64,
    },
    /// A step failed.
    #[error(transparent)]
    Integration(#[from] IntegrationError),
    /// The best loss was not found before the work was ended.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// What it needs of the step size.
    #[error(transparent)]
    Problem(#[from] ProblemError),
    /// A start that SGD cannot draw.
    #[error(transparent)]
    Simulation(#[from] SimulationError),
}
