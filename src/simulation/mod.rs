//! One-pass SGD, simulated: independent of the Gaussian averages of the theory, to be held
//! against it.
//!
//! A [`Simulation`] runs the same problem for many seeds, by the projected simulator (the exact
//! law of the overlaps at a cost that does not depend on the dimension) or by the literal loop in
//! `d` dimensions. What a seed does is a function of the seed alone, whatever the number of
//! threads.

mod batch;
mod ensemble;
mod error;
mod framed;
mod full;
mod memory;
mod network;
mod normal;
mod projected;
mod random;
mod rolling;
mod run;
mod schedule;
mod seeds;
mod single;
mod slices;
mod statistics;
mod student;
mod update;
mod vector;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use ensemble::{Checkpoint, Ensemble, Seeded};
pub use error::SimulationError;
pub(crate) use framed::direction;
pub use framed::{FramedSgd, FramedWeights};
pub use network::{
    NetworkEnsemble, NetworkRecord, NetworkSeedRun, NetworkSgd, NetworkSimulation,
    NetworkStatistics,
};
pub(crate) use random::{Position, Purpose, Stream};
pub use run::{End, Record, SeedRun};
pub use schedule::Schedule;
pub use seeds::Seeds;
pub(crate) use slices::{Slots, Walk, walk};
pub(crate) use statistics::by_step;
pub use statistics::{Statistics, Summary, TimeSummary, quantile, summarise};
pub use student::Simulated;

use crate::numeral::plain;
use crate::problem::{Problem, ProblemError, Sgd};

/// How SGD is simulated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// The batch through its projections only: exactly the law of the full run, O(B) a step.
    #[default]
    Projected,
    /// The literal loop in d dimensions, O(B d) a step: the control.
    Full,
}

/// When a run stops before its last step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum Until {
    /// Never.
    #[default]
    Steps,
    /// When |alignment| reaches the threshold.
    Exit,
    /// When the excess loss has fallen to the loss tolerance of the problem.
    Learned,
}

/// What is to be simulated, beside the problem.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Projected or full.
    pub method: Method,
    /// Most steps of a run, at least 1.
    pub steps: u64,
    /// When to stop before.
    pub until: Until,
    /// Steps to record.
    pub schedule: Schedule,
    /// The seeds.
    pub seeds: Seeds,
    /// Samples of the fresh test batch that estimates the loss of a record, at least 1.
    pub test_batch: usize,
}

/// Tells whether a run has learned; see [`Simulation::with_goal`].
pub type Goal<O> = Arc<dyn Fn(&O) -> bool + Send + Sync>;

/// What a run needs to know.
struct Plan<P: Simulated> {
    problem: P,
    sgd: Sgd,
    settings: Settings,
    record_steps: Vec<u64>,
    goal: Option<Goal<P::Seen>>,
}

impl<P: Simulated> Plan<P> {
    /// By what the step size is multiplied at a step: the factor in the middle of it.
    fn factor(&self, step: u64) -> f64 {
        let sizes = self.problem.sizes();
        sizes.map_or(1.0, |sizes| sizes.factor_of_step(step))
    }

    fn is_learned(&self, seen: &P::Seen) -> bool {
        self.goal.as_ref().is_some_and(|goal| goal(seen))
    }
}

impl<P: Simulated> fmt::Debug for Plan<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan")
            .field("problem", &self.problem)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// A checked simulation, of a single index unless it says otherwise.
///
/// Starts: `v` uniform on the unit sphere, unless the problem fixes `alignment0`; then with that
/// component along `omega*`, the one along the rest of `w0` that `s0` says (0 if it says nothing),
/// and a random direction for the rest. Of networks: [`NetworkSimulation`].
#[derive(Debug)]
pub struct Simulation<P: Simulated = Problem> {
    plan: Plan<P>,
}

impl<P: Simulated> Simulation<P> {
    /// Checks that SGD can be simulated for this problem.
    ///
    /// # Errors
    /// [`SimulationError`] when the step size or the batch is not known, a number is out of range,
    /// the dimension is below the number of directions, or more memory is needed than there is.
    pub fn new(problem: P, settings: Settings) -> Result<Self, SimulationError> {
        let sgd = problem.sgd()?;
        let range = |argument, value: f64, allowed| SimulationError::Range {
            argument,
            value: plain(value),
            allowed,
        };
        if sgd.batch > 1e15 {
            let allowed = "a simulated batch has at most 1e15 samples";
            return Err(range("batch", sgd.batch, allowed));
        }
        if settings.steps == 0 {
            return Err(range("steps", 0.0, "a whole number >= 1"));
        }
        if sgd.dim > 1e15 {
            let allowed = "a simulated dimension is at most 1e15";
            return Err(range("dim", sgd.dim, allowed));
        }
        problem.check(sgd)?;
        if let Some(sizes) = problem.sizes() {
            sizes
                .check(settings.steps as f64)
                .map_err(ProblemError::from)?;
        }
        memory::check(problem.footprint(), sgd.dim, &settings)?;
        let record_steps = settings.schedule.steps(settings.steps);
        Ok(Self {
            plan: Plan {
                problem,
                sgd,
                settings,
                record_steps,
                goal: None,
            },
        })
    }

    /// With a test for [`Until::Learned`], which never ends a run without one: the lowest loss of
    /// a pair of links is the theory's to know.
    #[must_use]
    pub fn with_goal(mut self, learned: Goal<P::Seen>) -> Self {
        self.plan.goal = Some(learned);
        self
    }

    /// The problem.
    pub fn problem(&self) -> &P {
        &self.plan.problem
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.plan.settings
    }

    /// Records of all seeds, at most.
    pub fn records(&self) -> u64 {
        let settings = &self.plan.settings;
        let seeds = settings.seeds.numbers().len() as u64;
        seeds.saturating_mul(settings.schedule.count(settings.steps))
    }

    /// Dimension, batch and step size `eta`: time is `t = eta * steps`.
    pub fn sgd(&self) -> Sgd {
        self.plan.sgd
    }
}
