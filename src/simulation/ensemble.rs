//! Many seeds on all cores.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::checkpoint::Checkpoint;
use super::run::{Saved, SeedRun, Walker};
use super::{Simulation, SimulationError};
use crate::watch::Watch;

/// Between two looks at the interrupt flag a seed runs for about this long.
const SLICE: Duration = Duration::from_millis(20);
/// A running seed's state is set aside this often.
const SET_ASIDE: Duration = Duration::from_secs(1);
/// A checkpoint is handed out this often, or less often when that takes long.
const CHECKPOINT: Duration = Duration::from_secs(5);
/// Largest share of the time that checkpoints may take, as its inverse.
const SHARE: u32 = 20;

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
    /// Called every few seconds with all there is.
    pub store: &'a (dyn Fn(&Checkpoint) + Sync),
    /// Call it after every slice of work instead: for a run that will be broken off.
    pub always: bool,
}

/// Where all seeds of a simulation stand, filled by the threads and readable at any time.
#[derive(Debug)]
pub struct Seeded {
    saved: Vec<Mutex<Option<Saved>>>,
    /// When to hand out the next checkpoint.
    next: Mutex<Instant>,
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
            next: Mutex::new(Instant::now() + CHECKPOINT),
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
        let (mut steps, mut set_aside) = (1, Instant::now());
        loop {
            let (before, clock) = (walker.run.steps, Instant::now());
            let ended = walker.advance(steps, watch.cancel());
            let stop = ended || watch.cancelled();
            if stop || asked.keeps_always() || set_aside.elapsed() > SET_ASIDE {
                slots.put(index, walker.save());
                asked.hand_out();
                set_aside = Instant::now();
            }
            watch.advance(walker.run.steps - before);
            if stop {
                // Steps that an early end saved are done, as far as progress goes.
                let left = self.plan.settings.steps.saturating_sub(walker.run.steps);
                watch.advance(if ended { left } else { 0 });
                return;
            }
            let taken = clock.elapsed();
            if taken < SLICE / 2 {
                steps *= 2;
            } else if taken > 2 * SLICE {
                steps = (steps / 2).max(1);
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
        let now = Instant::now();
        if now < *next && !keep.always {
            return;
        }
        (keep.store)(&self.slots.checkpoint());
        *next = Instant::now() + CHECKPOINT.max(now.elapsed() * SHARE);
    }
}

impl Seeded {
    fn put(&self, index: usize, saved: Saved) {
        *self.saved[index]
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(saved);
    }

    fn at(&self, index: usize) -> Option<Saved> {
        let slot = self.saved[index].lock();
        slot.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Where all that have begun stand.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            runs: (0..self.saved.len()).filter_map(|i| self.at(i)).collect(),
        }
    }
}

fn foreign() -> SimulationError {
    SimulationError::Foreign
}
