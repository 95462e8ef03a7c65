//! Trajectories: the mean of SGD against the flow and the finite-step map, step by step.

use rayon::prelude::*;

use super::deviation::{Deviation, Of, Verdict};
use super::judged::{self, Judged, Recorded};
use super::{ComparisonError, Starts, simulated_problem, started_at};
use crate::integrator::Tolerances;
use crate::observable::{ALONG, Columns, LOSS, Observable, Observed};
use crate::problem::{Dynamics, Problem, Setup, Sgd};
use crate::simulation::{Checkpoint, End, Ensemble, SeedRun, Settings, Simulation, Summary};
use crate::trajectory::{Trajectory, record};
use crate::watch::Watch;

/// Steps beyond which the map, one kernel a step, is not iterated.
const MAP_STEPS: u64 = 10_000_000;

/// What one unit has, and networks have not.
const SOLVES: &str = " (`lorode solve --dynamics=map` solves with it)";

/// A problem solved and simulated.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Recorded steps.
    pub step: Vec<u64>,
    /// The flow at these steps, averaged over starts if they are random.
    pub flow: Trajectory,
    /// The finite-step map, where there is one for the problem.
    pub map: Option<Trajectory>,
    /// The median of the flow over starts, if they are random.
    pub flow_median: Option<Trajectory>,
    /// The same of the map.
    pub map_median: Option<Trajectory>,
    /// Whether the map differs visibly from the flow: the step size is large.
    pub is_step_large: bool,
    /// Runs of SGD, turned so that random starts have a positive alignment (`v -> -v`,
    /// `u -> -u` changes nothing).
    pub ensemble: Ensemble,
    /// Seeds that count: those that came to their end.
    pub seeds: usize,
    /// Per number of [`ALONG`] that the runs have, one summary per step.
    pub summaries: Vec<Of<Vec<Summary>>>,
    /// Per number, mean of SGD minus flow in standard errors, `None` where all runs agree.
    pub z: Vec<Of<Vec<Option<f64>>>>,
    /// Per number, the largest deviation from the flow.
    pub deviation: Vec<Of<Deviation>>,
    /// The same from the map.
    pub deviation_from_map: Option<Vec<Of<Deviation>>>,
    /// The answer.
    pub verdict: Verdict,
}

/// Seeds below which the spread of runs is not known well enough for a verdict.
pub const FEWEST_SEEDS: usize = 4;

/// Solves and simulates a problem, with at least [`FEWEST_SEEDS`] seeds that come to an end.
///
/// # Errors
/// [`ComparisonError`] when there are fewer seeds, when either fails, or no seed comes to an end.
pub fn compare_paths(
    problem: &Problem,
    settings: Settings,
    starts: Starts,
    exact_loss: bool,
    watch: &dyn Watch,
) -> Result<Compared, ComparisonError> {
    let simulation = simulation_for_paths(problem, settings, starts)?;
    let ensemble = simulation.run(watch, None)?;
    compare_ensemble(
        problem,
        (&simulation, ensemble),
        (
            starts,
            &Tolerances {
                cancel: watch.cancel(),
                ..Tolerances::default()
            },
        ),
        exact_loss,
    )
}

/// The simulation of a comparison, for a caller who runs it.
///
/// # Errors
/// [`ComparisonError`] when there are fewer than [`FEWEST_SEEDS`] seeds, or SGD cannot be simulated
/// from such starts.
pub fn simulation_for_paths(
    problem: &Problem,
    settings: Settings,
    starts: Starts,
) -> Result<Simulation, ComparisonError> {
    let seeds = settings.seeds.numbers().len();
    if seeds < FEWEST_SEEDS {
        return Err(ComparisonError::FewSeeds { seeds });
    }
    let problem = simulated_problem(problem, starts)?;
    Ok(Simulation::new(problem, settings)?)
}

