//! Trajectories of networks: the mean of SGD against the flow and the finite-step map, number by number.

use std::fmt;

use rayon::prelude::*;

use super::deviation::{Deviation, Verdict};
use super::judged::{Judged, Recorded, differ};
use super::paths::FEWEST_SEEDS;
use super::{ComparisonError, Starts};
use crate::dynamics::network::{NetworkLoss, network_system};
use crate::integrator::Tolerances;
use crate::observable::NetworkObserved;
use crate::problem::network::{AdapterStart, Frame, NetworkProblem, NetworkSetup, NetworkStart};
use crate::problem::{Dynamics, ProblemError};
use crate::simulation::{
    End, NetworkEnsemble, NetworkRecord, NetworkSeedRun, NetworkSimulation, Settings, Summary,
};
use crate::trajectory::network::{NetworkTrajectory, follow_network};
use crate::trajectory::{FlowError, Wanted, network_map};
use crate::watch::Watch;

/// Steps beyond which the map is not iterated: each takes a right-hand side, up to tens of microseconds.
const MAP_STEPS: u64 = 1_000_000;
/// The same where the noise is known by a rule, whose right-hand sides take milliseconds.
const MAP_STEPS_BY_RULE: u64 = 10_000;

/// A number of a network that theory and SGD are compared by: one whose sign is not that of a random start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkNumber {
    /// The population loss, label noise included.
    Loss,
    /// The cosine that ends the search.
    Cosine,
    /// `M_ij`, of unit `i` and teacher `j`, from 0.
    M(usize, usize),
}

impl fmt::Display for NetworkNumber {
    /// As columns are called, indices from 1.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Loss => f.write_str("loss"),
            Self::Cosine => f.write_str("cosine"),
            Self::M(i, j) => write!(f, "m_{}_{}", i + 1, j + 1),
        }
    }
}

impl NetworkNumber {
    /// All of a network, row by row.
    pub fn all(units: usize, teachers: usize) -> impl Iterator<Item = Self> {
        let entries = (0..units).flat_map(move |i| (0..teachers).map(move |j| Self::M(i, j)));
        [Self::Loss, Self::Cosine].into_iter().chain(entries)
    }

    fn of_record(self, record: &NetworkRecord) -> f64 {
        match self {
            Self::Loss => record.loss,
            Self::Cosine => record.seen.cosine,
            Self::M(i, j) => record.seen.m[(i, j)],
        }
    }

    /// Its values along a run of the theory.
    pub fn of_trajectory(self, flow: &NetworkTrajectory) -> Vec<f64> {
        match self {
            Self::Loss => flow.loss.clone(),
            Self::Cosine => flow.cosine.clone(),
            Self::M(i, j) => flow.m.iter().map(|m| m[(i, j)]).collect(),
        }
    }
}

/// One number at every recorded step.
#[derive(Clone, Debug)]
pub struct NumberCompared {
    /// Which one.
    pub number: NetworkNumber,
    /// The flow, averaged over starts if they are random.
    pub theory: Vec<f64>,
    /// Of the runs.
    pub summaries: Vec<Summary>,
    /// Mean of SGD minus flow in standard errors, `None` where all runs agree.
    pub z: Vec<Option<f64>>,
    /// The largest deviation from the flow.
    pub deviation: Deviation,
    /// The finite-step map, averaged likewise, and the largest deviation from it; `None` where it was not iterated.
    pub map: Option<(Vec<f64>, Deviation)>,
}

/// A network solved and simulated.
#[derive(Clone, Debug)]
pub struct NetworkCompared {
    /// Recorded steps.
    pub step: Vec<u64>,
    /// Runs of SGD.
    pub ensemble: NetworkEnsemble,
    /// Seeds that count: those that came to their end.
    pub seeds: usize,
    /// Loss, cosine, and the entries of `M` row by row.
    pub numbers: Vec<NumberCompared>,
    /// Whether the map differs visibly from the flow: the step size is large.
    pub is_step_large: bool,
    /// The answer.
    pub verdict: Verdict,
}

/// Solves and simulates a network, with at least [`FEWEST_SEEDS`] seeds that come to an end.
///
/// # Errors
/// [`ComparisonError`] when there are fewer seeds, when either fails, or no seed comes to an end.
pub fn compare_network(
    problem: &NetworkProblem,
    settings: Settings,
    starts: Starts,
    exact_loss: bool,
    watch: &dyn Watch,
) -> Result<NetworkCompared, ComparisonError> {
    let simulation = simulation_for_network(problem, settings, starts)?;
    let ensemble = simulation.run(watch, None)?;
    let tolerances = Tolerances {
        cancel: watch.cancel(),
        ..Tolerances::default()
    };
    compare_network_ensemble((&simulation, ensemble), (starts, &tolerances), exact_loss)
}

