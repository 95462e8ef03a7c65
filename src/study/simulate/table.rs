//! The tables of simulated seeds.

use super::SimulateReport;
use crate::observable::{ALONG, Observable, of_ensembles};
use crate::output::Table;
use crate::simulation::{SeedRun, Statistics, Summary};

/// A number of a summary with its name in data files.
type Number = (&'static str, fn(&Summary) -> Option<f64>);

/// The five numbers of a summary.
pub(super) const NUMBERS: [Number; 5] = [
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

/// Columns that say how the others were made.
fn signed(table: Table, simulated: &SimulateReport, rows: usize) -> Table {
    let command = table.metadata["command"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let model = simulated.problem.model();
    table
        .text("teacher", vec![model.teacher().name().to_owned(); rows])
        .text("student", vec![model.student().name().to_owned(); rows])
        .text("version", vec![env!("CARGO_PKG_VERSION").to_owned(); rows])
        .text("command", vec![command; rows])
}

/// One row per recorded step: mean, standard deviation, quantiles.
pub(super) fn table(simulated: &SimulateReport) -> Table {
    let statistics = &simulated.statistics;
    let steps = &statistics.step;
    let times = steps.iter().map(|s| Some(simulated.time(*s))).collect();
    let counts = statistics.count.iter().map(|c| *c as u64).collect();
    let mut table = Table::new(simulated.made())
        .whole("step", steps.clone())
        .numbers("t", times)
        .whole("count", counts);
    for observable in of_ensembles() {
        for (name, number) in NUMBERS {
            let name = format!("{}_{name}", observable.name);
            table = table.numbers(&name, column(statistics, observable, number));
        }
    }
    signed(table, simulated, steps.len())
}

/// One row per seed and recorded step.
pub(super) fn seeds(simulated: &SimulateReport) -> Table {
    let runs = simulated.ensemble.runs.iter();
    let rows: Vec<_> = runs
        .flat_map(|run| run.records.iter().map(move |record| (run, record)))
        .collect();
    let number = |f: &dyn Fn(&SeedRun, u64) -> Option<f64>| -> Vec<Option<f64>> {
        rows.iter().map(|(run, r)| f(run, r.step)).collect()
    };
    let mut table = Table::new(simulated.made())
        .whole("seed", rows.iter().map(|(run, _)| run.seed).collect())
        .whole("step", rows.iter().map(|(_, record)| record.step).collect())
        .numbers("t", number(&|_, step| Some(simulated.time(step))))
        .numbers(
            "exit_step",
            number(&|run, _| run.exit_step.map(|s| s as f64)),
        );
    for observable in ALONG {
        let values = rows.iter().map(|(_, r)| r.value(observable)).collect();
        table = table.numbers(observable.name, values);
    }
    signed(table, simulated, rows.len())
}
