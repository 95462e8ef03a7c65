//! The loss on every task against time, and below it the overlaps.

use super::TrainReport;
use crate::observable::{M, Q};
use crate::output::{Axis, Curve, CurveStyle, Figure, Mark, Panel, Scale, suggested_scale};
use crate::stages::StageInstant;
use crate::study::provenance::caption;

/// Decades below the largest loss that are shown.
const DECADES: i32 = 16;

/// Loss and m of every task, alignment and q of the student; a line where a stage begins.
pub(super) fn figure(report: &TrainReport) -> Figure {
    let tasks: Vec<usize> = (0..report.history.tasks.len()).collect();
    let losses = || {
        report
            .runs
            .iter()
            .flat_map(|run| run.course.iter().flat_map(|at| at.loss.iter().copied()))
    };
    let highest = losses().fold(0.0, f64::max);
    let floor = highest * 10f64.powi(-DECADES);
    let mut loss = Axis::new(
        "population loss L",
        suggested_scale(losses().filter(|loss| *loss > floor)),
    );
    if loss.scale == Scale::Log && losses().any(|loss| loss < floor) {
        loss = loss.with_range(floor, 2.0 * highest);
    }
    let linear = |label: &str| Axis::new(label, Scale::Linear);
    let mut panels = vec![
        panel(report, 0, loss),
        panel(report, 1, linear(M.label)),
        panel(report, 2, linear("alignment with the task")),
        panel(report, 3, linear(Q.label)),
    ];
    for k in &tasks {
        let name = report.history.tasks[*k].name.clone();
        let (loss, m) = (
            |at: &StageInstant| at.loss[*k],
            |at: &StageInstant| at.m[*k],
        );
        panels[0]
            .curves
            .push(curve(report, name, loss).with_colour(*k));
        panels[1]
            .curves
            .push(curve(report, String::new(), m).with_colour(*k));
    }
    panels[2]
        .curves
        .push(curve(report, String::new(), |at| at.seen.alignment).with_colour(0));
    panels[3]
        .curves
        .push(curve(report, String::new(), |at| at.seen.q()).with_colour(0));
    Figure::new(panels, 2).with_provenance(caption("train", &report.parameters))
}

/// A panel over time with a line where each stage after the first begins.
fn panel(report: &TrainReport, index: u8, y: Axis) -> Panel {
    let letter = char::from(b'a' + index);
    let mut panel = Panel::new(
        format!("({letter})"),
        Axis::new("time [t]", Scale::Linear),
        y,
    );
    for stage in 1..report.runs.len() {
        let label = if index == 0 {
            format!("stage {}", stage + 1)
        } else {
            String::new()
        };
        panel
            .marks
            .push(Mark::vertical(report.before(stage).0, label, None));
    }
    panel
}

/// A number along all stages, broken between them.
fn curve(report: &TrainReport, label: String, value: impl Fn(&StageInstant) -> f64) -> Curve {
    let mut points = Vec::new();
    for (i, run) in report.runs.iter().enumerate() {
        let (before, _) = report.before(i);
        points.extend(run.course.iter().map(|at| (before + at.t, Some(value(at)))));
        points.push((before + run.t, None));
    }
    Curve::new(label, points, CurveStyle::Line)
}
