//! Averages and quantiles over the seeds of an ensemble.

use serde::{Deserialize, Serialize};

use super::ensemble::Ensemble;
use super::run::{End, Record};
use crate::observable::{Observable, of_ensembles};

/// Mean, spread and quantiles of one number over the seeds at one step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Mean.
    pub mean: f64,
    /// Standard deviation (`n - 1` in the denominator); `None` of a single seed.
    pub std: Option<f64>,
    /// 5 % quantile, linear between order statistics as numpy's.
    pub q05: f64,
    /// Median.
    pub q50: f64,
    /// 95 % quantile.
    pub q95: f64,
}

/// The ensemble at its recorded steps.
///
/// Diverged seeds are left out of all steps; those that stopped early keep their last values, so
/// that every step averages over the same seeds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statistics {
    /// Steps, ascending.
    pub step: Vec<u64>,
    /// Seeds that count, per step.
    pub count: Vec<usize>,
    /// One per number of [`of_ensembles`] and step; `None` for a number that the runs have not.
    summaries: Vec<Vec<Option<Summary>>>,
}

impl Statistics {
    /// From the summaries of each number, one per step.
    pub fn by(
        (step, count): (Vec<u64>, Vec<usize>),
        summaries: impl FnMut(&'static Observable) -> Vec<Option<Summary>>,
    ) -> Self {
        Self {
            step,
            count,
            summaries: of_ensembles().map(summaries).collect(),
        }
    }

    /// The summaries of one number of [`of_ensembles`].
    pub fn of(&self, observable: &Observable) -> &[Option<Summary>] {
        let mut all = of_ensembles().zip(&self.summaries);
        let found = all.find(|(one, _)| *one == observable);
        found.map_or(&[], |(_, summaries)| summaries)
    }
}

/// Mean, spread and quantiles; `None` of nothing.
pub fn summarise(values: &mut [f64]) -> Option<Summary> {
    if values.is_empty() {
        return None;
    }
    values.sort_by(f64::total_cmp);
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    Some(Summary {
        mean,
        std: (count > 1.0).then(|| (squares / (count - 1.0)).sqrt()),
        q05: quantile(values, 0.05),
        q50: quantile(values, 0.5),
        q95: quantile(values, 0.95),
    })
}

/// Summary of times that some runs did not come to: these count as later than all others. The mean
/// and the standard deviation need every run, a quantile enough of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TimeSummary {
    /// Mean.
    pub mean: Option<f64>,
    /// Standard deviation.
    pub std: Option<f64>,
    /// 5 % quantile.
    pub q05: Option<f64>,
    /// Median.
    pub q50: Option<f64>,
    /// 95 % quantile.
    pub q95: Option<f64>,
}

impl TimeSummary {
    /// Of times, `None` for a run that has none.
    pub fn of(times: &[Option<f64>]) -> Self {
        let mut known: Vec<f64> = times
            .iter()
            .copied()
            .map(|t| t.unwrap_or(f64::INFINITY))
            .collect();
        let whole = times.iter().all(Option::is_some);
        let moments = if whole { summarise(&mut known) } else { None };
        known.sort_by(f64::total_cmp);
        let at = |p: f64| Some(quantile(&known, p)).filter(|t| t.is_finite());
        Self {
            mean: moments.map(|s| s.mean),
            std: moments.and_then(|s| s.std),
            q05: at(0.05),
            q50: at(0.5),
            q95: at(0.95),
        }
    }

    /// All numbers times a factor.
    pub fn scaled(&self, factor: f64) -> Self {
        let scaled = |x: Option<f64>| x.map(|x| x * factor);
        Self {
            mean: scaled(self.mean),
            std: scaled(self.std),
            q05: scaled(self.q05),
            q50: scaled(self.q50),
            q95: scaled(self.q95),
        }
    }
}

/// Quantile `p` in [0, 1] of ascending values, linear between order statistics; NaN of nothing.
pub fn quantile(ascending: &[f64], p: f64) -> f64 {
    let place = p * (ascending.len().saturating_sub(1)) as f64;
    let below = place.floor() as usize;
    let value = |i: usize| ascending.get(i).or(ascending.last()).copied();
    match (value(below), value(below + 1)) {
        // Not by the formula, which is NaN between two infinities and for a weight of 0.
        (Some(low), _) if place <= below as f64 => low,
        (Some(low), Some(high)) => low + (place - below as f64) * (high - low),
        _ => f64::NAN,
    }
}

impl<O> Ensemble<O> {
    /// Per recorded step, what every seed that did not diverge has come to.
    pub(super) fn by_step(&self) -> Vec<(u64, Vec<&Record<O>>)> {
        let counted: Vec<&[Record<O>]> = self
            .runs
            .iter()
            .filter(|run| run.end != Some(End::Diverged))
            .map(|run| run.records.as_slice())
            .collect();
        by_step(&counted, &self.record_steps, |record| record.step)
    }
}

/// Per step that was to be recorded, what every run has come to by then, from its records at ascending steps.
pub(crate) fn by_step<'a, R>(
    runs: &[&'a [R]],
    recorded: &[u64],
    step_of: impl Fn(&R) -> u64,
) -> Vec<(u64, Vec<&'a R>)> {
    // Runs that stop early add the step at which they do; of these only the last is kept, so that there are as many rows
    // as were asked for.
    let last = runs.iter().filter_map(|run| run.last()).map(&step_of).max();
    let mut steps: Vec<u64> = recorded.to_vec();
    steps.retain(|step| last.is_some_and(|last| *step < last));
    steps.extend(last);
    let mut next = vec![0; runs.len()];
    let mut here = |step| {
        let mut here: Vec<&R> = Vec::with_capacity(runs.len());
        for (records, next) in runs.iter().zip(&mut next) {
            while records.get(*next + 1).is_some_and(|r| step_of(r) <= step) {
                *next += 1;
            }
            here.extend(records.get(*next));
        }
        (step, here)
    };
    steps.into_iter().map(&mut here).collect()
}

impl Ensemble {
    /// The averages over all seeds that did not diverge.
    pub fn statistics(&self) -> Statistics {
        let mut result = Statistics {
            summaries: vec![Vec::new(); of_ensembles().count()],
            ..Statistics::default()
        };
        for (step, here) in self.by_step() {
            result.step.push(step);
            result.count.push(here.len());
            for (observable, column) in of_ensembles().zip(&mut result.summaries) {
                let values = here.iter().filter_map(|r| r.value(observable));
                let mut values: Vec<f64> = values.collect();
                column.push(summarise(&mut values));
            }
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_numpy() {
        let values = [1.0, 2.0, 4.0, 8.0];
        assert!((quantile(&values, 0.05) - 1.15).abs() < 1e-15);
        assert!((quantile(&values, 0.5) - 3.0).abs() < 1e-15);
        assert!((quantile(&values, 0.95) - 7.4).abs() < 1e-14);
        assert!((quantile(&[3.0], 0.3) - 3.0).abs() < 1e-15);
        assert!(quantile(&[], 0.3).is_nan());
        let summary = summarise(&mut [8.0, 1.0, 4.0, 2.0]).unwrap();
        assert!((summary.mean - 3.75).abs() < 1e-15);
        assert!((summary.std.unwrap() - 3.095_695_936_834_452).abs() < 1e-14);
        assert_eq!(summarise(&mut [1.0]).unwrap().std, None);
    }
}
