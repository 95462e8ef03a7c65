//! The table of theory and SGD along one run.

use super::PathsReport;
use crate::observable::Observable;
use crate::output::Table;
use crate::simulation::Summary;
use crate::study::provenance::{signed, with_links};
use crate::study::schema::{COMPARE, with_schema};

/// The named columns of one number.
pub(super) fn columns(paths: &PathsReport, index: usize) -> Vec<(&'static str, Vec<Option<f64>>)> {
    let compared = &paths.compared;
    let (observable, summaries) = &compared.summaries[index];
    let of = |f: fn(&Summary) -> Option<f64>| summaries.iter().map(f).collect();
    let mut all = vec![("theory", compared.flow.of(observable).to_vec())];
    if let Some(map) = &compared.map {
        all.push(("map", map.of(observable).to_vec()));
    }
    all.extend([
        ("mean", of(|s| Some(s.mean))),
        ("std", of(|s| s.std)),
        ("q05", of(|s| Some(s.q05))),
        ("q50", of(|s| Some(s.q50))),
        ("q95", of(|s| Some(s.q95))),
        ("z", compared.z[index].1.clone()),
    ]);
    all
}

/// The medians over starts of a number by theory and map, which the figure shows where decades are.
pub(super) fn medians<'a>(
    paths: &'a PathsReport,
    observable: &'static Observable,
) -> impl Iterator<Item = (&'static str, Vec<Option<f64>>)> + 'a {
    let (flow, map) = (&paths.compared.flow_median, &paths.compared.map_median);
    let all = [("theory_q50", flow), ("map_q50", map)].into_iter();
    all.filter_map(move |(name, median)| Some((name, median.as_ref()?.of(observable).to_vec())))
}

/// One row per recorded step.
pub(super) fn table(paths: &PathsReport) -> Table {
    let compared = &paths.compared;
    let mut table = Table::new(paths.made())
        .whole("step", compared.step.clone())
        .numbers("t", paths.times().into_iter().map(Some).collect());
    for (index, (observable, _)) in compared.summaries.iter().enumerate() {
        for (name, values) in columns(paths, index) {
            table = table.numbers(format!("{}_{name}", observable.name), values);
        }
    }
    let table = with_links(signed(table), paths.problem.model());
    with_schema(table, &COMPARE)
}
