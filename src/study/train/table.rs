//! What stands in files of a history of one unit: every recorded instant of every stage.

use serde_json::{Value, json};

use super::stages::{StagesReport, Told};
use super::{figure, words};
use crate::observable::Observed;
use crate::output::Table;
use crate::stages::{History, StageInstant};
use crate::study::saved::Drawing;
use crate::study::schema::{TRAIN, TableOf};

/// A number of the student at an instant.
type Number = (&'static str, fn(&StageInstant) -> Option<f64>);

/// Those that do not depend on the tasks. The last one is a column of every history: readers of CSV know by it where the
/// constants begin.
const NUMBERS: [Number; 4] = [
    ("u", |at| at.seen.u),
    ("alignment", |at| Some(at.seen.alignment)),
    ("s", |at| at.seen.s),
    ("q", |at| Some(Observed::q(&at.seen))),
];

impl Told for History {
    const TABLE: &'static TableOf = &TRAIN;
    const DRAWING: Drawing = figure::figure;

    fn put_adapter(&self, _stage: usize, _into: &mut Value) {}

    fn put_seen(&self, at: &StageInstant, into: &mut Value) {
        for (name, of) in NUMBERS {
            into[name] = json!(of(at));
        }
        into["m"] = super::stages::by_task(self, |task| json!(at.m[task]));
    }

    fn put_along(report: &StagesReport<Self>, into: &mut Value) {
        for (name, of) in NUMBERS {
            into[name] = json!(report.along(of));
        }
        into["m"] = report.by_task(|k| json!(report.along(|at| at.m[k])));
        into["loss"] = report.by_task(|k| json!(report.along(|at| at.loss[k])));
    }

    fn columns(report: &StagesReport<Self>, mut table: Table) -> Table {
        let (before, last) = NUMBERS.split_at(NUMBERS.len() - 1);
        for (name, of) in before {
            table = table.numbers(*name, report.along(of));
        }
        for (k, task) in report.history.tasks.iter().enumerate() {
            let m = report.along(|at| Some(at.m[k]));
            table = table.numbers(format!("m_{}", task.name), m);
        }
        for (k, task) in report.history.tasks.iter().enumerate() {
            let loss = report.along(|at| Some(at.loss[k]));
            table = table.numbers(format!("loss_{}", task.name), loss);
        }
        for (name, of) in last {
            table = table.numbers(*name, report.along(of));
        }
        table
    }

    fn summary(report: &StagesReport<Self>) -> String {
        words::summary(report)
    }
}
