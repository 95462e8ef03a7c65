//! A history of training: the mean of SGD against the closed ODEs, stage by stage.

use rayon::prelude::*;

use super::deviation::{Deviation, Verdict};
use super::judged::{Judged, Recorded};
use super::{ComparisonError, FEWEST_SEEDS};
use crate::integrator::Tolerances;
use crate::observable::LOSS;
use crate::simulation::{Summary, summarise};
use crate::stages::{BySgd, HistorySgd, Number, RunOf, StageError, StageStatistics};
use crate::trajectory::Wanted;

/// A history solved and simulated: the theory goes through all stages with the directions that each seed drew.
#[derive(Clone, Debug)]
pub struct HistoryCompared {
    /// Stage by stage.
    pub stages: Vec<StageCompared>,
    /// The answer.
    pub verdict: Verdict,
}

/// A stage of both.
#[derive(Clone, Debug)]
pub struct StageCompared {
    /// Its length by the theory, the mean over starts.
    pub t: f64,
    /// Per number that the stage has.
    pub numbers: Vec<NumberAlong>,
}

/// A number along a stage.
#[derive(Clone, Debug)]
pub struct NumberAlong {
    /// Which.
    pub number: Number,
    /// The theory at the rows of the seeds' averages, over starts; past its end it keeps its last value.
    pub theory: Vec<Summary>,
    /// The mean over starts at its end.
    pub end: f64,
    /// Mean of SGD minus theory in standard errors, `None` where all runs agree.
    pub z: Vec<Option<f64>>,
    /// The largest deviation.
    pub deviation: Deviation,
}

/// The theory of a seed in a stage: when it ended, what it is at every row, and at its end.
struct Theory<I> {
    t: f64,
    rows: Vec<I>,
    end: I,
}

/// Holds seeds that have gone through all stages against the theory, integrated to `tolerances`.
///
/// # Errors
/// [`ComparisonError`] when there are fewer than [`FEWEST_SEEDS`] seeds that did not fail, or the theory fails.
pub fn compare_history<H: BySgd>(
    sgd: &HistorySgd<H>,
    (runs, statistics): (&[RunOf<H>], &[StageStatistics]),
    tolerances: &Tolerances,
) -> Result<HistoryCompared, ComparisonError> {
    let runs: Vec<&RunOf<H>> = runs.iter().filter(|run| run.failure.is_none()).collect();
    if runs.is_empty() {
        return Err(ComparisonError::Diverged);
    }
    if runs.len() < FEWEST_SEEDS {
        let seeds = runs.len();
        return Err(ComparisonError::FewSeeds { seeds });
    }
    // Where nothing is drawn the theory is one for all.
    let is_one = runs[0].stages.iter().all(|own| own.drawn.is_none());
    let own = if is_one { &runs[..1] } else { &runs[..] };
    let theories = own
        .par_iter()
        .map(|run| theory(sgd, run, statistics, tolerances));
    let theories = theories.collect::<Result<Vec<_>, _>>()?;
    let stages = 0..sgd.history().stages().len();
    let compared = stages.map(|stage| compared(sgd, stage, &runs, (&theories, &statistics[stage])));
    let compared: Vec<StageCompared> = compared.collect();
    let history = sgd.history();
    let named = compared.iter().enumerate().flat_map(|(i, stage)| {
        let name =
            move |one: &NumberAlong| format!("{} of stage {}", one.number.name(history), i + 1);
        stage
            .numbers
            .iter()
            .map(move |one| (name(one), one.deviation))
    });
    let named: Vec<(String, Deviation)> = named.collect();
    Ok(HistoryCompared {
        verdict: Verdict::of(&named, None, 0.0),
        stages: compared,
    })
}

/// The theory from where a seed began, stage by stage.
fn theory<H: BySgd>(
    sgd: &HistorySgd<H>,
    run: &RunOf<H>,
    statistics: &[StageStatistics],
    tolerances: &Tolerances,
) -> Result<Vec<Theory<H::Instant>>, ComparisonError> {
    let history = sgd.history();
    let (mut student, mut all) = (history.start(), Vec::new());
    for (place, (own, rows)) in run.stages.iter().zip(statistics).enumerate() {
        let scaling = history.stages()[place].scaling;
        let time = |step: &u64| scaling.time(*step as f64);
        let times: Vec<f64> = rows.step.iter().filter_map(time).collect();
        let how = (Wanted::Times(&times), tolerances);
        let failed = |error: StageError| ComparisonError::Stage {
            stage: place + 1,
            error: Box::new(error),
        };
        let (course, left) = history
            .follow(place, (&student, own.drawn.as_ref()), how)
            .map_err(failed)?;
        student = left;
        // The last instant of a course is its end.
        let Some(end) = course.course.last().cloned() else {
            return Err(ComparisonError::Interrupted);
        };
        let at = |t: &f64| {
            let after = course.course.partition_point(|at| H::seen(at).0 <= *t);
            course.course[after.saturating_sub(1)].clone()
        };
        all.push(Theory {
            t: course.t,
            rows: times.iter().map(at).collect(),
            end,
        });
    }
    Ok(all)
}

/// The rows of a stage, number by number.
fn compared<H: BySgd>(
    sgd: &HistorySgd<H>,
    stage: usize,
    runs: &[&RunOf<H>],
    (theories, statistics): (&[Vec<Theory<H::Instant>>], &StageStatistics),
) -> StageCompared {
    let own: Vec<&Theory<H::Instant>> = theories.iter().map(|one| &one[stage]).collect();
    let mean = |of: &dyn Fn(&Theory<H::Instant>) -> f64| -> f64 {
        own.iter().map(|one| of(one)).sum::<f64>() / own.len() as f64
    };
    let along = |number: Number| {
        let rows = |one: &&Theory<H::Instant>| {
            let rows = one.rows.iter();
            rows.map(|at| H::value(&number, at)).collect()
        };
        let theory: Vec<Option<Vec<f64>>> = own.iter().map(rows).collect();
        let theory = theory.into_iter().collect::<Option<Vec<Vec<f64>>>>()?;
        let simulated = |seed: usize, row: usize| {
            // What a seed has come to by then.
            let records = &runs[seed].stages[stage].records;
            let step = statistics.step[row];
            let after = records.partition_point(|record| record.step <= step);
            H::value(&number, &records[after.saturating_sub(1)].at).unwrap_or(0.0)
        };
        let dim = sgd.sgd(stage).dim;
        let recorded = Recorded {
            steps: &statistics.step,
            seeds: runs.len(),
            is_loss: *number.observable == LOSS,
            value: &simulated,
        };
        let judged = Judged::of(&recorded, &theory, dim);
        let row = |k: usize| {
            let mut values: Vec<f64> = theory.iter().map(|one| one[k]).collect();
            summarise(&mut values).unwrap_or_default()
        };
        Some(NumberAlong {
            number,
            theory: (0..statistics.step.len()).map(row).collect(),
            end: mean(&|one| H::value(&number, &one.end).unwrap_or(0.0)),
            z: judged.z,
            deviation: judged.deviation,
        })
    };
    let numbers = sgd.history().numbers().into_iter();
    StageCompared {
        t: mean(&|one| one.t),
        numbers: numbers.filter_map(along).collect(),
    }
}
