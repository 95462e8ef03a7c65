//! Loss, cosine and overlaps of simulated networks against time.

use nalgebra::DMatrix;

use super::SimulateNetworkReport;
use crate::output::{Axis, Curve, CurveStyle, Figure, Mark, PALETTE, suggested_scale};
use crate::simulation::{Summary, TimeSummary};
use crate::study::along_run::{columns, groups, over_time, time_scale};
use crate::study::provenance::caption;

/// Means with their spread: 5 to 95 % of loss and cosine, one standard deviation of overlaps.
pub(super) fn figure(simulated: &SimulateNetworkReport) -> Figure {
    let statistics = &simulated.statistics;
    let last = statistics.step.last().copied().unwrap_or(0) as f64;
    let exit = TimeSummary::of(&simulated.exits()).q50;
    let scale = time_scale(exit, last);
    let times = simulated.times(statistics.step.iter().copied());
    let panel = |index: usize, title: &str, y: Axis| {
        let mut panel = over_time((index, title), (&simulated.options, scale), y);
        let exit = exit.map(|step| simulated.time(step as u64));
        panel
            .marks
            .extend(exit.map(|at| Mark::vertical(at, "median exit", None)));
        panel
    };
    let banded = |label: String, summaries: &[Summary]| {
        let points = times
            .iter()
            .copied()
            .zip(summaries.iter().map(|s| Some(s.mean)));
        let band = summaries.iter().map(|s| (s.q05, s.q95)).collect();
        let curve = Curve::new(label, points.collect(), CurveStyle::Line);
        curve.with_colour(0).with_band(band)
    };
    let loss = suggested_scale(statistics.loss.iter().map(|s| s.mean));
    let seeds = statistics.count.first().copied().unwrap_or(0);
    let label = format!("mean of {seeds}, 5–95 %");
    let mut panels = vec![
        panel(0, "loss", Axis::new("loss L", loss)).with_curve(banded(label, &statistics.loss)),
        panel(
            1,
            "alignment",
            Axis::linear("largest cosine with the teachers"),
        )
        .with_curve(banded(String::new(), &statistics.cosine)),
    ];
    let threshold = simulated.problem.setup().threshold;
    panels[1]
        .marks
        .push(Mark::horizontal(threshold, "threshold", None));
    for (group, title) in groups(simulated.problem.units()) {
        let y = Axis::linear("overlaps with the teacher M");
        let mut panel = panel(panels.len(), &title, y);
        let stars = simulated.problem.teacher_units();
        for (i, j) in group.flat_map(|i| (0..stars).map(move |j| (i, j))) {
            panel.curves.push(overlap(simulated, &times, (i, j)));
        }
        panels.push(panel);
    }
    let columns = columns(panels.len());
    let caption = caption("simulate", &simulated.parameters);
    Figure::new(panels, columns).with_provenance(caption)
}

/// The overlap of a unit with a teacher unit.
fn overlap(simulated: &SimulateNetworkReport, times: &[f64], (i, j): (usize, usize)) -> Curve {
    let statistics = &simulated.statistics;
    let entry = |m: &DMatrix<f64>| m[(i, j)];
    let means: Vec<f64> = statistics.mean.iter().map(|seen| entry(&seen.m)).collect();
    let points = times.iter().copied().zip(means.iter().copied().map(Some));
    let label = match i == 0 && simulated.problem.teacher_units() > 1 {
        true => format!("teacher unit {}", j + 1),
        false => String::new(),
    };
    let curve = Curve::new(label, points.collect(), CurveStyle::Line).with_colour(j % PALETTE);
    let spreads = statistics.std.iter().map(|seen| entry(&seen.m));
    let band: Vec<(f64, f64)> = means
        .iter()
        .zip(spreads)
        .map(|(m, s)| (m - s, m + s))
        .collect();
    match band.len() == means.len() {
        true => curve.with_band(band),
        false => curve,
    }
}
