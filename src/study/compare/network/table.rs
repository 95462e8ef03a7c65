//! The table of theory and SGD along the run of a network.

use super::CompareNetworkReport;
use crate::comparison::NumberCompared;
use crate::output::Table;
use crate::simulation::Summary;
use crate::study::provenance::{signed, with_links};
use crate::study::schema::{COMPARE_NETWORK, with_schema};

/// The named columns of one number.
pub(super) fn columns(one: &NumberCompared) -> Vec<(&'static str, Vec<Option<f64>>)> {
    let of = |f: fn(&Summary) -> Option<f64>| one.summaries.iter().map(f).collect();
    let all = |values: &[f64]| values.iter().map(|x| Some(*x)).collect();
    let mut columns = vec![("theory", all(&one.theory))];
    columns.extend(one.map.iter().map(|(map, _)| ("map", all(map))));
    columns.extend([
        ("mean", of(|s| Some(s.mean))),
        ("std", of(|s| s.std)),
        ("q05", of(|s| Some(s.q05))),
        ("q50", of(|s| Some(s.q50))),
        ("q95", of(|s| Some(s.q95))),
        ("z", one.z.clone()),
    ]);
    columns
}

/// One row per recorded step.
pub(super) fn table(report: &CompareNetworkReport) -> Table {
    let mut table = Table::new(report.made())
        .whole("step", report.compared.step.clone())
        .numbers("t", report.times().into_iter().map(Some).collect());
    for one in &report.compared.numbers {
        for (name, values) in columns(one) {
            table = table.numbers(format!("{}_{name}", one.number), values);
        }
    }
    let table = with_links(signed(table), report.problem.model());
    with_schema(table, &COMPARE_NETWORK)
}
