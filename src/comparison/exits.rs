//! Exit times against the pre-training strength: theory and SGD, strength by strength.

use rayon::prelude::*;
use serde::Serialize;

use super::{ComparisonError, Starts, simulated_problem, started_at};
use crate::expectation::PairAverages;
use crate::integrator::Tolerances;
use crate::problem::{LinkPair, Problem};
use crate::simulation::{End, Schedule, SeedRun, Settings, Simulation, Until, Watch, summarise};
use crate::trajectory::solve;

/// Without a number of steps, SGD is given this many times the theory's exit time.
const PATIENCE: f64 = 10.0;
/// Steps of a seed where the theory does not exit.
const WITHOUT_EXIT: u64 = 100_000;

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
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ExitPoint {
    /// Pre-training strength.
    pub mu: f64,
    /// Of the flow: at the fixed start, or the mean over the starts of SGD; `None` when it does
    /// not exit.
    pub theory: Option<f64>,
    /// Mean over the seeds that exited.
    pub mean: Option<f64>,
    /// Standard deviation over them.
    pub std: Option<f64>,
    /// 5 % quantile.
    pub q05: Option<f64>,
    /// Median.
    pub q50: Option<f64>,
    /// 95 % quantile.
    pub q95: Option<f64>,
    /// Seeds that exited.
    pub exited: usize,
    /// Seeds in all.
    pub seeds: usize,
    /// Most steps of a seed.
    pub steps: u64,
    /// (mean - theory) in standard errors of the mean; `None` unless every seed exited.
    pub z: Option<f64>,
}

/// Solves and simulates one link pair at each problem of `problems`, up to the exit; `finished` is
/// called after each.
///
/// # Errors
/// [`ComparisonError`] when the theory or SGD fails.
pub fn compare_exits(
    pair: &LinkPair,
    problems: &[(f64, Problem)],
    settings: &Settings,
    steps: Option<u64>,
    starts: Starts,
    watch: &Watch<'_>,
    finished: &dyn Fn(),
) -> Result<ExitCurve, ComparisonError> {
    let averages = PairAverages::new(&pair.teacher, &pair.student);
    let mut points = Vec::with_capacity(problems.len());
    for (mu, problem) in problems {
        if watch.interrupted.load(std::sync::atomic::Ordering::Relaxed) {
            break;
        }
        points.push(point(
            *mu, problem, &averages, settings, steps, starts, watch,
        )?);
        finished();
    }
    Ok(ExitCurve {
        teacher: pair.teacher.name().to_owned(),
        student: pair.student.name().to_owned(),
        points,
    })
}

fn point(
    mu: f64,
    problem: &Problem,
    averages: &PairAverages,
    settings: &Settings,
    steps: Option<u64>,
    starts: Starts,
    watch: &Watch<'_>,
) -> Result<ExitPoint, ComparisonError> {
    let typical = solve(problem, averages, &Tolerances::default())?.exit_time;
    let eta = problem.scaling.step.unwrap_or(1.0);
    let steps = steps.unwrap_or_else(|| match typical {
        Some(t) => (PATIENCE * t / eta).ceil().max(1.0) as u64,
        None => WITHOUT_EXIT,
    });
    let settings = Settings {
        steps,
        until: Until::Exit,
        schedule: Schedule::Logarithmic(2),
        test_batch: 1,
        ..settings.clone()
    };
    let simulation = Simulation::new(simulated_problem(problem, starts)?, settings)?;
    let ensemble = simulation.run(watch, None)?;
    let ended = |run: &&SeedRun| run.end.is_some_and(|end| end != End::Diverged);
    let runs: Vec<&SeedRun> = ensemble.runs.iter().filter(ended).collect();
    if runs.is_empty() && ensemble.unfinished.is_none() {
        return Err(ComparisonError::Diverged);
    }
    let theory = match starts {
        Starts::Fixed => typical,
        Starts::Random => {
            let exits: Option<Vec<f64>> = runs
                .par_iter()
                .map(|run| {
                    let problem = started_at(problem, &run.records[0].seen)?;
                    Ok(solve(&problem, averages, &Tolerances::default())?.exit_time)
                })
                .collect::<Result<Vec<Option<f64>>, ComparisonError>>()?
                .into_iter()
                .collect();
            exits.and_then(|mut exits| Some(summarise(&mut exits)?.mean))
        }
    };
    let mut times: Vec<f64> = runs
        .iter()
        .filter_map(|run| run.exit_step.map(|step| step as f64 * eta))
        .collect();
    let exited = times.len();
    let summary = summarise(&mut times);
    let z = summary.zip(theory).and_then(|(s, theory)| {
        let error = s.std / (exited as f64).sqrt();
        (exited == runs.len() && error > 0.0).then(|| (s.mean - theory) / error)
    });
    Ok(ExitPoint {
        mu,
        theory,
        mean: summary.map(|s| s.mean),
        std: summary.map(|s| s.std),
        q05: summary.map(|s| s.q05),
        q50: summary.map(|s| s.q50),
        q95: summary.map(|s| s.q95),
        exited,
        seeds: runs.len(),
        steps,
        z,
    })
}
