//! The table of a run.

use serde_json::Value;

use crate::model::Model;
use crate::output::Table;
use crate::problem::Clock;
use crate::study::provenance::{signed, with_links};
use crate::study::schema::{SOLVE, with_schema};
use crate::trajectory::Trajectory;

pub(super) fn table(model: &Model, run: &Trajectory, clock: &Clock, metadata: Value) -> Table {
    let times = in_unit(run, clock).into_iter().map(Some).collect();
    let mut table = Table::new(metadata).numbers("t", times);
    for (observable, values) in run.columns.iter() {
        table = table.numbers(observable.name, values.to_vec());
    }
    with_schema(signed(with_links(table, model)), &SOLVE)
}

/// Times in the unit asked for.
pub(super) fn in_unit(trajectory: &Trajectory, clock: &Clock) -> Vec<f64> {
    trajectory.t.iter().map(|t| clock.at(*t)).collect()
}
