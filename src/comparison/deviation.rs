//! How far the mean of SGD is from the theory, and whether that is more than a finite dimension
//! explains.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::observable::Observable;

/// Standard errors that chance is granted where the spread of runs is known.
const CHANCE: f64 = 4.0;

/// Standard errors that chance is granted where so many runs tell their spread: as rare as [`CHANCE`] of a normal number,
/// by Student's law. Four runs often agree far better than runs do.
pub(super) fn chance(runs: usize) -> f64 {
    let tail = 0.5 * libm::erfc(CHANCE / std::f64::consts::SQRT_2);
    let freedom = runs.saturating_sub(1).max(1) as f64;
    StudentsT::new(0.0, 1.0, freedom).map_or(CHANCE, |law| -law.inverse_cdf(tail))
}

/// Deviations, and standard errors against the range of a number, that are nothing but rounding.
const RESOLUTION: f64 = 1e-12;

/// Something of one number along a run.
pub type Of<T> = (&'static Observable, T);

/// One number at one recorded step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Residual {
    pub(super) step: u64,
    /// Mean of SGD minus theory.
    pub(super) difference: f64,
    /// Standard error of the difference.
    pub(super) error: f64,
    /// Spread of single runs around the theory's, or around their mean.
    pub(super) spread: f64,
    /// What [`chance`] is granted, in standard errors.
    pub(super) chance: f64,
}

impl Residual {
    /// The difference in standard errors; `None` where the runs do not differ by more than
    /// rounding, against the range of the number.
    pub(super) fn z(&self, range: f64) -> Option<f64> {
        let floor = RESOLUTION * range.max(RESOLUTION);
        (self.error > floor).then(|| self.difference / self.error)
    }

    /// Size that chance and a finite dimension explain, `floor` being the range over sqrt(d).
    fn expected(&self, floor: f64) -> f64 {
        self.spread + floor + self.chance * self.error
    }
}

/// The largest deviation of one number over a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Deviation {
    /// Largest |mean of SGD - theory|.
    pub max_abs: f64,
    /// Largest |mean of SGD - theory| in standard errors of the mean.
    pub max_z: f64,
    /// Step of `max_abs`.
    pub at_step: u64,
    /// Standard error of the mean at that step.
    pub standard_error: f64,
    /// Expected size of deviations at that step and dimension: the spread of single runs and the
    /// range of the number over sqrt(d). Both fall as 1/sqrt(d).
    pub finite_size: f64,
    /// Largest deviation, over all steps, against what is expected there (the spread, the range
    /// over sqrt(d), and chance: of many seeds four standard errors, of few more): SGD follows the
    /// theory where it is at most 1.
    pub ratio: f64,
}

impl Deviation {
    pub(super) fn of(residuals: &[Residual], range: f64, dim: f64) -> Self {
        let floor = range / dim.sqrt();
        let mut found = Self::default();
        for residual in residuals {
            let size = residual.difference.abs();
            if size > found.max_abs {
                found.max_abs = size;
                found.at_step = residual.step;
                found.standard_error = residual.error;
                found.finite_size = residual.spread + floor;
            }
            if size > RESOLUTION {
                found.ratio = found.ratio.max(size / residual.expected(floor));
            }
            found.max_z = found.max_z.max(residual.z(range).unwrap_or(0.0).abs());
        }
        found
    }

    /// Whether chance and the finite dimension explain it.
    pub fn is_expected(&self) -> bool {
        self.ratio <= 1.0
    }
}

/// The answer in one line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// Whether SGD follows the theory.
    pub follows: bool,
    /// With numbers.
    pub text: String,
}

impl Verdict {
    /// Of the deviations of named numbers from the flow and, where there is one, from the finite-step map, of which the
    /// text says more.
    pub(super) fn of(
        flow: &[(String, Deviation)],
        map: Option<(&[(String, Deviation)], &str)>,
        step_size: f64,
    ) -> Self {
        let follows = all_expected(flow);
        let (lead, from) = match map {
            _ if follows => ("SGD follows the theory".to_owned(), flow),
            Some((map, more)) if all_expected(map) => (
                format!(
                    "SGD follows the finite-step map but not the flow: eta = {step_size} is too \
                     large for the ODE{more}"
                ),
                map,
            ),
            _ => ("SGD departs from the theory".to_owned(), flow),
        };
        let worst = from
            .iter()
            .max_by(|(_, a), (_, b)| a.ratio.total_cmp(&b.ratio));
        let text = match worst {
            None => lead,
            Some((name, d)) => format!(
                "{lead}: worst in {}, {:.2} times what is expected; largest deviation {:.2e} at step \
                 {}, where a dimension like this explains {:.2e}",
                name, d.ratio, d.max_abs, d.at_step, d.finite_size
            ),
        };
        Self { follows, text }
    }
}

fn all_expected(deviations: &[(String, Deviation)]) -> bool {
    deviations.iter().all(|(_, d)| d.is_expected())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn residual(step: u64, difference: f64, error: f64) -> Residual {
        Residual {
            step,
            difference,
            error,
            spread: 8.0 * error,
            chance: CHANCE,
        }
    }

    #[test]
    fn few_runs_are_granted_more() {
        // Student's law of 3, 7 and 63 degrees of freedom is a finite sum, which was solved elsewhere.
        for (runs, granted) in [(4, 32.616_397), (8, 8.466_925), (64, 4.286_748)] {
            let off = chance(runs) / granted - 1.0;
            assert!(off.abs() < 1e-6, "{runs}: {}", chance(runs));
        }
    }

    #[test]
    fn the_largest_deviation_is_found_and_judged() {
        let residuals = [
            residual(0, 0.0, 0.0),
            residual(1, -0.02, 0.001),
            residual(2, 0.01, 0.0001),
        ];
        let found = Deviation::of(&residuals, 1.0, 1e6);
        assert!((found.max_abs - 0.02).abs() < 1e-15 && found.at_step == 1);
        assert!((found.max_z - 100.0).abs() < 1e-9);
        assert!((found.finite_size - 0.009).abs() < 1e-15);
        // The smaller one is the worse: 0.01 where 0.0008 + 0.001 + 0.0004 is expected.
        assert!((found.ratio - 0.01 / 0.0022).abs() < 1e-12 && !found.is_expected());
        let verdict = Verdict::of(&[("m".to_owned(), found)], None, 0.1);
        assert!(!verdict.follows && verdict.text.starts_with("SGD departs from the theory"));
        assert!(verdict.text.contains("worst in m"));
        assert!(Deviation::of(&residuals, 1.0, 1e3).is_expected());
    }
}