/// The simulation of a comparison, for a caller who runs it. Fixed starts of an adapter are those of the deterministic
/// run, typical where nothing is given.
///
/// # Errors
/// [`ComparisonError`] when there are fewer than [`FEWEST_SEEDS`] seeds, or SGD cannot be simulated from such starts.
pub fn simulation_for_network(
    problem: &NetworkProblem,
    settings: Settings,
    starts: Starts,
) -> Result<NetworkSimulation, ComparisonError> {
    let seeds = settings.seeds.numbers().len();
    if seeds < FEWEST_SEEDS {
        return Err(ComparisonError::FewSeeds { seeds });
    }
    let draws = problem.setup().draws_weights;
    let problem = match (problem.start(), starts) {
        (NetworkStart::Lora { .. }, Starts::Random) => problem.clone(),
        (NetworkStart::Whole { .. }, Starts::Random) if draws => problem.clone(),
        (NetworkStart::Whole { .. }, Starts::Random) => {
            return Err(ProblemError::Meaningless {
                argument: "starts random",
                context: "with weights of a network that are given",
            }
            .into());
        }
        (NetworkStart::Whole { .. }, Starts::Fixed) => NetworkProblem::new(NetworkSetup {
            draws_weights: false,
            ..problem.setup().clone()
        })?,
        (NetworkStart::Lora { u, v, rest }, Starts::Fixed) => {
            let frame = problem.frame();
            let start = AdapterStart {
                u: Some(u.clone()),
                alignment: Some(v * frame.teachers().transpose()),
                s: Some(v * frame.weights().transpose()),
                c: Some(v * v.transpose() + rest),
            };
            with_start(problem, start)?
        }
    };
    Ok(NetworkSimulation::new(problem, settings)?)
}

fn with_start(
    problem: &NetworkProblem,
    start: AdapterStart,
) -> Result<NetworkProblem, ProblemError> {
    let setup = problem.setup().clone();
    NetworkProblem::new(NetworkSetup { start, ..setup })
}

/// Holds the seeds that are finished, of a simulation made by [`simulation_for_network`], against the theory, integrated
/// to `tolerances`; with the loss of the averages in the place of the estimates by test batches if that is asked for.
///
/// # Errors
/// [`ComparisonError`] when the theory fails, or no seed came to an end.
pub fn compare_network_ensemble(
    (simulation, mut ensemble): (&NetworkSimulation, NetworkEnsemble),
    (starts, tolerances): (Starts, &Tolerances),
    exact_loss: bool,
) -> Result<NetworkCompared, ComparisonError> {
    let problem = simulation.problem();
    if exact_loss {
        set_exact_network_losses(&mut ensemble, problem)?;
    }
    let step = ensemble.record_steps.clone();
    let ended =
        |run: &&NetworkSeedRun| run.end == Some(End::Steps) && run.records.len() == step.len();
    let runs: Vec<&NetworkSeedRun> = ensemble.runs.iter().filter(ended).collect();
    match (runs.len(), ensemble.is_finished) {
        (0, false) => return Err(ComparisonError::Interrupted),
        (0, true) => return Err(ComparisonError::Diverged),
        (seeds, true) if seeds < FEWEST_SEEDS => return Err(ComparisonError::FewSeeds { seeds }),
        _ => {}
    }
    let sgd = simulation.sgd();
    let scaling = &problem.setup().scaling;
    let time = |step: &u64| scaling.time(*step as f64);
    let times: Vec<f64> = step.iter().filter_map(time).collect();
    let flow = |problem: &NetworkProblem| -> Result<NetworkTrajectory, ComparisonError> {
        // The run need not come to its outcome.
        let last = times.last().copied().unwrap_or_default();
        let problem = NetworkProblem::new(NetworkSetup {
            t_max: last.max(f64::MIN_POSITIVE),
            ..problem.setup().clone()
        })?;
        Ok(follow_network(&problem, Wanted::Times(&times), tolerances)?.1)
    };
    let flows = theories(problem, starts, &runs, &flow)?;
    let maps = maps(problem, (starts, tolerances), (&step, &runs))?;
    let theory = (&flows[..], maps.as_deref());
    let numbers = NetworkNumber::all(problem.units(), problem.teacher_units());
    let numbers: Vec<NumberCompared> = numbers
        .map(|number| held(number, (&step, &runs), theory, sgd.dim))
        .collect();
    let is_step_large = numbers.iter().any(|one| {
        let map = one.map.as_ref();
        map.is_some_and(|(map, _)| differ(&one.theory, map))
    });
    let seeds = runs.len();
    Ok(NetworkCompared {
        step,
        seeds,
        verdict: verdict(&numbers, sgd.step),
        numbers,
        is_step_large,
        ensemble,
    })
}

