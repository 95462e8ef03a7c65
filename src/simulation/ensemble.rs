//! Many seeds on all cores.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::checkpoint::Checkpoint;
use super::run::{Saved, SeedRun, Walker};
use super::{Simulation, SimulationError};

/// Between two looks at the interrupt flag a seed runs for about this long.
const SLICE: Duration = Duration::from_millis(20);
/// A running seed's state is set aside this often.
const SET_ASIDE: Duration = Duration::from_secs(1);
/// A checkpoint is handed out this often, or less often when that takes long.
const CHECKPOINT: Duration = Duration::from_secs(5);
/// Largest share of the time that checkpoints may take, as its inverse.
const SHARE: u32 = 20;

/// What the caller sees while an ensemble runs.
pub struct Watch<'a> {
    /// Set it to have the ensemble end early.
    pub interrupted: &'a AtomicBool,
    /// Called with the number of steps done since the last call.
    pub advanced: &'a (dyn Fn(u64) + Sync),
    /// Where checkpoints go, if they are wanted.
    pub keep: Option<Keep<'a>>,
}

/// What is done with checkpoints.
pub struct Keep<'a> {
    /// Called every few seconds with all there is.
    pub store: &'a (dyn Fn(&Checkpoint) + Sync),
    /// Call it after every slice of work instead: for a run that will be broken off.
    pub always: bool,
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

/// States of the seeds, filled by the threads.
struct Slots<'a> {
    saved: Vec<Mutex<Option<Saved>>>,
    /// When to hand out the next checkpoint.
    next: Mutex<Instant>,
    watch: &'a Watch<'a>,
}

impl Simulation {
    /// Runs all seeds; the result is the same on any number of threads, and when taken up from a
    /// checkpoint.
    ///
    /// # Errors
    /// [`SimulationError::Checkpoint`] when the states in it are not those of this simulation.
    pub fn run(
        &self,
        watch: &Watch<'_>,
        resume: Option<Checkpoint>,
    ) -> Result<Ensemble, SimulationError> {
        let seeds = self.plan.settings.seeds.numbers();
        let mut begun: Vec<Option<Saved>> = vec![None; seeds.len()];
        for saved in resume.map(|c| c.runs).unwrap_or_default() {
            let place = seeds
                .binary_search(&saved.run.seed)
                .map_err(|_| foreign())?;
            begun[place] = Some(saved);
        }
        let slots = Slots {
            saved: begun.iter().cloned().map(Mutex::new).collect(),
            next: Mutex::new(Instant::now() + CHECKPOINT),
            watch,
        };
        seeds
            .par_iter()
            .zip(begun)
            .enumerate()
            .try_for_each(|(index, (&seed, saved))| {
                let walker = match saved {
                    None => Walker::new(&self.plan, seed),
                    Some(saved) => Walker::resumed(&self.plan, saved).ok_or_else(foreign)?,
                };
                self.walk(walker, index, &slots);
                Ok(())
            })?;
        let saved: Vec<Saved> = slots.take();
        let ended = saved.iter().filter(|s| s.run.end.is_some());
        let runs: Vec<SeedRun> = ended.map(|s| s.run.clone()).collect();
        Ok(Ensemble {
            is_finished: runs.len() == seeds.len(),
            checkpoint: Checkpoint { runs: saved },
            runs,
            record_steps: self.plan.record_steps.clone(),
        })
    }

    /// One seed, slice by slice.
    fn walk(&self, mut walker: Walker<'_>, index: usize, slots: &Slots<'_>) {
        if slots.interrupted() {
            return;
        }
        (slots.watch.advanced)(walker.run.steps);
        let (mut steps, mut set_aside) = (1, Instant::now());
        loop {
            let (before, clock) = (walker.run.steps, Instant::now());
            let ended = walker.advance(steps);
            let stop = ended || slots.interrupted();
            if stop || slots.keeps_always() || set_aside.elapsed() > SET_ASIDE {
                slots.put(index, walker.save());
                slots.hand_out();
                set_aside = Instant::now();
            }
            (slots.watch.advanced)(walker.run.steps - before);
            if stop {
                // Steps that an early end saved are done, as far as progress goes.
                let left = self.plan.settings.steps.saturating_sub(walker.run.steps);
                (slots.watch.advanced)(if ended { left } else { 0 });
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

impl Slots<'_> {
    fn interrupted(&self) -> bool {
        self.watch.interrupted.load(Ordering::Relaxed)
    }

    fn keeps_always(&self) -> bool {
        self.watch.keep.as_ref().is_some_and(|keep| keep.always)
    }

    fn put(&self, index: usize, saved: Saved) {
        *self.saved[index]
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(saved);
    }

    /// Hands a checkpoint to the caller when it is time and no other thread is at it.
    fn hand_out(&self) {
        let (Some(keep), Ok(mut next)) = (&self.watch.keep, self.next.try_lock()) else {
            return;
        };
        let now = Instant::now();
        if now < *next && !keep.always {
            return;
        }
        let copy = |slot: &Mutex<Option<Saved>>| {
            slot.lock().unwrap_or_else(PoisonError::into_inner).clone()
        };
        (keep.store)(&Checkpoint {
            runs: self.saved.iter().filter_map(copy).collect(),
        });
        *next = Instant::now() + CHECKPOINT.max(now.elapsed() * SHARE);
    }

    fn take(self) -> Vec<Saved> {
        self.saved
            .into_iter()
            .filter_map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner))
            .collect()
    }
}

fn foreign() -> SimulationError {
    SimulationError::Foreign
}
