//! What figures of runs share: their panels, the axis of time, the exit, the threshold.

use super::axes::scale;
use super::units::unit;
use crate::observable::{Observable, Role, panels};
use crate::output::{Axis, Mark, Panel, Scale};
use crate::problem::ProblemOptions;

/// Length of a run against its exit from which a linear axis hides the search.
const LOG_SPAN: f64 = 20.0;

/// Most student units that have a panel each.
const PANELS: usize = 6;

/// Whether what is trained is LoRA.
fn is_lora(options: &ProblemOptions) -> bool {
    options.adapter.unwrap_or_default().is_lora()
}

/// The numbers of the panels: those that the problem's run has.
pub(crate) fn shown(options: &ProblemOptions) -> Vec<&'static Observable> {
    let is_lora = is_lora(options);
    let all = panels().into_iter();
    all.filter(|one| is_lora || !one.needs_lora).collect()
}

/// The student units of each panel, with its title.
pub(crate) fn groups(units: usize) -> Vec<(std::ops::Range<usize>, String)> {
    match units {
        0..=PANELS => (0..units)
            .map(|i| (i..i + 1, format!("student unit {}", i + 1)))
            .collect(),
        _ => vec![(0..units, format!("{units} student units"))],
    }
}

/// Logarithmic when the exit is early in what is shown.
pub(crate) fn time_scale(exit: Option<f64>, end: f64) -> Scale {
    match exit {
        Some(exit) if exit > 0.0 && end > LOG_SPAN * exit => Scale::Log,
        _ => Scale::Linear,
    }
}

/// A panel over time, `index` of its figure, without curves.
pub(crate) fn over_time(
    (index, title): (usize, &str),
    (options, scale): (&ProblemOptions, Scale),
    y: Axis,
) -> Panel {
    let letter = char::from(b'a' + (index % 26) as u8);
    let space = if title.is_empty() { "" } else { " " };
    let x = Axis::new(format!("time [{}]", unit(options)), scale);
    Panel::new(format!("({letter}){space}{title}"), x, y)
}

/// What the panels of a figure have in common.
pub(crate) struct AlongRun<'a> {
    pub(crate) options: &'a ProblemOptions,
    /// The alignment that ends the search.
    pub(crate) threshold: f64,
    /// How time is shown.
    pub(crate) scale: Scale,
    /// The exit, at its place on the axis of time, and its name.
    pub(crate) exit: Option<(f64, &'static str)>,
}

impl AlongRun<'_> {
    /// The words for a number of the run.
    pub(crate) fn label(&self, number: &Observable) -> &'static str {
        number.label_for(is_lora(self.options))
    }

    /// A panel over time, `index` of its figure, without curves.
    pub(crate) fn empty(&self, index: usize, title: &str, y: Axis) -> Panel {
        over_time((index, title), (self.options, self.scale), y)
    }

    /// The panel of a number, of these values, with the exit and, for what has to reach it, the threshold.
    pub(crate) fn panel(
        &self,
        index: usize,
        title: &str,
        number: &Observable,
        values: impl Iterator<Item = f64>,
    ) -> Panel {
        let y = axis(self.label(number), number, values);
        let mut panel = self.empty(index, title, y);
        let exit = self.exit.map(|(at, name)| Mark::vertical(at, name, None));
        panel.marks.extend(exit);
        if number.role == Role::Progress {
            let threshold = Mark::horizontal(self.threshold, "threshold", None);
            panel.marks.push(threshold);
        }
        panel
    }
}

/// Decades below the largest value beyond which a logarithmic axis shows only how a sum is rounded.
const DECADES: i32 = 16;

/// The axis of these values of a number, no deeper than they have digits.
fn axis(label: &str, number: &Observable, values: impl Iterator<Item = f64>) -> Axis {
    let values: Vec<f64> = values.collect();
    let axis = Axis::new(label, scale(number, values.iter().copied()));
    let positive = || values.iter().copied().filter(|value| *value > 0.0);
    let (low, high) = (
        positive().fold(f64::MAX, f64::min),
        positive().fold(0.0, f64::max),
    );
    let floor = high * 10f64.powi(-DECADES);
    if axis.scale == Scale::Log && low < floor {
        axis.with_range(floor, 2.0 * high)
    } else {
        axis
    }
}

/// Columns of a figure with so many panels.
pub(crate) fn columns(panels: usize) -> usize {
    if panels > 4 { 3 } else { 2 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observable::{LOSS, Q};

    #[test]
    fn log_axes_are_no_deeper_than_digits() {
        let of = |number, values: [f64; 3]| axis("", number, values.into_iter()).range;
        assert_eq!(of(&Q, [1.0, 1e-15, 0.1]), None);
        let (low, high) = of(&Q, [1.0, 1e-220, 0.1]).unwrap();
        assert!(low > 0.9e-16 && high >= 1.0, "{low} {high}");
        assert!(of(&LOSS, [3.0, 0.0, 2.0]).is_none());
    }
}
