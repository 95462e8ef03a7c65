//! The time against the strength, the best one marked.

use serde_json::Value;

use super::words::goal_in_words;
use crate::error::Error;
use crate::observable::run::{EXIT_TIME, LEARN_TIME};
use crate::output::{Axis, Curve, CurveStyle, Figure, Mark, Panel};
use crate::phase::OptimumGoal;
use crate::study::axes::{Spacing, scale};
use crate::study::read::Saved;
use crate::study::saved::options;
use crate::study::units::unit;

/// The best strength is in JSON only.
pub(crate) fn figure(saved: &Saved) -> Result<Figure, Error> {
    let options = options(saved)?;
    let values = saved.numbers("value");
    let points: Vec<_> = saved.all("mu")?.into_iter().zip(values).collect();
    let goal: OptimumGoal = saved.parameter("goal")?;
    let number = match goal {
        OptimumGoal::Exit => &EXIT_TIME,
        OptimumGoal::Learn => &LEARN_TIME,
    };
    let what = goal_in_words(goal);
    let y = Axis::new(
        format!("{what} [{}]", unit(&options)),
        scale(number, points.iter().filter_map(|p| p.1)),
    );
    let model = options.one_model("plot")?;
    let mut panel = Panel::new(
        format!("{}: {what}", model.label()),
        Spacing::Even.strengths(),
        y,
    )
    .with_curve(Curve::new("", points, CurveStyle::Line).with_colour(0));
    if let Some(mu) = saved.fact("mu").and_then(Value::as_f64) {
        panel = panel.with_mark(Mark::vertical(mu, format!("best μ = {mu:.4}"), Some(1)));
    }
    Ok(Figure::new(vec![panel], 1).with_provenance(saved.caption()))
}
