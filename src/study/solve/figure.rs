//! The overlaps and the loss against time.

use super::SolveReport;
use crate::observable::{M, Observable};
use crate::output::{Curve, CurveStyle, Figure, Mark, Panel, Scale};
use crate::study::along_run::{AlongRun, columns, shown};
use crate::study::provenance::caption;

/// Span of time beyond the exit, against the exit, from which a linear axis hides the search.
const LOG_SPAN: f64 = 50.0;

/// A panel per number.
pub(super) fn figure(solved: &SolveReport) -> Figure {
    let exit = solved.ended.as_ref().and_then(|ended| ended.run.exit_time);
    let run = AlongRun {
        problem: &solved.problem,
        options: &solved.options,
        scale: time_scale(solved),
        exit: exit.map(|exit| (exit * solved.time_factor, "exit")),
    };
    let numbers = shown(&solved.problem).into_iter().enumerate();
    let panels: Vec<Panel> = numbers
        .map(|(i, one)| along(solved, &run, i, one))
        .collect();
    let columns = columns(panels.len());
    Figure::new(panels, columns).with_provenance(caption("solve", &solved.parameters))
}

fn along(solved: &SolveReport, run: &AlongRun<'_>, index: usize, number: &Observable) -> Panel {
    let values = solved.trajectory.of(number);
    let known = values.iter().copied().flatten();
    let mut panel = run.panel(index, run.label(number), number, known);
    if *number == M {
        // w0 at a critical strength has no gradient; a run that passes one slows down.
        let critical = solved
            .ended
            .iter()
            .flat_map(|ended| &ended.critical.strengths);
        let marks = critical.map(|c| Mark::horizontal(c.mu, "A = 0", Some(1)));
        panel.marks.extend(marks);
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
