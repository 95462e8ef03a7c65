//! How long the seeds of a history took.

use super::{SeedsReport, ToldOfSeeds};
use crate::problem::TimeUnit;
use crate::simulation::{Summary, summarise};

/// A unit of what was done, from steps.
#[derive(Clone, Copy)]
pub(super) enum Clock {
    T,
    Steps,
    Samples,
}

impl<H: ToldOfSeeds> SeedsReport<H> {
    /// So many steps of a stage in a unit.
    pub(super) fn counted(&self, stage: usize, steps: f64, clock: Clock) -> f64 {
        let scaling = self.history.stages()[stage].scaling;
        // Every stage was checked to have a step size and a batch.
        let shown = |unit| {
            scaling
                .clock(unit)
                .map_or(0.0, |clock| clock.at_step(steps))
        };
        match clock {
            Clock::T => shown(TimeUnit::T),
            Clock::Steps => steps,
            Clock::Samples => shown(TimeUnit::Samples),
        }
    }

    /// Over the seeds of a stage, what each had done at its end: of the stage alone, or of all so far.
    pub(super) fn lengths(&self, stage: usize, clock: Clock, total: bool) -> Summary {
        let first = if total { 0 } else { stage };
        let of = |seed: &usize| -> f64 {
            let own = |k: usize| self.counted(k, self.runs[*seed].stages[k].steps as f64, clock);
            (first..=stage).map(own).sum()
        };
        let counted = self.statistics[stage].counted.iter();
        summarise(&mut counted.map(of).collect::<Vec<f64>>()).unwrap_or_default()
    }

    /// What the seeds of a stage had done before it, on average.
    pub(super) fn before(&self, stage: usize, clock: Clock) -> f64 {
        match stage.checked_sub(1) {
            None => 0.0,
            Some(_) => {
                self.lengths(stage, clock, true).mean - self.lengths(stage, clock, false).mean
            }
        }
    }
}
