//! Whether exit times of SGD are those of the theory.

use crate::numeral::counted;
use serde::Serialize;

use super::deviation::chance;
use super::{ExitCurve, ExitPoint};

/// The answer of many strengths.
#[derive(Clone, Debug, PartialEq)]
pub struct ExitVerdict {
    /// Whether SGD exits when the theory says, wherever both exit; false where they nowhere do.
    pub follows: bool,
    /// With numbers.
    pub text: String,
    /// The largest deviation, where there is one.
    pub worst: Option<ExitDeviation>,
}

/// The largest deviation of exit times.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExitDeviation {
    /// Largest |mean of SGD - theory|, in the unit of the times.
    pub max_abs: f64,
    /// Largest |mean of SGD - theory| in standard errors of the mean, at any strength.
    pub max_z: f64,
    /// Strength of `max_abs`.
    pub at_mu: f64,
    /// Student of `max_abs`.
    pub student: String,
}

/// A comparable point: its curve, and mean minus theory, also relative to the theory.
struct Gap<'a> {
    curve: &'a ExitCurve,
    point: &'a ExitPoint,
    absolute: f64,
    relative: f64,
    z: f64,
    within: bool,
}

impl<'a> Gap<'a> {
    /// Of a strength at which the theory and every seed exit.
    fn of(curve: &'a ExitCurve, point: &'a ExitPoint) -> Option<Self> {
        let (theory, mean, std) = (point.theory?, point.sgd.mean?, point.sgd.std?);
        let (z, absolute) = (point.z?, (mean - theory).abs());
        Some(Self {
            curve,
            point,
            absolute,
            relative: absolute / theory,
            z,
            within: absolute <= std || z.abs() <= chance(point.seeds - point.diverged),
        })
    }
}

impl ExitVerdict {
    /// Of all points of some curves.
    pub fn of(curves: &[ExitCurve]) -> Self {
        let pairs = curves
            .iter()
            .flat_map(|c| c.points.iter().map(move |p| (c, p)));
        let pairs: Vec<_> = pairs.collect();
        let gaps = pairs
            .iter()
            .filter_map(|(curve, point)| Gap::of(curve, point));
        let gaps: Vec<Gap<'_>> = gaps.collect();
        let all = pairs.len();
        let largest =
            |size: fn(&Gap<'_>) -> f64| gaps.iter().max_by(|a, b| size(a).total_cmp(&size(b)));
        let (Some(absolute), Some(relative)) = (largest(|g| g.absolute), largest(|g| g.relative))
        else {
            let text = "nothing to compare: at no strength did theory and every seed exit";
            return Self {
                follows: false,
                text: text.to_owned(),
                worst: None,
            };
        };
        let within = gaps.iter().filter(|g| g.within).count();
        let follows = within == gaps.len();
        let lead = match follows {
            true => "SGD exits when the theory says",
            false => "SGD departs from the theory",
        };
        let text = format!(
            "{lead}: at {within} of {} the mean exit is within one run-to-run standard \
             deviation ({} of {all} not comparable); largest relative deviation {:.2} % for {} at \
             mu = {} ({:.1} standard errors)",
            counted(gaps.len(), "strength"),
            all - gaps.len(),
            100.0 * relative.relative,
            relative.curve.student,
            relative.point.mu,
            relative.z
        );
        let worst = Some(ExitDeviation {
            max_abs: absolute.absolute,
            max_z: gaps.iter().map(|g| g.z.abs()).fold(0.0, f64::max),
            at_mu: absolute.point.mu,
            student: absolute.curve.student.clone(),
        });
        Self {
            follows,
            text,
            worst,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::TimeSummary;

    /// A strength at which theory and SGD exit, with 16 seeds.
    fn point(mu: f64, theory: f64, mean: f64, std: f64) -> ExitPoint {
        ExitPoint {
            mu,
            theory: Some(theory),
            theory_median: None,
            sgd: TimeSummary {
                mean: Some(mean),
                std: Some(std),
                ..TimeSummary::default()
            },
            exited: 16,
            diverged: 0,
            seeds: 16,
            steps: 100,
            z: Some((mean - theory) / (std / 4.0)),
            failure: None,
        }
    }

    fn verdict(points: Vec<ExitPoint>) -> ExitVerdict {
        let curve = ExitCurve {
            teacher: "erf".into(),
            student: "erf".into(),
            points,
        };
        ExitVerdict::of(&[curve])
    }

    #[test]
    fn one_strength_beyond_chance_is_a_departure() {
        let near = verdict(vec![
            point(0.2, 10.0, 10.5, 1.0),
            point(0.4, 100.0, 98.0, 10.0),
        ]);
        assert!(near.follows && near.text.contains("5.00 % for erf at mu = 0.2"));
        let worst = near.worst.unwrap();
        assert_eq!((worst.max_abs, worst.at_mu, worst.max_z), (2.0, 0.4, 2.0));
        let far = verdict(vec![
            point(0.2, 10.0, 10.5, 1.0),
            point(0.4, 100.0, 80.0, 10.0),
        ]);
        assert!(
            !far.follows
                && far
                    .text
                    .starts_with("SGD departs from the theory: at 1 of 2")
        );
    }

    #[test]
    fn without_exits_nothing_follows() {
        let none = verdict(vec![ExitPoint {
            theory: None,
            ..point(0.2, 10.0, 10.5, 1.0)
        }]);
        assert!(!none.follows && none.worst.is_none());
        assert!(none.text.starts_with("nothing to compare"));
    }
}
