//! Axes of figures, from the facts of the numbers on them.

use super::units::unit;
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

/// The axis of pre-training strengths.
pub(crate) fn strengths() -> Axis {
    Axis::linear("pre-training strength μ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observable::ALIGNMENT;
    use crate::observable::run::{EXIT_TIME, OUTCOME, SPEEDUP_OVER_FULL};

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
