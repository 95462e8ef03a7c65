//! Units that [stand alike](NetworkProblem::alike_units) are kept so. Exact rates would do it; rounding parts such units
//! wherever their common state is a saddle, after a time that says nothing of networks.

use std::collections::BTreeMap;
use std::ops::Range;

use super::products::dot;
#[cfg(doc)]
use crate::problem::network::NetworkProblem;

/// Rest of a difference of units, against its length, that lies among the differences before it.
const ROUNDING: f64 = 1e-8;

/// What is the same of units that stand alike, in a state or its rates.
#[derive(Debug, Default)]
pub(super) struct Alike {
    /// For each unit the first one that stands alike.
    first: Vec<usize>,
    /// Places of numbers that are equal.
    tied: Vec<Vec<usize>>,
    /// Where rows of components stand that have nothing along the differences of units.
    rows: Range<usize>,
    /// An orthonormal frame of these differences.
    differences: Vec<Vec<f64>>,
}

impl Alike {
    /// `first` telling for each unit the first one that stands alike.
    pub(super) fn of(first: &[usize]) -> Self {
        Self {
            first: first.to_vec(),
            ..Self::default()
        }
    }

    /// Numbers with the same key are equal.
    fn tie<K: Ord>(&mut self, keyed: impl Iterator<Item = (K, usize)>) {
        let mut groups: BTreeMap<K, Vec<usize>> = BTreeMap::new();
        keyed.for_each(|(key, place)| groups.entry(key).or_default().push(place));
        let groups = groups.into_values().filter(|group| group.len() > 1);
        self.tied.extend(groups);
    }

    /// A row of so many numbers for each unit begins at `origin`.
    pub(super) fn tie_rows(&mut self, origin: usize, columns: usize) {
        let first = self.first.clone();
        let places = (0..first.len() * columns)
            .map(|place| ((first[place / columns], place % columns), origin + place));
        self.tie(places);
    }

    /// The lower triangle of a symmetric matrix, with its diagonal or without, begins at `origin`.
    pub(super) fn tie_pairs(&mut self, origin: usize, diagonal: bool) {
        let first = self.first.clone();
        let columns = |i: usize| if diagonal { i + 1 } else { i };
        let pairs = (0..first.len()).flat_map(|i| (0..columns(i)).map(move |k| (i, k)));
        let keyed = pairs.enumerate().map(|(place, (i, k))| {
            let (a, b) = (first[i].min(first[k]), first[i].max(first[k]));
            ((a, b, i == k), origin + place)
        });
        self.tie(keyed);
    }

    /// Rows of `dim` components stand at `rows`; `weights` has such a row for each unit.
    pub(super) fn keep_across(&mut self, rows: Range<usize>, weights: &[f64], dim: usize) {
        let row = |unit: usize| &weights[unit * dim..(unit + 1) * dim];
        for (unit, first) in self.first.iter().enumerate() {
            let both = row(unit).iter().zip(row(*first));
            let mut rest: Vec<f64> = both.map(|(a, b)| a - b).collect();
            let length = dot(&rest, &rest).sqrt();
            self.differences
                .iter()
                .for_each(|other| remove(other, &mut rest));
            let left = dot(&rest, &rest).sqrt();
            if left > ROUNDING * length {
                rest.iter_mut().for_each(|x| *x /= left);
                self.differences.push(rest);
            }
        }
        self.rows = rows;
    }

    /// Makes a state, or its rates, what it is but for rounding.
    pub(super) fn level(&self, numbers: &mut [f64]) {
        for group in &self.tied {
            let sum: f64 = group.iter().map(|place| numbers[*place]).sum();
            let mean = sum / group.len() as f64;
            group.iter().for_each(|place| numbers[*place] = mean);
        }
        for difference in &self.differences {
            let rows = numbers[self.rows.clone()].chunks_exact_mut(difference.len());
            rows.for_each(|row| remove(difference, row));
        }
    }
}

/// Takes what lies along a unit vector away.
fn remove(along: &[f64], row: &mut [f64]) {
    let part = dot(along, row);
    row.iter_mut().zip(along).for_each(|(x, a)| *x -= part * a);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_units_share_is_levelled_and_the_rest_left_alone() {
        // Units 0 and 2 stand alike.
        let mut alike = Alike::of(&[0, 1, 0]);
        alike.tie_rows(0, 2);
        alike.tie_pairs(6, true);
        alike.keep_across(12..15, &[1.0, 1.0, 0.0, 9.0, 9.0, 9.0, 1.0, 0.0, 1.0], 3);
        let rows = [1.0, 2.0, 5.0, 6.0, 3.0, 4.0];
        let pairs = [1.0, 10.0, 7.0, 0.5, 20.0, 3.0];
        let mut numbers: Vec<f64> = rows.into_iter().chain(pairs).collect();
        numbers.extend([5.0, 2.0, 4.0]);
        alike.level(&mut numbers);
        assert_eq!(numbers[..6], [2.0, 3.0, 5.0, 6.0, 2.0, 3.0]);
        // The diagonal of the two, what each has with the other unit, and what they have with one another.
        assert_eq!(numbers[6..12], [2.0, 15.0, 7.0, 0.5, 15.0, 2.0]);
        let rest = [5.0, 3.0, 3.0];
        let off = numbers[12..].iter().zip(rest);
        assert!(off.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) < 1e-15);
    }
}
