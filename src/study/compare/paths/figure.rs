//! SGD on the theory's curves.

use super::PathsReport;
use crate::comparison::along;
use crate::output::{Axis, Curve, CurveStyle, Figure, Mark, Panel, Scale, suggested_scale};
use crate::simulation::{Quantity, SeedRun};
use crate::study::compare::caption;
use crate::study::units::unit;
use crate::study::words::quantity_label;

/// Single runs drawn.
const RUNS: usize = 3;
/// Length of the run against its exit from which a linear axis hides the search.
const LOG_SPAN: f64 = 20.0;

/// A panel per quantity: theory, map where the step is large, mean and band of SGD, a few runs.
pub(super) fn figure(paths: &PathsReport) -> Figure {
    let is_lora = paths.problem.adapter().is_lora();
    let mut quantities = vec![Quantity::Alignment, Quantity::M, Quantity::Q];
    if is_lora {
        quantities.push(Quantity::U);
    }
    quantities.push(Quantity::Loss);
    let mut panels: Vec<Panel> = quantities
        .iter()
        .enumerate()
        .map(|(i, quantity)| path_panel(paths, i, *quantity))
        .collect();
    panels.push(residual_panel(paths, &quantities));
    Figure {
        columns: 3,
        panels,
        provenance: caption(&paths.parameters, paths.starts),
    }
}

fn path_panel(paths: &PathsReport, index: usize, quantity: Quantity) -> Panel {
    let compared = &paths.compared;
    let is_lora = paths.problem.adapter().is_lora();
    let times = paths.times();
    let line = |values: Vec<Option<f64>>| times.iter().copied().zip(values).collect::<Vec<_>>();
    let named = |text: String| if index == 0 { text } else { String::new() };
    let mut curves = Vec::new();
    let runs = compared.ensemble.runs.iter();
    let whole = runs.filter(|run| run.records.len() == times.len());
    for (i, run) in whole.take(RUNS).enumerate() {
        let text = if i == 0 { "single runs" } else { "" };
        let points = line(run_values(run, quantity));
        curves.push(Curve::new(named(text.to_owned()), points, CurveStyle::Dotted).with_colour(2));
    }
    let summaries = compared.summaries.iter().find(|(q, _)| *q == quantity);
    let summaries = summaries.map_or(&[][..], |(_, s)| s.as_slice());
    let mean = line(summaries.iter().map(|s| Some(s.mean)).collect());
    let band = summaries.iter().map(|s| (s.q05, s.q95)).collect();
    let text = named(format!("SGD ({} seeds)", compared.seeds));
    let sgd = Curve::new(text, mean, CurveStyle::Line).with_colour(1);
    curves.push(sgd.with_band(band));
    if let (Some(map), true) = (&compared.map, compared.is_step_large) {
        let text = named("map".to_owned());
        let points = line(along(map, quantity));
        curves.push(Curve::new(text, points, CurveStyle::Dashed).with_colour(3));
    }
    let text = named("ODE".to_owned());
    let theory = line(along(&compared.flow, quantity));
    let shown = theory.iter().filter_map(|p| p.1);
    let scale = suggested_scale(shown.chain(summaries.iter().map(|s| s.mean)));
    curves.push(Curve::new(text, theory, CurveStyle::Dashed).with_colour(0));
    let letter = char::from(b'a' + index as u8);
    Panel {
        title: match index {
            0 => format!("({letter}) mean, 5–95 % band"),
            _ => format!("({letter})"),
        },
        x: Axis {
            label: format!("time [{}]", unit(&paths.options)),
            scale: time_scale(paths, &times),
            range: None,
        },
        y: Axis {
            label: quantity_label(quantity, is_lora).to_owned(),
            scale,
            range: None,
        },
        curves,
        field: None,
        marks: if index == 0 {
            vec![Mark::Horizontal {
                at: paths.problem.threshold(),
                label: "threshold".to_owned(),
                colour: None,
            }]
        } else {
            Vec::new()
        },
    }
}

/// Logarithmic when the exit is early in what is shown.
fn time_scale(paths: &PathsReport, times: &[f64]) -> Scale {
    let flow = &paths.compared.flow;
    let exit = flow
        .alignment
        .iter()
        .position(|a| a.abs() >= paths.problem.threshold());
    let end = times.last().copied().unwrap_or(0.0);
    match exit {
        Some(at) if times[at] > 0.0 && end > LOG_SPAN * times[at] => Scale::Log,
        _ => Scale::Linear,
    }
}

/// Mean of SGD minus theory in standard errors, all quantities together.
fn residual_panel(paths: &PathsReport, quantities: &[Quantity]) -> Panel {
    let times = paths.times();
    let mut curves = Vec::new();
    for (colour, quantity) in quantities.iter().enumerate() {
        let z = paths.compared.z.iter().find(|(q, _)| q == quantity);
        let z = z.map_or(&[][..], |(_, z)| z.as_slice());
        let points = times.iter().copied().zip(z.iter().copied()).collect();
        let name = match quantity {
            Quantity::Alignment => "alignment",
            Quantity::Loss => "L",
            _ => quantity.name(),
        };
        curves.push(Curve::new(name, points, CurveStyle::Line).with_colour(colour));
    }
    let letter = char::from(b'a' + quantities.len() as u8);
    Panel {
        title: format!("({letter}) SGD minus theory"),
        x: Axis {
            label: format!("time [{}]", unit(&paths.options)),
            scale: time_scale(paths, &times),
            range: None,
        },
        y: Axis {
            label: "mean residual [standard errors]".to_owned(),
            scale: Scale::Linear,
            range: None,
        },
        curves,
        field: None,
        marks: Vec::new(),
    }
}

fn run_values(run: &SeedRun, quantity: Quantity) -> Vec<Option<f64>> {
    run.records.iter().map(|r| quantity.of(r)).collect()
}
