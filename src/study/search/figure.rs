//! Search times of smooth links and of Hermite links.

use serde_json::Value;

use crate::observable::run::EXIT_TIME;
use crate::output::{Axis, Curve, CurveStyle, Figure, Mark, Panel};
use crate::problem::ProblemOptions;
use crate::search::CriticalKind;
use crate::study::axes::{scale, strengths};
use crate::study::provenance::caption;
use crate::study::units::unit;
use crate::sweep::{SearchCurve, SearchPoint};

/// Ratio of the largest to the smallest gap `1 - mu` from which the axis shows the gap.
const GAP_SPAN: f64 = 300.0;

/// One panel per family of links that is present.
pub(super) fn figure(
    options: &ProblemOptions,
    parameters: &Value,
    curves: &[SearchCurve],
) -> Figure {
    let (hermite, smooth): (Vec<_>, Vec<_>) = curves.iter().partition(|c| is_hermite(&c.student));
    let families = [("smooth links", smooth), ("Hermite links", hermite)];
    let present: Vec<_> = families.iter().filter(|(_, f)| !f.is_empty()).collect();
    let panels: Vec<Panel> = present
        .iter()
        .enumerate()
        .map(|(i, (name, family))| {
            let letter = char::from(b'a' + i as u8);
            let title = format!("({letter}) {name}: τ (solid), exit time (dashed)");
            panel(options, title, family)
        })
        .collect();
    let columns = panels.len().max(1);
    Figure::new(panels, columns).with_provenance(caption("search", parameters))
}

fn is_hermite(link: &str) -> bool {
    let number = link.strip_prefix("he").or_else(|| link.strip_prefix("He"));
    number.is_some_and(|n| n.parse::<u32>().is_ok_and(|n| n >= 2))
}

fn panel(options: &ProblemOptions, title: String, curves: &[&SearchCurve]) -> Panel {
    let gap = shows_gap(curves);
    let x = move |p: &SearchPoint| p.mu.map(|mu| if gap { 1.0 - mu } else { mu });
    let mut drawn = Vec::new();
    let mut marks = Vec::new();
    for (colour, curve) in curves.iter().enumerate() {
        let line = |f: fn(&SearchPoint) -> Option<f64>| -> Vec<(f64, Option<f64>)> {
            let points = curve.points.iter();
            points.filter_map(|p| Some((x(p)?, f(p)))).collect()
        };
        let tau = Curve::new(
            curve.label(),
            line(|p| p.tau.filter(|t| t.is_finite())),
            CurveStyle::Line,
        );
        let exit = Curve::new("", line(|p| p.exit_time), CurveStyle::Dashed);
        drawn.push(tau.with_colour(colour));
        drawn.push(exit.with_colour(colour));
        for mark in critical_marks(curve, gap, colour) {
            // Curves of the same links often share their critical strengths.
            let known = |other: &Mark| label_of(other) == label_of(&mark);
            if curve.also.is_none() || !marks.iter().any(known) {
                marks.push(mark);
            }
        }
    }
    let times = curves
        .iter()
        .flat_map(|c| c.points.iter().flat_map(|p| [p.tau, p.exit_time]))
        .flatten()
        .filter(|t| t.is_finite());
    let x = if gap {
        Axis::log("distance from perfect pre-training 1 − μ")
    } else {
        strengths()
    };
    let label = format!("search time τ, exit time [{}]", unit(options));
    let mut panel = Panel::new(title, x, Axis::new(label, scale(&EXIT_TIME, times)));
    (panel.curves, panel.marks) = (drawn, marks);
    panel
}

/// The strengths at which the gradient vanishes.
fn critical_marks(curve: &SearchCurve, gap: bool, colour: usize) -> impl Iterator<Item = Mark> {
    let all = curve.critical_strengths.iter().filter(|c| c.mu > 0.0);
    all.map(move |c| {
        let kind = match c.kind {
            CriticalKind::Trap => "trap",
            CriticalKind::Saddle => "saddle",
        };
        let at = if gap { 1.0 - c.mu } else { c.mu };
        let label = format!("{} {kind}, μ = {:.4}", curve.student, c.mu);
        Mark::vertical(at, label, Some(colour))
    })
}

fn label_of(mark: &Mark) -> &str {
    match mark {
        Mark::Vertical { label, .. } | Mark::Horizontal { label, .. } => label,
    }
}

/// Whether the strengths approach 1 over so many decades that `1 - mu` is what to show.
fn shows_gap(curves: &[&SearchCurve]) -> bool {
    let gaps = || {
        let points = curves.iter().flat_map(|c| &c.points);
        points.filter_map(|p| p.mu).map(|mu| 1.0 - mu)
    };
    let smallest = gaps().fold(f64::INFINITY, f64::min);
    let largest = gaps().fold(0.0, f64::max);
    smallest > 0.0 && largest / smallest > GAP_SPAN
}
