//! Growth rates and exit times of networks against the strength of pre-training.

use serde_json::Value;

use crate::error::Error;
use crate::observable::run::EXIT_TIME;
use crate::output::{Axis, Curve, CurveStyle, Figure, Mark, PALETTE, Panel};
use crate::problem::ProblemOptions;
use crate::search::network::RateMinimum;
use crate::study::axes::{Spacing, axis};
use crate::study::read::Saved;
use crate::study::saved::options;
use crate::study::units::per_unit;
use crate::sweep::{Along, NetworkCurve, NetworkPoint};

/// The figure of a search that was saved.
///
/// # Errors
/// A file without what a search writes.
pub(crate) fn redrawn(saved: &Saved) -> Result<Figure, Error> {
    let options = options(saved)?;
    Ok(figure(&options, saved.caption(), &curves(saved)))
}

/// The curves of a table, as far as the figure shows them.
fn curves(saved: &Saved) -> Vec<NetworkCurve> {
    let (teachers, students) = (saved.words("teacher"), saved.words("student"));
    let names: Vec<&str> = saved.table().columns.iter().map(|one| one.name()).collect();
    let rates = |row: usize| {
        let numbered = (1..).map(|k| format!("growth_rate_{k}"));
        let there = numbered.take_while(|name| names.contains(&name.as_str()));
        there.filter_map(|name| saved.numbers(&name)[row]).collect()
    };
    // The number beside mu stands after it.
    let also = names.iter().position(|name| *name == "mu");
    let also = also
        .and_then(|at| names.get(at + 1))
        .filter(|name| **name != "growth_rate");
    let values = also.map(|key| (*key, saved.numbers(key)));
    let (mu, tau) = (saved.numbers("mu"), saved.numbers("tau"));
    let exit = saved.numbers(EXIT_TIME.name);
    let mut curves: Vec<NetworkCurve> = Vec::new();
    for (row, (teacher, student)) in teachers.iter().zip(&students).enumerate() {
        let also = values.as_ref().and_then(|(key, values)| {
            Some(Along {
                key: key.replace('_', "-"),
                value: values[row]?,
                is_whole: false,
            })
        });
        let point = NetworkPoint {
            mu: mu[row],
            tau: tau[row],
            exit_time: exit[row],
            growth_rates: rates(row),
            ..NetworkPoint::default()
        };
        match curves.last_mut() {
            Some(last)
                if (&last.teacher, &last.student, &last.also) == (teacher, student, &also) =>
            {
                last.points.push(point);
            }
            _ => curves.push(NetworkCurve {
                teacher: teacher.clone(),
                student: student.clone(),
                also,
                points: vec![point],
                minima: minima(saved, curves.len()),
            }),
        }
    }
    curves
}

/// The minima of a curve, which stand in JSON only.
fn minima(saved: &Saved, curve: usize) -> Vec<RateMinimum> {
    let all = saved.fact("curves").and_then(|curves| curves.get(curve));
    let all = all.and_then(|curve| curve["minima"].as_array());
    let one = |found: &Value| {
        Some(RateMinimum {
            strength: found["strength"].as_f64()?,
            growth_rate: found["growth_rate"].as_f64()?,
            is_zero: found["is_zero"].as_bool()?,
        })
    };
    all.into_iter().flatten().filter_map(one).collect()
}

/// All growth rates, and the exit times where there are any.
pub(super) fn figure(options: &ProblemOptions, caption: String, curves: &[NetworkCurve]) -> Figure {
    let points = curves.iter().take(1).flat_map(|c| &c.points);
    let strengths: Vec<f64> = points.filter_map(|p| p.mu).collect();
    let spacing = Spacing::of_strengths(&strengths);
    let mut panels = vec![rates(options, curves, spacing)];
    let times = || {
        curves
            .iter()
            .flat_map(|c| &c.points)
            .filter_map(|p| p.exit_time)
    };
    if times().next().is_some() {
        let y = axis(&EXIT_TIME, options, times());
        let mut exits = Panel::new("(b) exit", spacing.strengths(), y);
        for (index, curve) in curves.iter().enumerate() {
            let points = curve
                .points
                .iter()
                .map(|p| (place(spacing, p), p.exit_time));
            let curve = Curve::new(curve.label(), points.collect(), CurveStyle::LineAndPoints);
            exits.curves.push(curve.with_colour(index % PALETTE));
        }
        panels.push(exits);
    }
    let columns = panels.len();
    Figure::new(panels, columns).with_provenance(caption)
}

/// Where a point stands; without strengths the one point stands at 1, which `W0` is multiplied by.
fn place(spacing: Spacing, point: &NetworkPoint) -> f64 {
    spacing.shown(point.mu.unwrap_or(1.0))
}

/// All growth rates: the largest solid, the others dotted; the minima of the largest are marked.
fn rates(options: &ProblemOptions, curves: &[NetworkCurve], spacing: Spacing) -> Panel {
    let y = Axis::linear(format!("growth rates λ [{}]", per_unit(options)));
    let mut panel = Panel::new("(a) search phase", spacing.strengths(), y);
    for (index, curve) in curves.iter().enumerate() {
        let count = curve.points.iter().map(|p| p.growth_rates.len()).max();
        for k in 0..count.unwrap_or(0) {
            let points = curve.points.iter();
            let points = points.map(|p| (place(spacing, p), p.growth_rates.get(k).copied()));
            let label = if k == 0 { curve.label() } else { String::new() };
            let style = match (k, curve.points.len()) {
                (_, 1) => CurveStyle::Points,
                (0, _) => CurveStyle::Line,
                _ => CurveStyle::Dotted,
            };
            let line = Curve::new(label, points.collect(), style);
            panel.curves.push(line.with_colour(index % PALETTE));
        }
        let marks = curve.minima.iter().map(|minimum| {
            let word = if minimum.is_zero { "zero" } else { "minimum" };
            let label = format!("{word}, μ = {:.4}", minimum.strength);
            Mark::vertical(
                spacing.shown(minimum.strength),
                label,
                Some(index % PALETTE),
            )
        });
        panel.marks.extend(marks);
    }
    panel
}
