//! The table of the lengths of pre-training that were looked at.

use serde_json::Value;

use super::OptimumOfHistoryReport;
use crate::output::Table;
use crate::stages::{PreTrained, TaskOverlaps};
use crate::study::provenance::signed;
use crate::study::schema::{OPTIMUM_OF_HISTORY, OPTIMUM_OF_NETWORK_HISTORY, with_schema};

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
    let Some(first) = of.curves.first().map(|one| &one.found.without) else {
        return table;
    };
    for (k, task) in of.tasks.iter().enumerate() {
        for (place, (index, _)) in entries(&first.m[k]).into_iter().enumerate() {
            let m = column(&|at| entries(&at.m[k]).get(place).map(|one| one.1));
            table = table.numbers(format!("m_{}{index}", task.name), m);
        }
    }
    let is_network = matches!(first.m.first(), Some(TaskOverlaps::Matrix(_)));
    let named = match is_network {
        true => &OPTIMUM_OF_NETWORK_HISTORY,
        false => &OPTIMUM_OF_HISTORY,
    };
    // A column of every history last: readers of CSV know by it where the constants begin.
    let table = table.numbers("value", column(&|at| at.total));
    with_schema(signed(table), named)
}

/// Overlaps with what the names of their columns end with.
fn entries(of: &TaskOverlaps) -> Vec<(String, f64)> {
    match of {
        TaskOverlaps::Number(m) => vec![(String::new(), *m)],
        TaskOverlaps::Matrix(rows) => {
            let row = |(i, row): (usize, &Vec<f64>)| {
                let all = row.iter().enumerate();
                let all = all.map(|(j, m)| (format!("_{}_{}", i + 1, j + 1), *m));
                all.collect::<Vec<_>>()
            };
            rows.iter().enumerate().flat_map(row).collect()
        }
    }
}
