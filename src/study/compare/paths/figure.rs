//! SGD on the theory's curves.

use super::PathsReport;
use crate::observable::{ALIGNMENT, Observable};
use crate::output::{Axis, Curve, CurveStyle, Figure, Panel, Scale};
use crate::simulation::Summary;
use crate::study::along_run::{self, AlongRun, shown};
use crate::study::compare::caption;
use crate::study::words::significant;

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
    Figure::new(panels, 3).with_provenance(caption(&paths.parameters, paths.starts))
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
    let theory = compared.flow.of(observable);
    let shown = theory.iter().copied().flatten();
    let shown = shown.chain(summaries.iter().map(|s| s.mean));
    let title = if index == 0 {
        "mean, 5–95 % band"
    } else {
        ""
    };
    let mut panel = run.panel(index, title, observable, shown);
    // A few large seeds carry a mean out of its band, which shows where decades do.
    let by_median = panel.y.scale == Scale::Log;
    let middle = |s: &Summary| if by_median { s.q50 } else { s.mean };
    let mean: Vec<_> = summaries.iter().map(|s| Some(middle(s))).collect();
    let band = summaries.iter().map(|s| (s.q05, s.q95)).collect();
    let text = match by_median {
        true => "SGD, median".to_owned(),
        false => named(&format!("SGD ({} seeds)", compared.seeds)),
    };
    let sgd = Curve::new(text, line(&mean), CurveStyle::Line).with_colour(1);
    curves.push(sgd.with_band(band));
    if let (Some(map), true) = (&compared.map, compared.is_step_large) {
        let points = line(map.of(observable));
        curves.push(Curve::new(named("map"), points, CurveStyle::Dashed).with_colour(3));
    }
    curves.push(Curve::new(named("ODE"), line(theory), CurveStyle::Dashed).with_colour(0));
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
    cut_spikes(&mut panel);
    panel
}

/// What lies further out than nearly all values by this factor is a spike.
const SPIKE: f64 = 2.0;
/// All but the twentieth part.
const NEARLY_ALL: f64 = 0.95;

/// Lets what nearly all values keep to set the scale, and says what is cut off: at the first steps hardly anything
/// varies, and deviations are large in units of that.
fn cut_spikes(panel: &mut Panel) {
    let points = panel.curves.iter().flat_map(|curve| &curve.points);
    let mut sizes: Vec<f64> = points.filter_map(|point| Some(point.1?.abs())).collect();
    sizes.sort_by(f64::total_cmp);
    let Some(most) = sizes.last().copied() else {
        return;
    };
    let usual = sizes[((sizes.len() - 1) as f64 * NEARLY_ALL) as usize];
    let reach = SPIKE * usual;
    if usual > 0.0 && most > reach {
        panel.y.range = Some((-reach, reach));
        let largest = significant(most, 2);
        panel.title.push_str(&format!(" (cut; largest {largest})"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spike_does_not_set_the_scale() {
        let of = |first: f64| {
            let points = (0..100).map(|i| (f64::from(i), Some(if i == 0 { first } else { 1.0 })));
            let curve = Curve::new("", points.collect(), CurveStyle::Line);
            let panel = Panel::new("residuals", Axis::linear(""), Axis::linear(""));
            let mut panel = panel.with_curve(curve);
            cut_spikes(&mut panel);
            (panel.y.range, panel.title)
        };
        assert_eq!(of(2.0), (None, "residuals".to_owned()));
        let (range, title) = of(-11.2);
        assert_eq!(range, Some((-2.0, 2.0)));
        assert_eq!(title, "residuals (cut; largest 11)");
    }
}
