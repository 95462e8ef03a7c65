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
