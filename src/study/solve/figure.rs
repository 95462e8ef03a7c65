//! The overlaps and the loss against time.

use super::SolveReport;
use crate::output::{Axis, Curve, CurveStyle, Figure, Mark, Panel, Scale, suggested_scale};
use crate::study::provenance::command_line;
use crate::study::units::unit;

/// Span of time beyond the exit, against the exit, from which a linear axis hides the search.
const LOG_SPAN: f64 = 50.0;

/// A panel per quantity: alignment, m, q, u, excess loss.
pub(super) fn figure(solved: &SolveReport) -> Figure {
    let run = &solved.trajectory;
    let all = |values: &[f64]| -> Vec<Option<f64>> { values.iter().copied().map(Some).collect() };
    let mut quantities = vec![
        ("LoRA alignment ⟨v, ω*⟩", all(&run.alignment)),
        ("student–teacher overlap m", all(&run.m)),
        ("student self-overlap q", all(&run.q)),
    ];
    if solved.problem.adapter().is_lora() {
        quantities.push(("LoRA amplitude u", run.u.clone()));
    } else {
        quantities[0].0 = "alignment cos(w, ω*)";
    }
    quantities.push(("population loss L", all(&run.loss)));
    let scale = time_scale(solved);
    let panels: Vec<Panel> = quantities
        .into_iter()
        .enumerate()
        .map(|(i, (label, values))| panel(solved, i, label, &values, scale))
        .collect();
    Figure {
        columns: if panels.len() > 4 { 3 } else { 2 },
        panels,
        provenance: format!(
            "{}, lorode {}",
            command_line("solve", &solved.parameters),
            env!("CARGO_PKG_VERSION")
        ),
    }
}

fn panel(
    solved: &SolveReport,
    index: usize,
    label: &str,
    values: &[Option<f64>],
    time: Scale,
) -> Panel {
    let times = solved.trajectory.t.iter().map(|t| t * solved.time_factor);
    let points: Vec<(f64, Option<f64>)> = times.zip(values.iter().copied()).collect();
    let letter = char::from(b'a' + index as u8);
    let mut marks = Vec::new();
    let ended = solved.ended.as_ref();
    if let Some(exit) = ended.and_then(|ended| ended.run.exit_time) {
        marks.push(Mark::Vertical {
            at: exit * solved.time_factor,
            label: "exit".to_owned(),
            colour: None,
        });
    }
    if index == 0 {
        marks.push(Mark::Horizontal {
            at: solved.problem.threshold(),
            label: "threshold".to_owned(),
            colour: None,
        });
    }
    if label.ends_with(" m") {
        // w0 at a critical strength has no gradient; a run that passes one slows down.
        let critical = ended.iter().flat_map(|ended| &ended.critical.strengths);
        marks.extend(critical.map(|c| Mark::Horizontal {
            at: c.mu,
            label: "A = 0".to_owned(),
            colour: Some(1),
        }));
    }
    Panel {
        title: format!("({letter}) {label}"),
        x: Axis {
            label: format!("time [{}]", unit(&solved.options)),
            scale: time,
            range: None,
        },
        y: Axis {
            label: label.to_owned(),
            scale: suggested_scale(values.iter().copied().flatten()),
            range: None,
        },
        curves: vec![Curve::new("", points, CurveStyle::Line).with_colour(0)],
        field: None,
        marks,
    }
}

/// Logarithmic when the search is a small part of the run, or the run of its own fast part.
fn time_scale(solved: &SolveReport) -> Scale {
    let Some(ended) = &solved.ended else {
        return Scale::Linear;
    };
    let end = ended.run.settled;
    let first = ended.run.exit_time.unwrap_or(end);
    let fast = ended
        .phase
        .map_or(end, |p| 1.0 / p.curvature.abs().max(p.growth_rate.abs()));
    if end > LOG_SPAN * first || first > LOG_SPAN * LOG_SPAN * fast {
        Scale::Log
    } else {
        Scale::Linear
    }
}
