//! What figures of runs share: their panels, the axis of time, the exit, the threshold.

use super::units::unit;
use crate::observable::{Observable, Role, panels};
use crate::output::{Axis, Mark, Panel, Scale};
use crate::problem::{Problem, ProblemOptions};

/// Length of a run against its exit from which a linear axis hides the search.
const LOG_SPAN: f64 = 20.0;

/// The numbers of the panels: those that the problem's run has.
pub(crate) fn shown(problem: &Problem) -> Vec<&'static Observable> {
    let is_lora = problem.adapter().is_lora();
    let all = panels().into_iter();
    all.filter(|one| is_lora || !one.needs_lora).collect()
}

/// Logarithmic when the exit is early in what is shown.
pub(crate) fn time_scale(exit: Option<f64>, end: f64) -> Scale {
    match exit {
        Some(exit) if exit > 0.0 && end > LOG_SPAN * exit => Scale::Log,
        _ => Scale::Linear,
    }
}

/// A panel over time, `index` of its figure, without curves.
pub(crate) fn panel(index: usize, title: &str, time: (&ProblemOptions, Scale), y: Axis) -> Panel {
    let (options, scale) = time;
    let letter = char::from(b'a' + index as u8);
    let space = if title.is_empty() { "" } else { " " };
    let x = Axis::new(format!("time [{}]", unit(options)), scale);
    Panel::new(format!("({letter}){space}{title}"), x, y)
}

/// Columns of a figure with so many panels.
pub(crate) fn columns(panels: usize) -> usize {
    if panels > 4 { 3 } else { 2 }
}

/// The exit, at its place on the axis of time.
pub(crate) fn exit_mark(at: f64, label: &str) -> Mark {
    Mark::Vertical {
        at,
        label: label.to_owned(),
        colour: None,
    }
}

/// The threshold, in the panel of what has to reach it.
pub(crate) fn threshold_mark(problem: &Problem, shown: &Observable) -> Option<Mark> {
    (shown.role == Role::Progress).then(|| Mark::Horizontal {
        at: problem.threshold(),
        label: "threshold".to_owned(),
        colour: None,
    })
}
