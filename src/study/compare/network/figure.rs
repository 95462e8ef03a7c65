//! SGD of a network on the theory's curves.

use super::CompareNetworkReport;
use crate::comparison::{NetworkNumber, NumberCompared};
use crate::output::{Axis, Curve, CurveStyle, Figure, PALETTE, Panel, suggested_scale};
use crate::study::along_run::{columns, groups, over_time, time_scale};
use crate::study::compare::caption;

/// Loss, cosine, the overlaps of each unit with its teachers, and how far both are apart.
pub(super) fn figure(report: &CompareNetworkReport) -> Figure {
    let times = report.times();
    let is = |wanted: NetworkNumber| move |one: &&NumberCompared| one.number == wanted;
    let numbers = || report.compared.numbers.iter();
    let mut panels = Vec::new();
    let loss = numbers().find(is(NetworkNumber::Loss));
    let scale = suggested_scale(loss.into_iter().flat_map(|one| one.theory.iter().copied()));
    let drawn = [
        (
            "loss, mean and 5–95 % band",
            Axis::new("loss L", scale),
            NetworkNumber::Loss,
        ),
        (
            "alignment",
            Axis::linear("largest cosine with the teachers"),
            NetworkNumber::Cosine,
        ),
    ];
    for (title, y, number) in drawn {
        let mut panel = empty(report, panels.len(), title, y);
        for one in numbers().filter(is(number)) {
            panel
                .curves
                .extend(both(&times, one, 0, panels.is_empty().then_some("")));
        }
        panels.push(panel);
    }
    for (group, title) in groups(report.problem.units()) {
        let y = Axis::linear("overlaps with the teacher M");
        let mut panel = empty(report, panels.len(), &title, y);
        for one in numbers() {
            if let NetworkNumber::M(i, j) = one.number
                && group.contains(&i)
            {
                let name = format!("teacher unit {}: ", j + 1);
                let label = (i == 0).then_some(name.as_str());
                panel.curves.extend(both(&times, one, j, label));
            }
        }
        panels.push(panel);
    }
    let columns = columns(panels.len());
    Figure::new(panels, columns).with_provenance(caption(&report.parameters, report.starts))
}

fn empty(report: &CompareNetworkReport, index: usize, title: &str, y: Axis) -> Panel {
    let compared = &report.compared;
    let threshold = report.problem.setup().threshold;
    let cosine = compared
        .numbers
        .iter()
        .find(|one| one.number == NetworkNumber::Cosine);
    let exit = cosine.and_then(|one| one.theory.iter().position(|x| *x >= threshold));
    let last = compared.step.last().copied().unwrap_or(0) as f64;
    let scale = time_scale(exit.map(|row| compared.step[row] as f64), last);
    over_time((index, title), (&report.options, scale), y)
}

/// The mean of SGD with its band, and the theory over it; named where there is a label.
fn both(times: &[f64], one: &NumberCompared, colour: usize, label: Option<&str>) -> [Curve; 2] {
    let points = |values: &mut dyn Iterator<Item = f64>| {
        times
            .iter()
            .copied()
            .zip(values.map(Some))
            .collect::<Vec<_>>()
    };
    let named = |what: &str| label.map_or(String::new(), |label| format!("{label}{what}"));
    let mean = points(&mut one.summaries.iter().map(|s| s.mean));
    let band = one.summaries.iter().map(|s| (s.q05, s.q95)).collect();
    let sgd = Curve::new(named("SGD"), mean, CurveStyle::Line).with_colour(colour % PALETTE);
    let theory = points(&mut one.theory.iter().copied());
    let theory =
        Curve::new(named("ODE"), theory, CurveStyle::Dashed).with_colour((colour + 6) % PALETTE);
    [sgd.with_band(band), theory]
}
