//! Many seeds on all cores.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::run::{Saved, SeedRun, Walker};
use super::slices::{Slots, walk};
use super::student::Simulated;
use super::{Simulation, SimulationError};
use crate::observable::Observed;
use crate::shard::Shard;
use crate::watch::Watch;

/// Where an ensemble stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint<O = Observed> {
    /// Runs begun, by seed.
    pub(super) runs: Vec<Saved<O>>,
}

impl<O> Default for Checkpoint<O> {
    fn default() -> Self {
        Self { runs: Vec::new() }
    }
}

impl<O> Checkpoint<O> {
    /// Whether no seed has begun.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }
}

/// The runs of an ensemble.
#[derive(Clone, Debug)]
pub struct Ensemble<O = Observed> {
    /// One per seed that has ended, in the order of the seeds.
    pub runs: Vec<SeedRun<O>>,
    /// Steps that were to be recorded.
    pub record_steps: Vec<u64>,
    /// Where all seeds stand.
    pub checkpoint: Checkpoint<O>,
    /// Whether every seed has ended.
    pub is_finished: bool,
}

/// Where all seeds of a simulation stand, filled by the threads and readable at any time.
#[derive(Debug)]
pub struct Seeded<O = Observed> {
    saved: Slots<Saved<O>>,
}

impl<P: Simulated> Simulation<P> {
    /// The seeds before their first step, or where a checkpoint left them.
    ///
    /// # Errors
    /// [`SimulationError::Foreign`] when the states in it are not those of this simulation.
    pub fn seeds(
        &self,
        resume: Option<Checkpoint<P::Seen>>,
    ) -> Result<Seeded<P::Seen>, SimulationError> {
        let count = self.plan.settings.seeds.numbers().len();
        let slots = Seeded {
            saved: Slots::new(count),
        };
        self.take_up(&slots, resume.unwrap_or_default())?;
        Ok(slots)
    }

    /// Puts the seeds of a checkpoint where it left them; the others stay as they are.
    ///
    /// # Errors
    /// [`SimulationError::Foreign`] when the states in it are not those of this simulation.
    pub fn take_up(
        &self,
        slots: &Seeded<P::Seen>,
        begun: Checkpoint<P::Seen>,
    ) -> Result<(), SimulationError> {
        let seeds = self.plan.settings.seeds.numbers();
        for saved in begun.runs {
            let place = seeds.binary_search(&saved.run.seed);
            slots
                .saved
                .put(place.map_err(|_| SimulationError::Foreign)?, saved);
        }
        Ok(())
    }

    /// Runs all seeds; the result is the same on any number of threads, and when taken up from a
    /// checkpoint.
    ///
    /// # Errors
    /// [`SimulationError::Foreign`] when the states in `resume` are not those of this simulation.
    pub fn run(
        &self,
        watch: &dyn Watch,
        resume: Option<Checkpoint<P::Seen>>,
    ) -> Result<Ensemble<P::Seen>, SimulationError> {
        let seeds = self.seeds(resume)?;
        self.walk_all(&seeds, watch, Shard::WHOLE)?;
        Ok(self.ensemble(&seeds))
    }

    /// Takes all seeds of a part to their ends, or as far as `watch` lets them. Before it hears of an
    /// advance, a seed that has ended is in `slots`, and one that runs is there as it was a second ago.
    ///
    /// # Errors
    /// [`SimulationError::Foreign`] when the states are not those of this simulation.
    pub fn walk_all(
        &self,
        slots: &Seeded<P::Seen>,
        watch: &dyn Watch,
        shard: Shard,
    ) -> Result<(), SimulationError> {
        let seeds = self.plan.settings.seeds.numbers();
        let steps = self.plan.settings.steps;
        let own: Vec<usize> = (0..seeds.len()).filter(|i| shard.holds(*i)).collect();
        watch.begin("steps", (own.len() as u64).saturating_mul(steps));
        own.into_par_iter().try_for_each(|index| {
            let mut walker = match slots.saved.at(index) {
                None => Walker::new(&self.plan, seeds[index])?,
                Some(saved) => Walker::resumed(&self.plan, saved)?,
            };
            walk(&mut walker, watch, |now| slots.saved.put(index, now.save()));
            Ok(())
        })
    }

    /// How many seeds of a part have ended.
    pub fn ended(&self, slots: &Seeded<P::Seen>, shard: Shard) -> usize {
        let own = (0..slots.saved.len()).filter(|i| shard.holds(*i));
        own.filter(|i| slots.saved.at(*i).is_some_and(|s| s.run.end.is_some()))
            .count()
    }

    /// The seeds that have ended, in their order.
    pub fn ensemble(&self, slots: &Seeded<P::Seen>) -> Ensemble<P::Seen> {
        let checkpoint = slots.checkpoint();
        let ended = checkpoint.runs.iter().filter(|s| s.run.end.is_some());
        let runs: Vec<SeedRun<P::Seen>> = ended.map(|s| s.run.clone()).collect();
        Ensemble {
            is_finished: runs.len() == slots.saved.len(),
            checkpoint,
            runs,
            record_steps: self.plan.record_steps.clone(),
        }
    }
}

impl<O: Clone> Seeded<O> {
    /// Where all that have begun stand.
    pub fn checkpoint(&self) -> Checkpoint<O> {
        Checkpoint {
            runs: self.saved.all(),
        }
    }
}
