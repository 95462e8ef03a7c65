//! SGD on the theory's curves.

use super::PathsReport;
use crate::observable::{ALIGNMENT, Observable};
use crate::output::{Axis, Curve, CurveStyle, Figure, Panel, Scale};
use crate::study::along_run::{self, AlongRun, shown};
use crate::study::compare::caption;

/// Single runs drawn.
const RUNS: usize = 3;

/// A panel per number: theory, map where the step is large, mean and band of SGD, a few runs.
pub(super) fn figure(paths: &PathsReport) -> Figure {
    let numbers = shown(&paths.problem);
    let run = AlongRun {
        problem: &paths.problem,
        options: &paths.options,
        scale: time_scale(paths, &paths.times()),
        exit: None,
    };
    let along = numbers.iter().enumerate();
    let along = along.map(|(i, one)| path_panel(paths, &run, i, one));
    let mut panels: Vec<Panel> = along.collect();
    panels.push(residual_panel(paths, &run, &numbers));
    Figure {
        columns: 3,
        panels,
        provenance: caption(&paths.parameters, paths.starts),
    }
}

fn path_panel(
    paths: &PathsReport,
    run: &AlongRun<'_>,
    index: usize,
    observable: &Observable,
) -> Panel {
    let compared = &paths.compared;
    let times = paths.times();
    let line = |values: &[Option<f64>]| {
        let values = values.iter().copied();
        times.iter().copied().zip(values).collect::<Vec<_>>()
    };
    let named = |text: &str| {
        if index == 0 {
            text.to_owned()
        } else {
            String::new()
        }
    };
    let mut curves = Vec::new();
    let runs = compared.ensemble.runs.iter();
    let whole = runs.filter(|run| run.records.len() == times.len());
    for (i, run) in whole.take(RUNS).enumerate() {
        let text = named(if i == 0 { "single runs" } else { "" });
        let values: Vec<_> = run.records.iter().map(|r| r.value(observable)).collect();
        curves.push(Curve::new(text, line(&values), CurveStyle::Dotted).with_colour(2));
    }
    let summaries = compared
        .summaries
        .iter()
        .find(|(one, _)| *one == observable);
    let summaries = summaries.map_or(&[][..], |(_, s)| s.as_slice());
    let mean: Vec<_> = summaries.iter().map(|s| Some(s.mean)).collect();
    let band = summaries.iter().map(|s| (s.q05, s.q95)).collect();
    let text = named(&format!("SGD ({} seeds)", compared.seeds));
    let sgd = Curve::new(text, line(&mean), CurveStyle::Line).with_colour(1);
    curves.push(sgd.with_band(band));
    if let (Some(map), true) = (&compared.map, compared.is_step_large) {
        let points = line(map.of(observable));
        curves.push(Curve::new(named("map"), points, CurveStyle::Dashed).with_colour(3));
    }
    let theory = compared.flow.of(observable);
    let shown = theory.iter().copied().flatten();
    let shown = shown.chain(summaries.iter().map(|s| s.mean));
    curves.push(Curve::new(named("ODE"), line(theory), CurveStyle::Dashed).with_colour(0));
    let title = if index == 0 {
        "mean, 5–95 % band"
    } else {
        ""
    };
    let mut panel = run.panel(index, title, observable, shown);
    panel.curves = curves;
    panel
}

/// Logarithmic when the exit of the theory is early in what is shown.
fn time_scale(paths: &PathsReport, times: &[f64]) -> Scale {
    let alignments = paths.compared.flow.of(&ALIGNMENT).iter().flatten();
    let mut exit = alignments.zip(times);
    let exit = exit.find(|(alignment, _)| alignment.abs() >= paths.problem.threshold());
    let end = times.last().copied().unwrap_or(0.0);
    along_run::time_scale(exit.map(|(_, time)| *time), end)
}

/// Mean of SGD minus theory in standard errors, all numbers together.
fn residual_panel(paths: &PathsReport, run: &AlongRun<'_>, numbers: &[&Observable]) -> Panel {
    let times = paths.times();
    let y = Axis::linear("mean residual [standard errors]");
    let mut panel = run.empty(numbers.len(), "SGD minus theory", y);
    for (colour, observable) in numbers.iter().enumerate() {
        let z = paths.compared.z.iter().find(|(one, _)| one == observable);
        let z = z.map_or(&[][..], |(_, z)| z.as_slice());
        let points = times.iter().copied().zip(z.iter().copied()).collect();
        let curve = Curve::new(observable.short, points, CurveStyle::Line);
        panel = panel.with_curve(curve.with_colour(colour));
    }
    panel
}
