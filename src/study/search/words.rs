//! The search in words.

use std::fmt::Write;

use crate::numeral::{counted, plain};
use crate::problem::{Grid, ProblemOptions};
use crate::study::units::plain_unit;
use crate::study::words::{IMPRECISE, few_digits, held, significant, unplaced, word};
use crate::sweep::{SearchCurve, SearchPoint};

/// How a point ended; `exit` of a run that was to end there, `not-run` where only its search phase was asked for.
pub(super) fn outcome(point: &SearchPoint) -> &'static str {
    match (point.outcome, &point.failure) {
        (Some(outcome), _) => outcome.word(),
        (None, Some(_)) => "failed",
        (None, None) if point.exit_time.is_some() => "exit",
        (None, None) => "not-run",
    }
}

/// The curves in words, times of runs to so many digits.
pub(super) fn summary(options: &ProblemOptions, curves: &[SearchCurve], of_runs: usize) -> String {
    let unit = plain_unit(options);
    let mut text = format!("search time tau and exit time, in {unit}\n\n");
    let width = curves
        .iter()
        .map(|c| c.label().chars().count())
        .max()
        .unwrap_or(0)
        .max(4);
    let strengths = curves
        .iter()
        .flat_map(|c| c.points.iter().map(move |p| (c, p)));
    let places = digits(
        curves
            .iter()
            .map(|curve| curve.points.iter().map(|p| p.mu).collect()),
    );
    let wide = strengths.map(|(c, p)| placed(options, c, p, places).len());
    let wide = wide.max();
    let wide = wide.unwrap_or(0).max(8);
    let mut header = format!("{:width$}  {:>wide$}", "link", "mu");
    for name in ["A", "B", "tau", "exit", "median", "outcome"] {
        let _infallible = write!(header, "  {name:>11}");
    }
    text.push_str(&header);
    text.push('\n');
    for curve in curves {
        for (i, row) in shown_rows(curve.points.len()).into_iter().enumerate() {
            let name = if i == 0 { curve.label() } else { String::new() };
            let p = &curve.points[row];
            let relative = |t: Option<f64>| t.map(|t| t * p.relative_error);
            let mu = placed(options, curve, p, places);
            let _infallible = write!(text, "{name:width$}  {mu:>wide$}");
            for (value, error, digits) in [
                (p.gradient_norm, p.gradient_error, 6),
                (p.curvature, p.curvature_error, 6),
                (p.tau, p.tau_error, 6),
                // Times are as many tau as the logarithm of the start, whose digits are those of tau.
                (p.exit_time, relative(p.exit_time), of_runs),
                (p.law.exit_median, relative(p.law.exit_median), of_runs),
            ] {
                let digits = value.map(|x| held(x, digits, error.unwrap_or(0.0)));
                let digits = digits.unwrap_or_else(|| "-".to_owned());
                let _infallible = write!(text, "  {digits:>11}");
            }
            let _infallible = writeln!(text, "  {:>11}", outcome(p));
        }
    }
    let all = curves.iter().map(|c| c.points.len()).max().unwrap_or(0);
    if all > SHOWN {
        let _infallible = writeln!(
            text,
            "({SHOWN} of {all} rows of a curve are shown; data have all)"
        );
    }
    text.push_str(&critical_lines(curves));
    text
}

fn critical_lines(curves: &[SearchCurve]) -> String {
    let mut text = String::new();
    for curve in curves {
        for critical in &curve.critical_strengths {
            let place = match critical.within {
                None => String::new(),
                Some(width) => format!(", double, or none, within {width:.0e}"),
            };
            let _infallible = writeln!(
                text,
                "{}: critical strength mu = {:.9}{place} ({}, B = {})",
                curve.label(),
                critical.mu,
                word(&critical.kind),
                significant(critical.curvature, 6)
            );
        }
        for line in unplaced(curve.critical_unsearched, &curve.critical_underflow) {
            let _infallible = writeln!(text, "{}: {line}", curve.label());
        }
    }
    if text.is_empty() {
        text
    } else {
        format!("\n{text}")
    }
}

/// Rows of a curve that are shown at most.
const SHOWN: usize = 5;

/// A few rows of a curve, the ends among them.
pub(super) fn shown_rows(count: usize) -> Vec<usize> {
    if count <= SHOWN {
        return (0..count).collect();
    }
    (0..SHOWN).map(|i| i * (count - 1) / (SHOWN - 1)).collect()
}

/// Digits of a strength at least.
const FEWEST: usize = 4;
/// Digits that tell any number from its neighbours.
const MOST: usize = 17;

/// The fewest digits with which the strengths of the rows that are shown are told apart, of curves of strengths.
pub(super) fn digits(curves: impl Iterator<Item = Vec<Option<f64>>>) -> usize {
    let shown = curves.flat_map(|all| shown_rows(all.len()).into_iter().map(move |row| all[row]));
    let mut shown: Vec<f64> = shown.flatten().collect();
    shown.sort_by(f64::total_cmp);
    shown.dedup();
    let are_apart = |digits: &usize| {
        let texts: Vec<String> = shown
            .iter()
            .map(|mu| strength(Some(*mu), *digits))
            .collect();
        texts.windows(2).all(|pair| pair[0] != pair[1])
    };
    (FEWEST..MOST).find(are_apart).unwrap_or(MOST)
}

/// The strength of a point; where its distance from 1 was given, and is small, to the digits of that.
fn placed(
    options: &ProblemOptions,
    curve: &SearchCurve,
    point: &SearchPoint,
    digits: usize,
) -> String {
    let also = curve.also.as_ref().filter(|also| also.key == "gap");
    let given = || options.gap.as_ref().and_then(Grid::single);
    match also.map(|also| also.value).or_else(given) {
        Some(gap) if gap > 0.0 && gap < CLOSE => format!("1-{}", plain(gap)),
        _ => strength(point.mu, digits),
    }
}

/// Distance from 1 that is shown in place of a strength.
const CLOSE: f64 = 1e-3;

/// A strength to so many digits, close to 1 by its distance from there, which has two at least.
pub(super) fn strength(mu: Option<f64>, digits: usize) -> String {
    match mu {
        None => "-".to_owned(),
        Some(mu) if mu < 1.0 && 1.0 - mu < CLOSE => {
            format!("1-{:.*e}", digits + 1 - FEWEST, 1.0 - mu)
        }
        Some(mu) => significant(mu, digits),
    }
}

/// The points that failed, and why.
pub(super) fn failures(curves: &[SearchCurve]) -> Vec<String> {
    let of = |curve: &SearchCurve, point: &SearchPoint| {
        let failure = point.failure.as_ref()?;
        let label = curve.label();
        let mu = point
            .mu
            .map_or(String::new(), |mu| format!(" at mu = {}", plain(mu)));
        Some(format!("{label}{mu}: {failure}"))
    };
    let all = curves
        .iter()
        .flat_map(|c| c.points.iter().map(move |p| (c, p)));
    all.filter_map(|(curve, point)| of(curve, point)).collect()
}

/// One line for a pair some of whose points are known to fewer digits than data promise.
pub(super) fn warning(curve: &SearchCurve) -> Option<String> {
    let off = |p: &&SearchPoint| p.relative_error > IMPRECISE;
    let worst = curve.points.iter().map(|p| p.relative_error);
    let worst = worst.fold(0.0, f64::max);
    let count = curve.points.iter().filter(off).count();
    (count > 0).then(|| {
        format!(
            "{}: {} at {count} of {}",
            curve.label(),
            few_digits(worst),
            counted(curve.points.len(), "point")
        )
    })
}
