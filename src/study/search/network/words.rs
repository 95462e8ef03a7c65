//! The search of networks in words.

use std::fmt::Write;

use crate::numeral::plain;
use crate::problem::ProblemOptions;
use crate::study::search::words::{digits, shown_rows, strength};
use crate::study::units::plain_unit;
use crate::study::words::significant;
use crate::sweep::{NetworkCurve, NetworkPoint};

/// Growth rates that are shown at most.
const RATES: usize = 4;

/// How a point ended; `exit` of a run that was to end there, `not-run` where only its search phase was asked for.
pub(super) fn outcome(point: &NetworkPoint) -> &'static str {
    match (point.outcome, &point.failure) {
        (Some(outcome), _) => outcome.word(),
        (None, Some(_)) => "failed",
        (None, None) if point.exit_time.is_some() => "exit",
        (None, None) => "not-run",
    }
}

/// The first of the growth rates.
fn rates(point: &NetworkPoint) -> String {
    let rates = point.growth_rates.iter().take(RATES);
    let mut rates: Vec<String> = rates.map(|rate| significant(*rate, 6)).collect();
    if point.growth_rates.len() > RATES {
        rates.push("...".to_owned());
    }
    rates.join(", ")
}

fn number(x: Option<f64>, digits: usize) -> String {
    match x {
        None => "-".to_owned(),
        Some(x) if x.is_infinite() => "infinite".to_owned(),
        Some(x) => significant(x, digits),
    }
}

/// The curves in words, times of runs to so many digits.
pub(super) fn summary(options: &ProblemOptions, curves: &[NetworkCurve], of_runs: usize) -> String {
    let unit = plain_unit(options);
    let mut text = format!("growth rates of the search phase and exit time, in {unit}\n\n");
    let widths = curves.iter().map(|c| c.label().chars().count());
    let width = widths.max().unwrap_or(0).max(4);
    let places = digits(
        curves
            .iter()
            .map(|curve| curve.points.iter().map(|p| p.mu).collect()),
    );
    let strengths = curves.iter().flat_map(|curve| &curve.points);
    let wide = strengths.map(|p| strength(p.mu, places).len()).max();
    let wide = wide.unwrap_or(0).max(8);
    let _infallible = writeln!(
        text,
        "{:width$}  {:>wide$}  {:>11}  {:>11}  {:>11}  {:>11}  growth rates",
        "link", "mu", "loss", "tau", "exit", "outcome"
    );
    for curve in curves {
        for (i, row) in shown_rows(curve.points.len()).into_iter().enumerate() {
            let name = if i == 0 { curve.label() } else { String::new() };
            let p = &curve.points[row];
            let _infallible = writeln!(
                text,
                "{name:width$}  {:>wide$}  {:>11}  {:>11}  {:>11}  {:>11}  {}",
                strength(p.mu, places),
                number(p.loss, 6),
                number(p.tau, 6),
                number(p.exit_time, of_runs),
                outcome(p),
                rates(p)
            );
        }
    }
    let is_bare = |p: &NetworkPoint| p.loss.is_some() && p.growth_rate.is_none();
    for curve in curves {
        if let Some(bare) = curve.points.iter().find(|p| is_bare(p)) {
            let at = bare.mu.map(|mu| format!(" at mu = {}", plain(mu)));
            let _infallible = writeln!(
                text,
                "{}: no growth rates{}: a unit without weights has no linear gradient there, as its link breaks at 0",
                curve.label(),
                at.unwrap_or_default()
            );
        }
        for minimum in &curve.minima {
            let what = match minimum.is_zero {
                true => "vanishes".to_owned(),
                false => format!("is least, {},", significant(minimum.growth_rate, 6)),
            };
            let _infallible = writeln!(
                text,
                "{}: the growth rate {what} at mu = {:.9}",
                curve.label(),
                minimum.strength
            );
        }
    }
    text
}

/// The points that failed, and why.
pub(super) fn failures(curves: &[NetworkCurve]) -> Vec<String> {
    let of = |curve: &NetworkCurve, point: &NetworkPoint| {
        let failure = point.failure.as_ref()?;
        let mu = point.mu.map(|mu| format!(" at mu = {}", plain(mu)));
        Some(format!(
            "{}{}: {failure}",
            curve.label(),
            mu.unwrap_or_default()
        ))
    };
    let all = curves
        .iter()
        .flat_map(|c| c.points.iter().map(move |p| (c, p)));
    all.filter_map(|(curve, point)| of(curve, point)).collect()
}
