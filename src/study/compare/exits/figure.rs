//! Exit times of SGD on the theory's.

use super::ExitsReport;
use crate::model::pair_label;
use crate::observable::run::EXIT_TIME;
use crate::output::{Curve, CurveStyle, Figure, Panel};
use crate::study::axes::{Spacing, axis};
use crate::study::compare::caption;

/// Exit time against strength: the theory as a line, SGD as points with 5 to 95 % bars; both
/// medians, where starts are random.
pub(super) fn figure(exits: &ExitsReport) -> Figure {
    let first = exits.curves.iter().find(|curve| !curve.points.is_empty());
    let strengths: Vec<f64> = first.map_or(Vec::new(), |c| c.points.iter().map(|p| p.mu).collect());
    let spacing = Spacing::of_strengths(&strengths);
    let mut curves = Vec::new();
    for (colour, curve) in exits.curves.iter().enumerate() {
        let name = pair_label(&curve.teacher, &curve.student);
        if curve.points.is_empty() {
            continue;
        }
        let theory = curve.points.iter();
        let theory = theory.map(|p| (spacing.shown(p.mu), p.theory_median));
        let line = Curve::new(
            format!("{name}, theory"),
            theory.collect(),
            CurveStyle::Line,
        );
        curves.push(line.with_colour(colour));
        let seen: Vec<_> = curve
            .points
            .iter()
            .filter_map(|p| Some((spacing.shown(p.mu), p.sgd.q50?, (p.sgd.q05?, p.sgd.q95?))))
            .collect();
        let points = seen.iter().map(|(at, median, _)| (*at, Some(*median)));
        let sgd = Curve::new(format!("{name}, SGD"), points.collect(), CurveStyle::Points);
        let bars = seen.iter().map(|(_, _, bar)| *bar).collect();
        curves.push(sgd.with_colour(colour).with_error_bars(bars));
    }
    let all = exits.curves.iter().flat_map(|c| &c.points);
    let times = all
        .flat_map(|p| [p.theory_median, p.sgd.q05, p.sgd.q95])
        .flatten();
    let mut panel = Panel::new(
        "median exit time: theory (lines), SGD with 5–95 % (points)",
        spacing.strengths(),
        axis(&EXIT_TIME, &exits.options, times),
    );
    panel.curves = curves;
    Figure::new(vec![panel], 1).with_provenance(caption(&exits.parameters, exits.starts))
}
