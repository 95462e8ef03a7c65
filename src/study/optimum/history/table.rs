//! The table of the lengths of pre-training that were looked at.

use serde_json::Value;

use super::OptimumOfHistoryReport;
use crate::output::Table;
use crate::stages::PreTrained;
use crate::study::provenance::signed;
use crate::study::schema::{OPTIMUM_OF_HISTORY, with_schema};

/// One row a length, curve by curve.
pub(super) fn table(of: &OptimumOfHistoryReport, made: Value) -> Table {
    let rows = || {
        let curves = of.curves.iter();
        curves.flat_map(|one| one.found.curve.iter().map(|at| (one.angle, at)))
    };
    let column = |value: &dyn Fn(&PreTrained) -> Option<f64>| -> Vec<Option<f64>> {
        rows().map(|(_, at)| value(at)).collect()
    };
    let mut table = Table::new(made)
        .numbers("angle", rows().map(|(angle, _)| angle).collect())
        .numbers("pretraining", column(&|at| Some(at.length)))
        .numbers("pretraining_t", column(&|at| Some(at.t)));
    for (k, task) in of.history.tasks.iter().enumerate() {
        table = table.numbers(format!("m_{}", task.name), column(&|at| Some(at.m[k])));
    }
    // A column of every history last: readers of CSV know by it where the constants begin.
    let table = table.numbers("value", column(&|at| at.total));
    with_schema(signed(table), &OPTIMUM_OF_HISTORY)
}
