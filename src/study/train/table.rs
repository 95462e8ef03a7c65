//! The table of a history: every recorded instant of every stage.

use serde_json::{Map, Value, json};

use super::{TrainReport, counted};
use crate::observable::Observed;
use crate::output::Table;
use crate::stages::{StageInstant, StageRun};
use crate::study::provenance::signed;
use crate::study::schema::{TRAIN, with_schema};

/// The columns that do not depend on the tasks, after the number of the stage and its task.
fn numbers(report: &TrainReport) -> Vec<(&'static str, Vec<Option<f64>>)> {
    let mut all: Vec<(&'static str, Vec<Option<f64>>)> =
        NAMES.map(|name| (name, Vec::new())).into();
    for (i, run) in report.runs.iter().enumerate() {
        let (before, samples_before) = report.before(i);
        for at in &run.course {
            let [steps, samples] = counted(report, i, at.t);
            let total = samples_before
                .zip(samples)
                .map(|(before, more)| before + more);
            let (seen, q) = (&at.seen, Observed::q(&at.seen));
            let row = [
                Some(before + at.t),
                total,
                Some(at.t),
                steps,
                samples,
                seen.u,
                Some(seen.alignment),
                seen.s,
                Some(q),
            ];
            all.iter_mut()
                .zip(row)
                .for_each(|((_, column), x)| column.push(x));
        }
    }
    all
}

const NAMES: [&str; 9] = [
    "t_total",
    "samples_total",
    "t",
    "steps",
    "samples",
    "u",
    "alignment",
    "s",
    "q",
];

/// The values of one number along all stages.
fn along<T>(report: &TrainReport, value: impl Fn(usize, &StageInstant) -> T) -> Vec<T> {
    let runs = report.runs.iter().enumerate();
    let of_run = |(i, run): (usize, &StageRun)| -> Vec<T> {
        run.course.iter().map(|at| value(i, at)).collect()
    };
    runs.flat_map(of_run).collect()
}

/// The name of the task of a stage.
fn task(report: &TrainReport, stage: usize) -> String {
    report.history.tasks[report.history.stages[stage].task]
        .name
        .clone()
}

/// The columns as they stand in JSON.
pub(super) fn trajectory(report: &TrainReport) -> Value {
    let mut all = json!({
        "stage": along(report, |i, _| i + 1),
        "task": along(report, |i, _| task(report, i)),
    });
    for (name, values) in numbers(report) {
        all[name] = json!(values);
    }
    all["m"] = report.by_task(|k| json!(along(report, |_, at| at.m[k])));
    all["loss"] = report.by_task(|k| json!(along(report, |_, at| at.loss[k])));
    all
}

pub(super) fn table(report: &TrainReport, mut metadata: Value) -> Table {
    metadata["stages"] = report.stages();
    let mut table = Table::new(metadata)
        .whole("stage", along(report, |i, _| i as u64 + 1))
        .text("task", along(report, |i, _| task(report, i)));
    let numbers = numbers(report);
    // The last one is a column of every history: readers of CSV know by it where the constants begin.
    let (before, last) = numbers.split_at(numbers.len() - 1);
    for (name, values) in before {
        table = table.numbers(*name, values.clone());
    }
    for (k, task) in report.history.tasks.iter().enumerate() {
        table = table.numbers(
            format!("m_{}", task.name),
            along(report, |_, at| Some(at.m[k])),
        );
    }
    for (k, task) in report.history.tasks.iter().enumerate() {
        table = table.numbers(
            format!("loss_{}", task.name),
            along(report, |_, at| Some(at.loss[k])),
        );
    }
    for (name, values) in last {
        table = table.numbers(*name, values.clone());
    }
    with_schema(signed(table), &TRAIN)
}

/// An object with a value for every name.
pub(super) fn by_name<'a>(
    names: impl Iterator<Item = &'a str>,
    value: impl Fn(usize) -> Value,
) -> Value {
    let all = names.enumerate();
    let all: Map<String, Value> = all.map(|(i, name)| (name.to_owned(), value(i))).collect();
    all.into()
}
