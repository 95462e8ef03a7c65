//! Mean and 5 to 95 % band of each number against time.

use super::SimulateReport;
use super::words::shown;
use crate::observable::Observable;
use crate::output::{Curve, CurveStyle, Figure, Panel, Scale};
use crate::simulation::TimeSummary;
use crate::study::along_run::{AlongRun, columns, time_scale};
use crate::study::provenance::caption;

/// A panel per number.
pub(super) fn figure(simulated: &SimulateReport) -> Figure {
    let exit = TimeSummary::of(&simulated.exits()).q50;
    let last = simulated.statistics.step.last().copied().unwrap_or(0) as f64;
    let to_time = simulated.sgd.step * simulated.time_factor;
    let run = AlongRun {
        problem: &simulated.problem,
        options: &simulated.options,
        scale: time_scale(exit, last),
        exit: exit.map(|exit| (exit * to_time, "median exit")),
    };
    let numbers = shown(simulated).into_iter().enumerate();
    let panels: Vec<Panel> = numbers
        .map(|(i, one)| along(simulated, &run, i, one))
        .collect();
    let columns = columns(panels.len());
    Figure::new(panels, columns).with_provenance(caption("simulate", &simulated.parameters))
}

fn along(
    simulated: &SimulateReport,
    run: &AlongRun<'_>,
    index: usize,
    number: &Observable,
) -> Panel {
    let statistics = &simulated.statistics;
    let to_time = simulated.sgd.step * simulated.time_factor;
    let (mut points, mut medians, mut band) = (Vec::new(), Vec::new(), Vec::new());
    for (step, summary) in statistics.step.iter().zip(statistics.of(number)) {
        if let Some(s) = summary {
            points.push((*step as f64 * to_time, Some(s.mean)));
            medians.push((*step as f64 * to_time, Some(s.q50)));
            band.push((s.q05, s.q95));
        }
    }
    let ends = band.iter().flat_map(|(low, high)| [*low, *high]);
    let values = ends.chain(points.iter().filter_map(|p| p.1));
    let panel = run.panel(index, run.label(number), number, values);
    let seeds = statistics.count.first().copied().unwrap_or(0);
    // A few large seeds carry a mean out of its band, which shows where decades do.
    let by_median = panel.y.scale == Scale::Log && seeds > 1;
    let name = match (index, seeds) {
        _ if by_median => format!("median of {seeds}, 5–95 %"),
        (0, 1) => "one seed".to_owned(),
        (0, _) => format!("mean of {seeds}, 5–95 %"),
        _ => String::new(),
    };
    let middle = if by_median { medians } else { points };
    let middle = Curve::new(name, middle, CurveStyle::Line).with_colour(0);
    panel.with_curve(middle.with_band(band))
}
