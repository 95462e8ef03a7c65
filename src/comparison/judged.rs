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

/// What was recorded of one number.
pub(super) struct Recorded<'a> {
    pub(super) steps: &'a [u64],
    pub(super) seeds: usize,
    /// Whether it is the loss, which a test batch may have estimated.
    pub(super) is_loss: bool,
    /// By seed and row.
    pub(super) value: &'a dyn Fn(usize, usize) -> f64,
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
    /// Of the runs against one theory for all or one for each.
    pub(super) fn of(recorded: &Recorded<'_>, theory: &[Vec<f64>], dim: f64) -> Self {
        let (mut summaries, mut residuals) = (Vec::new(), Vec::new());
        let seeds = recorded.seeds;
        let chance = chance(seeds);
        for (k, step) in recorded.steps.iter().enumerate() {
            let mut simulated: Vec<f64> = (0..seeds).map(|i| (recorded.value)(i, k)).collect();
            let own = |i: usize| &theory[i.min(theory.len() - 1)];
            let mut differences: Vec<f64> = simulated
                .iter()
                .enumerate()
                .map(|(i, x)| x - own(i)[k])
                .collect();
            let difference = summarise(&mut differences).unwrap_or_default();
            // What no test batch has seen, as of a link that is 0 but far out, is uncertain by all that it is.
            let is_unseen = recorded.is_loss && simulated.iter().all(|loss| *loss == 0.0);
            let spread = match difference.std {
                _ if is_unseen => difference.mean.abs() * (seeds as f64).sqrt(),
                std => std.unwrap_or(0.0),
            };
            residuals.push(Residual {
                step: *step,
                difference: difference.mean,
                error: spread / (seeds as f64).sqrt(),
                spread,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_that_no_test_batch_has_seen_is_no_departure() {
        let theory = [vec![1e-8, 1e-8]];
        let judged = |is_loss, value: &dyn Fn(usize, usize) -> f64| {
            let recorded = Recorded {
                steps: &[0, 1],
                seeds: 4,
                is_loss,
                value,
            };
            Judged::of(&recorded, &theory, 1e6).deviation
        };
        let unseen = judged(true, &|_, _| 0.0);
        assert!(unseen.is_expected() && (unseen.max_abs - 1e-8).abs() < 1e-20);
        assert!(!judged(false, &|_, _| 0.0).is_expected());
        assert!(!judged(true, &|_, _| 1e-3).is_expected());
    }
}