fn verdict(numbers: &[NumberCompared], step_size: f64) -> Verdict {
    let name = |one: &NumberCompared| one.number.to_string();
    let flow: Vec<_> = numbers
        .iter()
        .map(|one| (name(one), one.deviation))
        .collect();
    let map: Option<Vec<_>> = numbers
        .iter()
        .map(|one| Some((name(one), one.map.as_ref()?.1)))
        .collect();
    Verdict::of(&flow, map.as_deref().map(|all| (all, "")), step_size)
}

/// The theory of each run: one for all, or one per random start.
fn theories(
    problem: &NetworkProblem,
    starts: Starts,
    runs: &[&NetworkSeedRun],
    of: &(dyn Fn(&NetworkProblem) -> Result<NetworkTrajectory, ComparisonError> + Sync),
) -> Result<Vec<NetworkTrajectory>, ComparisonError> {
    match starts {
        Starts::Fixed => Ok(vec![of(problem)?]),
        Starts::Random => {
            let all = runs.par_iter();
            all.map(|run| of(&started_at(problem, &run.records[0].seen)?))
                .collect()
        }
    }
}

/// The finite-step maps of the runs; `None` where there are none, they are too long, or diverge although SGD came to its end.
fn maps(
    problem: &NetworkProblem,
    (starts, tolerances): (Starts, &Tolerances),
    (step, runs): (&[u64], &[&NetworkSeedRun]),
) -> Result<Option<Vec<NetworkTrajectory>>, ComparisonError> {
    let by_map = NetworkSetup {
        dynamics: Dynamics::Map,
        ..problem.setup().clone()
    };
    // There is none of step sizes that change, nor with momentum.
    if NetworkProblem::new(by_map).is_err() {
        return Ok(None);
    }
    let system = network_system(problem).map_err(FlowError::from)?;
    let longest = match system.noise_error(&system.start()) {
        Some(_) => MAP_STEPS_BY_RULE,
        None => MAP_STEPS,
    };
    if step.last().is_none_or(|last| *last > longest) {
        return Ok(None);
    }
    let map = |problem: &NetworkProblem| Ok(network_map(problem, step, tolerances.cancel)?);
    match theories(problem, starts, runs, &map) {
        Err(ComparisonError::Theory(FlowError::Diverged { .. })) => Ok(None),
        maps => maps.map(Some),
    }
}

/// One number of the runs against their flows, and their maps.
fn held(
    number: NetworkNumber,
    (step, runs): (&[u64], &[&NetworkSeedRun]),
    (flows, maps): (&[NetworkTrajectory], Option<&[NetworkTrajectory]>),
    dim: f64,
) -> NumberCompared {
    let simulated = |seed: usize, row: usize| number.of_record(&runs[seed].records[row]);
    let judge = |theories: &[NetworkTrajectory]| {
        let all: Vec<Vec<f64>> = theories
            .iter()
            .map(|one| number.of_trajectory(one))
            .collect();
        let mean = |row: usize| all.iter().map(|one| one[row]).sum::<f64>() / all.len() as f64;
        let recorded = Recorded {
            steps: step,
            seeds: runs.len(),
            is_loss: number == NetworkNumber::Loss,
            value: &simulated,
        };
        let judged = Judged::of(&recorded, &all, dim);
        ((0..step.len()).map(mean).collect(), judged)
    };
    let (theory, judged) = judge(flows);
    NumberCompared {
        number,
        theory,
        summaries: judged.summaries,
        z: judged.z,
        deviation: judged.deviation,
        map: maps.map(|maps| {
            let (map, judged) = judge(maps);
            (map, judged.deviation)
        }),
    }
}

/// Puts the loss of the averages in the place of the estimates by test batches; a record with a unit of length 0, or with
/// overlaps beyond rounding, keeps its estimate.
///
/// # Errors
/// [`ComparisonError`] for links without averages.
pub fn set_exact_network_losses(
    ensemble: &mut NetworkEnsemble,
    problem: &NetworkProblem,
) -> Result<(), ComparisonError> {
    let exact = NetworkLoss::of(problem).map_err(FlowError::from)?;
    let noise = 0.5 * problem.setup().label_noise;
    for record in ensemble.runs.iter_mut().flat_map(|run| &mut run.records) {
        if let Some(excess) = exact.excess(&record.seen) {
            record.loss = excess + noise;
        }
    }
    Ok(())
}

/// The problem started where a run of SGD did.
fn started_at(
    problem: &NetworkProblem,
    seen: &NetworkObserved,
) -> Result<NetworkProblem, ProblemError> {
    if problem.setup().draws_weights {
        let teachers = problem.frame().teachers();
        let teachers = teachers * teachers.transpose();
        return NetworkProblem::new(NetworkSetup {
            frame: Frame::of_overlaps(&teachers, &seen.m, &seen.q)?,
            ..problem.setup().clone()
        });
    }
    let start = AdapterStart {
        u: seen.u.clone(),
        alignment: seen.alignment.clone(),
        s: seen.s.clone(),
        c: seen.c.clone(),
    };
    with_start(problem, start)
}
