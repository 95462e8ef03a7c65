//! What `lorode compare` prints and writes.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::compare::{Exits, Paths};
use super::emit::{Report, provenance, significant};
use crate::comparison::{ExitCurve, ExitPoint, Starts, along};
use crate::model::pair_label;
use crate::numeral::plain;
use crate::output::Table;
use crate::study::units::plain_unit;

use crate::simulation::{Quantity, Summary};

/// Where theory and SGD started, in words.
pub(super) fn starts_in_words(starts: Starts) -> &'static str {
    match starts {
        Starts::Fixed => "theory and SGD start at the same alignment",
        Starts::Random => "random starts; the theory is averaged over those of SGD",
    }
}

pub(super) fn paths(paths: &Paths) -> Report {
    let compared = &paths.compared;
    let mut json = provenance("compare", &paths.parameters);
    if let Some(map) = json.as_object_mut() {
        map.insert("starts".into(), json!(starts_in_words(paths.starts)));
        map.insert("loss_by".into(), json!(paths.loss_by));
        map.insert("seeds_counted".into(), json!(compared.seeds));
        map.insert("verdict".into(), json!(compared.verdict.text));
        map.insert("follows".into(), json!(compared.verdict.follows));
        map.insert("deviation".into(), by_name(&compared.deviation));
        if let Some(deviation) = &compared.deviation_from_map {
            map.insert("deviation_from_map".into(), by_name(deviation));
        }
        map.insert("records".into(), records(paths));
    }
    Report {
        summary: paths_summary(paths),
        json,
        table: paths_table(paths),
    }
}

fn by_name<T: serde::Serialize>(all: &[(Quantity, T)]) -> Value {
    let pairs = all
        .iter()
        .map(|(q, value)| (q.name().to_owned(), json!(value)));
    Value::Object(pairs.collect::<Map<String, Value>>())
}

/// Times of the records in the unit asked for.
pub(super) fn times(paths: &Paths) -> Vec<f64> {
    let step_size = paths.problem.scaling().step.unwrap_or(1.0);
    let time = |step: &u64| *step as f64 * step_size * paths.time_factor;
    paths.compared.step.iter().map(time).collect()
}

/// The named columns of one quantity.
fn columns(paths: &Paths, index: usize) -> Vec<(&'static str, Vec<Option<f64>>)> {
    let compared = &paths.compared;
    let (quantity, summaries) = &compared.summaries[index];
    let of = |f: fn(&Summary) -> Option<f64>| summaries.iter().map(f).collect();
    let mut all = vec![("theory", along(&compared.flow, *quantity))];
    if let Some(map) = &compared.map {
        all.push(("map", along(map, *quantity)));
    }
    all.extend([
        ("mean", of(|s| Some(s.mean))),
        ("std", of(|s| s.std)),
        ("q05", of(|s| Some(s.q05))),
        ("q50", of(|s| Some(s.q50))),
        ("q95", of(|s| Some(s.q95))),
        ("z", compared.z[index].1.clone()),
    ]);
    all
}

fn records(paths: &Paths) -> Value {
    let compared = &paths.compared;
    let mut map = Map::new();
    map.insert("step".into(), json!(compared.step));
    map.insert("t".into(), json!(times(paths)));
    for (index, (quantity, _)) in compared.summaries.iter().enumerate() {
        let columns = columns(paths, index).into_iter();
        let named = columns.map(|(name, values)| (name.to_owned(), json!(values)));
        map.insert(quantity.name().into(), Value::Object(named.collect()));
    }
    Value::Object(map)
}

fn paths_table(paths: &Paths) -> Table {
    let compared = &paths.compared;
    let rows = compared.step.len();
    let mut table = Table::new(provenance("compare", &paths.parameters))
        .whole("step", compared.step.clone())
        .numbers("t", times(paths).into_iter().map(Some).collect());
    for (index, (quantity, _)) in compared.summaries.iter().enumerate() {
        for (name, values) in columns(paths, index) {
            table = table.numbers(format!("{}_{name}", quantity.name()), values);
        }
    }
    signed(table, &paths.parameters, rows)
        .text(
            "teacher",
            vec![paths.pair.teacher().name().to_owned(); rows],
        )
        .text(
            "student",
            vec![paths.pair.student().name().to_owned(); rows],
        )
}

/// Columns that say how the others were made.
fn signed(table: Table, parameters: &Value, rows: usize) -> Table {
    let made = provenance("compare", parameters);
    let command = made["command"].as_str().unwrap_or_default().to_owned();
    table
        .text("version", vec![env!("CARGO_PKG_VERSION").to_owned(); rows])
        .text("command", vec![command; rows])
}

fn paths_summary(paths: &Paths) -> String {
    let (compared, scaling) = (&paths.compared, paths.problem.scaling());
    let mut text = format!(
        "{}: {} seeds to step {}, d = {}, B = {}, eta = {}; {}\n\n",
        paths.pair.label(),
        compared.seeds,
        compared.step.last().unwrap_or(&0),
        plain(scaling.dim),
        plain(scaling.batch.unwrap_or(0.0)),
        plain(scaling.step.unwrap_or(0.0)),
        starts_in_words(paths.starts)
    );
    text.push_str(
        "quantity    largest deviation     at step   expected there    ratio    std errors\n",
    );
    for (quantity, d) in &compared.deviation {
        let _written = writeln!(
            text,
            "{:<12}{:>17.3e}{:>12}{:>17.3e}{:>9.2}{:>14.1}",
            quantity.name(),
            d.max_abs,
            d.at_step,
            d.finite_size,
            d.ratio,
            d.max_z
        );
    }
    let _written = writeln!(text, "\n{}", compared.verdict.text);
    text
}

