//! A run from start to outcome: when the search ends, how the run ends, the overlaps on the way.

mod exit_law;
mod finite_step_run;
mod flow;
mod goal;
mod noise_floor;

use serde::Serialize;

pub use exit_law::{CarriedLaw, carry};
pub use flow::{FlowError, Until, partial, run, run_until};
pub use goal::Goal;

use crate::dynamics::Observed;
use crate::integrator::{IntegrationError, Tolerances, Work};
use crate::problem::{Dynamics, Problem, ProblemError};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The excess loss fell to `loss_tolerance` of its initial value.
    Learned,
    /// At rest where drift and noise balance: the excess loss is the noise's and vanishes with it.
    NoiseFloor,
    /// A fixed point with excess loss that is not the noise's.
    Trapped,
    /// Time ran out.
    Unfinished,
}

impl Outcome {
    /// The word used in data files.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Learned => "learned",
            Outcome::NoiseFloor => "noise-floor",
            Outcome::Trapped => "trapped",
            Outcome::Unfinished => "unfinished",
        }
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
    /// Time after which nothing moved, at most `end`: where a figure may stop.
    pub settled: f64,
    /// The overlaps at the end.
    pub last: Observed,
    /// Population loss at the end, label noise included.
    pub loss: f64,
    /// Excess over the best loss of the pair at the end.
    pub excess: f64,
    /// How it was integrated.
    pub solver: Solver,
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

/// The overlaps along a run, one value per time.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Trajectory {
    /// ODE time.
    pub t: Vec<f64>,
    /// LoRA amplitude; `None` without a LoRA adapter.
    pub u: Vec<Option<f64>>,
    /// LoRA alignment; without LoRA the cosine between `w` and `omega*`.
    pub alignment: Vec<f64>,
    /// `<v, w0>`; `None` without a LoRA adapter.
    pub s: Vec<Option<f64>>,
    /// Student-teacher overlap.
    pub m: Vec<f64>,
    /// Student self-overlap.
    pub q: Vec<f64>,
    /// Population loss, label noise included.
    pub loss: Vec<f64>,
}

impl Trajectory {
    fn push(&mut self, t: f64, seen: &Observed, loss: f64) {
        self.t.push(t);
        self.u.push(seen.u);
        self.alignment.push(seen.alignment);
        self.s.push(seen.s);
        self.m.push(seen.overlaps.m);
        self.q.push(seen.overlaps.q);
        self.loss.push(loss);
    }
}

/// Runs a problem, by its flow or by its finite-step map.
///
/// # Errors
/// [`FlowError`] with the run so far when a step fails.
pub fn solve(problem: &Problem, tolerances: &Tolerances) -> Result<Run, FlowError> {
    match problem.dynamics() {
        Dynamics::Flow => run(problem, tolerances),
        Dynamics::Map => finite_step_run::run(problem, tolerances.cancel),
    }
}

/// The trajectory of a run at about `points` times, even in time and in its logarithm, the exit
/// among them.
///
/// # Errors
/// As [`solve`].
pub fn trace(
    problem: &Problem,
    tolerances: &Tolerances,
    run: &Run,
    points: usize,
) -> Result<Trajectory, FlowError> {
    record(problem, tolerances, &times(run, points))
}

/// The trajectory of a problem at given times, ascending: landed on exactly by the flow, at the
/// nearest step by the finite-step map.
///
/// # Errors
/// As [`solve`].
pub fn record(
    problem: &Problem,
    tolerances: &Tolerances,
    times: &[f64],
) -> Result<Trajectory, FlowError> {
    match problem.dynamics() {
        Dynamics::Flow => flow::record(problem, tolerances, times),
        Dynamics::Map => finite_step_run::record(problem, tolerances.cancel, times),
    }
}

/// Decades of time shown on a logarithmic axis.
const DECADES: f64 = 6.0;

fn times(run: &Run, points: usize) -> Vec<f64> {
    let end = run.settled;
    let half = (points / 2).max(2);
    let fraction = |i: usize| i as f64 / (half - 1) as f64;
    let mut all: Vec<f64> = (0..half).map(|i| end * fraction(i)).collect();
    all.extend((0..half).map(|i| end * 10f64.powf(DECADES * (fraction(i) - 1.0))));
    all.extend(run.exit_time.filter(|t| *t <= end));
    all.sort_by(f64::total_cmp);
    all.dedup();
    all
}

impl From<IntegrationError> for FlowError {
    fn from(error: IntegrationError) -> Self {
        FlowError::Integration(error)
    }
}

impl From<ProblemError> for FlowError {
    fn from(error: ProblemError) -> Self {
        FlowError::Problem(error)
    }
}
