//! When work will end, once enough of it is done to tell.

/// Seconds before which nothing is said of the end ...
const FIRST: f64 = 2.0;
/// ... unless there is little to go by: so many units, and this share of all, or a minute's worth.
const FEWEST: u64 = 10;
const SHARE: f64 = 0.05;
const LONG: f64 = 60.0;
/// Seconds beyond which nobody plans.
const MOST: f64 = 1e9;

/// How far a stage of work has come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stage {
    /// Units done, those of an earlier run among them.
    pub(crate) done: u64,
    /// Units that an earlier run had done.
    pub(crate) recalled: u64,
    /// Units there will be.
    pub(crate) all: u64,
    /// Seconds since it began.
    pub(crate) seconds: f64,
}

impl Stage {
    /// Seconds until its end, if what is left costs as much as what was done here; `None` while too little
    /// is. Studies do their items in an order in which any first few are spread over all.
    pub(crate) fn left(&self) -> Option<f64> {
        let own = self.done.saturating_sub(self.recalled);
        let (own, left) = (own as f64, self.all.checked_sub(self.done)? as f64);
        let enough = own >= SHARE * (own + left) || self.seconds >= LONG;
        let told = enough && own >= FEWEST as f64 && self.seconds >= FIRST;
        let left = told.then(|| self.seconds * left / own);
        left.filter(|left| *left < MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_told_from_what_was_done_here_and_not_before() {
        let stage = |done, recalled, seconds| Stage {
            done,
            recalled,
            all: 1000,
            seconds,
        };
        // Of a job of 30 seconds: a bad first cell, too short a time, then what it takes.
        assert_eq!(stage(1, 0, 3.4).left(), None);
        assert_eq!(stage(60, 0, 1.8).left(), None);
        assert_eq!(stage(100, 0, 3.0).left(), Some(27.0));
        // What was there already took no time.
        assert_eq!(stage(900, 800, 10.0).left(), Some(10.0));
        assert_eq!(stage(810, 800, 1.0).left(), None);
        // Of a long one after a minute, however little that is.
        assert_eq!(stage(10, 0, 59.0).left(), None);
        assert_eq!(stage(10, 0, 60.0).left(), Some(5940.0));
        assert_eq!(stage(9, 0, 600.0).left(), None);
        assert_eq!(stage(1000, 0, 30.0).left(), Some(0.0));
    }
}
