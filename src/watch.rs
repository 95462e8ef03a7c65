//! What the caller of long work sees of it, and how they end it: the one place that every loop asks.

use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// A switch that ends long work from outside, asked inside every point: at each right-hand side of
/// an integration, each step of the finite-step map and of SGD, each trial of a search. A copy is the
/// same switch; the default can not be thrown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cancel(Option<&'static AtomicBool>);

impl Cancel {
    /// A switch not yet thrown. It takes one byte that is never given back, so that it can be handed
    /// around like a number: make one per program or session, not one per run.
    pub fn new() -> Self {
        Self(Some(Box::leak(Box::new(AtomicBool::new(false)))))
    }

    /// Ends all work that asks this switch.
    pub fn set(self) {
        if let Some(flag) = self.0 {
            flag.store(true, Ordering::Relaxed);
        }
    }

    /// Whether it has been thrown.
    pub fn is_set(self) -> bool {
        self.0.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }
}

thread_local! {
    /// The switch that work in this thread heeds where nobody can hand it one.
    static IN_FORCE: Cell<Cancel> = const { Cell::new(Cancel(None)) };
}

/// Puts back the switch that was in force before.
struct Before(Cancel);

impl Drop for Before {
    fn drop(&mut self) {
        IN_FORCE.set(self.0);
    }
}

impl Cancel {
    /// Does work during which [`asked_to_end`] heeds this switch in this thread; one that can not be thrown leaves that
    /// of the caller in force.
    pub(crate) fn during<T>(self, work: impl FnOnce() -> T) -> T {
        let before = IN_FORCE.get();
        let _put_back = Before(before);
        IN_FORCE.set(if self.0.is_some() { self } else { before });
        work()
    }
}

/// Whether the work that this thread does is to end: for what takes long within one right-hand side. What is left halfway for
/// that may not be kept.
pub(crate) fn asked_to_end() -> bool {
    IN_FORCE.get().is_set()
}

/// Two switches are equal when throwing one throws the other.
impl PartialEq for Cancel {
    fn eq(&self, other: &Self) -> bool {
        match (self.0, other.0) {
            (Some(one), Some(other)) => std::ptr::eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        }
    }
}

/// What the caller of long work sees of it. Every method may be called from any thread.
pub trait Watch: Sync {
    /// A stage of so many `what` (points, cells, steps) begins.
    fn begin(&self, _what: &str, _length: u64) {}

    /// So many more of them are done.
    fn advance(&self, _units: u64) {}

    /// So many were done by an earlier run, and took this one no time.
    fn recall(&self, units: u64) {
        self.advance(units);
    }

    /// Something to tell while the work goes on, one line.
    fn message(&self, _line: &str) {}

    /// Seconds since some moment, for those who have a clock.
    fn clock(&self) -> Option<f64> {
        None
    }

    /// The switch that ends the work. A loop over points hands it to what computes a point.
    fn cancel(&self) -> Cancel {
        Cancel::default()
    }

    /// Whether the work is to end early; what is finished is kept.
    fn cancelled(&self) -> bool {
        self.cancel().is_set()
    }
}

/// A switch alone: nobody looks.
impl Watch for Cancel {
    fn cancel(&self) -> Cancel {
        *self
    }
}

/// Points in their order, each there from when it is finished; others may read while some are
/// still being computed, and what has been read does not change.
#[derive(Debug)]
pub struct Finished<T>(Vec<OnceLock<T>>);

impl<T> Finished<T> {
    /// Room for so many points.
    pub fn new(length: usize) -> Self {
        Self((0..length).map(|_| OnceLock::new()).collect())
    }

    /// Sets a point down; the first value of a point stays.
    pub fn put(&self, index: usize, point: T) {
        if let Some(place) = self.0.get(index) {
            let _first_stays = place.set(point);
        }
    }

    /// Computes a point that is not there, and tells `watch` of it. What ended while the work was cancelled may have failed
    /// for that, and does not count.
    pub(crate) fn find(&self, index: usize, watch: &dyn Watch, compute: impl FnOnce() -> T) {
        if watch.cancelled() {
            return;
        }
        if self.get(index).is_some() {
            watch.recall(1);
            return;
        }
        let point = compute();
        if !watch.cancelled() {
            self.put(index, point);
            watch.advance(1);
        }
    }

    /// A point, if it is finished.
    pub fn get(&self, index: usize) -> Option<&T> {
        self.0.get(index).and_then(OnceLock::get)
    }

    /// All that are finished, each with its number.
    pub fn all(&self) -> Vec<(usize, T)>
    where
        T: Clone,
    {
        let places = 0..self.len();
        places
            .filter_map(|i| Some((i, self.get(i)?.clone())))
            .collect()
    }

    /// Points that are finished.
    pub fn count(&self) -> usize {
        self.0.iter().filter(|place| place.get().is_some()).count()
    }

    /// Points there will be.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no point to compute.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every point is finished.
    pub fn is_complete(&self) -> bool {
        self.count() == self.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_of_a_switch_are_one_and_the_default_is_none() {
        let (one, other) = (Cancel::new(), Cancel::new());
        let copy = one;
        copy.set();
        Cancel::default().set();
        assert!(one.is_set() && !other.is_set() && !Cancel::default().is_set());
        assert!(one == copy && one != other && one != Cancel::default());
    }

    #[test]
    fn a_switch_is_in_force_while_work_is_done_under_it() {
        let (one, other) = (Cancel::new(), Cancel::new());
        other.set();
        one.during(|| {
            assert!(!asked_to_end());
            assert!(other.during(asked_to_end), "the inner one");
            let inherited = || Cancel::default().during(asked_to_end);
            assert!(!inherited(), "that of the caller");
            one.set();
            assert!(asked_to_end() && inherited());
        });
        assert!(!asked_to_end());
    }

    #[test]
    fn what_is_there_or_comes_too_late_is_not_found() {
        let (points, cancel) = (Finished::new(2), Cancel::new());
        points.put(0, 'a');
        points.find(0, &cancel, || unreachable!("it is there"));
        points.find(1, &cancel, || {
            cancel.set();
            'b'
        });
        points.find(1, &cancel, || unreachable!("cancelled"));
        assert_eq!((points.get(0), points.get(1)), (Some(&'a'), None));
    }

    #[test]
    fn finished_points_are_read_while_others_are_missing() {
        let points = Finished::new(3);
        points.put(2, 'c');
        points.put(2, 'd');
        points.put(9, 'x');
        assert_eq!((points.get(2), points.get(0)), (Some(&'c'), None));
        assert_eq!((points.count(), points.is_complete()), (1, false));
        points.put(0, 'a');
        points.put(1, 'b');
        assert!(points.is_complete());
    }
}
