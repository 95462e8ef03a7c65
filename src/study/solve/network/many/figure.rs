//! Loss and alignment of several networks against time.

use serde_json::Value;

use crate::error::Error;
use crate::output::{
    Axis, Curve, CurveStyle, Figure, Mark, PALETTE, Panel, Scale, suggested_scale,
};
use crate::study::along_run::over_time;
use crate::study::many::{is_named, name};
use crate::study::read::Saved;
use crate::study::saved::options;
use crate::study::solve::strengths::{ended, time_range};
use crate::study::words::significant;
use crate::trajectory::Outcome;

/// Runs whose plateaus and rests are marked.
const FEW: usize = 3;

/// Loss and alignment of every run; its plateaus and where it rests, in its colour, which are in JSON only.
pub(crate) fn figure(saved: &Saved) -> Result<Figure, Error> {
    let (options, t) = (options(saved)?, saved.all("t")?);
    let [loss, cosine] = ["loss", "cosine"].map(|name| saved.numbers(name));
    let column = saved.table().columns.first().map_or("", |one| one.name());
    let (key, values) = (&column.replace('_', "-"), saved.all(column)?);
    let runs = saved.curves(|row| values[row].to_bits());
    let scale = suggested_scale(loss.iter().copied().flatten());
    let axes = [
        ("loss", Axis::new("loss L", scale)),
        (
            "alignment",
            Axis::linear("largest cosine with the teachers"),
        ),
    ];
    let empty = |(i, (title, y))| over_time((i, title), (&options, Scale::Log), y);
    let mut panels: Vec<Panel> = axes.into_iter().enumerate().map(empty).collect();
    let ended = runs.iter().enumerate().filter_map(|(run, (_, rows))| {
        let (exit, _) = ended(saved, run)?;
        Some((exit, t[*rows.last()?]))
    });
    let range = time_range(ended);
    for (index, (panel, numbers)) in panels.iter_mut().zip([&loss, &cosine]).enumerate() {
        panel.x.range = range;
        for (place, (value, rows)) in runs.iter().enumerate() {
            let points = rows.iter().map(|row| (t[*row], numbers[*row]));
            let label = match index {
                0 if is_named(place, runs.len()) => name(key, f64::from_bits(*value)),
                _ => String::new(),
            };
            let curve = Curve::new(label, points.collect(), CurveStyle::Line);
            panel.curves.push(match runs.len() {
                0..=PALETTE => curve.with_colour(place),
                many => curve.with_shade(place as f64 / (many - 1) as f64),
            });
        }
    }
    // More lines than a few hide the curves.
    if runs.len() <= FEW {
        panels[0]
            .marks
            .extend((0..runs.len()).flat_map(|run| rests(saved, run)));
    }
    let threshold = saved.parameter("threshold")?;
    panels[1]
        .marks
        .push(Mark::horizontal(threshold, "threshold", None));
    Ok(Figure::new(panels, 2).with_provenance(saved.caption()))
}

/// The losses at which a run stands still, and comes to rest.
fn rests(saved: &Saved, place: usize) -> Vec<Mark> {
    let run = saved.fact("runs").and_then(|runs| runs.get(place));
    let run = run.unwrap_or(&Value::Null);
    let outcome: Option<Outcome> = serde_json::from_value(run["outcome"].clone()).ok();
    let rest = outcome.filter(|outcome| outcome.is_at_rest());
    let rest = rest.and_then(|outcome| Some((run["final_loss"].as_f64()?, outcome.word())));
    let plateaus = run["plateaus"].as_array().into_iter().flatten();
    let plateaus = plateaus.filter_map(|one| Some((one["loss"].as_f64()?, "plateau")));
    let mark = |(loss, what)| {
        let label = format!("{what} {}", significant(loss, 4));
        Mark::horizontal(loss, label, Some(place))
    };
    plateaus.chain(rest).map(mark).collect()
}
