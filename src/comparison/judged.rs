//! One number of many runs, held against the theory of each.

use super::deviation::{Deviation, Residual, chance};
use crate::simulation::{Summary, summarise};

/// Share of the range of a number from which two theories are told apart in figures.
const VISIBLE: f64 = 0.01;

/// Whether a number of two theories differs by what an eye can see.
pub(super) fn differ(a: &[f64], b: &[f64]) -> bool {
    let low = a.iter().copied().fold(f64::INFINITY, f64::min);
    let high = a.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let gap = a.iter().zip(b).map(|(a, b)| (a - b).abs());
    gap.fold(0.0, f64::max) > VISIBLE * (high - low)
}

/// A number at every recorded step.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    /// Of the runs.
    pub(super) summaries: Vec<Summary>,
    /// Mean of SGD minus theory in standard errors, `None` where all runs agree.
    pub(super) z: Vec<Option<f64>>,
    pub(super) deviation: Deviation,
}

impl Judged {
    /// Of `simulated(seed, row)` at these steps for so many seeds, against one theory for all or one for each.
    pub(super) fn of(
        (steps, seeds): (&[u64], usize),
        simulated: &dyn Fn(usize, usize) -> f64,
        theory: &[Vec<f64>],
        dim: f64,
    ) -> Self {
        let (mut summaries, mut residuals) = (Vec::new(), Vec::new());
        let chance = chance(seeds);
        for (k, step) in steps.iter().enumerate() {
            let mut simulated: Vec<f64> = (0..seeds).map(|seed| simulated(seed, k)).collect();
            let own = |i: usize| &theory[i.min(theory.len() - 1)];
            let mut differences: Vec<f64> = simulated
                .iter()
                .enumerate()
                .map(|(i, x)| x - own(i)[k])
                .collect();
            let difference = summarise(&mut differences).unwrap_or_default();
            residuals.push(Residual {
                step: *step,
                difference: difference.mean,
                error: difference.std.unwrap_or(0.0) / (seeds as f64).sqrt(),
                spread: difference.std.unwrap_or(0.0),
                chance,
            });
            summaries.push(summarise(&mut simulated).unwrap_or_default());
        }
        let all = || theory.iter().flatten();
        let low = all().copied().fold(f64::INFINITY, f64::min);
        let high = all().copied().fold(f64::NEG_INFINITY, f64::max);
        let range = high - low;
        Self {
            deviation: Deviation::of(&residuals, range, dim),
            z: residuals.iter().map(|residual| residual.z(range)).collect(),
            summaries,
        }
    }
}
