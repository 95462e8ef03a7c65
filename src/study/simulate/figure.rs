//! Mean and 5 to 95 % band of each quantity against time.

use super::SimulateReport;
use super::words::shown;
use crate::output::{Axis, Curve, CurveStyle, Figure, Mark, Panel, Scale, suggested_scale};
use crate::simulation::{Quantity, TimeSummary};
use crate::study::provenance::command_line;
use crate::study::units::unit;
use crate::study::words::quantity_label;

/// Length of the run against its exit from which a linear axis hides the search.
const LOG_SPAN: f64 = 20.0;

/// A panel per quantity.
pub(super) fn figure(simulated: &SimulateReport) -> Figure {
    let panels: Vec<Panel> = shown(simulated)
        .into_iter()
        .enumerate()
        .map(|(i, quantity)| panel(simulated, i, quantity))
        .collect();
    Figure {
        columns: if panels.len() > 4 { 3 } else { 2 },
        panels,
        provenance: format!(
            "{}, lorode {}",
            command_line("simulate", &simulated.parameters),
            env!("CARGO_PKG_VERSION")
        ),
    }
}

fn panel(simulated: &SimulateReport, index: usize, quantity: Quantity) -> Panel {
    let statistics = &simulated.statistics;
    let is_lora = simulated.problem.adapter().is_lora();
    let to_time = simulated.sgd.step * simulated.time_factor;
    let letter = char::from(b'a' + index as u8);
    let (mut points, mut band) = (Vec::new(), Vec::new());
    for (step, summary) in statistics.step.iter().zip(statistics.of(quantity)) {
        if let Some(s) = summary {
            points.push((*step as f64 * to_time, Some(s.mean)));
            band.push((s.q05, s.q95));
        }
    }
    let ends = band.iter().flat_map(|(low, high)| [*low, *high]);
    let scale = suggested_scale(ends.chain(points.iter().filter_map(|p| p.1)));
    let seeds = statistics.count.first().copied().unwrap_or(0);
    let name = if index == 0 {
        match seeds {
            1 => "one seed".to_owned(),
            _ => format!("mean of {seeds} seeds, 5–95 %"),
        }
    } else {
        String::new()
    };
    let mut marks = Vec::new();
    let exit = median_exit(simulated);
    if let Some(exit) = exit {
        marks.push(Mark::Vertical {
            at: exit * to_time,
            label: "median exit".to_owned(),
            colour: None,
        });
    }
    if index == 0 {
        marks.push(Mark::Horizontal {
            at: simulated.problem.threshold(),
            label: "threshold".to_owned(),
            colour: None,
        });
    }
    let last = statistics.step.last().copied().unwrap_or(0) as f64;
    Panel {
        title: format!("({letter}) {}", quantity_label(quantity, is_lora)),
        x: Axis {
            label: format!("time [{}]", unit(&simulated.options)),
            scale: if exit.is_some_and(|exit| exit > 0.0 && last > LOG_SPAN * exit) {
                Scale::Log
            } else {
                Scale::Linear
            },
            range: None,
        },
        y: Axis {
            label: quantity_label(quantity, is_lora).to_owned(),
            scale,
            range: None,
        },
        curves: vec![
            Curve::new(name, points, CurveStyle::Line)
                .with_colour(0)
                .with_band(band),
        ],
        field: None,
        marks,
    }
}

fn median_exit(simulated: &SimulateReport) -> Option<f64> {
    TimeSummary::of(&simulated.exits()).q50
}
