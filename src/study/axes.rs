//! Axes of figures, from the facts of the numbers on them.

use super::units::{per_unit, unit};
use crate::observable::{AxisScale, Observable, Unit};
use crate::output::{Axis, Scale, suggested_scale};
use crate::problem::ProblemOptions;

/// How an axis shows values of a number.
pub(crate) fn scale(number: &Observable, values: impl Iterator<Item = f64>) -> Scale {
    match number.axis {
        AxisScale::BySpan => suggested_scale(values),
        AxisScale::Linear => Scale::Linear,
        AxisScale::Log => Scale::Log,
    }
}

/// Words and unit of a number.
pub(crate) fn label(number: &Observable, options: &ProblemOptions) -> String {
    match number.unit {
        Unit::Time => format!("{} [{}]", number.label, unit(options)),
        Unit::Rate => format!("{} [{}]", number.label, per_unit(options)),
        _ => number.label.to_owned(),
    }
}

/// The axis of a number, of these values.
pub(crate) fn axis(
    number: &Observable,
    options: &ProblemOptions,
    values: impl Iterator<Item = f64>,
) -> Axis {
    Axis::new(label(number, options), scale(number, values))
}

/// The strength of pre-training on an axis.
pub(crate) const STRENGTH: &str = "pre-training strength μ";

/// How the values of a grid are spaced, and so where a figure shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spacing {
    /// In equal steps, or in none of these ways.
    Even,
    /// In equal ratios.
    Ratios,
    /// In equal ratios of their distances from 1.
    Gaps,
}

/// Ratio of the ends from which a logarithmic axis is worth its while.
const RATIO: f64 = 10.0;
/// Ratio of the largest to the smallest gap `1 - mu` from which strengths are shown by their gaps, however
/// they are spaced.
const GAP_SPAN: f64 = 300.0;
/// What rounding moves values by, at most, as a fraction of a step.
pub(crate) const UNEVEN: f64 = 0.05;

impl Spacing {
    const ALL: [Self; 3] = [Self::Even, Self::Ratios, Self::Gaps];

    /// Of an axis with this name: only strengths approach 1.
    pub(crate) fn of(name: &str, values: &[f64]) -> Self {
        let candidates = Self::ALL.into_iter().filter(|spacing| match spacing {
            Self::Even => true,
            Self::Ratios => spans(values.iter().copied()),
            Self::Gaps => name == "mu" && spans(values.iter().rev().map(|mu| 1.0 - mu)),
        });
        let uneven = candidates.map(|spacing| (spacing.unevenness(values), spacing));
        let best = uneven.min_by(|a, b| a.0.total_cmp(&b.0));
        best.map_or(Self::Even, |(_, spacing)| spacing)
    }

    /// Of strengths.
    pub(crate) fn of_strengths(values: &[f64]) -> Self {
        let gaps = || values.iter().map(|mu| 1.0 - mu);
        let smallest = gaps().fold(f64::INFINITY, f64::min);
        let largest = gaps().fold(0.0, f64::max);
        if smallest > 0.0 && largest / smallest > GAP_SPAN {
            return Self::Gaps;
        }
        Self::of("mu", values)
    }

    /// A value as the figure shows it.
    pub(crate) fn shown(self, value: f64) -> f64 {
        match self {
            Self::Gaps => 1.0 - value,
            _ => value,
        }
    }

    /// The axis of a number with this label.
    pub(crate) fn axis(self, label: &str) -> Axis {
        match self {
            Self::Even => Axis::linear(label),
            Self::Ratios => Axis::log(label),
            Self::Gaps => Axis::log("distance from perfect pre-training 1 − μ"),
        }
    }

    /// The axis of pre-training strengths.
    pub(crate) fn strengths(self) -> Axis {
        self.axis(STRENGTH)
    }

    /// A value in the coordinate in which it would be even.
    pub(crate) fn along(self, value: f64) -> f64 {
        match self {
            Self::Even => value,
            Self::Ratios => value.ln(),
            Self::Gaps => -(1.0 - value).ln(),
        }
    }

    /// The value at such a coordinate.
    pub(crate) fn back(self, along: f64) -> f64 {
        match self {
            Self::Even => along,
            Self::Ratios => along.exp(),
            Self::Gaps => 1.0 - (-along).exp(),
        }
    }

    /// How far a value lies from its place at most, as a fraction of a step.
    pub(crate) fn unevenness(self, values: &[f64]) -> f64 {
        let [first, .., last] = values else {
            return 0.0;
        };
        let (first, last) = (self.along(*first), self.along(*last));
        let step = (last - first) / (values.len() - 1) as f64;
        let far = |(i, value): (usize, &f64)| (self.along(*value) - first - step * i as f64) / step;
        let all = values.iter().enumerate().map(far);
        all.fold(0.0, |most, far| most.max(far.abs()))
    }
}

/// Whether ascending values are positive and so far apart that ratios matter.
fn spans(mut values: impl Iterator<Item = f64>) -> bool {
    let Some(first) = values.next() else {
        return false;
    };
    first > 0.0 && values.last().is_some_and(|last| last / first >= RATIO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observable::ALIGNMENT;
    use crate::observable::run::{EXIT_TIME, OUTCOME, SPEEDUP_OVER_FULL};

    #[test]
    fn grids_are_shown_as_they_are_spaced() {
        let of = |name: &str, grid: &str| {
            let values = grid.parse::<crate::problem::Grid>().unwrap();
            Spacing::of(name, values.values())
        };
        for (name, grid, expected) in [
            ("mu", "0.02:0.98:50", Spacing::Even),
            ("mu", "log:0.001:0.9:50", Spacing::Ratios),
            ("mu", "gap:0.9:0.9999:50", Spacing::Gaps),
            ("rho", "gap:0.9:0.9999:50", Spacing::Even),
            ("dim", "100,316,1000,3162,10000", Spacing::Ratios),
            ("dim", "100:1000:10", Spacing::Even),
            ("mu", "0.5", Spacing::Even),
            ("angle", "0,1,10", Spacing::Even),
        ] {
            assert_eq!(of(name, grid), expected, "{name} {grid}");
        }
        for spacing in Spacing::ALL {
            assert!((spacing.back(spacing.along(0.3)) - 0.3).abs() < 1e-15);
        }
    }

    #[test]
    fn axes_follow_the_facts_of_their_numbers() {
        let options = ProblemOptions::default();
        let of = |number, values: [f64; 2]| axis(number, &options, values.into_iter());
        for (number, values, expected) in [
            // Within two decades, and beyond.
            (&EXIT_TIME, [1.0, 99.0], Scale::Linear),
            (&EXIT_TIME, [1.0, 101.0], Scale::Log),
            (&ALIGNMENT, [-1.0, 1.0], Scale::Linear),
            (&SPEEDUP_OVER_FULL, [0.9, 1.1], Scale::Log),
            (&OUTCOME, [1.0, 101.0], Scale::Linear),
        ] {
            assert_eq!(of(number, values).scale, expected, "{}", number.name);
        }
        assert_eq!(
            of(&EXIT_TIME, [1.0, 2.0]).label,
            "exit time [t = η · steps]"
        );
        assert_eq!(of(&OUTCOME, [1.0, 2.0]).label, "outcome");
    }
}
