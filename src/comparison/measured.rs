//! Runs of SGD that somebody else measured, against the theory.

use super::paths::{Seen, hold};
use super::{Compared, ComparisonError, FEWEST_SEEDS, Starts};
use crate::integrator::Tolerances;
use crate::observable::{ALIGNMENT, Observable, Observed, S, U};
use crate::problem::Problem;

/// What was measured, of every seed at the same times.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// Steps, ascending.
    pub step: Vec<u64>,
    /// ODE times of these steps.
    pub times: Vec<f64>,
    /// Values by seed and step, of each number that was measured.
    pub values: Vec<(&'static Observable, Vec<Vec<f64>>)>,
}

impl Measured {
    fn of(&self, observable: &Observable) -> Option<&Vec<Vec<f64>>> {
        let mut all = self.values.iter();
        all.find(|(one, _)| *one == observable)
            .map(|(_, values)| values)
    }

    fn seeds(&self) -> usize {
        self.values.first().map_or(0, |(_, values)| values.len())
    }

    /// Turns every seed so that it starts with a positive alignment: `v -> -v`, `u -> -u` changes nothing.
    fn orient(&mut self) {
        let alignments = self.of(&ALIGNMENT).into_iter().flatten();
        let is_turned: Vec<bool> = alignments
            .map(|run| run.first().is_some_and(|first| *first < 0.0))
            .collect();
        for (one, runs) in &mut self.values {
            if ![&ALIGNMENT, &U, &S].contains(&&**one) {
                continue;
            }
            for (run, _) in runs
                .iter_mut()
                .zip(&is_turned)
                .filter(|(_, turned)| **turned)
            {
                run.iter_mut().for_each(|value| *value = -*value);
            }
        }
    }

    /// Where each seed started, as far as it was measured.
    fn starts(&self, problem: &Problem) -> Result<Vec<Observed>, ComparisonError> {
        let first = |one: &Observable, seed: usize| Some(*self.of(one)?.get(seed)?.first()?);
        if self.step.first() != Some(&0) || self.of(&ALIGNMENT).is_none() {
            return Err(ComparisonError::NoStarts);
        }
        let start = |seed: usize| Observed {
            u: first(&U, seed).or(Some(problem.start().u)),
            alignment: first(&ALIGNMENT, seed).unwrap_or_default(),
            s: first(&S, seed),
            m: 0.0,
            residual: 0.0,
        };
        Ok((0..self.seeds()).map(start).collect())
    }
}

/// Holds measured runs against the theory of a problem that says how they were made, integrated to `tolerances`.
///
/// # Errors
/// [`ComparisonError`] when there are fewer than [`FEWEST_SEEDS`] seeds, random starts were not measured, or the theory
/// fails.
pub fn compare_measured(
    problem: &Problem,
    mut measured: Measured,
    (starts, tolerances): (Starts, &Tolerances),
) -> Result<Compared, ComparisonError> {
    let seeds = measured.seeds();
    if seeds < FEWEST_SEEDS {
        return Err(ComparisonError::FewSeeds { seeds });
    }
    let starts = match starts {
        Starts::Fixed => Vec::new(),
        Starts::Random => {
            measured.orient();
            measured.starts(problem)?
        }
    };
    let value =
        |one: &Observable, seed: usize, row: usize| measured.of(one)?.get(seed)?.get(row).copied();
    let seen = Seen {
        step: measured.step.clone(),
        times: measured.times.clone(),
        sgd: problem.sgd()?,
        starts,
        seeds,
        value: &value,
    };
    hold(problem, &seen, tolerances)
}
