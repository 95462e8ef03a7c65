//! What stands in files of a history of networks: every recorded instant of every stage, every entry of its matrices.

use nalgebra::DMatrix;
use serde_json::{Value, json};

use super::super::stages::{StagesReport, Told, by_task};
use super::{TrainNetworkReport, figure, words};
use crate::observable::NetworkObserved;
use crate::observable::network::rows;
use crate::output::Table;
use crate::stages::Staged;
use crate::stages::network::{NetworkHistory, NetworkInstant};
use crate::study::saved::Drawing;
use crate::study::schema::{TRAIN_NETWORK, TableOf};

/// The matrices that belong to no task by their names in files; those of LoRA only while it is trained.
fn matrices(seen: &NetworkObserved) -> [(&'static str, Option<&DMatrix<f64>>); 5] {
    [
        ("q", Some(&seen.q)),
        ("u", seen.u.as_ref()),
        ("alignment", seen.alignment.as_ref()),
        ("s", seen.s.as_ref()),
        ("c", seen.c.as_ref()),
    ]
}

impl Told for NetworkHistory {
    const TABLE: &'static TableOf = &TRAIN_NETWORK;
    const DRAWING: Drawing = figure::figure;

    fn put_adapter(&self, stage: usize, into: &mut Value) {
        into["rank"] = json!(self.stages()[stage].rank);
    }

    fn put_seen(&self, at: &NetworkInstant, into: &mut Value) {
        for (name, matrix) in matrices(&at.seen) {
            into[name] = json!(matrix.map(rows));
        }
        into["readout"] = json!(at.seen.readout);
        into["cosine"] = json!(at.seen.cosine);
        into["m"] = by_task(self, |task| json!(at.m[task]));
    }

    /// Matrices as lists of rows.
    fn put_along(report: &StagesReport<Self>, into: &mut Value) {
        into["m"] = report.by_task(|k| json!(report.along(|at| at.m[k].clone())));
        into["loss"] = report.by_task(|k| json!(report.along(|at| at.loss[k])));
        let first = report.runs.iter().flat_map(|run| &run.course).next();
        let names = first.map(|at| matrices(&at.seen).map(|(name, _)| name));
        for (place, name) in names.into_iter().flatten().enumerate() {
            into[name] = json!(report.along(|at| matrices(&at.seen)[place].1.map(rows)));
        }
        into["readout"] = json!(report.along(|at| at.seen.readout.clone()));
        into["cosine"] = json!(report.along(|at| at.seen.cosine));
    }

    /// A column for each entry of the matrices.
    fn columns(report: &StagesReport<Self>, mut table: Table) -> Table {
        for (k, task) in report.history.tasks.iter().enumerate() {
            let loss = report.along(|at| Some(at.loss[k]));
            table = table.numbers(format!("loss_{}", task.name), loss);
            let (rows, columns) = (report.history.w0.nrows(), task.readout.len());
            for (i, j) in (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))) {
                let name = format!("m_{}_{}_{}", task.name, i + 1, j + 1);
                table = table.numbers(name, report.along(|at| Some(at.m[k][i][j])));
            }
        }
        for place in 0..5 {
            table = entries(report, place, table);
        }
        for i in 0..report.history.readout.len() {
            let readout = report.along(|at| Some(at.seen.readout[i]));
            table = table.numbers(format!("readout_{}", i + 1), readout);
        }
        // A column of every such history: readers of CSV know by it where the constants begin.
        table.numbers("cosine", report.along(|at| Some(at.seen.cosine)))
    }

    fn summary(report: &StagesReport<Self>) -> String {
        words::summary(report)
    }
}

/// The entries of one of [`matrices`].
fn entries(report: &TrainNetworkReport, place: usize, mut table: Table) -> Table {
    let own = |at: &NetworkInstant| -> (&'static str, Option<DMatrix<f64>>) {
        let (name, matrix) = matrices(&at.seen)[place];
        (name, matrix.cloned())
    };
    let all = report.along(own);
    // Ranks may differ from stage to stage.
    let shapes = all
        .iter()
        .filter_map(|(_, matrix)| Some(matrix.as_ref()?.shape()));
    let (rows, columns) = shapes.fold((0, 0), |most, one| (most.0.max(one.0), most.1.max(one.1)));
    for (i, j) in (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))) {
        let name = format!("{}_{}_{}", all[0].0, i + 1, j + 1);
        let entry = |(_, matrix): &(_, Option<DMatrix<f64>>)| matrix.as_ref()?.get((i, j)).copied();
        table = table.numbers(name, all.iter().map(entry).collect());
    }
    table
}
