//! The loss on every task against samples or time with the stages shaded, and below it the overlaps.

use super::sgd::Clock;
use super::{TrainReport, TrainSgdReport, counted};
use crate::observable::{ALIGNMENT, LOSS, M, Q};
use crate::output::{Axis, Curve, CurveStyle, Figure, Panel, Scale, Stretch, suggested_scale};
use crate::simulation::Summary;
use crate::stages::{History, Number};
use crate::study::provenance::caption;

/// Decades below the largest loss that are shown.
const DECADES: i32 = 16;

/// A number along all stages, broken between them: its values, or over seeds mean, median and the ends of a band.
enum Line {
    Values(Vec<(f64, Option<f64>)>),
    Seeds(Vec<(f64, Option<Summary>)>),
}

/// One of the ways in which a history was computed.
struct Series<'a> {
    /// Its words in the legend, after the name of a task.
    words: String,
    style: CurveStyle,
    line: Box<dyn Fn(&Number) -> Line + 'a>,
}

/// What is drawn of a history.
struct Drawn<'a> {
    history: &'a History,
    /// What times are counted in.
    unit: &'static str,
    /// Where the stages begin and end.
    stages: Vec<(f64, f64)>,
    series: Vec<Series<'a>>,
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
        series: vec![Series {
            words: String::new(),
            style: CurveStyle::Line,
            line: Box::new(line),
        }],
    };
    drawn.figure(&caption("train", &report.parameters))
}

/// The averages over the seeds of a history.
pub(super) fn of_seeds(report: &TrainSgdReport) -> Figure {
    let stages = 0..report.statistics.len();
    let before: Vec<f64> = stages
        .clone()
        .map(|stage| report.before(stage, Clock::Samples))
        .collect();
    let time =
        |stage: usize, step: f64| before[stage] + report.counted(stage, step, Clock::Samples);
    let line = |number: &Number| {
        let mut points: Vec<(f64, Option<Summary>)> = Vec::new();
        for (i, own) in report.statistics.iter().enumerate() {
            let found = own.rows.iter().find(|(one, _)| one == number);
            let all = found.map_or(&[][..], |(_, all)| all.as_slice());
            let times = own.step.iter().map(|step| time(i, *step as f64));
            points.extend(times.zip(all.iter().copied()));
            points.push((points.last().map_or(0.0, |last| last.0), None));
        }
        Line::Seeds(points)
    };
    let ends = |i: usize| (time(i, 0.0), time(i, report.statistics[i].steps.mean));
    let theory = report.compared.as_ref().map(|compared| Series {
        words: ", ODE".to_owned(),
        style: CurveStyle::Dashed,
        line: Box::new(|number: &Number| {
            let mut points: Vec<(f64, Option<f64>)> = Vec::new();
            for (i, own) in compared.stages.iter().enumerate() {
                let found = own.numbers.iter().find(|one| one.number == *number);
                let all = found.map_or(&[][..], |one| one.theory.as_slice());
                let times = report.statistics[i]
                    .step
                    .iter()
                    .map(|step| time(i, *step as f64));
                points.extend(times.zip(all.iter().copied().map(Some)));
                points.push((points.last().map_or(0.0, |last| last.0), None));
            }
            Line::Values(points)
        }),
    });
    let counted = report.statistics.first().map_or(0, |own| own.counted.len());
    let drawn = Drawn {
        history: &report.history,
        unit: "samples",
        stages: stages.map(ends).collect(),
        series: vec![Series {
            words: match counted {
                1 => ", one seed".to_owned(),
                _ => format!(", {counted} seeds, 5–95 %"),
            },
            style: CurveStyle::Line,
            line: Box::new(line),
        }]
        .into_iter()
        .chain(theory)
        .collect(),
    };
    drawn.figure(&caption("train", report.parameters()))
}

impl Drawn<'_> {
    /// Loss and m of every task, alignment and q of the student.
    fn figure(&self, caption: &str) -> Figure {
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
        let lines: Vec<(usize, &Series, Line)> = self
            .series
            .iter()
            .enumerate()
            .flat_map(|(place, series)| {
                let line = move |(k, number)| {
                    let colour = place * numbers.len() + k;
                    (colour, series, (series.line)(number))
                };
                numbers.iter().enumerate().map(line)
            })
            .collect();
        let y = axis(
            label,
            index == 0,
            lines.iter().flat_map(|(.., line)| values(line)),
        );
        let by_median = y.scale == Scale::Log;
        let x = Axis::new(format!("time [{}]", self.unit), Scale::Linear);
        let mut panel = Panel::new(format!("({letter})"), x, y);
        for (colour, series, line) in lines {
            let name = match numbers[colour % numbers.len()].task {
                Some(task) if index == 0 => &self.history.tasks[task].name,
                _ => "",
            };
            let words = match (index, name) {
                (0, _) => format!("{name}{}", series.words),
                _ => String::new(),
            };
            let curve = drawn(line, words, series.style, by_median);
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
fn axis(label: &str, is_loss: bool, values: impl Iterator<Item = f64>) -> Axis {
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
        Line::Seeds(points) => {
            let known = points.iter().filter_map(|point| point.1);
            known.flat_map(|s| [s.q05, s.mean, s.q95]).collect()
        }
    }
}

/// A few large seeds carry a mean out of its band, which shows where decades do: there the median is drawn.
fn drawn(line: Line, words: String, style: CurveStyle, by_median: bool) -> Curve {
    match line {
        Line::Values(points) => Curve::new(words, points, style),
        Line::Seeds(all) => {
            let middle = |s: &Summary| if by_median { s.q50 } else { s.mean };
            let points = all.iter().map(|(t, s)| (*t, s.as_ref().map(middle)));
            let band = all
                .iter()
                .map(|(_, s)| s.map_or((0.0, 0.0), |s| (s.q05, s.q95)));
            Curve::new(words, points.collect(), style).with_band(band.collect())
        }
    }
}
