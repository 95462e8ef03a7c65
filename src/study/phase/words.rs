//! A phase diagram in words.

use std::fmt::Write as _;

use super::Finished;
use super::cells::in_words;
use crate::error::Error;
use crate::numeral::{counted, plain};
use crate::observable::Unit;
use crate::phase::{Boundary, BoundaryKind, CellOutcome, OUTCOMES, PhaseMap, Refinement};
use crate::study::words::{IMPRECISE, digits_at, few_digits, few_digits_later, significant};

/// Digits on the screen.
const DIGITS: usize = 9;

/// What is said of all cells together.
#[derive(Default)]
struct Overview {
    inferred: u64,
    lowest: Option<(f64, u64)>,
    highest: Option<(f64, u64)>,
    outcomes: [u64; OUTCOMES.len()],
    first_failed: Option<u64>,
}

fn overview(finished: &Finished<'_>) -> Result<Overview, Error> {
    const BLOCK: u64 = 1 << 16;
    let (mut found, all) = (Overview::default(), finished.map.cells());
    let mut first = 0;
    while first < all {
        let count = BLOCK.min(all - first);
        let cells = finished
            .cells(first, count)
            .map_err(|error| Error::Unfinished(error.to_string()))?;
        for (i, cell) in cells.into_iter().enumerate() {
            let at = first + i as u64;
            found.outcomes[cell.word] += 1;
            found.inferred += u64::from(!cell.solved);
            if OUTCOMES[cell.word] == CellOutcome::Failed {
                found.first_failed.get_or_insert(at);
            }
            let Some(value) = cell.value.filter(|v| v.is_finite()) else {
                continue;
            };
            if found.lowest.is_none_or(|(low, _)| value < low) {
                found.lowest = Some((value, at));
            }
            if found.highest.is_none_or(|(high, _)| value > high) {
                found.highest = Some((value, at));
            }
        }
        first += count;
    }
    Ok(found)
}

/// The coordinates of a cell in words.
fn place(map: &PhaseMap, cell: u64) -> String {
    let coordinates = map.coordinates(cell);
    let words = map.axes().iter().zip(&coordinates);
    words
        .map(|(axis, value)| {
            let all = axis.values();
            let digits = match all.iter().all(|value| value.fract() == 0.0) {
                true => plain(*value),
                false => significant(*value, 6),
            };
            format!("{} = {digits}", axis.name())
        })
        .collect::<Vec<_>>()
        .join(", ")
}

/// What is to be known before using the cells.
pub(crate) fn warnings(map: &PhaseMap) -> Vec<String> {
    let off = |found: Option<(f64, String)>, said: fn(f64) -> String| {
        let found = found.filter(|(error, _)| *error > IMPRECISE);
        found.map(|(error, place)| format!("{place}: {}", said(error)))
    };
    let at_w0 = off(map.imprecision(), few_digits);
    let said = at_w0.or_else(|| off(map.imprecision_of_runs(), few_digits_later));
    said.into_iter().collect()
}

pub(crate) fn summary(finished: &Finished<'_>, lines: &[Boundary]) -> Result<String, Error> {
    let map = finished.map;
    let found = overview(finished)?;
    let names: Vec<String> = map
        .axes()
        .iter()
        .map(|axis| format!("{} ({})", axis.name(), axis.values().len()))
        .collect();
    let mut text = format!("{} over {}\n", map.value().number.name, names.join(" x "));
    let mut line = |name: &str, value: String| {
        let _written = writeln!(text, "{name:<10} {value}");
    };
    let digits = digits_at(finished.parameters, DIGITS);
    // Of words, none is the highest.
    let is_number = map.value().number.unit != Unit::Outcome;
    for (name, extreme) in [("lowest", found.lowest), ("highest", found.highest)] {
        if let Some((value, at)) = extreme.filter(|_| is_number) {
            line(
                name,
                format!("{} at {}", significant(value, digits), place(map, at)),
            );
        }
    }
    let counts: Vec<String> = OUTCOMES
        .iter()
        .zip(found.outcomes)
        .filter(|(_, count)| *count > 0)
        .map(|(outcome, count)| format!("{count} {}", outcome.word()))
        .collect();
    line("cells", counts.join(", "));
    if let Some(at) = found.first_failed {
        let reason = map.failure(&map.coordinates(at));
        let reason = reason.unwrap_or_else(|| "its value is not finite".to_owned());
        line("failed", format!("first at {}: {reason}", place(map, at)));
    }
    for boundary in lines {
        let sheet = boundary.sheet.map_or(String::new(), |z| format!(" at {z}"));
        let what = in_words(boundary.kind);
        let text = points(boundary, map.axes().len(), digits);
        line("boundary", format!("{what}{sheet}: {text}"));
    }
    if let Some((name, words)) = inferred(finished, found.inferred) {
        line(name, words);
    }
    Ok(text)
}

/// The points of a boundary over one axis, how many there are of others; `of_runs` are the digits of what runs give.
fn points(boundary: &Boundary, axes: usize, of_runs: usize) -> String {
    let lines = &boundary.polylines;
    let points = lines.iter().flatten();
    if axes != 1 {
        let points = counted(points.count(), "point");
        return format!("{}, {points}", counted(lines.len(), "line"));
    }
    let digits = match boundary.kind {
        BoundaryKind::CriticalStrength => DIGITS,
        BoundaryKind::RatioOne | BoundaryKind::Learned => of_runs,
    };
    let points = points.map(|(x, _)| significant(*x, digits));
    points.collect::<Vec<_>>().join(", ")
}

/// How many cells were not solved themselves, and what they are; nothing where all were.
fn inferred(finished: &Finished<'_>, inferred: u64) -> Option<(&'static str, String)> {
    if let Some(Refinement {
        solved,
        inferred,
        error,
    }) = finished.refinement
    {
        let words = format!(
            "{} solved, {inferred} filled in (solved = false in the data; largest deviation seen {error:.1e})",
            counted(solved, "cell")
        );
        return Some(("refined", words));
    }
    let solved = finished.map.cells() - inferred;
    let words = format!(
        "{}; {inferred} interpolated along rows to the same tolerance (solved = false in the data)",
        counted(solved, "cell")
    );
    (inferred > 0).then_some(("solved", words))
}
