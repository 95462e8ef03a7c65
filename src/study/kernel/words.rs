//! Averages in words.

use super::KernelReport;
use crate::numeral::plain;
use crate::study::words::held_digits;

/// Digits of a double.
const MOST: usize = 16;

pub(super) fn summary(of: &KernelReport) -> String {
    let errors = &of.errors;
    let teacher = match of.at.v1 {
        1.0 => String::new(),
        variance => format!(", teacher of variance {}", plain(variance)),
    };
    format!(
        "{} → {} at m = {}, q = {}{teacher}\n\
         alpha         {} ± {:.1e}\n\
         beta          {} ± {:.1e}\n\
         noise kernel  {} ± {:.1e}\n\
         loss          {} ± {:.1e}\n\
         method        {}\n",
        of.model.teacher().name(),
        of.model.student().name(),
        plain(of.at.c),
        plain(of.at.v2),
        digits(of.drift.alpha, errors.alpha),
        errors.alpha,
        digits(of.drift.beta, errors.beta),
        errors.beta,
        digits(of.noise_kernel, errors.noise(of.noise)),
        errors.noise(of.noise),
        digits(of.loss, errors.loss),
        errors.loss,
        of.route
    )
}

/// A number with the digits that hold when it is off by `error`; 0 where that is larger than the number.
fn digits(x: f64, error: f64) -> String {
    match held_digits(x, MOST, error) {
        0 => "0".to_owned(),
        hold => format!("{x:.*e}", hold - 1),
    }
}
