//! The best length of pre-training in words.

use serde_json::Value;

use super::{HistoryCurve, OptimumOfHistoryReport};
use crate::numeral::plain;
use crate::problem::ProblemOptions;
use crate::study::units::plain_unit;
use crate::study::words::{digits_at, least_at, significant};

/// Digits of a length: its place is where values no longer tell, at about the root of their error.
const DIGITS: usize = 4;

/// A line or two for every angle.
pub(super) fn summary(of: &OptimumOfHistoryReport) -> String {
    let counted = ProblemOptions {
        time: Some(of.time),
        ..ProblemOptions::default()
    };
    let mut text = format!(
        "shortest history over the length of stage 1, in {}\n",
        plain_unit(&counted)
    );
    for one in &of.curves {
        let angle = one.angle.map(|angle| format!("angle {}: ", plain(angle)));
        text.push_str(&angle.unwrap_or_default());
        text.push_str(&said(one, &of.origin.parameters));
        text.push('\n');
    }
    text
}

fn said(one: &HistoryCurve, parameters: &Value) -> String {
    let found = &one.found;
    let total = |value: Option<f64>| {
        value.map_or_else(
            || "never".to_owned(),
            |value| significant(value, digits_at(parameters, 6)),
        )
    };
    let Some(best) = &found.best else {
        return "no length of pre-training comes to the goal".to_owned();
    };
    let range = found.curve.last().map_or(0.0, |at| at.length);
    let length = match found.is_at_end {
        true => significant(best.length, DIGITS),
        false => least_at(best.length, DIGITS, range, parameters),
    };
    let longest = found.curve.last().map_or_else(String::new, |at| {
        let length = significant(at.length, DIGITS);
        format!(
            "; {} after {length} of pre-training, the longest",
            total(at.total)
        )
    });
    // Nor where the values do not tell the best length from none.
    if found.is_never() || length == "0" {
        let without = total(found.without.total);
        return format!("never pre-train: {without} without{longest}");
    }
    let end = if found.is_at_end {
        " (the end of the range: it may fall further)"
    } else {
        ""
    };
    format!(
        "pre-train {length}{end}: {} in all; {} without{longest}",
        total(best.total),
        total(found.without.total),
    )
}
