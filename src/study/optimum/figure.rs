//! The time against the strength, the best one marked.

use super::OptimumReport;
use super::words::goal_in_words;
use crate::observable::run::{EXIT_TIME, LEARN_TIME};
use crate::output::{Axis, Curve, CurveStyle, Figure, Mark, Panel};
use crate::phase::OptimumGoal;
use crate::study::axes::{Spacing, scale};
use crate::study::provenance::caption;
use crate::study::units::unit;

pub(super) fn figure(of: &OptimumReport) -> Figure {
    let points = of.scaled_curve();
    let number = match of.goal {
        OptimumGoal::Exit => &EXIT_TIME,
        OptimumGoal::Learn => &LEARN_TIME,
    };
    let what = goal_in_words(of.goal);
    let y = Axis::new(
        format!("{what} [{}]", unit(&of.options)),
        scale(number, points.iter().filter_map(|p| p.1)),
    );
    let mut panel = Panel::new(
        format!("{}: {what}", of.model.label()),
        Spacing::Even.strengths(),
        y,
    )
    .with_curve(Curve::new("", points, CurveStyle::Line).with_colour(0));
    if let Some(mu) = of.optimum.as_ref().map(|optimum| optimum.mu) {
        panel = panel.with_mark(Mark::vertical(mu, format!("best μ = {mu:.4}"), Some(1)));
    }
    Figure::new(vec![panel], 1).with_provenance(caption("optimum", &of.parameters))
}
