//! The length of the whole history against that of its pre-training: where more pre-training hurts, the curve rises.

use serde_json::Value;

use super::OptimumOfHistory;
use crate::error::Error;
use crate::numeral::plain;
use crate::output::{Axis, Curve, CurveStyle, Figure, Mark, Panel, Scale, suggested_scale};
use crate::problem::ProblemOptions;
use crate::stages::History;
use crate::study::read::Saved;
use crate::study::units::unit;

/// A point with its length of pre-training and of all.
type Point = (f64, Option<f64>);

/// The best lengths, and those of nothing, are in JSON only; the names of tasks not in CSV.
pub(crate) fn figure(saved: &Saved) -> Result<Figure, Error> {
    let counted = ProblemOptions {
        time: Some(saved.parameter("time")?),
        ..ProblemOptions::default()
    };
    let (lengths, values) = (saved.all("pretraining")?, saved.numbers("value"));
    let history: Option<Value> = saved.parameter("history")?;
    let history = history.map(|one| history_of(saved, &one)).transpose()?;
    let names = history.as_ref().map_or_else(Names::default, Names::of);
    let on = |task: &str| match task {
        "" => String::new(),
        task => format!(" on {task}"),
    };
    let x = format!("pre-training{} [{}]", on(&names.first), unit(&counted));
    let y = format!("whole history [{}]", unit(&counted));
    let mut panel = Panel::new(
        names.title(),
        Axis::new(x, Scale::Linear),
        Axis::new(y, suggested_scale(values.iter().copied().flatten())),
    );
    let angles = saved.numbers("angle");
    let curves = saved.curves(|row| angles[row].map(f64::to_bits));
    for (i, (_, rows)) in curves.iter().enumerate() {
        let angle = rows.first().and_then(|row| angles[*row]);
        let points = rows.iter().map(|row| (lengths[*row], values[*row]));
        panel
            .curves
            .push(curve(angle, told(saved, i, "without"), points).with_colour(i));
        let best =
            told(saved, i, "best").map(|best| Curve::new("", vec![best], CurveStyle::Points));
        panel.curves.extend(best.map(|dot| dot.with_colour(i)));
    }
    if let [_] = curves.as_slice() {
        let without = told(saved, 0, "without").and_then(|(_, total)| total);
        let said = |total| Mark::horizontal(total, "without pre-training", None);
        panel.marks.extend(without.map(said));
    }
    Ok(Figure::new(vec![panel], 1).with_provenance(saved.caption()))
}

/// The history at its first angle.
fn history_of(saved: &Saved, history: &Value) -> Result<History, Error> {
    let angle: Value = saved.parameter("angle")?;
    let mut settings = serde_json::json!({ "history": history });
    if !angle.is_null() {
        settings["angle"] = angle;
    }
    let settings: OptimumOfHistory = serde_json::from_value(settings).map_err(|error| {
        Error::Setting(format!(
            "the history of `{}` is not understood: {error}",
            saved.command
        ))
    })?;
    let first = settings.histories()?.into_iter().next();
    first
        .map(|(_, history)| history)
        .ok_or_else(|| Error::Setting("angle has no value".to_owned()))
}

/// What a history is called by.
#[derive(Default)]
struct Names {
    /// The link, or all of them.
    links: String,
    /// The tasks of the first and the last stage.
    first: String,
    last: String,
}

impl Names {
    fn of(history: &History) -> Self {
        let mut links: Vec<String> = Vec::new();
        for task in &history.tasks {
            let label = task.model.label();
            if !links.contains(&label) {
                links.push(label);
            }
        }
        let task = |stage: Option<&crate::stages::Stage>| {
            let task = stage.and_then(|stage| history.tasks.get(stage.task));
            task.map_or_else(String::new, |task| task.name.clone())
        };
        Self {
            links: links.join(", "),
            first: task(history.stages.first()),
            last: task(history.stages.last()),
        }
    }

    fn title(&self) -> String {
        match self.links.as_str() {
            "" => String::new(),
            links => format!("{links}: until {} is learned", self.last),
        }
    }
}

/// A length of pre-training that stands beside the points of a curve.
fn told(saved: &Saved, curve: usize, key: &str) -> Option<Point> {
    let at = saved.fact("curves")?.get(curve)?.get(key)?;
    Some((at["pretraining"].as_f64()?, at["value"].as_f64()))
}

/// A curve from no pre-training on.
fn curve(angle: Option<f64>, without: Option<Point>, along: impl Iterator<Item = Point>) -> Curve {
    let label = angle.map_or_else(String::new, |angle| format!("{}°", plain(angle)));
    // From nothing to a little is no line: the weights begin otherwise.
    let without = without
        .into_iter()
        .flat_map(|without| [without, (0.0, None)]);
    Curve::new(label, without.chain(along).collect(), CurveStyle::Line)
}
