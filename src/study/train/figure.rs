//! The loss on every task against samples or time with the stages shaded, and below it the overlaps.

use serde_json::Value;

use crate::error::Error;
use crate::observable::{ALIGNMENT, LOSS, M, Observable, Q};
use crate::output::{
    Axis, BLACK, Column, Curve, CurveStyle, Figure, Panel, Scale, Stretch, suggested_scale,
};
use crate::simulation::Summary;
use crate::study::along_run::columns;
use crate::study::read::Saved;

/// What a panel of losses is called.
pub(super) const LOSS_WORDS: &str = "population loss L";
/// Decades below the largest loss that are shown.
const DECADES: i32 = 16;

/// A number along all stages, broken between them: its values, or over seeds mean, median and the ends of a band, which is
/// drawn or not.
pub(super) enum Line {
    Values(Vec<(f64, Option<f64>)>),
    Seeds(Vec<(f64, Option<Summary>)>, bool),
}

/// A number of the student, on a task if it is of one; an entry of a matrix of a task is one on `NAME_1_2`.
pub(super) struct Number<'a> {
    pub(super) observable: &'static Observable,
    pub(super) task: Option<&'a str>,
}

impl<'a> Number<'a> {
    pub(super) fn of(observable: &'static Observable, task: Option<&'a str>) -> Self {
        Self { observable, task }
    }

    /// What its columns are called by.
    pub(super) fn name(&self) -> String {
        let name = self.observable.name;
        self.task
            .map_or(name.to_owned(), |task| format!("{name}_{task}"))
    }
}

/// One of the ways in which a history was computed.
pub(super) struct Series<'a> {
    /// Its name in the legend, once; the first one has the tasks there.
    pub(super) name: &'static str,
    pub(super) style: CurveStyle,
    pub(super) line: Box<dyn Fn(&Number<'_>) -> Line + 'a>,
}

/// A stage as it is drawn.
pub(super) struct Span {
    pub(super) task: String,
    pub(super) from: f64,
    pub(super) to: f64,
    /// Its rows of the table.
    pub(super) rows: Vec<usize>,
}

/// What is drawn of a history.
pub(super) struct Drawn<'a> {
    /// Words for the vertical axis of each panel, and what is in it.
    pub(super) panels: Vec<(String, Vec<Number<'a>>)>,
    /// What times are counted in.
    pub(super) unit: &'static str,
    pub(super) stages: &'a [Span],
    /// What the first panel is called.
    pub(super) title: String,
    pub(super) series: Vec<Series<'a>>,
}

/// The tasks of a history, which have columns `loss_NAME` with this ending.
pub(super) fn tasks(saved: &Saved, ending: &str) -> Vec<String> {
    let names = saved.table().columns.iter().map(Column::name);
    let task = |name: &str| {
        let name = name.strip_prefix(LOSS.name)?.strip_prefix('_')?;
        name.strip_suffix(ending).map(str::to_owned)
    };
    names.filter_map(task).collect()
}

/// The stages with their rows, from what stands of each beside the columns, which CSV has not: there from the rows.
pub(super) fn spans(
    saved: &Saved,
    times: &[f64],
    told: impl Fn(&Value) -> Option<(f64, f64)>,
) -> Result<Vec<Span>, Error> {
    let (stages, tasks) = (saved.all("stage")?, saved.words("task"));
    let curves = saved.curves(|row| stages[row].to_bits()).into_iter();
    let span = |(place, (_, rows)): (usize, (u64, Vec<usize>))| {
        let stage = saved.fact("stages").and_then(|all| all.get(place));
        let seen = || {
            rows.first()
                .zip(rows.last())
                .map(|(a, b)| (times[*a], times[*b]))
        };
        let (from, to) = stage.and_then(&told).or_else(seen).unwrap_or_default();
        let task = rows.first().and_then(|row| tasks.get(*row));
        Span {
            task: task.cloned().unwrap_or_default(),
            from,
            to,
            rows,
        }
    };
    Ok(curves.enumerate().map(span).collect())
}

/// The stages of a history by its ODEs, in samples where they are known.
pub(super) struct Stages {
    /// What times are counted in.
    pub(super) unit: &'static str,
    times: Vec<f64>,
    pub(super) spans: Vec<Span>,
}

