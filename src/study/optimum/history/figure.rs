//! The length of the whole history against that of its pre-training: where more pre-training hurts, the curve rises.

use crate::error::Error;
use crate::numeral::plain;
use crate::output::{Axis, Curve, CurveStyle, Figure, Mark, Panel, Scale, scale_beyond};
use crate::problem::ProblemOptions;
use crate::study::read::Saved;
use crate::study::train::HistoryOptions;
use crate::study::units::unit;

/// A point with its length of pre-training and of all.
type Point = (f64, Option<f64>);

/// Ratio of the longest to the shortest history beyond which a linear axis would leave the short ones on its foot.
const DECADE: f64 = 10.0;

/// The best lengths, and those of nothing, are in JSON only; the names of tasks not in CSV.
pub(crate) fn figure(saved: &Saved) -> Result<Figure, Error> {
    let counted = ProblemOptions {
        time: Some(saved.parameter("time")?),
        ..ProblemOptions::default()
    };
    let (lengths, values) = (saved.all("pretraining")?, saved.numbers("value"));
    let history: Option<HistoryOptions> = saved.parameter("history")?;
    let names = history.as_ref().map(Names::of).transpose()?;
    let names = names.unwrap_or_default();
    let on = |task: &str| match task {
        "" => String::new(),
        task => format!(" on {task}"),
    };
    let x = format!("pre-training{} [{}]", on(&names.first), unit(&counted));
    let y = format!("whole history [{}]", unit(&counted));
    let mut panel = Panel::new(
        names.title(),
        Axis::new(x, Scale::Linear),
        Axis::new(y, scale_beyond(DECADE, values.iter().copied().flatten())),
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
    fn of(history: &HistoryOptions) -> Result<Self, Error> {
        let mut links: Vec<String> = Vec::new();
        for task in history.named_tasks()? {
            let label = task.model.label();
            if !links.contains(&label) {
                links.push(label);
            }
        }
        let [first, last] = history.ends().unwrap_or_default().map(str::to_owned);
        Ok(Self {
            links: links.join(", "),
            first,
            last,
        })
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
