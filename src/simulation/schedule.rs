//! At which steps a run is looked at.

/// Which steps are recorded, besides the first and the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// About this many, even in the logarithm of the step.
    Logarithmic(usize),
    /// Every so many steps, at least 1.
    Every(u64),
}

impl Schedule {
    /// The steps to record among `0..=last`, ascending, both ends included.
    pub fn steps(self, last: u64) -> Vec<u64> {
        let mut steps: Vec<u64> = match self {
            Schedule::Every(stride) => (0..=last).step_by(stride.max(1) as usize).collect(),
            Schedule::Logarithmic(count) if count as u64 > last => (0..=last).collect(),
            Schedule::Logarithmic(count) => {
                let inner = count.saturating_sub(2).max(1);
                let at = |i: usize| (last as f64).powf(i as f64 / inner as f64).round() as u64;
                let even = (0..=inner).map(at);
                std::iter::once(0).chain(even).collect()
            }
        };
        steps.push(last);
        steps.retain(|step| *step <= last);
        steps.sort_unstable();
        steps.dedup();
        steps
    }

    /// How many records that is, at most.
    pub fn count(self, last: u64) -> u64 {
        match self {
            Schedule::Logarithmic(count) => (count as u64 + 1).min(last.saturating_add(1)),
            Schedule::Every(stride) => last / stride.max(1) + 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_recorded_once() {
        for last in [0, 1, 2, 7, 1000, 10_000_000_000] {
            for schedule in [Schedule::Logarithmic(50), Schedule::Every(last / 3 + 1)] {
                let steps = schedule.steps(last);
                assert_eq!((steps[0], *steps.last().unwrap()), (0, last));
                assert!(steps.windows(2).all(|w| w[0] < w[1]));
                assert!(
                    steps.len() as u64 <= schedule.count(last),
                    "{last} {schedule:?}"
                );
            }
        }
        assert_eq!(Schedule::Every(4).steps(10), [0, 4, 8, 10]);
        assert_eq!(Schedule::Logarithmic(5).steps(1000), [0, 1, 10, 100, 1000]);
    }
}
