//! Exit time against dimension, runs and fitted laws.

use super::ScalingReport;
use crate::model::pair_label;
use crate::observable::run::EXIT_TIME;
use crate::output::{Axis, Curve, CurveStyle, Figure, Panel};
use crate::scaling::{Law, ScalingCurve};
use crate::study::axes::axis;
use crate::study::provenance::caption;
use crate::study::words::significant;

/// Points of a drawn law.
const DRAWN: usize = 60;

pub(super) fn figure(scaled: &ScalingReport) -> Figure {
    let all = scaled.curves.iter().flat_map(|c| &c.points);
    // An exit at the start, at time 0, has no place on a logarithmic axis.
    let times = all.filter_map(|p| p.exit_time).filter(|t| *t > 0.0);
    let mut panel = Panel::new(
        "exit time: runs (points), fitted law (line)",
        dimensions(scaled),
        axis(&EXIT_TIME, &scaled.options, times),
    );
    for (colour, curve) in scaled.curves.iter().enumerate() {
        let points = curve.points.iter().map(|p| (p.dim, p.exit_time)).collect();
        let runs = Curve::new(label(curve), points, CurveStyle::Points);
        panel = panel.with_curve(runs.with_colour(colour));
        let law = Curve::new("", drawn(curve), CurveStyle::Line);
        panel = panel.with_curve(law.with_colour(colour));
    }
    Figure::new(vec![panel], 1).with_provenance(caption("scaling", &scaled.parameters))
}

/// The dimensions, with room for the markers at the ends.
fn dimensions(scaled: &ScalingReport) -> Axis {
    const ROOM: f64 = 0.03;
    let axis = Axis::log("dimension d");
    let points = scaled.curves.first().map(|c| c.points.as_slice());
    match points {
        Some([first, .., last]) => {
            let room = (last.dim / first.dim).powf(ROOM);
            axis.with_range(first.dim / room, last.dim * room)
        }
        _ => axis,
    }
}

/// The pair and its law, as in `he4: d¹·⁰⁰⁰`.
fn label(curve: &ScalingCurve) -> String {
    let pair = pair_label(&curve.teacher, &curve.student);
    let law = match curve.fit.law {
        Law::Constant { time } => format!("constant {}", significant(time, 4)),
        Law::Logarithmic { slope, .. } => format!("{} ln d", significant(slope, 4)),
        Law::Power { exponent, .. } => format!("d{}", raised(exponent)),
        Law::Undecided => "undecided".to_owned(),
        Law::Never => "no exit".to_owned(),
    };
    format!("{pair}: {law}")
}

/// A number in small raised digits, to three decimals.
fn raised(number: f64) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let letters = format!("{number:.3}");
    let raised = letters.chars().map(|letter| match letter {
        '-' => '⁻',
        '.' => '·',
        digit => digit
            .to_digit(10)
            .map_or(digit, |digit| DIGITS[digit as usize]),
    });
    raised.collect()
}

/// The law over the range it was fitted to.
fn drawn(curve: &ScalingCurve) -> Vec<(f64, Option<f64>)> {
    let (Some(from), Some(to)) = (curve.fit.from, curve.fit.to) else {
        return Vec::new();
    };
    let dim = |i: usize| from * (to / from).powf(i as f64 / (DRAWN - 1) as f64);
    (0..DRAWN)
        .map(|i| (dim(i), curve.fit.law.at(dim(i))))
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn exponents_are_raised() {
        assert_eq!(super::raised(0.5), "⁰·⁵⁰⁰");
        assert_eq!(super::raised(-1.25), "⁻¹·²⁵⁰");
    }
}