pub(super) fn exits(exits: &Exits) -> Report {
    let curves = &exits.curves;
    let (worst, verdict) = exits_verdict(exits);
    let mut json = provenance("compare", &exits.parameters);
    if let Some(map) = json.as_object_mut() {
        map.insert("starts".into(), json!(starts_in_words(exits.starts)));
        map.insert("verdict".into(), json!(verdict));
        map.insert("deviation".into(), json!({ "exit_time": worst }));
        map.insert("curves".into(), json!(curves));
    }
    let points = || {
        curves
            .iter()
            .flat_map(|c| c.points.iter().map(move |p| (c, p)))
    };
    let rows = points().count();
    let number = |f: fn(&ExitPoint) -> Option<f64>| points().map(|(_, p)| f(p)).collect();
    let whole = |f: fn(&ExitPoint) -> u64| points().map(|(_, p)| f(p)).collect();
    let table = Table::new(provenance("compare", &exits.parameters))
        .text(
            "teacher",
            points().map(|(c, _)| c.teacher.clone()).collect(),
        )
        .text(
            "student",
            points().map(|(c, _)| c.student.clone()).collect(),
        )
        .numbers("mu", number(|p| Some(p.mu)))
        .numbers("exit_theory", number(|p| p.theory))
        .numbers("exit_theory_median", number(|p| p.theory_median))
        .numbers("exit_mean", number(|p| p.sgd.mean))
        .numbers("exit_std", number(|p| p.sgd.std))
        .numbers("exit_q05", number(|p| p.sgd.q05))
        .numbers("exit_q50", number(|p| p.sgd.q50))
        .numbers("exit_q95", number(|p| p.sgd.q95))
        .whole("exited", whole(|p| p.exited as u64))
        .whole("diverged", whole(|p| p.diverged as u64))
        .whole("seeds", whole(|p| p.seeds as u64))
        .whole("steps", whole(|p| p.steps))
        .numbers("z", number(|p| p.z));
    Report {
        summary: exits_summary(exits, &verdict),
        json,
        table: signed(table, &exits.parameters, rows),
    }
}

/// A comparable point: its curve, and mean minus theory relative to the theory.
struct Gap<'a> {
    curve: &'a ExitCurve,
    point: &'a ExitPoint,
    absolute: f64,
    relative: f64,
    z: f64,
    within: bool,
}

fn gap<'a>((curve, point): (&'a ExitCurve, &'a ExitPoint)) -> Option<Gap<'a>> {
    let (theory, mean, std) = (point.theory?, point.sgd.mean?, point.sgd.std?);
    let (z, absolute) = (point.z?, (mean - theory).abs());
    Some(Gap {
        curve,
        point,
        absolute,
        relative: absolute / theory,
        z,
        within: absolute <= std || z.abs() <= 4.0,
    })
}

/// The largest deviation of exit times, and the answer in one line.
fn exits_verdict(exits: &Exits) -> (Value, String) {
    let points = || {
        exits
            .curves
            .iter()
            .flat_map(|c| c.points.iter().map(move |p| (c, p)))
    };
    let gaps: Vec<Gap<'_>> = points().filter_map(gap).collect();
    let all = points().count();
    let largest =
        |size: fn(&Gap<'_>) -> f64| gaps.iter().max_by(|a, b| size(a).total_cmp(&size(b)));
    let (Some(absolute), Some(relative)) = (largest(|g| g.absolute), largest(|g| g.relative))
    else {
        let text = "nothing to compare: at no strength did theory and every seed exit".to_owned();
        return (Value::Null, text);
    };
    let worst = json!({
        "max_abs": absolute.absolute,
        "max_z": gaps.iter().map(|g| g.z.abs()).fold(0.0, f64::max),
        "at_mu": absolute.point.mu,
        "student": absolute.curve.student,
    });
    let within = gaps.iter().filter(|g| g.within).count();
    let lead = if within == gaps.len() {
        "SGD exits when the theory says"
    } else {
        "SGD departs from the theory"
    };
    let text = format!(
        "{lead}: at {within} of {} strengths the mean exit is within one run-to-run standard \
         deviation ({} of {all} not comparable); largest relative deviation {:.2} % for {} at \
         mu = {} ({:.1} standard errors)",
        gaps.len(),
        all - gaps.len(),
        100.0 * relative.relative,
        relative.curve.student,
        relative.point.mu,
        relative.z
    );
    (worst, text)
}

fn exits_summary(exits: &Exits, verdict: &str) -> String {
    let mut text = format!(
        "exit time at |alignment| = {}, in {}; {}\n\n",
        exits.threshold,
        plain_unit(&exits.options),
        starts_in_words(exits.starts)
    );
    text.push_str(
        "link                 mu       theory     SGD mean          std     exited        z\n",
    );
    let shown = |x: Option<f64>| x.map_or("-".to_owned(), |x| significant(x, 6));
    for curve in &exits.curves {
        let name = pair_label(&curve.teacher, &curve.student);
        for p in &curve.points {
            let _written = writeln!(
                text,
                "{:<16}{:>7.4}{:>13}{:>13}{:>13}{:>11}{:>9}",
                name,
                p.mu,
                shown(p.theory),
                shown(p.sgd.mean),
                shown(p.sgd.std),
                format!("{}/{}", p.exited, p.seeds),
                p.z.map_or("-".to_owned(), |z| format!("{z:.1}"))
            );
        }
    }
    let _written = writeln!(text, "\n{verdict}");
    text
}
