//! Student units that stand alike before the teachers.

use super::{NetworkProblem, NetworkStart};

/// Difference of two overlaps, against the lengths of the vectors, that is rounding.
const ROUNDING: f64 = 1e-13;

impl NetworkProblem {
    /// For each student unit the first one that stands as it does: with the two exchanged, readouts, overlaps and start
    /// are the same. In theory such units stay alike, each in a direction of its own; SGD parts them by chance.
    pub fn alike_units(&self) -> Vec<usize> {
        let (weights, readout) = (self.frame().weights(), &self.setup().readout);
        let (task, gram) = (self.frame().task(), weights * weights.transpose());
        let start = match self.start() {
            NetworkStart::Lora { u, v, .. } => Some((u, v, v * weights.transpose())),
            NetworkStart::Whole { .. } => None,
        };
        let alike = |i: usize, k: usize| {
            let length = weights.row(i).norm();
            let near = |a: f64, b: f64, size: f64| (a - b).abs() <= ROUNDING * size * length;
            let mut stars = 0..task;
            let mut others = (0..self.units()).filter(|j| *j != i && *j != k);
            readout[i].to_bits() == readout[k].to_bits()
                && stars.all(|x| near(weights[(i, x)], weights[(k, x)], 1.0))
                && near(gram[(i, i)], gram[(k, k)], length)
                && others.all(|j| near(gram[(i, j)], gram[(k, j)], weights.row(j).norm()))
                && start.as_ref().is_none_or(|(u, v, s)| {
                    let mut rows = 0..v.nrows();
                    u.row(i) == u.row(k)
                        && rows.all(|x| near(s[(x, i)], s[(x, k)], v.row(x).norm()))
                })
        };
        let first = |i: usize| (0..i).find(|k| alike(i, *k)).unwrap_or(i);
        (0..self.units()).map(first).collect()
    }
}
