//! Mean and 5 to 95 % band of each number against time.

use super::SimulateReport;
use super::words::shown;
use crate::observable::Observable;
use crate::output::{Axis, Curve, CurveStyle, Figure, Panel, suggested_scale};
use crate::simulation::TimeSummary;
use crate::study::along_run::{columns, exit_mark, panel, threshold_mark, time_scale};
use crate::study::provenance::command_line;

/// A panel per number.
pub(super) fn figure(simulated: &SimulateReport) -> Figure {
    let numbers = shown(simulated).into_iter().enumerate();
    let panels: Vec<Panel> = numbers.map(|(i, one)| along(simulated, i, one)).collect();
    Figure {
        columns: columns(panels.len()),
        panels,
        provenance: format!(
            "{}, lorode {}",
            command_line("simulate", &simulated.parameters),
            env!("CARGO_PKG_VERSION")
        ),
    }
}

fn along(simulated: &SimulateReport, index: usize, observable: &Observable) -> Panel {
    let statistics = &simulated.statistics;
    let label = observable.label_for(simulated.problem.adapter().is_lora());
    let to_time = simulated.sgd.step * simulated.time_factor;
    let (mut points, mut band) = (Vec::new(), Vec::new());
    for (step, summary) in statistics.step.iter().zip(statistics.of(observable)) {
        if let Some(s) = summary {
            points.push((*step as f64 * to_time, Some(s.mean)));
            band.push((s.q05, s.q95));
        }
    }
    let ends = band.iter().flat_map(|(low, high)| [*low, *high]);
    let scale = suggested_scale(ends.chain(points.iter().filter_map(|p| p.1)));
    let seeds = statistics.count.first().copied().unwrap_or(0);
    let name = match (index, seeds) {
        (0, 1) => "one seed".to_owned(),
        (0, _) => format!("mean of {seeds} seeds, 5–95 %"),
        _ => String::new(),
    };
    let exit = median_exit(simulated);
    let last = statistics.step.last().copied().unwrap_or(0) as f64;
    let time = (&simulated.options, time_scale(exit, last));
    let mut panel = panel(index, label, time, Axis::new(label, scale));
    let exit = exit.map(|exit| exit_mark(exit * to_time, "median exit"));
    panel.marks.extend(exit);
    panel
        .marks
        .extend(threshold_mark(&simulated.problem, observable));
    panel.with_curve(
        Curve::new(name, points, CurveStyle::Line)
            .with_colour(0)
            .with_band(band),
    )
}

fn median_exit(simulated: &SimulateReport) -> Option<f64> {
    TimeSummary::of(&simulated.exits()).q50
}
