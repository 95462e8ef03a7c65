//! Figures of `lorode compare`: SGD on the theory's curves.

use super::compare::{Exits, Paths};
use super::compare_report::{starts_in_words, times};
use super::emit::command_line;
use super::simulate_figure::label;
use crate::comparison::along;
use crate::model::pair_label;
use crate::output::{Axis, Curve, CurveStyle, Figure, Mark, Panel, Scale, suggested_scale};
use crate::study::units::unit;

use crate::simulation::{Quantity, SeedRun};

/// Single runs drawn.
const RUNS: usize = 3;
/// Length of the run against its exit from which a linear axis hides the search.
const LOG_SPAN: f64 = 20.0;

/// A panel per quantity: theory, map where the step is large, mean and band of SGD, a few runs.
pub(super) fn paths(paths: &Paths) -> Figure {
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
        provenance: provenance(&paths.parameters, starts_in_words(paths.starts)),
    }
}

fn provenance(parameters: &serde_json::Value, starts: &str) -> String {
    format!(
        "{}, lorode {}; {starts}",
        command_line("compare", parameters),
        env!("CARGO_PKG_VERSION")
    )
}

fn path_panel(paths: &Paths, index: usize, quantity: Quantity) -> Panel {
    let compared = &paths.compared;
    let is_lora = paths.problem.adapter().is_lora();
    let times = times(paths);
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
            label: label(quantity, is_lora).to_owned(),
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
fn time_scale(paths: &Paths, times: &[f64]) -> Scale {
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
fn residual_panel(paths: &Paths, quantities: &[Quantity]) -> Panel {
    let times = times(paths);
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

/// Exit time against strength: the theory as a line, SGD as points with 5 to 95 % bars; both
/// medians, where starts are random.
pub(super) fn exits(exits: &Exits) -> Figure {
    let mut curves = Vec::new();
    for (colour, curve) in exits.curves.iter().enumerate() {
        let name = pair_label(&curve.teacher, &curve.student);
        if curve.points.is_empty() {
            continue;
        }
        let theory = curve.points.iter().map(|p| (p.mu, p.theory_median));
        let line = Curve::new(
            format!("{name}, theory"),
            theory.collect(),
            CurveStyle::Line,
        );
        curves.push(line.with_colour(colour));
        let seen: Vec<_> = curve
            .points
            .iter()
            .filter_map(|p| Some((p.mu, p.sgd.q50?, (p.sgd.q05?, p.sgd.q95?))))
            .collect();
        let points = seen.iter().map(|(mu, median, _)| (*mu, Some(*median)));
        let sgd = Curve::new(format!("{name}, SGD"), points.collect(), CurveStyle::Points);
        let bars = seen.iter().map(|(_, _, bar)| *bar).collect();
        curves.push(sgd.with_colour(colour).with_error_bars(bars));
    }
    let all = exits.curves.iter().flat_map(|c| &c.points);
    let times = all
        .flat_map(|p| [p.theory_median, p.sgd.q05, p.sgd.q95])
        .flatten();
    let scale = suggested_scale(times);
    let mut panel = Panel::new(
        "median exit time: theory (lines), SGD with 5–95 % (points)",
        Axis {
            label: "pre-training strength μ".to_owned(),
            scale: Scale::Linear,
            range: None,
        },
        Axis {
            label: format!("exit time [{}]", unit(&exits.options)),
            scale,
            range: None,
        },
    );
    panel.curves = curves;
    Figure {
        columns: 1,
        panels: vec![panel],
        provenance: provenance(&exits.parameters, starts_in_words(exits.starts)),
    }
}
