//! What all seeds of a history share: its stages as SGD goes through them.

use std::sync::OnceLock;

use super::super::{Asked, Reason, StageError};
use super::by_sgd::BySgd;
use crate::problem::Sgd;
use crate::simulation::Schedule;
use crate::watch::Cancel;

/// Most steps of a stage, samples of a batch, and dimensions.
const MOST: f64 = 1e15;

/// A history as SGD goes through it.
#[derive(Debug)]
pub(super) struct Plan<H: BySgd> {
    pub(super) history: H,
    pub(super) stages: Vec<PlannedStage>,
    shared: OnceLock<H::Shared>,
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
}

impl<H: BySgd> Plan<H> {
    pub(super) fn new(history: H, points: usize) -> Result<Self, (usize, Box<StageError>)> {
        let mut stages: Vec<PlannedStage> = Vec::new();
        for place in 0..history.stages().len() {
            let planned = planned(&history, place, points).and_then(|one| {
                let before = stages.first().map(|first| first.sgd.dim);
                one.fits(history.least(place) as f64, before)?;
                Ok(one)
            });
            stages.push(planned.map_err(|error| (place + 1, Box::new(error)))?);
        }
        Ok(Self {
            history,
            stages,
            shared: OnceLock::new(),
        })
    }

    /// Finds what takes time and all seeds need.
    pub(super) fn prepare(&self, cancel: Cancel) -> Result<(), StageError> {
        let _first_stays = self.shared.set(self.history.shared(cancel)?);
        Ok(())
    }

    /// What all seeds need; nothing before that is prepared.
    pub(super) fn shared(&self) -> Option<&H::Shared> {
        self.shared.get()
    }

    /// Steps of a seed, at most.
    pub(super) fn most(&self) -> u64 {
        let steps = self.stages.iter().map(|stage| stage.most);
        steps.fold(0, u64::saturating_add)
    }
}

impl PlannedStage {
    /// Refuses a dimension that is not that of the stages before, or has no room for the coordinates.
    fn fits(&self, least: f64, before: Option<f64>) -> Result<(), StageError> {
        let dim = self.sgd.dim;
        if let Some(before) = before.filter(|before| (before - dim).abs() > 0.0) {
            return Err(StageError::Dimensions { dim, before });
        }
        if dim < least {
            return Err(StageError::Room { dim, least });
        }
        Ok(())
    }
}

fn planned<H: BySgd>(history: &H, stage: usize, points: usize) -> Result<PlannedStage, StageError> {
    let sgd = history.sgd(stage)?;
    let Asked { until, scaling, .. } = history.stages()[stage];
    let (end, by) = until.time(scaling)?.ok_or(StageError::NoTime)?;
    // The first step at or beyond the limit; a limit in steps is one to rounding.
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
    })
}
