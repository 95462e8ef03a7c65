//! Numbers and choices as they stand in the sentences and cells of every study.

use serde_json::Value;

use crate::numeral::{counted, plain};
use crate::problem::Sgd;
use crate::trajectory::Outcome;

/// Relative error of `A`, `B` and `tau` from which a warning is due; data promise 1e-10.
pub(crate) const IMPRECISE: f64 = 1e-6;

/// A choice by its word in options and data files.
pub(crate) fn word(choice: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(choice).ok();
    let text = value.and_then(|value| value.as_str().map(str::to_owned));
    text.unwrap_or_default()
}

/// A number to `digits` significant digits, in positional notation where that is readable.
pub(crate) fn significant(x: f64, digits: usize) -> String {
    if x == 0.0 {
        return "0".to_owned();
    }
    let exponent = x.abs().log10().floor();
    if (-3.0..digits as f64).contains(&exponent) {
        let decimals = (digits as f64 - 1.0 - exponent).max(0.0) as usize;
        format!("{x:.decimals$}")
    } else {
        format!("{x:.*e}", digits - 1)
    }
}

/// A number to at most `digits` significant digits, and to no more than hold when it is off by `error`; 0 where
/// that is larger than the number.
pub(crate) fn held(x: f64, digits: usize, error: f64) -> String {
    match held_digits(x, digits, error) {
        0 => "0".to_owned(),
        hold => significant(x, hold),
    }
}

/// How many significant digits of a number hold when it is off by `error`, of at most `digits`; 0 where that is larger
/// than the number.
pub(crate) fn held_digits(x: f64, digits: usize, error: f64) -> usize {
    if x.abs() <= error {
        return 0;
    }
    // Half a unit of the last digit shown is at least the error.
    let hold = x.abs().log10().floor() + 1.0 - (2.0 * error).log10();
    (hold.max(1.0) as usize).min(digits)
}

/// Digits of what runs give: the `usual` ones of the usual tolerances, and no more than hold at an `rtol` that is among the
/// parameters.
pub(crate) fn digits_at(parameters: &Value, usual: usize) -> usize {
    // A run leaves a third of the tolerance open: half a unit of the digit that has its place.
    let hold = parameters["rtol"].as_f64().map(|rtol| 1e-9 - rtol.log10());
    hold.map_or(usual, |hold| usual.min(hold.max(1.0) as usize))
}

/// A loss with the digits that hold.
pub(crate) fn loss_in_words(loss: f64, parameters: &Value) -> String {
    const USUAL: usize = 10;
    format!("{loss:.*e}", digits_at(parameters, USUAL) - 1)
}

/// A loss and its excess.
pub(crate) fn losses_in_words(loss: f64, excess: f64, parameters: &Value) -> String {
    const USUAL: usize = 4;
    let loss = loss_in_words(loss, parameters);
    format!(
        "{loss} (excess {excess:.*e})",
        digits_at(parameters, USUAL) - 1
    )
}

/// Digits of the time of an outcome, of those that hold for what runs give: where a run at rest stands still is a matter of
/// rounding, which differs from machine to machine.
pub(crate) fn end_digits(outcome: Outcome, of_runs: usize) -> usize {
    const AT_REST: usize = 2;
    match outcome.is_at_rest() {
        true => of_runs.min(AT_REST),
        false => of_runs,
    }
}

/// Where something is least in a `range` of places, which is flat there: values that are off by a loose `rtol` among the
/// parameters leave its place open by the root of that, a share of the range.
pub(crate) fn least_at(x: f64, usual: usize, range: f64, parameters: &Value) -> String {
    /// The loosest of the usual tolerances, that of maps; at these the errors of neighbours are as good as equal.
    const USUAL: f64 = 1e-7;
    /// Places were off by up to 0.07 roots, of runs that learn at 1e-3.
    const ROOTS: f64 = 0.1;
    match parameters["rtol"].as_f64().filter(|rtol| *rtol > USUAL) {
        Some(rtol) => held(x, usual, ROOTS * rtol.sqrt() * range),
        None => significant(x, usual),
    }
}

/// How an unfinished run ended, in one sentence.
pub(crate) fn interrupted(done: usize, all: usize, what: &str) -> String {
    format!("interrupted: {done} of {} finished", counted(all, what))
}

/// What is said of items that failed, if any did.
pub(crate) fn failed_of(failed: usize, all: usize, what: &str) -> Option<String> {
    let all = counted(all, what);
    (failed > 0).then(|| format!("{failed} of {all} failed; the others are kept"))
}

/// Momentum beside the step size.
pub(crate) fn kept(sgd: Sgd) -> String {
    sgd.kept().map_or(String::new(), |theta| {
        // Without what rounding left of 1 - friction sqrt(lr).
        format!(", momentum {}", plain((theta * 1e9).round() / 1e9))
    })
}

/// What is said where A, B and tau are off by more than [`IMPRECISE`].
pub(crate) fn few_digits(relative: f64) -> String {
    format!(
        "the averages at w0 leave A, B or tau with a relative error of up to {relative:.0e}, and times with as much"
    )
}

/// The same of the averages along a run.
pub(crate) fn few_digits_later(relative: f64) -> String {
    format!(
        "the averages at the exit or the end of the run have a relative error of up to {relative:.0e}, and times as much"
    )
}

/// What is said of the parts of the range in which critical strengths were not looked for, or cannot be placed.
pub(crate) fn unplaced(
    unsearched: Option<(f64, f64)>,
    underflow: &[(f64, f64)],
) -> impl Iterator<Item = String> {
    let unsearched = unsearched.map(|(from, to)| {
        format!("critical strengths from mu = {from:.6} to {to:.6} not looked for: A costs too much there")
    });
    let underflow = underflow.iter().map(|(from, to)| {
        format!(
            "critical strengths from mu = {from:.6} to {to:.6} cannot be placed: A is below the smallest double there"
        )
    });
    unsearched.into_iter().chain(underflow)
}
