//! Long runs slice by slice: progress is told and states are set aside in between.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::watch::{Cancel, Watch};

/// Between two reports of progress a run goes on for about so many seconds ...
const SLICE: f64 = 0.02;
/// ... or, where there is no clock, for at most so many steps.
const UNTIMED: u64 = 1024;
/// A running state is set aside after so many seconds.
const SET_ASIDE: f64 = 1.0;

/// Something that goes on step by step.
pub(crate) trait Walk {
    /// Goes on for at most so many steps, or until it is cancelled; true once it has ended.
    fn advance(&mut self, steps: u64, cancel: Cancel) -> bool;

    /// Steps done.
    fn done(&self) -> u64;

    /// Steps that it may still take, had it not ended.
    fn left(&self) -> u64;
}

/// Takes a run to its end, or as far as `watch` lets it. Before that hears of an advance, one that has ended was given to
/// `set_aside`, and one that runs as it was a second ago.
pub(crate) fn walk<W: Walk>(walker: &mut W, watch: &dyn Watch, set_aside: impl Fn(&W)) {
    if watch.cancelled() {
        return;
    }
    watch.recall(walker.done());
    let (mut steps, mut last) = (1, watch.clock());
    loop {
        let (before, begun) = (walker.done(), watch.clock());
        let ended = walker.advance(steps, watch.cancel());
        let stop = ended || watch.cancelled();
        if stop || seconds_since(last, watch) > Some(SET_ASIDE) {
            set_aside(walker);
            last = watch.clock();
        }
        watch.advance(walker.done() - before);
        if stop {
            // Steps that an early end saved are done, as far as progress goes.
            watch.advance(if ended { walker.left() } else { 0 });
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

/// Seconds since a moment, where there is a clock.
fn seconds_since(moment: Option<f64>, watch: &dyn Watch) -> Option<f64> {
    watch.clock().zip(moment).map(|(now, then)| now - then)
}

/// Places of runs, filled by threads and readable at any time.
#[derive(Debug)]
pub(crate) struct Slots<T>(Vec<Mutex<Option<T>>>);

impl<T: Clone> Slots<T> {
    /// So many empty ones.
    pub(crate) fn new(count: usize) -> Self {
        Self((0..count).map(|_| Mutex::new(None)).collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn put(&self, index: usize, one: T) {
        *lock(&self.0[index]) = Some(one);
    }

    pub(crate) fn at(&self, index: usize) -> Option<T> {
        lock(&self.0[index]).clone()
    }

    /// All that are filled.
    pub(crate) fn all(&self) -> Vec<T> {
        (0..self.len()).filter_map(|i| self.at(i)).collect()
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
