//! The seeds of a history: mean or median, 5 to 95 % band, and the theory.

use serde_json::Value;

use super::super::figure::{
    Drawn, LOSS_WORDS, Line, Number, Series, Span, on_each, panels, spans, tasks,
};
use crate::error::Error;
use crate::observable::{COSINE, LOSS, M};
use crate::output::{CurveStyle, Figure};
use crate::simulation::Summary;
use crate::study::read::Saved;

/// The averages over the seeds of a history; the quantiles of the theory over starts are in JSON only.
pub(crate) fn figure(saved: &Saved) -> Result<Figure, Error> {
    let tasks = tasks(saved, "_mean");
    seeds(saved, panels(&tasks))
}

/// Entries of a panel, at most: more are not told apart.
const MOST: usize = 64;

/// The same of networks: loss on every task, the cosine, the overlaps with the units of every task.
pub(crate) fn network_figure(saved: &Saved) -> Result<Figure, Error> {
    let tasks = tasks(saved, "_mean");
    let entries = |task: &String| -> Vec<String> {
        let (rows, columns) = saved.shape(&format!("{}_{task}", M.name), "_mean");
        let all = (0..rows).flat_map(|i| (0..columns).map(move |j| (i + 1, j + 1)));
        let named = all.map(|(i, j)| format!("{task}_{i}_{j}"));
        named.take(MOST).collect()
    };
    let matrices: Vec<(&String, Vec<String>)> =
        tasks.iter().map(|task| (task, entries(task))).collect();
    let mut all = vec![
        (LOSS_WORDS.to_owned(), on_each(&LOSS, &tasks)),
        (COSINE.label.to_owned(), vec![Number::of(&COSINE, None)]),
    ];
    for (task, entries) in &matrices {
        all.push((format!("{}: {task}", M.label), on_each(&M, entries)));
    }
    seeds(saved, all)
}

fn seeds(saved: &Saved, panels: Vec<(String, Vec<Number<'_>>)>) -> Result<Figure, Error> {
    let times = saved.all("samples_total")?;
    let mean = |stage: &Value, key: &str| stage[key]["mean"].as_f64();
    let mut stages = spans(saved, &times, |stage| {
        let end = mean(stage, "samples_total")?;
        Some((end - mean(stage, "samples")?, end))
    })?;
    // Stages before the last are drawn up to where seeds end them on average, and the next one begins.
    let steps = saved.all("steps")?;
    let last = stages.len().saturating_sub(1);
    for (place, stage) in stages.iter_mut().enumerate() {
        let told = saved.fact("stages").and_then(|all| all.get(place));
        match told.and_then(|told| mean(told, "steps")) {
            Some(end) if place < last => stage.rows.retain(|row| steps[*row] <= end),
            _ => stage.to = stage.rows.last().map_or(stage.to, |row| times[*row]),
        }
    }
    let means = |number: &Number<'_>| saved.summaries(&number.name());
    let mut series = vec![Series {
        name: "",
        style: CurveStyle::Line,
        line: along((&stages, &times), true, means),
    }];
    let names = || saved.table().columns.iter().map(|one| one.name());
    if names().any(|name| name.ends_with("_theory")) {
        series.push(Series {
            name: "ODE",
            style: CurveStyle::Dashed,
            line: along((&stages, &times), false, |number| theory(saved, number)),
        });
    }
    let counts = saved.all("count")?;
    let drawn = Drawn {
        panels,
        unit: "samples",
        stages: &stages,
        title: title(counts.first().copied().unwrap_or(0.0)),
        series,
    };
    Ok(drawn.figure(&saved.caption()))
}

/// A number along all stages.
fn along<'a>(
    (stages, times): (&'a [Span], &'a [f64]),
    has_band: bool,
    summaries: impl Fn(&Number<'_>) -> Vec<Option<Summary>> + 'a,
) -> Box<dyn Fn(&Number<'_>) -> Line + 'a> {
    Box::new(move |number| {
        let summaries = summaries(number);
        let mut points: Vec<(f64, Option<Summary>)> = Vec::new();
        for stage in stages {
            let rows = stage.rows.iter();
            points.extend(rows.map(|row| (times[*row], summaries[*row])));
            points.push((points.last().map_or(0.0, |last| last.0), None));
        }
        Line::Seeds(points, has_band)
    })
}

/// The theory of a number over starts: its mean, and in JSON its quantiles.
fn theory(saved: &Saved, number: &Number<'_>) -> Vec<Option<Summary>> {
    let means = saved.numbers(&format!("{}_theory", number.name()));
    let own = saved
        .fact("trajectory")
        .map(|all| &all[number.observable.name]);
    let own = own.map(|all| number.task.map_or(all, |task| &all[task]));
    let quantile = |key: &str, row: usize| own?[key].get(row)?.as_f64();
    let summary = |(row, mean): (usize, Option<f64>)| {
        let mean = mean?;
        let [q05, q50, q95] = ["theory_q05", "theory_q50", "theory_q95"]
            .map(|key| quantile(key, row).unwrap_or(mean));
        let std = None;
        Some(Summary {
            mean,
            std,
            q05,
            q50,
            q95,
        })
    };
    means.into_iter().enumerate().map(summary).collect()
}

/// How many seeds there are.
fn title(counted: f64) -> String {
    match counted {
        1.0 => "SGD, one seed".to_owned(),
        _ => format!("SGD, {counted} seeds, 5–95 %"),
    }
}
