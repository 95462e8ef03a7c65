//! Scales on which figures of other libraries show what ours do.

use crate::output::{Scale, suggested_scale};
use crate::study::axes::Spacing;

/// How the values of an axis with this name are spaced: "linear", "log", or "gap" where `1 - mu` is even in its logarithm.
///
/// ```
/// use lorode::study::plot::spacing;
///
/// assert_eq!(spacing("mu", &[0.9, 0.99, 0.999]), "gap");
/// assert_eq!(spacing("dim", &[100.0, 1000.0, 10_000.0]), "log");
/// ```
pub fn spacing(name: &str, values: &[f64]) -> &'static str {
    match Spacing::of(name, values) {
        Spacing::Even => "linear",
        Spacing::Ratios => "log",
        Spacing::Gaps => "gap",
    }
}

/// The scale that shows numbers best: "log" of positive ones over more than two decades, else "linear".
pub fn scale(values: &[f64]) -> &'static str {
    match suggested_scale(values.iter().copied()) {
        Scale::Linear => "linear",
        Scale::Log => "log",
    }
}