/// Holds the seeds that are finished, of a simulation made by [`simulation_for_paths`], against the
/// theory, integrated to `tolerances`.
///
/// # Errors
/// [`ComparisonError`] when the theory fails, or no seed came to an end.
pub fn compare_ensemble(
    problem: &Problem,
    (simulation, mut ensemble): (&Simulation, Ensemble),
    (starts, tolerances): (Starts, &Tolerances),
    exact_loss: bool,
) -> Result<Compared, ComparisonError> {
    if exact_loss {
        set_exact_losses(&mut ensemble, problem);
    }
    if starts == Starts::Random {
        orient(&mut ensemble);
    }
    let step = ensemble.record_steps.clone();
    let runs: Vec<&SeedRun> = counted(&ensemble, step.len());
    if runs.is_empty() {
        return Err(if !ensemble.is_finished {
            ComparisonError::Interrupted
        } else {
            ComparisonError::Diverged
        });
    }
    if ensemble.is_finished && runs.len() < FEWEST_SEEDS {
        return Err(ComparisonError::FewSeeds { seeds: runs.len() });
    }
    let time = |step: &u64| problem.scaling().time(*step as f64);
    let seen = Seen {
        times: step.iter().filter_map(time).collect(),
        step,
        sgd: simulation.sgd(),
        starts: match starts {
            Starts::Fixed => Vec::new(),
            Starts::Random => runs.iter().map(|run| run.records[0].seen).collect(),
        },
        seeds: runs.len(),
        value: &|one, seed, row| runs[seed].records[row].value(one),
    };
    let compared = hold(problem, &seen, tolerances)?;
    Ok(Compared {
        ensemble,
        ..compared
    })
}

/// What was seen of SGD.
pub(super) struct Seen<'a> {
    pub(super) step: Vec<u64>,
    /// ODE times of these steps.
    pub(super) times: Vec<f64>,
    pub(super) sgd: Sgd,
    /// Where each seed started; none where all did where the problem says.
    pub(super) starts: Vec<Observed>,
    pub(super) seeds: usize,
    /// A number of a seed at a step of the list; `None` where it was not measured.
    pub(super) value: &'a (dyn Fn(&Observable, usize, usize) -> Option<f64> + Sync + 'a),
}

/// Holds what was seen against the theory; the runs themselves are not among what comes of it.
pub(super) fn hold(
    problem: &Problem,
    seen: &Seen<'_>,
    tolerances: &Tolerances,
) -> Result<Compared, ComparisonError> {
    let (eta, dim) = (seen.sgd.step, seen.sgd.dim);
    let flows = theories(problem, seen, tolerances, Dynamics::Flow)?;
    let by_map = Setup {
        dynamics: Dynamics::Map,
        ..problem.setup().clone()
    };
    let steps = seen.step.last().copied().unwrap_or(0);
    let maps = if steps <= MAP_STEPS && Problem::new(by_map).is_ok() {
        Some(theories(problem, seen, tolerances, Dynamics::Map)?)
    } else {
        None
    };
    let judged = judge(seen, &flows, dim);
    let deviation_from_map = maps.as_ref().map(|maps| judge(seen, maps, dim).deviation);
    let named = |all: &[Of<Deviation>]| -> Vec<(String, Deviation)> {
        all.iter()
            .map(|(one, d)| (one.name.to_owned(), *d))
            .collect()
    };
    let from_map = deviation_from_map.as_deref().map(named);
    let from_map = from_map.as_deref().map(|all| (all, SOLVES));
    let verdict = Verdict::of(&named(&judged.deviation), from_map, eta);
    let (flow, map) = (mean(&flows), maps.as_deref().map(mean));
    let is_step_large = map.as_ref().is_some_and(|map| differ(&flow, map));
    Ok(Compared {
        step: seen.step.clone(),
        flow,
        map,
        flow_median: median(&flows),
        map_median: maps.as_deref().and_then(median),
        is_step_large,
        seeds: seen.seeds,
        summaries: judged.summaries,
        z: judged.z,
        deviation: judged.deviation,
        deviation_from_map,
        verdict,
        ensemble: Ensemble {
            runs: Vec::new(),
            record_steps: Vec::new(),
            checkpoint: Checkpoint::default(),
            is_finished: true,
        },
    })
}

