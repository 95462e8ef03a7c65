//! Many seeds on all cores.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::run::{Saved, SeedRun, Walker};
use super::{Simulation, SimulationError};
use crate::watch::Watch;

/// Between two reports of progress a seed runs for about so many seconds ...
const SLICE: f64 = 0.02;
/// ... or, where there is no clock, for at most so many steps.
const UNTIMED: u64 = 1024;
/// A running seed's state is set aside after so many seconds.
const SET_ASIDE: f64 = 1.0;
/// Seconds between two checkpoints; more when handing one out takes long.
const CHECKPOINT: f64 = 5.0;
/// Largest share of the time that checkpoints may take, as its inverse.
const SHARE: f64 = 20.0;

/// Where an ensemble stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// Runs begun, by seed.
    pub(super) runs: Vec<Saved>,
}

/// The runs of an ensemble.
#[derive(Clone, Debug)]
pub struct Ensemble {
    /// One per seed that has ended, in the order of the seeds.
    pub runs: Vec<SeedRun>,
    /// Steps that were to be recorded.
    pub record_steps: Vec<u64>,
    /// Where all seeds stand.
    pub checkpoint: Checkpoint,
    /// Whether every seed has ended.
    pub is_finished: bool,
}

/// What is done with checkpoints.
pub struct Keep<'a> {
    /// Called every few seconds of the caller's [clock](Watch::clock) with all there is.
    pub store: &'a (dyn Fn(&Checkpoint) + Sync),
    /// Call it after every slice of work instead: for a run that will be broken off.
    pub always: bool,
}

/// Where all seeds of a simulation stand, filled by the threads and readable at any time.
#[derive(Debug)]
pub struct Seeded {
    saved: Vec<Mutex<Option<Saved>>>,
    /// When to hand out the next checkpoint, by the caller's clock.
    next: Mutex<Option<f64>>,
}

/// What every seed of a running ensemble asks.
struct Asked<'a> {
    slots: &'a Seeded,
    watch: &'a dyn Watch,
    keep: Option<Keep<'a>>,
}

impl Simulation {
    /// The seeds before their first step, or where a checkpoint left them.
    ///
    /// # Errors
    /// [`SimulationError::Foreign`] when the states in it are not those of this simulation.
    pub fn seeds(&self, resume: Option<Checkpoint>) -> Result<Seeded, SimulationError> {
        let seeds = self.plan.settings.seeds.numbers();
        let mut begun: Vec<Option<Saved>> = vec![None; seeds.len()];
        for saved in resume.map(|c| c.runs).unwrap_or_default() {
            let place = seeds
                .binary_search(&saved.run.seed)
                .map_err(|_| foreign())?;
            begun[place] = Some(saved);
        }
        Ok(Seeded {
            saved: begun.into_iter().map(Mutex::new).collect(),
            next: Mutex::new(None),
        })
    }

    /// Runs all seeds; the result is the same on any number of threads, and when taken up from a
    /// checkpoint.
    ///
    /// # Errors
    /// [`SimulationError::Foreign`] when the states in `resume` are not those of this simulation.
    pub fn run(
        &self,
        watch: &dyn Watch,
        resume: Option<Checkpoint>,
    ) -> Result<Ensemble, SimulationError> {
        let seeds = self.seeds(resume)?;
        self.walk_all(&seeds, watch, None)?;
        Ok(self.ensemble(&seeds))
    }

    /// Takes all seeds to their ends, or as far as `watch` lets them; `keep` is called every few
    /// seconds with all there is.
    ///
    /// # Errors
    /// [`SimulationError::Foreign`] when the states are not those of this simulation.
    pub fn walk_all(
        &self,
        slots: &Seeded,
        watch: &dyn Watch,
        keep: Option<Keep<'_>>,
    ) -> Result<(), SimulationError> {
        let seeds = self.plan.settings.seeds.numbers();
        let steps = self.plan.settings.steps;
        watch.begin("steps", (seeds.len() as u64).saturating_mul(steps));
        *lock(&slots.next) = watch.clock().map(|now| now + CHECKPOINT);
        let asked = Asked { slots, watch, keep };
        seeds.par_iter().enumerate().try_for_each(|(index, &seed)| {
            let walker = match slots.at(index) {
                None => Walker::new(&self.plan, seed),
                Some(saved) => Walker::resumed(&self.plan, saved).ok_or_else(foreign)?,
            };
            self.walk(walker, index, &asked);
            Ok(())
        })
    }

    /// The seeds that have ended, in their order.
    pub fn ensemble(&self, slots: &Seeded) -> Ensemble {
        let checkpoint = slots.checkpoint();
        let ended = checkpoint.runs.iter().filter(|s| s.run.end.is_some());
        let runs: Vec<SeedRun> = ended.map(|s| s.run.clone()).collect();
        Ensemble {
            is_finished: runs.len() == slots.saved.len(),
            checkpoint,
            runs,
            record_steps: self.plan.record_steps.clone(),
        }
    }

    /// One seed, slice by slice.
    fn walk(&self, mut walker: Walker<'_>, index: usize, asked: &Asked<'_>) {
        let (slots, watch) = (asked.slots, asked.watch);
        if watch.cancelled() {
            return;
        }
        watch.advance(walker.run.steps);
        let (mut steps, mut set_aside) = (1, watch.clock());
        loop {
            let (before, begun) = (walker.run.steps, watch.clock());
            let ended = walker.advance(steps, watch.cancel());
            let stop = ended || watch.cancelled();
            if stop || asked.keeps_always() || seconds_since(set_aside, watch) > Some(SET_ASIDE) {
                slots.put(index, walker.save());
                asked.hand_out();
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

impl Asked<'_> {
    fn keeps_always(&self) -> bool {
        self.keep.as_ref().is_some_and(|keep| keep.always)
    }

    /// Hands a checkpoint to the caller when it is time and no other thread is at it.
    fn hand_out(&self) {
        let (Some(keep), Ok(mut next)) = (&self.keep, self.slots.next.try_lock()) else {
            return;
        };
        let now = self.watch.clock();
        let is_time = now.zip(*next).is_some_and(|(now, next)| now >= next);
        if !is_time && !keep.always {
            return;
        }
        (keep.store)(&self.slots.checkpoint());
        let took = seconds_since(now, self.watch).unwrap_or(0.0);
        *next = self
            .watch
            .clock()
            .map(|end| end + CHECKPOINT.max(took * SHARE));
    }
}

impl Seeded {
    fn put(&self, index: usize, saved: Saved) {
        *lock(&self.saved[index]) = Some(saved);
    }

    fn at(&self, index: usize) -> Option<Saved> {
        lock(&self.saved[index]).clone()
    }

    /// Where all that have begun stand.
    pub fn checkpoint(&self) -> Checkpoint {
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

fn foreign() -> SimulationError {
    SimulationError::Foreign
}
