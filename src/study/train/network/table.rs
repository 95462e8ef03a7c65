//! The table of a history of networks: every recorded instant of every stage, a column for each entry of its matrices.

use nalgebra::DMatrix;
use serde_json::{Value, json};

use super::TrainNetworkReport;
use crate::observable::NetworkObserved;
use crate::observable::network::rows;
use crate::output::Table;
use crate::stages::network::{NetworkInstant, NetworkStageRun};
use crate::study::provenance::signed;
use crate::study::schema::{TRAIN_NETWORK, with_schema};

/// The matrices that belong to no task by their names in files; those of LoRA only while it is trained.
pub(super) fn matrices(seen: &NetworkObserved) -> [(&'static str, Option<&DMatrix<f64>>); 5] {
    [
        ("q", Some(&seen.q)),
        ("u", seen.u.as_ref()),
        ("alignment", seen.alignment.as_ref()),
        ("s", seen.s.as_ref()),
        ("c", seen.c.as_ref()),
    ]
}

/// A value at every instant of all stages.
fn along<T>(report: &TrainNetworkReport, value: impl Fn(usize, &NetworkInstant) -> T) -> Vec<T> {
    let runs = report.runs.iter().enumerate();
    let of_run = |(i, run): (usize, &NetworkStageRun)| -> Vec<T> {
        run.course.iter().map(|at| value(i, at)).collect()
    };
    runs.flat_map(of_run).collect()
}

/// Times in their units.
fn times(report: &TrainNetworkReport) -> [(&'static str, Vec<Option<f64>>); 5] {
    let before: Vec<_> = (0..report.runs.len()).map(|i| report.before(i)).collect();
    let total = |i: usize, t: f64| {
        let samples = before[i].1.zip(report.counted(i, t)[1]);
        samples.map(|(before, more)| before + more)
    };
    [
        ("t_total", along(report, |i, at| Some(before[i].0 + at.t))),
        ("samples_total", along(report, |i, at| total(i, at.t))),
        ("t", along(report, |_, at| Some(at.t))),
        ("steps", along(report, |i, at| report.counted(i, at.t)[0])),
        ("samples", along(report, |i, at| report.counted(i, at.t)[1])),
    ]
}

/// The columns as they stand in JSON: matrices as lists of rows.
pub(super) fn trajectory(report: &TrainNetworkReport) -> Value {
    let mut all = json!({
        "stage": along(report, |i, _| i + 1),
        "task": along(report, |i, _| report.task(i)),
    });
    for (name, values) in times(report) {
        all[name] = json!(values);
    }
    all["m"] = report.by_task(|k| json!(along(report, |_, at| at.m[k].clone())));
    all["loss"] = report.by_task(|k| json!(along(report, |_, at| at.loss[k])));
    let first = report.runs.iter().flat_map(|run| &run.course).next();
    let names = first.map(|at| matrices(&at.seen).map(|(name, _)| name));
    for (place, name) in names.into_iter().flatten().enumerate() {
        all[name] = json!(along(report, |_, at| matrices(&at.seen)[place].1.map(rows)));
    }
    all["readout"] = json!(along(report, |_, at| at.seen.readout.clone()));
    all["cosine"] = json!(along(report, |_, at| at.seen.cosine));
    all
}

pub(super) fn table(report: &TrainNetworkReport, mut metadata: Value) -> Table {
    metadata["stages"] = report.stages();
    let mut table = Table::new(metadata)
        .whole("stage", along(report, |i, _| i as u64 + 1))
        .text("task", along(report, |i, _| report.task(i).to_owned()));
    for (name, values) in times(report) {
        table = table.numbers(name, values);
    }
    for (k, task) in report.history.tasks.iter().enumerate() {
        let loss = along(report, |_, at| Some(at.loss[k]));
        table = table.numbers(format!("loss_{}", task.name), loss);
        let entry = |at: &NetworkInstant, i: usize, j: usize| Some(at.m[k][i][j]);
        let m = |i, j| along(report, |_, at| entry(at, i, j));
        let shape = along(report, |_, at| (at.m[k].len(), at.m[k][0].len()));
        let (rows, columns) = shape.first().copied().unwrap_or_default();
        for (i, j) in (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))) {
            let name = format!("m_{}_{}_{}", task.name, i + 1, j + 1);
            table = table.numbers(name, m(i, j));
        }
    }
    for place in 0..5 {
        let own = |at: &NetworkInstant| -> (&'static str, Option<DMatrix<f64>>) {
            let (name, matrix) = matrices(&at.seen)[place];
            (name, matrix.cloned())
        };
        let all = along(report, |_, at| own(at));
        // Ranks may differ from stage to stage.
        let shapes = all
            .iter()
            .filter_map(|(_, matrix)| Some(matrix.as_ref()?.shape()));
        let (rows, columns) =
            shapes.fold((0, 0), |most, one| (most.0.max(one.0), most.1.max(one.1)));
        for (i, j) in (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))) {
            let name = format!("{}_{}_{}", all[0].0, i + 1, j + 1);
            let entry =
                |(_, matrix): &(_, Option<DMatrix<f64>>)| matrix.as_ref()?.get((i, j)).copied();
            table = table.numbers(name, all.iter().map(entry).collect());
        }
    }
    for i in 0..report.history.readout.len() {
        let readout = along(report, |_, at| Some(at.seen.readout[i]));
        table = table.numbers(format!("readout_{}", i + 1), readout);
    }
    // A column of every such history: readers of CSV know by it where the constants begin.
    table = table.numbers("cosine", along(report, |_, at| Some(at.seen.cosine)));
    with_schema(signed(table), &TRAIN_NETWORK)
}
