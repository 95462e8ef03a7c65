//! Averages over the seeds of an ensemble of networks, entry by entry.

use super::super::statistics::{Summary, summarise};
use super::NetworkEnsemble;
use crate::observable::NetworkObserved;

/// The ensemble at its recorded steps.
///
/// Diverged seeds are left out of all steps; those that stopped early keep their last values. Entries whose sign is that
/// of a random start (`U`, `P`, `s`; a row of `V` and its column of `U` change sign together) average to nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetworkStatistics {
    /// Steps, ascending.
    pub step: Vec<u64>,
    /// Seeds that count, per step.
    pub count: Vec<usize>,
    /// The loss.
    pub loss: Vec<Summary>,
    /// The cosine.
    pub cosine: Vec<Summary>,
    /// Mean of every entry.
    pub mean: Vec<NetworkObserved>,
    /// Standard deviation of every entry (`n - 1` in the denominator); empty for a single seed.
    pub std: Vec<NetworkObserved>,
}

impl NetworkEnsemble {
    /// The averages over all seeds that did not diverge.
    pub fn statistics(&self) -> NetworkStatistics {
        let mut result = NetworkStatistics::default();
        for (step, here) in self.by_step() {
            let all: Vec<&NetworkObserved> = here.iter().map(|record| &record.seen).collect();
            let mut losses: Vec<f64> = here.iter().map(|record| record.loss).collect();
            let mut cosines: Vec<f64> = all.iter().map(|seen| seen.cosine).collect();
            result.step.push(step);
            result.count.push(here.len());
            result.loss.extend(summarise(&mut losses));
            result.cosine.extend(summarise(&mut cosines));
            let mean = |values: &mut [f64]| summarise(values).unwrap_or_default().mean;
            let std = |values: &mut [f64]| summarise(values).and_then(|s| s.std);
            result.mean.extend(NetworkObserved::of_each(&all, mean));
            if all.len() > 1 {
                let std = |values: &mut [f64]| std(values).unwrap_or_default();
                result.std.extend(NetworkObserved::of_each(&all, std));
            }
        }
        result
    }
}
