//! Values of the numbers along a run.

use super::{ALONG, Instant, Observable};

/// One column per number of [`ALONG`], one value per instant; `None` throughout for a number that
/// the run has not.
#[derive(Clone, Debug, PartialEq)]
pub struct Columns {
    values: Vec<Vec<Option<f64>>>,
}

impl Default for Columns {
    fn default() -> Self {
        Self {
            values: vec![Vec::new(); ALONG.len()],
        }
    }
}

impl Columns {
    /// One more instant.
    pub fn push(&mut self, instant: &Instant) {
        for (observable, column) in ALONG.iter().zip(&mut self.values) {
            column.push((observable.of)(instant));
        }
    }

    /// With these values of each number, `None` throughout for one that the run has not; as many of each.
    pub fn by(values: impl FnMut(&'static Observable) -> Vec<Option<f64>>) -> Self {
        Self {
            values: ALONG.iter().copied().map(values).collect(),
        }
    }

    /// All instants of other columns, after these.
    pub fn append(&mut self, later: Self) {
        for (column, mut more) in self.values.iter_mut().zip(later.values) {
            column.append(&mut more);
        }
    }

    /// The instants at these places, in this order.
    pub fn rows(&self, places: &[usize]) -> Self {
        let at = |column: &Vec<Option<f64>>| places.iter().map(|place| column[*place]).collect();
        Self {
            values: self.values.iter().map(at).collect(),
        }
    }

    /// The values of one number, none of one that is not in [`ALONG`].
    pub fn of(&self, observable: &Observable) -> &[Option<f64>] {
        let found = ALONG.iter().position(|one| *one == observable);
        found.map_or(&[], |place| &self.values[place])
    }

    /// The same for a number that the run has at every instant.
    pub fn values(&self, observable: &Observable) -> Option<Vec<f64>> {
        self.of(observable).iter().copied().collect()
    }

    /// All numbers with their values, in the order of the data files.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Observable, &[Option<f64>])> {
        let values = self.values.iter().map(Vec::as_slice);
        ALONG.iter().copied().zip(values)
    }

    /// The mean of columns at the same instants.
    pub fn mean(all: &[Self]) -> Self {
        let count = all.len() as f64;
        Self::over(all, |values| values.iter().sum::<f64>() / count)
    }

    /// The median of columns at the same instants.
    pub fn median(all: &[Self]) -> Self {
        Self::over(all, |values| {
            values.sort_by(f64::total_cmp);
            let half = values.len() / 2;
            match values.len() % 2 {
                0 => 0.5 * (values[half - 1] + values[half]),
                _ => values[half],
            }
        })
    }

    /// What is told of all values of a number at an instant; `None` where one of them is missing.
    fn over(all: &[Self], told: impl Fn(&mut [f64]) -> f64) -> Self {
        let told = |place: usize, row: usize| -> Option<f64> {
            let values = all.iter().map(|one| one.values[place][row]);
            let mut values = values.collect::<Option<Vec<f64>>>()?;
            Some(told(&mut values))
        };
        let rows = all.first().map_or(0, |one| one.values[0].len());
        let places = 0..ALONG.len();
        Self {
            values: places
                .map(|place| (0..rows).map(|row| told(place, row)).collect())
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observable::{ABS_U, ALIGNMENT, Observed, Q, U};

    fn columns(alignments: [f64; 2]) -> Columns {
        let mut columns = Columns::default();
        for alignment in alignments {
            columns.push(&Instant {
                seen: Observed {
                    u: None,
                    alignment,
                    s: None,
                    m: alignment,
                    residual: 1.0 - alignment * alignment,
                },
                loss: 0.5,
            });
        }
        columns
    }

    #[test]
    fn columns_are_found_by_their_number_and_averaged() {
        let (first, second) = (columns([0.25, 0.5]), columns([0.75, 1.0]));
        assert_eq!(first.of(&ALIGNMENT), [Some(0.25), Some(0.5)]);
        assert_eq!(first.of(&U), [None, None]);
        assert_eq!(first.values(&U), None);
        assert!(first.of(&ABS_U).is_empty());
        let mut both = first.clone();
        both.append(second.clone());
        let expected = [0.25, 0.5, 0.75, 1.0].map(Some);
        assert_eq!(both.of(&ALIGNMENT), expected);
        let mean = Columns::mean(&[first, second]);
        assert_eq!(mean.values(&ALIGNMENT), Some(vec![0.5, 0.75]));
        assert_eq!(mean.values(&Q), Some(vec![1.0, 1.0]));
        assert_eq!(mean.iter().count(), ALONG.len());
    }
}
