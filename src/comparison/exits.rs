//! Exit times against the pre-training strength: theory and SGD, strength by strength.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ComparisonError, Starts, simulated_problem, started_at};
use crate::integrator::Tolerances;
use crate::problem::{Problem, Scaling};
use crate::shard::Shard;
use crate::simulation::{End, Schedule, SeedRun, Settings, Simulation, TimeSummary, Until};
use crate::trajectory::solve;
use crate::watch::{Finished, Watch};

/// Without a number of steps, SGD is given this many times the theory's exit time.
const PATIENCE: f64 = 10.0;
/// Steps of a seed where the theory does not exit.
const WITHOUT_EXIT: u64 = 100_000;

/// Most steps of a seed that nobody asked for.
const MOST_STEPS: f64 = 1e7;

/// Exit times of one link pair.
#[derive(Clone, Debug, Serialize)]
pub struct ExitCurve {
    /// Teacher as typed.
    pub teacher: String,
    /// Student as typed.
    pub student: String,
    /// One point per strength.
    pub points: Vec<ExitPoint>,
}

/// Exit time at one strength, in ODE time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExitPoint {
    /// Pre-training strength.
    pub mu: f64,
    /// Of the flow: at the fixed start, or the mean over the starts of SGD; `None` when it does
    /// not exit.
    pub theory: Option<f64>,
    /// The same for the median over the starts.
    pub theory_median: Option<f64>,
    /// Of SGD, over the seeds that did not diverge; one that did not exit is later than all others.
    #[serde(flatten)]
    pub sgd: TimeSummary,
    /// Seeds that exited.
    pub exited: usize,
    /// Seeds that diverged.
    pub diverged: usize,
    /// Seeds in all.
    pub seeds: usize,
    /// Most steps of a seed.
    pub steps: u64,
    /// (mean - theory) in standard errors of the mean; `None` unless every seed exited.
    pub z: Option<f64>,
    /// Why the theory has no time, when its integration failed.
    pub failure: Option<String>,
}

impl ExitCurve {
    /// All times times a factor.
    #[must_use]
    pub fn scaled(mut self, factor: f64) -> Self {
        for point in &mut self.points {
            point.theory = point.theory.map(|t| t * factor);
            point.theory_median = point.theory_median.map(|t| t * factor);
            point.sgd = point.sgd.scaled(factor);
        }
        self
    }
}

/// Solves and simulates each problem of `problems`, up to the exit, and puts the
/// points into `finished`, one unit of progress each. A strength that was interrupted is left out: the seeds that were finished
/// would be the fast ones.
///
/// # Errors
/// [`ComparisonError`] when SGD cannot be simulated, or would take too long.
pub fn compare_exits(
    problems: &[(f64, Problem)],
    settings: &Settings,
    (steps, starts, rtol): (Option<u64>, Starts, f64),
    watch: &dyn Watch,
    finished: &Finished<ExitPoint>,
) -> Result<(), ComparisonError> {
    let tolerances = Tolerances {
        rtol,
        cancel: watch.cancel(),
        ..Tolerances::default()
    };
    // Strengths close to 1 take longest: an even spread tells what is left.
    for place in Shard::WHOLE.spread(problems.len()) {
        let (mu, problem) = &problems[place];
        if finished.get(place).is_some() {
            watch.recall(1);
            continue;
        }
        let (typical, failure) = match solve(problem, &tolerances) {
            Ok(run) => (run.exit_time, None),
            Err(error) => (None, Some(error.to_string())),
        };
        let scaling = problem.scaling();
        let settings = Settings {
            steps: patience(*mu, steps, typical.and_then(|t| scaling.steps(t)))?,
            until: Until::Exit,
            schedule: Schedule::Logarithmic(2),
            test_batch: 1,
            ..settings.clone()
        };
        let steps = settings.steps;
        let simulation = Simulation::new(simulated_problem(problem, starts)?, settings)?;
        let ensemble = simulation.run(&watch.cancel(), None)?;
        let theory = match starts {
            Starts::Fixed => TimeSummary::of(&[typical]),
            Starts::Random => theory_of_starts(problem, &tolerances, &ensemble.runs)?,
        };
        if watch.cancelled() {
            break;
        }
        finished.put(
            place,
            ExitPoint {
                steps,
                failure,
                ..point(*mu, &ensemble.runs, &theory, scaling)
            },
        );
        watch.advance(1);
    }
    Ok(())
}

/// Steps for SGD: as asked, or some times what the theory takes.
fn patience(mu: f64, asked: Option<u64>, theory: Option<f64>) -> Result<u64, ComparisonError> {
    match (asked, theory) {
        (Some(steps), _) => Ok(steps),
        (None, None) => Ok(WITHOUT_EXIT),
        (None, Some(theory)) => {
            let steps = (PATIENCE * theory).ceil().max(1.0);
            if steps > MOST_STEPS {
                return Err(ComparisonError::TooLong { mu, steps });
            }
            Ok(steps as u64)
        }
    }
}

/// The theory's exit times from the starts of the runs.
fn theory_of_starts(
    problem: &Problem,
    tolerances: &Tolerances,
    runs: &[SeedRun],
) -> Result<TimeSummary, ComparisonError> {
    let starts = runs.par_iter().filter_map(|run| run.records.first());
    let times = starts
        .map(|start| {
            let problem = started_at(problem, &start.seen)?;
            // A start whose integration fails has no exit time.
            let run = solve(&problem, tolerances);
            Ok(run.ok().and_then(|run| run.exit_time))
        })
        .collect::<Result<Vec<Option<f64>>, ComparisonError>>()?;
    Ok(TimeSummary::of(&times))
}

fn point(mu: f64, runs: &[SeedRun], theory: &TimeSummary, scaling: &Scaling) -> ExitPoint {
    let whole = runs.iter().filter(|run| run.end != Some(End::Diverged));
    let times: Vec<Option<f64>> = whole
        .map(|run| run.exit_step.and_then(|step| scaling.time(step as f64)))
        .collect();
    let sgd = if times.is_empty() {
        TimeSummary::default()
    } else {
        TimeSummary::of(&times)
    };
    let error = sgd.std.map(|std| std / (times.len() as f64).sqrt());
    let gap = sgd
        .mean
        .zip(theory.mean)
        .map(|(mean, theory)| mean - theory);
    ExitPoint {
        mu,
        theory: theory.mean,
        theory_median: theory.q50,
        exited: times.iter().flatten().count(),
        diverged: runs.len() - times.len(),
        seeds: runs.len(),
        steps: 0,
        z: gap
            .zip(error.filter(|e| *e > 0.0))
            .map(|(gap, error)| gap / error),
        failure: None,
        sgd,
    }
}
