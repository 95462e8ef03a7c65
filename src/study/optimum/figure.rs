//! The time against the strength, the best one marked.

use super::OptimumReport;
use super::words::goal_in_words;
use crate::output::{Axis, Curve, CurveStyle, Figure, Mark, Panel, Scale, suggested_scale};
use crate::study::provenance::command_line;
use crate::study::units::unit;

pub(super) fn figure(of: &OptimumReport) -> Figure {
    let points = of.scaled_curve();
    let scale = suggested_scale(points.iter().filter_map(|p| p.1));
    let what = goal_in_words(of.goal);
    let mut panel = Panel::new(
        format!("{}: {what}", of.model.label()),
        Axis {
            label: "pre-training strength μ".to_owned(),
            scale: Scale::Linear,
            range: None,
        },
        Axis {
            label: format!("{what} [{}]", unit(&of.options)),
            scale,
            range: None,
        },
    )
    .with_curve(Curve::new("", points, CurveStyle::Line).with_colour(0));
    if let Some(mu) = of.optimum.as_ref().map(|optimum| optimum.mu) {
        panel = panel.with_mark(Mark::Vertical {
            at: mu,
            label: format!("best μ = {mu:.4}"),
            colour: Some(1),
        });
    }
    Figure::new(vec![panel], 1).with_provenance(format!(
        "{}, lorode {}",
        command_line("optimum", &of.parameters),
        env!("CARGO_PKG_VERSION")
    ))
}
