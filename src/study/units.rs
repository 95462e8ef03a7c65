//! Units of time in words.

use crate::problem::{ProblemOptions, TimeUnit};

/// Unit of the times, in the words of an axis.
pub(crate) fn unit(options: &ProblemOptions) -> &'static str {
    match (options.time.unwrap_or_default(), options.hermite_time) {
        (TimeUnit::T, false) => "t = η · steps",
        (TimeUnit::T, true) => "t · E[σ′²]",
        (TimeUnit::Steps, false) => "SGD steps",
        (TimeUnit::Steps, true) => "SGD steps · E[σ′²]",
        (TimeUnit::Samples, false) => "samples",
        (TimeUnit::Samples, true) => "samples · E[σ′²]",
    }
}

/// Unit of the times, in plain letters.
pub(crate) fn plain_unit(options: &ProblemOptions) -> &'static str {
    match options.time.unwrap_or_default() {
        TimeUnit::T => "t = eta * steps",
        TimeUnit::Steps => "SGD steps",
        TimeUnit::Samples => "samples",
    }
}
