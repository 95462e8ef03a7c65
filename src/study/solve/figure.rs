//! The overlaps and the loss against time.

use super::SolveReport;
use crate::observable::{M, Observable};
use crate::output::{Axis, Curve, CurveStyle, Figure, Mark, Panel, Scale, suggested_scale};
use crate::study::along_run::{columns, exit_mark, panel, shown, threshold_mark};
use crate::study::provenance::command_line;

/// Span of time beyond the exit, against the exit, from which a linear axis hides the search.
const LOG_SPAN: f64 = 50.0;

/// A panel per number.
pub(super) fn figure(solved: &SolveReport) -> Figure {
    let numbers = shown(&solved.problem).into_iter().enumerate();
    let panels: Vec<Panel> = numbers.map(|(i, one)| along(solved, i, one)).collect();
    Figure {
        columns: columns(panels.len()),
        panels,
        provenance: format!(
            "{}, lorode {}",
            command_line("solve", &solved.parameters),
            env!("CARGO_PKG_VERSION")
        ),
    }
}

fn along(solved: &SolveReport, index: usize, observable: &Observable) -> Panel {
    let label = observable.label_for(solved.problem.adapter().is_lora());
    let values = solved.trajectory.of(observable);
    let scale = suggested_scale(values.iter().copied().flatten());
    let time = (&solved.options, time_scale(solved));
    let mut panel = panel(index, label, time, Axis::new(label, scale));
    let ended = solved.ended.as_ref();
    if let Some(exit) = ended.and_then(|ended| ended.run.exit_time) {
        panel = panel.with_mark(exit_mark(exit * solved.time_factor, "exit"));
    }
    panel
        .marks
        .extend(threshold_mark(&solved.problem, observable));
    if *observable == M {
        // w0 at a critical strength has no gradient; a run that passes one slows down.
        let critical = ended.iter().flat_map(|ended| &ended.critical.strengths);
        panel.marks.extend(critical.map(|c| Mark::Horizontal {
            at: c.mu,
            label: "A = 0".to_owned(),
            colour: Some(1),
        }));
    }
    let times = solved.trajectory.t.iter().map(|t| t * solved.time_factor);
    let points = times.zip(values.iter().copied()).collect();
    panel.with_curve(Curve::new("", points, CurveStyle::Line).with_colour(0))
}

/// Logarithmic when the search is a small part of the run, or the run of its own fast part.
fn time_scale(solved: &SolveReport) -> Scale {
    let Some(ended) = &solved.ended else {
        return Scale::Linear;
    };
    let end = ended.run.settled;
    let first = ended.run.exit_time.unwrap_or(end);
    let fast = ended
        .phase
        .map_or(end, |p| 1.0 / p.curvature.abs().max(p.growth_rate.abs()));
    if end > LOG_SPAN * first || first > LOG_SPAN * LOG_SPAN * fast {
        Scale::Log
    } else {
        Scale::Linear
    }
}
