//! Units of time in words.

use crate::problem::{ProblemOptions, TimeUnit};

/// Unit of the times, in the words of an axis.
pub(crate) fn unit(options: &ProblemOptions) -> &'static str {
    let unit = options.time.unwrap_or_default();
    match (unit, options.hermite_time) {
        (TimeUnit::T, false) if options.friction.is_some() => "t = √η · steps",
        (TimeUnit::T, false) if options.momentum.is_some() => "t = η · steps/(1 − θ)",
        (TimeUnit::T, false) if options.lr_schedule.is_some() => "t = Σ η",
        (TimeUnit::T, false) => "t = η · steps",
        (TimeUnit::T, true) => "t · E[σ′²]",
        (TimeUnit::Steps, false) => "SGD steps",
        (TimeUnit::Steps, true) => "SGD steps · E[σ′²]",
        (TimeUnit::Samples, false) => "samples",
        (TimeUnit::Samples, true) => "samples · E[σ′²]",
    }
}

/// Unit of rates, in the words of an axis.
pub(crate) fn per_unit(options: &ProblemOptions) -> &'static str {
    match (options.time.unwrap_or_default(), options.hermite_time) {
        (TimeUnit::T, false) => "1/t",
        (TimeUnit::T, true) => "1/(t · E[σ′²])",
        (TimeUnit::Steps, false) => "1/SGD step",
        (TimeUnit::Steps, true) => "1/(SGD step · E[σ′²])",
        (TimeUnit::Samples, false) => "1/sample",
        (TimeUnit::Samples, true) => "1/(sample · E[σ′²])",
    }
}

/// Unit of the times, in plain letters.
pub(crate) fn plain_unit(options: &ProblemOptions) -> &'static str {
    match options.time.unwrap_or_default() {
        TimeUnit::T if options.friction.is_some() => "t = sqrt(eta) * steps",
        TimeUnit::T if options.momentum.is_some() => "t = eta * steps / (1 - theta)",
        TimeUnit::T if options.lr_schedule.is_some() => "t = sum of eta",
        TimeUnit::T => "t = eta * steps",
        TimeUnit::Steps => "SGD steps",
        TimeUnit::Samples => "samples",
    }
}
