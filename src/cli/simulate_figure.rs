//! Figure of `lorode simulate`: mean and 5 to 95 % band of each quantity against time.

use super::emit::command_line;
use super::simulate::Simulated;
use super::simulate_report::{exits, shown};
use crate::output::{Axis, Curve, CurveStyle, Figure, Mark, Panel, Scale, suggested_scale};
use crate::simulation::{Quantity, Statistics, TimeSummary};
use crate::study::units::unit;

/// Length of the run against its exit from which a linear axis hides the search.
const LOG_SPAN: f64 = 20.0;

/// A quantity, named for an axis.
pub(super) fn label(quantity: Quantity, is_lora: bool) -> &'static str {
    match quantity {
        Quantity::U => "LoRA amplitude u",
        Quantity::Alignment if is_lora => "LoRA alignment ⟨v, ω*⟩",
        Quantity::Alignment => "alignment cos(w, ω*)",
        Quantity::S => "overlap ⟨v, w₀⟩",
        Quantity::M => "student–teacher overlap m",
        Quantity::Q => "student self-overlap q",
        Quantity::Loss => "population loss L",
        Quantity::AbsU => "LoRA amplitude |u|",
        Quantity::AbsAlignment if is_lora => "LoRA alignment |⟨v, ω*⟩|",
        Quantity::AbsAlignment => "alignment |cos(w, ω*)|",
    }
}

/// A panel per quantity.
pub(super) fn figure(simulated: &Simulated) -> Figure {
    let statistics = simulated.ensemble.statistics();
    let panels: Vec<Panel> = shown(simulated)
        .into_iter()
        .enumerate()
        .map(|(i, quantity)| panel(simulated, &statistics, i, quantity))
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

fn panel(
    simulated: &Simulated,
    statistics: &Statistics,
    index: usize,
    quantity: Quantity,
) -> Panel {
    let is_lora = simulated.problem.adapter().is_lora();
    let to_time = simulated.problem.scaling().step.unwrap_or(1.0) * simulated.time_factor;
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
        title: format!("({letter}) {}", label(quantity, is_lora)),
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
            label: label(quantity, is_lora).to_owned(),
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

fn median_exit(simulated: &Simulated) -> Option<f64> {
    TimeSummary::of(&exits(simulated)).q50
}
