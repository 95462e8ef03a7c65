//! From a table of measured runs to numbers by seed and time.

use crate::comparison::Measured;
use crate::error::Error;
use crate::numeral::plain;
use crate::observable::ALONG;
use crate::output::{Column, Table};
use crate::problem::Scaling;
use crate::study::saved::column;

/// Columns that say when, each with the words for it; the first that is there counts.
const TIMES: [(&str, &str); 3] = [
    ("step", "a step of SGD"),
    ("t", "t = eta * steps"),
    ("samples", "samples seen"),
];

/// The runs in a table.
///
/// # Errors
/// A column that is missing, a value that is, times whose unit is not said, that go back, or that differ between seeds.
pub(super) fn of(file: &str, table: &Table, scaling: &Scaling) -> Result<Measured, Error> {
    let (unit, times) = times(file, table)?;
    let has_seeds = table.columns.iter().any(|one| one.name() == "seed");
    let seeds = match has_seeds {
        true => numbers(file, table, "seed")?,
        false => vec![0.0; times.len()],
    };
    let mut runs: Vec<(f64, Vec<usize>)> = Vec::new();
    for (row, seed) in seeds.iter().enumerate() {
        match runs
            .iter_mut()
            .find(|(one, _)| one.to_bits() == seed.to_bits())
        {
            Some((_, rows)) => rows.push(row),
            None => runs.push((*seed, vec![row])),
        }
    }
    let at = |rows: &[usize]| rows.iter().map(|row| times[*row]).collect::<Vec<f64>>();
    let first = runs.first().map_or(Vec::new(), |(_, rows)| at(rows));
    for (seed, rows) in &runs {
        ascending((file, has_seeds), unit, *seed, (rows, &times))?;
        if at(rows) != first {
            return Err(said(
                file,
                &format!(
                    "seed {} is not recorded at the same {unit} as seed {}: all seeds must be",
                    plain(*seed),
                    plain(runs[0].0)
                ),
            ));
        }
    }
    let mut values = Vec::new();
    for number in ALONG {
        if table.columns.iter().any(|one| one.name() == number.name) {
            let all = numbers(file, table, number.name)?;
            let of_run = |(_, rows): &(f64, Vec<usize>)| rows.iter().map(|row| all[*row]).collect();
            values.push((*number, runs.iter().map(of_run).collect()));
        }
    }
    if values.is_empty() {
        return Err(nothing(file, table));
    }
    agree(file, table, (unit, &times), scaling)?;
    let time = |shown: &f64| in_time(unit, *shown, scaling);
    let times: Vec<f64> = first.iter().filter_map(time).collect();
    let nearest = |t: &f64| scaling.steps(*t).unwrap_or(0.0).round() as u64;
    Ok(Measured {
        step: times.iter().map(nearest).collect(),
        times,
        values,
    })
}

/// A column of times as `t`.
fn in_time(unit: &str, shown: f64, scaling: &Scaling) -> Option<f64> {
    match unit {
        "step" => scaling.time(shown),
        "samples" => scaling.time(shown / scaling.batch?),
        _ => Some(shown),
    }
}

/// Refuses further columns of times that tell other times than the first.
fn agree(
    file: &str,
    table: &Table,
    (unit, times): (&str, &[f64]),
    scaling: &Scaling,
) -> Result<(), Error> {
    /// Of times written with some digits.
    const ROUNDED: f64 = 1e-3;
    for (other, _) in TIMES.iter().filter(|(name, _)| *name != unit) {
        if !table.columns.iter().any(|one| one.name() == *other) {
            continue;
        }
        for (row, (first, second)) in times.iter().zip(numbers(file, table, other)?).enumerate() {
            let (a, b) = (
                in_time(unit, *first, scaling),
                in_time(other, second, scaling),
            );
            let apart = a
                .zip(b)
                .map_or(0.0, |(a, b)| (a - b).abs() / a.abs().max(b.abs()));
            if apart > ROUNDED {
                return Err(said(
                    file,
                    &format!(
                        "its columns {unit} and {other} contradict each other in row {}: {unit} = {} is {other} = {} at the step \
                         size and batch given, not {}: mend lr and batch, or leave one column out",
                        row + 1,
                        plain(*first),
                        a.and_then(|t| shown(other, t, scaling))
                            .map_or_else(|| "unknown".to_owned(), plain),
                        plain(second),
                    ),
                ));
            }
        }
    }
    Ok(())
}

