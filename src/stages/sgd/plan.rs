//! What all seeds of a history share: its stages as SGD goes through them.

use std::sync::OnceLock;

use super::super::seen::Onlooker;
use super::super::{History, Reason, Stage, StageError};
use super::judge::Judge;
use crate::problem::Sgd;
use crate::simulation::Schedule;
use crate::watch::Cancel;

/// Most steps of a stage, samples of a batch, and dimensions.
const MOST: f64 = 1e15;

/// A history as SGD goes through it.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) history: History,
    pub(super) onlooker: Onlooker,
    pub(super) stages: Vec<PlannedStage>,
}

/// A stage as SGD goes through it.
#[derive(Debug)]
pub(super) struct PlannedStage {
    pub(super) sgd: Sgd,
    /// Steps at which it ends at the latest, and by which limit.
    pub(super) most: u64,
    pub(super) by: Reason,
    /// Steps to record.
    pub(super) records: Vec<u64>,
    judge: OnceLock<Judge>,
}

impl Plan {
    pub(super) fn new(history: History, points: usize) -> Result<Self, (usize, Box<StageError>)> {
        let mut stages: Vec<PlannedStage> = Vec::new();
        for (place, stage) in history.stages.iter().enumerate() {
            let planned = planned(stage, points).and_then(|one| {
                one.fits(
                    history.directions.dim(),
                    stages.first().map(|first| first.sgd.dim),
                )?;
                Ok(one)
            });
            stages.push(planned.map_err(|error| (place + 1, Box::new(error)))?);
        }
        Ok(Self {
            onlooker: Onlooker::new(&history),
            history,
            stages,
        })
    }

    /// Finds what takes time and all seeds need.
    pub(super) fn prepare(&self, cancel: Cancel) -> Result<(), StageError> {
        for (planned, stage) in self.stages.iter().zip(&self.history.stages) {
            let judge = Judge::of(stage, cancel)?;
            let _first_stays = planned.judge.set(judge);
        }
        Ok(())
    }

    /// Steps of a seed, at most.
    pub(super) fn most(&self) -> u64 {
        let steps = self.stages.iter().map(|stage| stage.most);
        steps.fold(0, u64::saturating_add)
    }
}

impl PlannedStage {
    /// What ends it beside its length; nothing before that is prepared.
    pub(super) fn judge(&self) -> Option<&Judge> {
        self.judge.get()
    }

    /// Refuses a dimension that is not that of the stages before, or has no room for the coordinates.
    fn fits(&self, frame: usize, before: Option<f64>) -> Result<(), StageError> {
        let (dim, least) = (self.sgd.dim, frame as f64 + 2.0);
        if let Some(before) = before.filter(|before| (before - dim).abs() > 0.0) {
            return Err(StageError::Dimensions { dim, before });
        }
        if dim < least {
            return Err(StageError::Room { dim, least });
        }
        Ok(())
    }
}

fn planned(stage: &Stage, points: usize) -> Result<PlannedStage, StageError> {
    let sgd = stage.problem.sgd()?;
    let (end, by) = stage
        .until
        .time(stage.problem.scaling())?
        .ok_or(StageError::NoTime)?;
    // The first step at or beyond the limit; a limit in steps is one to rounding.
    let (until, scaling) = (&stage.until, stage.problem.scaling());
    let samples = || Some(until.samples? / sgd.batch);
    let steps = match by {
        Reason::Steps => until.steps,
        Reason::Samples => samples(),
        _ => scaling.steps(end),
    };
    let steps = (steps.unwrap_or_default() * (1.0 - 4.0 * f64::EPSILON))
        .ceil()
        .max(1.0);
    for (what, value) in [("steps", steps), ("batch", sgd.batch), ("dim", sgd.dim)] {
        if value > MOST {
            return Err(StageError::TooMany { what, value });
        }
    }
    let most = steps as u64;
    Ok(PlannedStage {
        sgd,
        most,
        by,
        records: Schedule::Logarithmic(points).steps(most),
        judge: OnceLock::new(),
    })
}
