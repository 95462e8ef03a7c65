//! The length of the whole history against that of its pre-training: where more pre-training hurts, the curve rises.

use super::{HistoryCurve, OptimumOfHistoryReport};
use crate::numeral::plain;
use crate::output::{Axis, Curve, CurveStyle, Figure, Mark, Panel, Scale, suggested_scale};
use crate::problem::ProblemOptions;
use crate::stages::PreTrained;
use crate::study::provenance::caption;
use crate::study::units::unit;

pub(super) fn figure(of: &OptimumOfHistoryReport) -> Figure {
    let counted = ProblemOptions {
        time: Some(of.time),
        ..ProblemOptions::default()
    };
    let all = || of.curves.iter().flat_map(|one| one.found.curve.iter());
    let values = all().filter_map(|at| at.total);
    let [first, last] = [of.history.stages.first(), of.history.stages.last()];
    let task = |stage: Option<&crate::stages::Stage>| {
        let task = stage.and_then(|stage| of.history.tasks.get(stage.task));
        task.map_or("", |task| task.name.as_str())
    };
    let x = format!("pre-training on {} [{}]", task(first), unit(&counted));
    let y = format!("whole history [{}]", unit(&counted));
    let title = format!("{}: until {} is learned", links(of), task(last));
    let mut panel = Panel::new(
        title,
        Axis::new(x, Scale::Linear),
        Axis::new(y, suggested_scale(values)),
    );
    for (i, one) in of.curves.iter().enumerate() {
        panel.curves.push(curve(one).with_colour(i));
        panel.curves.extend(best(one).map(|dot| dot.with_colour(i)));
    }
    if let [only] = of.curves.as_slice() {
        let without = only.found.without.total;
        let said = |total| Mark::horizontal(total, "without pre-training", None);
        panel.marks.extend(without.map(said));
    }
    Figure::new(vec![panel], 1).with_provenance(caption("optimum", &of.parameters))
}

/// The link, or all of them.
fn links(of: &OptimumOfHistoryReport) -> String {
    let mut all: Vec<String> = Vec::new();
    for task in &of.history.tasks {
        let label = task.model.label();
        if !all.contains(&label) {
            all.push(label);
        }
    }
    all.join(", ")
}

fn point(at: &PreTrained) -> (f64, Option<f64>) {
    (at.length, at.total)
}

/// A curve from no pre-training on.
fn curve(one: &HistoryCurve) -> Curve {
    let found = &one.found;
    let label = one
        .angle
        .map_or_else(String::new, |angle| format!("{}°", plain(angle)));
    let mut points = vec![point(&found.without)];
    // From nothing to a little is no line: the weights begin otherwise.
    points.push((0.0, None));
    points.extend(found.curve.iter().map(point));
    Curve::new(label, points, CurveStyle::Line)
}

/// A dot at the best length.
fn best(one: &HistoryCurve) -> Option<Curve> {
    let best = one.found.best.as_ref()?;
    Some(Curve::new("", vec![point(best)], CurveStyle::Points))
}
