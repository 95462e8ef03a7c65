//! What a panel must satisfy before anything is drawn.

use super::{Curve, Mark, Panel};
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
    Ok(())
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
