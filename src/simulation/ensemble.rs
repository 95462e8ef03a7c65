//! Many seeds on all cores.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::run::{Saved, SeedRun, Walker};
use super::student::Simulated;
use super::{Simulation, SimulationError};
use crate::observable::Observed;
use crate::shard::Shard;
use crate::watch::Watch;

/// Between two reports of progress a seed runs for about so many seconds ...
const SLICE: f64 = 0.02;
/// ... or, where there is no clock, for at most so many steps.
const UNTIMED: u64 = 1024;
/// A running seed's state is set aside after so many seconds.
const SET_ASIDE: f64 = 1.0;

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
    saved: Vec<Mutex<Option<Saved<O>>>>,
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
            saved: (0..count).map(|_| Mutex::new(None)).collect(),
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
            slots.put(place.map_err(|_| SimulationError::Foreign)?, saved);
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
            let walker = match slots.at(index) {
                None => Walker::new(&self.plan, seeds[index])?,
                Some(saved) => Walker::resumed(&self.plan, saved)?,
            };
            self.walk(walker, index, slots, watch);
            Ok(())
        })
    }

    /// How many seeds of a part have ended.
    pub fn ended(&self, slots: &Seeded<P::Seen>, shard: Shard) -> usize {
        let own = (0..slots.saved.len()).filter(|i| shard.holds(*i));
        own.filter(|i| slots.at(*i).is_some_and(|s| s.run.end.is_some()))
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

    /// One seed, slice by slice.
    fn walk(
        &self,
        mut walker: Walker<'_, P>,
        index: usize,
        slots: &Seeded<P::Seen>,
        watch: &dyn Watch,
    ) {
        if watch.cancelled() {
            return;
        }
        watch.recall(walker.run.steps);
        let (mut steps, mut set_aside) = (1, watch.clock());
        loop {
            let (before, begun) = (walker.run.steps, watch.clock());
            let ended = walker.advance(steps, watch.cancel());
            let stop = ended || watch.cancelled();
            if stop || seconds_since(set_aside, watch) > Some(SET_ASIDE) {
                slots.put(index, walker.save());
                set_aside = watch.clock();
            }
            watch.advance(walker.run.steps - before);
            if stop {
                // Steps that an early end saved are done, as far as progress goes.
                let left = self.plan.settings.steps.saturating_sub(walker.run.steps);
                watch.advance(if ended { left } else { 0 });
                return;
            }
            match seconds_since(begun, watch) {
                Some(taken) if taken > 2.0 * SLICE => steps = (steps / 2).max(1),
                Some(taken) if taken < SLICE / 2.0 => steps *= 2,
                None => steps = (2 * steps).min(UNTIMED),
                Some(_) => {}
            }
        }
    }
}

impl<O: Clone> Seeded<O> {
    fn put(&self, index: usize, saved: Saved<O>) {
        *lock(&self.saved[index]) = Some(saved);
    }

    fn at(&self, index: usize) -> Option<Saved<O>> {
        lock(&self.saved[index]).clone()
    }

    /// Where all that have begun stand.
    pub fn checkpoint(&self) -> Checkpoint<O> {
        Checkpoint {
            runs: (0..self.saved.len()).filter_map(|i| self.at(i)).collect(),
        }
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Seconds since a moment, where there is a clock.
fn seconds_since(moment: Option<f64>, watch: &dyn Watch) -> Option<f64> {
    watch.clock().zip(moment).map(|(now, then)| now - then)
}
