//! What a panel must satisfy before anything is drawn.

use super::axis::SUBNORMAL;
use super::{Axis, Categories, Curve, Field, HeatMap, Mark, Panel};
use crate::numeral::{counted, plain};
use crate::output::OutputError;
use crate::output::error::finite;

/// Refuse numbers that are not finite and lengths that do not match.
pub(super) fn panel(panel: &Panel) -> Result<(), OutputError> {
    for (index, curve) in panel.curves.iter().enumerate() {
        check_curve(curve, index)?;
    }
    for (row, mark) in panel.marks.iter().enumerate() {
        let (Mark::Vertical { at, label, .. } | Mark::Horizontal { at, label, .. }) = mark;
        finite(*at, &format!("mark {label}"), row)?;
    }
    for (row, one) in panel.stretches.iter().enumerate() {
        for end in [one.from, one.to] {
            finite(end, &format!("stretch {}", one.label), row)?;
        }
    }
    panel
        .field
        .as_ref()
        .map_or(Ok(()), |field| check_field(field, panel))
}

fn check_field(field: &Field, panel: &Panel) -> Result<(), OutputError> {
    let (name, count) = match field {
        Field::HeatMap(map) => (format!("heat map {}", map.label), map.values.len()),
        Field::Categories(map) => ("categories".to_owned(), map.values.len()),
    };
    let (x, y) = field.centres();
    check_centres(x, &panel.x, &format!("x of {name}"))?;
    check_centres(y, &panel.y, &format!("y of {name}"))?;
    if count != x.len() * y.len() {
        return Err(OutputError::UnequalLengths {
            name: format!("values of {name}"),
            expected: x.len() * y.len(),
            actual: count,
        });
    }
    match field {
        Field::HeatMap(map) => check_numbers(map, &name),
        Field::Categories(map) => check_names(map),
    }
}

/// Centres must be finite, ascending and evenly spaced on the scale of their axis.
fn check_centres(centres: &[f64], axis: &Axis, name: &str) -> Result<(), OutputError> {
    /// Room for coordinates that were rounded, as a fraction of the spacing.
    const UNEVEN: f64 = 0.25;
    let wrong = |row: usize, reason: &str| {
        Err(OutputError::InvalidField {
            name: name.to_owned(),
            reason: format!(
                "has the value {} in row {row} {reason}",
                plain(centres[row])
            ),
        })
    };
    for (row, value) in centres.iter().enumerate() {
        finite(*value, name, row)?;
        if !axis.scale.shows(*value) {
            return wrong(row, "on a log axis; it must be positive");
        }
        if row > 0 && *value <= centres[row - 1] {
            return wrong(
                row,
                "after a value at least as great; the values must ascend",
            );
        }
    }
    let scaled = |row: usize| axis.scale.forward(centres[row]);
    for row in 1..centres.len().saturating_sub(1) {
        let step = (scaled(centres.len() - 1) - scaled(0)) / (centres.len() - 1) as f64;
        // The smallest numbers are even up to their rounding.
        if (scaled(row) - scaled(0) - step * row as f64).abs() > UNEVEN * step + SUBNORMAL {
            let reason = "away from its place; the values must be evenly spaced on the axis, in \
                          equal steps if it is linear, in equal ratios if it is logarithmic";
            return wrong(row, reason);
        }
    }
    Ok(())
}

fn check_numbers(map: &HeatMap, name: &str) -> Result<(), OutputError> {
    for (row, value) in map.values.iter().enumerate() {
        finite(value.unwrap_or(0.0), name, row)?;
    }
    for (row, level) in map.contours.iter().enumerate() {
        finite(*level, &format!("contours of {name}"), row)?;
    }
    if let Some(centre) = map.centre {
        finite(centre, &format!("centre of {name}"), 0)?;
        if !map.scale.shows(centre) {
            return Err(OutputError::InvalidField {
                name: format!("centre of {name}"),
                reason: format!("is {} on a log scale; it must be positive", plain(centre)),
            });
        }
    }
    Ok(())
}

fn check_names(map: &Categories) -> Result<(), OutputError> {
    let unknown = map.values.iter().enumerate().find_map(|(row, value)| {
        let value = value.filter(|value| *value >= map.names.len())?;
        Some((row, value))
    });
    unknown.map_or(Ok(()), |(row, value)| {
        Err(OutputError::InvalidField {
            name: "categories".to_owned(),
            reason: format!(
                "have the value {value} in row {row} (counted from 0), but only {}",
                counted(map.names.len(), "name")
            ),
        })
    })
}

fn check_curve(curve: &Curve, index: usize) -> Result<(), OutputError> {
    let name = if curve.label.is_empty() {
        format!("curve {index}")
    } else {
        curve.label.clone()
    };
    for (row, (x, y)) in curve.points.iter().enumerate() {
        finite(*x, &name, row)?;
        if let Some(y) = y {
            finite(*y, &name, row)?;
        }
    }
    for (what, ends) in [("error bars", &curve.error_bars), ("band", &curve.band)] {
        let Some(ends) = ends else { continue };
        if ends.len() != curve.points.len() {
            return Err(OutputError::UnequalLengths {
                name: format!("{what} of {name}"),
                expected: curve.points.len(),
                actual: ends.len(),
            });
        }
        for (row, (low, high)) in ends.iter().enumerate() {
            // Where the point is missing its ends are never drawn.
            if curve.points.get(row).is_some_and(|point| point.1.is_some()) {
                finite(*low, &format!("{what} of {name}"), row)?;
                finite(*high, &format!("{what} of {name}"), row)?;
            }
        }
    }
    Ok(())
}
