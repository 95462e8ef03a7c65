//! The table of a run.

use serde_json::Value;

use super::in_unit;
use crate::model::Model;
use crate::output::Table;
use crate::trajectory::Trajectory;

pub(super) fn table(model: &Model, run: &Trajectory, factor: f64, metadata: Value) -> Table {
    let all = |values: &[f64]| values.iter().copied().map(Some).collect::<Vec<_>>();
    let command = metadata["command"].as_str().unwrap_or_default().to_owned();
    let rows = run.t.len();
    Table::new(metadata)
        .numbers("t", all(&in_unit(run, factor)))
        .numbers("u", run.u.clone())
        .numbers("alignment", all(&run.alignment))
        .numbers("s", run.s.clone())
        .numbers("m", all(&run.m))
        .numbers("q", all(&run.q))
        .numbers("loss", all(&run.loss))
        .text("teacher", vec![model.teacher().name().to_owned(); rows])
        .text("student", vec![model.student().name().to_owned(); rows])
        .text("version", vec![env!("CARGO_PKG_VERSION").to_owned(); rows])
        .text("command", vec![command; rows])
}
