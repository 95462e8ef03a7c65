//! The table of a run.

use serde_json::Value;

use super::in_unit;
use crate::model::Model;
use crate::output::Table;
use crate::trajectory::Trajectory;

pub(super) fn table(model: &Model, run: &Trajectory, factor: f64, metadata: Value) -> Table {
    let times = in_unit(run, factor).into_iter().map(Some).collect();
    let command = metadata["command"].as_str().unwrap_or_default().to_owned();
    let rows = run.t.len();
    let mut table = Table::new(metadata).numbers("t", times);
    for (observable, values) in run.columns.iter() {
        table = table.numbers(observable.name, values.to_vec());
    }
    table
        .text("teacher", vec![model.teacher().name().to_owned(); rows])
        .text("student", vec![model.student().name().to_owned(); rows])
        .text("version", vec![env!("CARGO_PKG_VERSION").to_owned(); rows])
        .text("command", vec![command; rows])
}