/// Puts the kernel's loss in the place of the estimates by test batches.
pub fn set_exact_losses(ensemble: &mut Ensemble, problem: &Problem) {
    for record in ensemble.runs.iter_mut().flat_map(|run| &mut run.records) {
        record.loss =
            problem.model().flow().loss(&(&record.seen).into()) + 0.5 * problem.label_noise();
    }
}

/// Turns every run so that it starts with a positive alignment.
fn orient(ensemble: &mut Ensemble) {
    for run in &mut ensemble.runs {
        if run
            .records
            .first()
            .is_none_or(|r| r.seen.u.is_none() || r.seen.alignment >= 0.0)
        {
            continue;
        }
        for record in &mut run.records {
            let seen = &mut record.seen;
            seen.alignment = -seen.alignment;
            seen.u = seen.u.map(|u| -u);
            seen.s = seen.s.map(|s| -s);
        }
    }
}

/// The runs that were recorded at every step.
fn counted(ensemble: &Ensemble, records: usize) -> Vec<&SeedRun> {
    let ended = |run: &&SeedRun| run.end == Some(End::Steps) && run.records.len() == records;
    ensemble.runs.iter().filter(ended).collect()
}

/// The theory of each run: one for all, or one per random start.
fn theories(
    problem: &Problem,
    seen: &Seen<'_>,
    tolerances: &Tolerances,
    dynamics: Dynamics,
) -> Result<Vec<Trajectory>, ComparisonError> {
    let with = |problem: &Problem| -> Result<Trajectory, ComparisonError> {
        let problem = Problem::new(Setup {
            dynamics,
            ..problem.setup().clone()
        })?;
        Ok(record(&problem, tolerances, &seen.times)?)
    };
    if seen.starts.is_empty() {
        return Ok(vec![with(problem)?]);
    }
    let starts = seen.starts.par_iter();
    starts.map(|at| with(&started_at(problem, at)?)).collect()
}

struct AllJudged {
    summaries: Vec<Of<Vec<Summary>>>,
    z: Vec<Of<Vec<Option<f64>>>>,
    deviation: Vec<Of<Deviation>>,
}

/// Differences of the runs from their theories, number by number, of those that were measured.
fn judge(seen: &Seen<'_>, theories: &[Trajectory], dim: f64) -> AllJudged {
    let mut judged = AllJudged {
        summaries: Vec::new(),
        z: Vec::new(),
        deviation: Vec::new(),
    };
    for &observable in ALONG {
        let theory = theories.iter().map(|t| t.columns.values(observable));
        let Some(theory) = theory.collect::<Option<Vec<Vec<f64>>>>() else {
            continue;
        };
        if (seen.value)(observable, 0, 0).is_none() {
            continue;
        }
        let simulated = |seed: usize, k| (seen.value)(observable, seed, k).unwrap_or(0.0);
        let recorded = Recorded {
            steps: &seen.step,
            seeds: seen.seeds,
            is_loss: *observable == LOSS,
            value: &simulated,
        };
        let number = Judged::of(&recorded, &theory, dim);
        judged.deviation.push((observable, number.deviation));
        judged.z.push((observable, number.z));
        judged.summaries.push((observable, number.summaries));
    }
    judged
}

/// The mean of trajectories at the same times.
fn mean(all: &[Trajectory]) -> Trajectory {
    let columns: Vec<Columns> = all.iter().map(|one| one.columns.clone()).collect();
    Trajectory {
        t: all[0].t.clone(),
        columns: Columns::mean(&columns),
    }
}

/// The median of trajectories at the same times, where there are several.
fn median(all: &[Trajectory]) -> Option<Trajectory> {
    let columns: Vec<Columns> = all.iter().map(|one| one.columns.clone()).collect();
    (all.len() > 1).then(|| Trajectory {
        t: all[0].t.clone(),
        columns: Columns::median(&columns),
    })
}

/// Whether two trajectories differ by what an eye can see.
fn differ(a: &Trajectory, b: &Trajectory) -> bool {
    ALONG.iter().any(|observable| {
        let of = |one: &Trajectory| one.columns.values(observable);
        let (Some(a), Some(b)) = (of(a), of(b)) else {
            return false;
        };
        judged::differ(&a, &b)
    })
}