/// `t` as a column of times has it.
fn shown(unit: &str, t: f64, scaling: &Scaling) -> Option<f64> {
    match unit {
        "step" => scaling.steps(t),
        "samples" => Some(scaling.steps(t)? * scaling.batch?),
        _ => Some(t),
    }
}

/// What is said of a table without a number that can be compared.
fn nothing(file: &str, table: &Table) -> Error {
    let names: Vec<&str> = ALONG.iter().map(|one| one.name).collect();
    let (names, has) = (names.join(", "), columns(table));
    said(
        file,
        &format!("it has none of the columns {names}, which can be compared; it has {has}"),
    )
}

/// The column that says when, with its values.
fn times(file: &str, table: &Table) -> Result<(&'static str, Vec<f64>), Error> {
    let has = |name: &str| table.columns.iter().any(|one| one.name() == name);
    if let Some((unit, _)) = TIMES.iter().find(|(name, _)| has(name)) {
        return Ok((unit, numbers(file, table, unit)?));
    }
    let known = TIMES.map(|(name, words)| format!("{name} ({words})"));
    let unsaid = ["time", "times", "steps", "iteration", "epoch"];
    let unsaid = unsaid.iter().find(|name| has(name));
    Err(said(
        file,
        &match unsaid {
            Some(name) => format!(
                "its column '{name}' does not say its unit: call it {}",
                known.join(", or ")
            ),
            None => format!(
                "it has no column that says when: {}; it has {}",
                known.join(", or "),
                columns(table)
            ),
        },
    ))
}

/// Refuses times of a seed that go back, or are negative.
fn ascending(
    (file, has_seeds): (&str, bool),
    unit: &str,
    seed: f64,
    (rows, times): (&[usize], &[f64]),
) -> Result<(), Error> {
    if let Some(row) = rows.iter().find(|row| times[**row] < 0.0) {
        return Err(said(
            file,
            &format!(
                "{unit} = {} in row {} is not allowed: a run begins at 0",
                plain(times[*row]),
                row + 1
            ),
        ));
    }
    for pair in rows.windows(2) {
        let (before, after) = (times[pair[0]], times[pair[1]]);
        if after <= before {
            let advice = match has_seeds {
                true => "sort the rows of each seed by it",
                false => "runs of several seeds need a column seed",
            };
            return Err(said(
                file,
                &format!(
                    "{unit} goes back in row {}: {} follows {} (seed {}); {advice}",
                    pair[1] + 1,
                    plain(after),
                    plain(before),
                    plain(seed)
                ),
            ));
        }
    }
    Ok(())
}

/// A column of numbers without gaps.
fn numbers(file: &str, table: &Table, name: &str) -> Result<Vec<f64>, Error> {
    let values = column(table, name)
        .ok_or_else(|| said(file, &format!("its column '{name}' holds no numbers")))?;
    let whole = values
        .iter()
        .position(|value| !value.is_some_and(f64::is_finite));
    match whole {
        None => Ok(values.into_iter().flatten().collect()),
        Some(row) => Err(said(
            file,
            &format!(
                "its column '{name}' has no number in row {}: leave out what was not measured",
                row + 1
            ),
        )),
    }
}

fn columns(table: &Table) -> String {
    let names: Vec<&str> = table.columns.iter().map(Column::name).collect();
    names.join(", ")
}

fn said(file: &str, what: &str) -> Error {
    Error::Setting(format!("data '{file}': {what}"))
}