impl Stages {
    pub(super) fn of(saved: &Saved) -> Result<Self, Error> {
        let samples: Option<Vec<f64>> = saved.numbers("samples_total").into_iter().collect();
        let (unit, key) = match samples {
            Some(_) => ("samples", "samples_total"),
            None => ("t", "t_total"),
        };
        let times = saved.all(key)?;
        let mut before = 0.0;
        let mut spans = spans(saved, &times, |stage| Some((0.0, stage[key].as_f64()?)))?;
        for span in &mut spans {
            span.from = before;
            before = span.to;
        }
        Ok(Self { unit, times, spans })
    }

    /// Values of the rows along all stages, broken between them.
    pub(super) fn line(&self, values: &[Option<f64>]) -> Vec<(f64, Option<f64>)> {
        let mut points = Vec::new();
        for span in &self.spans {
            let rows = span.rows.iter();
            points.extend(rows.map(|row| (self.times[*row], values[*row])));
            points.push((span.to, None));
        }
        points
    }
}

/// The stages as areas, named where that is asked for.
pub(super) fn areas(spans: &[Span], are_named: bool) -> Vec<Stretch> {
    let area = |(i, span): (usize, &Span)| Stretch {
        from: span.from,
        to: span.to,
        label: match are_named {
            true => format!("{} {}", i + 1, span.task),
            false => String::new(),
        },
        shaded: i % 2 == 1,
    };
    spans.iter().enumerate().map(area).collect()
}

/// A history by its ODEs.
pub(crate) fn figure(saved: &Saved) -> Result<Figure, Error> {
    let stages = Stages::of(saved)?;
    let line = |number: &Number<'_>| Line::Values(stages.line(&saved.numbers(&number.name())));
    let tasks = tasks(saved, "");
    let drawn = Drawn {
        panels: panels(&tasks),
        unit: stages.unit,
        stages: &stages.spans,
        title: String::new(),
        series: vec![Series {
            name: "",
            style: CurveStyle::Line,
            line: Box::new(line),
        }],
    };
    Ok(drawn.figure(&saved.caption()))
}

/// An observable on every task.
pub(super) fn on_each<'a>(observable: &'static Observable, tasks: &'a [String]) -> Vec<Number<'a>> {
    let tasks = tasks.iter().map(String::as_str);
    tasks
        .map(|task| Number::of(observable, Some(task)))
        .collect()
}

/// Loss and m of every task, alignment and q of the student.
pub(super) fn panels(tasks: &[String]) -> Vec<(String, Vec<Number<'_>>)> {
    let panels = [
        (LOSS_WORDS, on_each(&LOSS, tasks)),
        (M.label, on_each(&M, tasks)),
        (
            "alignment with the task",
            vec![Number::of(&ALIGNMENT, None)],
        ),
        (Q.label, vec![Number::of(&Q, None)]),
    ];
    let panels = panels.into_iter();
    panels.map(|(label, all)| (label.to_owned(), all)).collect()
}

impl Drawn<'_> {
    pub(super) fn figure(&self, caption: &str) -> Figure {
        let panels = self.panels.iter().enumerate();
        let panels = panels.map(|(i, (label, numbers))| self.panel(i, label, numbers));
        let panels: Vec<Panel> = panels.collect();
        let across = columns(panels.len());
        Figure::new(panels, across).with_provenance(caption)
    }

    fn panel(&self, index: usize, label: &str, numbers: &[Number<'_>]) -> Panel {
        let letter = char::from(b'a' + (index % 26) as u8);
        let all = self.series.iter().flat_map(|series| {
            let line = move |(k, number)| (k, series, (series.line)(number));
            numbers.iter().enumerate().map(line)
        });
        let lines: Vec<(usize, &Series<'_>, Line)> = all.collect();
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
                Some(task) if index == 0 && series.name.is_empty() => task.to_owned(),
                Some(_) if index == 0 && k == 0 => series.name.to_owned(),
                _ => String::new(),
            };
            let curve = drawn(line, words, series.style, by_median);
            let colour = if series.name.is_empty() { k } else { BLACK };
            panel.curves.push(curve.with_colour(colour));
        }
        panel.stretches = areas(self.stages, index == 0);
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
