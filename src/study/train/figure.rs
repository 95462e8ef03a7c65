//! The loss on every task against samples or time with the stages shaded, and below it the overlaps.

use super::{TrainReport, counted};
use crate::observable::{ALIGNMENT, LOSS, M, Q};
use crate::output::{
    Axis, BLACK, Curve, CurveStyle, Figure, Panel, Scale, Stretch, suggested_scale,
};
use crate::simulation::Summary;
use crate::stages::{History, Number};
use crate::study::provenance::caption;

/// Decades below the largest loss that are shown.
const DECADES: i32 = 16;

/// A number along all stages, broken between them: its values, or over seeds mean, median and the ends of a band, which is
/// drawn or not.
pub(super) enum Line {
    Values(Vec<(f64, Option<f64>)>),
    Seeds(Vec<(f64, Option<Summary>)>, bool),
}

/// One of the ways in which a history was computed.
pub(super) struct Series<'a> {
    /// Its name in the legend, once; the first one has the tasks there.
    pub(super) name: &'static str,
    pub(super) style: CurveStyle,
    pub(super) line: Box<dyn Fn(&Number) -> Line + 'a>,
}

/// What is drawn of a history.
pub(super) struct Drawn<'a> {
    pub(super) history: &'a History,
    /// What times are counted in.
    pub(super) unit: &'static str,
    /// Where the stages begin and end.
    pub(super) stages: Vec<(f64, f64)>,
    /// What the first panel is called.
    pub(super) title: String,
    pub(super) series: Vec<Series<'a>>,
}

/// A history by its ODEs.
pub(super) fn figure(report: &TrainReport) -> Figure {
    let (_, in_samples) = report.before(report.runs.len());
    let unit = if in_samples.is_some() { "samples" } else { "t" };
    let before = |stage: usize| match report.before(stage) {
        (_, Some(samples)) if in_samples.is_some() => samples,
        (t, _) => t,
    };
    let time = |stage: usize, t: f64| {
        let [_, samples] = counted(report, stage, t);
        before(stage) + samples.filter(|_| in_samples.is_some()).unwrap_or(t)
    };
    let line = move |number: &Number| {
        let mut points = Vec::new();
        for (i, run) in report.runs.iter().enumerate() {
            points.extend(run.course.iter().map(|at| (time(i, at.t), number.of(at))));
            points.push((time(i, run.t), None));
        }
        Line::Values(points)
    };
    let stages = report.runs.iter().enumerate();
    let drawn = Drawn {
        history: &report.history,
        unit,
        stages: stages.map(|(i, run)| (before(i), time(i, run.t))).collect(),
        title: String::new(),
        series: vec![Series {
            name: "",
            style: CurveStyle::Line,
            line: Box::new(line),
        }],
    };
    drawn.figure(&caption("train", &report.parameters))
}

impl Drawn<'_> {
    /// Loss and m of every task, alignment and q of the student.
    pub(super) fn figure(&self, caption: &str) -> Figure {
        let tasks = self.history.tasks.len();
        let of = |observable, task| Number { observable, task };
        let on_each = |observable| -> Vec<Number> {
            (0..tasks).map(|task| of(observable, Some(task))).collect()
        };
        let panels = [
            ("population loss L", on_each(&LOSS)),
            (M.label, on_each(&M)),
            ("alignment with the task", vec![of(&ALIGNMENT, None)]),
            (Q.label, vec![of(&Q, None)]),
        ];
        let panels = panels.iter().enumerate();
        let panels = panels.map(|(i, (label, numbers))| self.panel(i, label, numbers));
        Figure::new(panels.collect(), 2).with_provenance(caption)
    }

    fn panel(&self, index: usize, label: &str, numbers: &[Number]) -> Panel {
        let letter = char::from(b'a' + index as u8);
        let all = self.series.iter().flat_map(|series| {
            let line = move |(k, number)| (k, series, (series.line)(number));
            numbers.iter().enumerate().map(line)
        });
        let lines: Vec<(usize, &Series, Line)> = all.collect();
        let y = axis(
            label,
            index == 0,
            lines.iter().flat_map(|(.., line)| values(line)),
        );
        let by_median = y.scale == Scale::Log;
        let x = Axis::new(format!("time [{}]", self.unit), Scale::Linear);
        let title = match index {
            0 => format!("({letter}) {}", self.title),
            _ => format!("({letter})"),
        };
        let mut panel = Panel::new(title.trim_end(), x, y);
        for (k, series, line) in lines {
            let words = match numbers[k].task {
                Some(task) if index == 0 && series.name.is_empty() => {
                    self.history.tasks[task].name.clone()
                }
                Some(0) if index == 0 => series.name.to_owned(),
                _ => String::new(),
            };
            let curve = drawn(line, words, series.style, by_median);
            let colour = if series.name.is_empty() { k } else { BLACK };
            panel.curves.push(curve.with_colour(colour));
        }
        let stages = self.stages.iter().zip(&self.history.stages).enumerate();
        panel.stretches = stages
            .map(|(i, ((from, to), stage))| Stretch {
                from: *from,
                to: *to,
                label: match index {
                    0 => format!("{} {}", i + 1, self.history.tasks[stage.task].name),
                    _ => String::new(),
                },
                shaded: i % 2 == 1,
            })
            .collect();
        panel
    }
}

/// Logarithmic for losses that span decades, no deeper than they have digits.
pub(super) fn axis(label: &str, is_loss: bool, values: impl Iterator<Item = f64>) -> Axis {
    if !is_loss {
        return Axis::new(label, Scale::Linear);
    }
    let values: Vec<f64> = values.collect();
    let highest = values.iter().copied().fold(0.0, f64::max);
    let floor = highest * 10f64.powi(-DECADES);
    let shown = values.iter().copied().filter(|loss| *loss > floor);
    let loss = Axis::new(label, suggested_scale(shown));
    if loss.scale == Scale::Log && values.iter().any(|loss| *loss < floor) {
        return loss.with_range(floor, 2.0 * highest);
    }
    loss
}

/// What is seen of a line.
fn values(line: &Line) -> Vec<f64> {
    match line {
        Line::Values(points) => points.iter().filter_map(|point| point.1).collect(),
        Line::Seeds(points, _) => {
            let known = points.iter().filter_map(|point| point.1);
            known.flat_map(|s| [s.q05, s.mean, s.q95]).collect()
        }
    }
}

/// A few large seeds carry a mean out of its band, which shows where decades do: there the median is drawn.
fn drawn(line: Line, words: String, style: CurveStyle, by_median: bool) -> Curve {
    match line {
        Line::Values(points) => Curve::new(words, points, style),
        Line::Seeds(all, has_band) => {
            let middle = |s: &Summary| if by_median { s.q50 } else { s.mean };
            let points = all.iter().map(|(t, s)| (*t, s.as_ref().map(middle)));
            let band = all
                .iter()
                .map(|(_, s)| s.map_or((0.0, 0.0), |s| (s.q05, s.q95)));
            let curve = Curve::new(words, points.collect(), style);
            match has_band {
                true => curve.with_band(band.collect()),
                false => curve,
            }
        }
    }
}
