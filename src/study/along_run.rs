//! What figures of runs share: their panels, the axis of time, the exit, the threshold.

use super::axes::scale;
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

/// What the panels of a figure have in common.
pub(crate) struct AlongRun<'a> {
    pub(crate) problem: &'a Problem,
    pub(crate) options: &'a ProblemOptions,
    /// How time is shown.
    pub(crate) scale: Scale,
    /// The exit, at its place on the axis of time, and its name.
    pub(crate) exit: Option<(f64, &'static str)>,
}

impl AlongRun<'_> {
    /// The words for a number of the run.
    pub(crate) fn label(&self, number: &Observable) -> &'static str {
        number.label_for(self.problem.adapter().is_lora())
    }

    /// A panel over time, `index` of its figure, without curves.
    pub(crate) fn empty(&self, index: usize, title: &str, y: Axis) -> Panel {
        let letter = char::from(b'a' + index as u8);
        let space = if title.is_empty() { "" } else { " " };
        let x = Axis::new(format!("time [{}]", unit(self.options)), self.scale);
        Panel::new(format!("({letter}){space}{title}"), x, y)
    }

    /// The panel of a number, of these values, with the exit and, for what has to reach it, the threshold.
    pub(crate) fn panel(
        &self,
        index: usize,
        title: &str,
        number: &Observable,
        values: impl Iterator<Item = f64>,
    ) -> Panel {
        let y = Axis::new(self.label(number), scale(number, values));
        let mut panel = self.empty(index, title, y);
        let exit = self.exit.map(|(at, name)| Mark::vertical(at, name, None));
        panel.marks.extend(exit);
        if number.role == Role::Progress {
            let at = self.problem.threshold();
            panel.marks.push(Mark::horizontal(at, "threshold", None));
        }
        panel
    }
}

/// Columns of a figure with so many panels.
pub(crate) fn columns(panels: usize) -> usize {
    if panels > 4 { 3 } else { 2 }
}
