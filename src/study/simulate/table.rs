//! The tables of simulated seeds.

use super::SimulateReport;
use crate::observable::{ALONG, Observable, of_ensembles};
use crate::output::Table;
use crate::simulation::{Record, Statistics, Summary};
use crate::study::provenance::{self, with_links};
use crate::study::schema::{SEEDS, SIMULATE, TableOf, with_schema};

/// A number of a summary with its name in data files.
pub(crate) type Statistic = (&'static str, fn(&Summary) -> Option<f64>);

/// The five numbers of a summary.
pub(crate) const NUMBERS: [Statistic; 5] = [
    ("mean", |s| Some(s.mean)),
    ("std", |s| s.std),
    ("q05", |s| Some(s.q05)),
    ("q50", |s| Some(s.q50)),
    ("q95", |s| Some(s.q95)),
];

pub(super) fn column(
    statistics: &Statistics,
    observable: &Observable,
    number: fn(&Summary) -> Option<f64>,
) -> Vec<Option<f64>> {
    let summaries = statistics.of(observable).iter();
    summaries.map(|s| s.as_ref().and_then(number)).collect()
}

/// With what says how the columns were made.
fn signed(table: Table, simulated: &SimulateReport, of: &TableOf) -> Table {
    let table = provenance::signed(with_links(table, simulated.problem.model()));
    with_schema(table, of)
}

/// One row per recorded step: mean, standard deviation, quantiles.
pub(super) fn table(simulated: &SimulateReport) -> Table {
    let statistics = &simulated.statistics;
    let steps = &statistics.step;
    let times = steps.iter().map(|s| Some(simulated.time(*s))).collect();
    let mut table = Table::new(simulated.origin.made())
        .whole("step", steps.clone())
        .numbers("t", times)
        .whole("count", statistics.count.iter().map(|c| *c as u64));
    for observable in of_ensembles() {
        for (name, number) in NUMBERS {
            let name = format!("{}_{name}", observable.name);
            table = table.numbers(&name, column(statistics, observable, number));
        }
    }
    signed(table, simulated, &SIMULATE)
}

/// One row per seed and recorded step.
pub(super) fn seeds(simulated: &SimulateReport) -> Table {
    let runs = simulated.ensemble.runs.iter();
    let rows: Vec<_> = runs
        .flat_map(|run| run.records.iter().map(move |record| (run, record)))
        .collect();
    let time = |(_, record): &(_, &Record)| Some(simulated.time(record.step));
    let times = rows.iter().map(time).collect();
    let mut table = Table::new(simulated.origin.made())
        .whole("seed", rows.iter().map(|(run, _)| run.seed))
        .whole("step", rows.iter().map(|(_, record)| record.step))
        .numbers("t", times)
        .whole("exit_step", rows.iter().map(|(run, _)| run.exit_step));
    for observable in ALONG {
        let values = rows.iter().map(|(_, r)| r.value(observable)).collect();
        table = table.numbers(observable.name, values);
    }
    signed(table, simulated, &SEEDS)
}
