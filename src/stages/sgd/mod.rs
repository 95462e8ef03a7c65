//! A history by simulated SGD: many seeds, each through all stages by the projected simulator (docs/theory.md, section 6),
//! the limits of a stage judged for each.

mod by_sgd;
mod judge;
mod plan;
mod record;
mod seed;
mod single;
mod start;
mod statistics;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use by_sgd::{BySgd, Records, Trainee};
pub use record::{SeedHistory, SeedRecord, SeedStage};
pub use seed::{RunOf, SavedOf, SavedSeed};
pub use statistics::StageStatistics;

use super::{History, StageError};
use crate::problem::Sgd;
use crate::simulation::{Seeds, SimulationError, Slots, walk};
use crate::watch::Watch;
use plan::Plan;
use seed::Walker;

/// A checked history, to be simulated.
#[derive(Debug)]
pub struct HistorySgd<H: BySgd = History> {
    plan: Plan<H>,
    seeds: Seeds,
}

/// Where all seeds of a history stand, filled by the threads and readable at any time.
#[derive(Debug)]
pub struct HistorySeeds<H: BySgd = History>(Slots<SavedOf<H>>);

/// The seeds that have begun, as kept in a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryCheckpoint<S = SavedSeed>(Vec<S>);

impl<S> Default for HistoryCheckpoint<S> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<S> HistoryCheckpoint<S> {
    /// Whether no seed has begun.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<H: BySgd> HistorySgd<H> {
    /// Checks that SGD can go through a history, about `points` instants of a stage recorded.
    ///
    /// # Errors
    /// The number of the stage, from 1, and what it lacks: a step size, a batch, a limit in time, the one dimension.
    pub fn new(history: H, seeds: Seeds, points: usize) -> Result<Self, (usize, Box<StageError>)> {
        Ok(Self {
            plan: Plan::new(history, points)?,
            seeds,
        })
    }

    /// The history.
    pub fn history(&self) -> &H {
        &self.plan.history
    }

    /// Dimension, batch and step size of a stage.
    pub fn sgd(&self, stage: usize) -> Sgd {
        self.plan.stages[stage].sgd
    }

    /// Steps of a stage, at most.
    pub fn most(&self, stage: usize) -> u64 {
        self.plan.stages[stage].most
    }

    /// The seeds.
    pub fn numbers(&self) -> &[u64] {
        self.seeds.numbers()
    }

    /// Records of a seed, at most.
    pub fn records(&self) -> usize {
        self.plan
            .stages
            .iter()
            .map(|one| one.records.len() + 1)
            .sum()
    }

    /// Steps that were to be recorded of a stage.
    pub fn record_steps(&self, stage: usize) -> &[u64] {
        &self.plan.stages[stage].records
    }

    /// The seeds before their first step.
    pub fn seeds(&self) -> HistorySeeds<H> {
        HistorySeeds(Slots::new(self.numbers().len()))
    }

    /// Puts the seeds of a checkpoint where it left them; the others stay as they are.
    ///
    /// # Errors
    /// [`SimulationError::Foreign`] for a seed that is none of these, or a state that is none of its.
    pub fn take_up(
        &self,
        slots: &HistorySeeds<H>,
        begun: HistoryCheckpoint<SavedOf<H>>,
    ) -> Result<(), SimulationError> {
        for saved in begun.0 {
            let place = self.numbers().binary_search(&saved.run.seed);
            let place = place.map_err(|_| SimulationError::Foreign)?;
            if Walker::resumed(&self.plan, saved.clone()).is_none() {
                return Err(SimulationError::Foreign);
            }
            slots.0.put(place, saved);
        }
        Ok(())
    }

    /// Takes all seeds to their ends, or as far as `watch` lets them; the same on any number of threads, and when taken
    /// up from a checkpoint.
    ///
    /// # Errors
    /// A best loss that was not found before the work was ended.
    pub fn walk_all(&self, slots: &HistorySeeds<H>, watch: &dyn Watch) -> Result<(), StageError> {
        self.plan.prepare(watch.cancel())?;
        let all = self.numbers();
        watch.begin("steps", (all.len() as u64).saturating_mul(self.plan.most()));
        (0..all.len()).into_par_iter().for_each(|index| {
            let saved = slots.0.at(index);
            let taken_up = saved.and_then(|saved| Walker::resumed(&self.plan, saved));
            let mut walker = taken_up.unwrap_or_else(|| Walker::new(&self.plan, all[index]));
            walk(&mut walker, watch, |now| slots.0.put(index, now.save()));
        });
        Ok(())
    }

    /// The seeds that have ended, in their order.
    pub fn ended(&self, slots: &HistorySeeds<H>) -> Vec<RunOf<H>> {
        let saved = slots.0.all().into_iter();
        let ended = saved.filter(|one| one.has_ended());
        ended.map(|saved| saved.run).collect()
    }
}

impl<H: BySgd> HistorySeeds<H> {
    /// Where all that have begun stand.
    pub fn checkpoint(&self) -> HistoryCheckpoint<SavedOf<H>> {
        HistoryCheckpoint(self.0.all())
    }

    /// All that have begun, as far as they came.
    pub fn begun(&self) -> Vec<RunOf<H>> {
        self.0.all().into_iter().map(|saved| saved.run).collect()
    }
}
