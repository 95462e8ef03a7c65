//! The tables of simulated networks: a column for each entry of each matrix.

use nalgebra::DMatrix;
use serde_json::{Value, json};

use super::SimulateNetworkReport;
use crate::observable::NetworkObserved;
use crate::observable::network::rows;
use crate::output::Table;
use crate::study::provenance::{self, with_links};
use crate::study::schema::{SEEDS_NETWORK, SIMULATE_NETWORK, TableOf, with_schema};
use crate::study::simulate::table::NUMBERS;

/// A matrix of what was seen, by its name in files; readouts are one row.
pub(super) struct Part {
    pub(super) name: &'static str,
    pub(super) of: fn(&NetworkObserved) -> Option<DMatrix<f64>>,
}

/// Readouts, which are no matrix.
const READOUT: &str = "readout";

pub(super) static PARTS: [Part; 7] = [
    Part {
        name: "m",
        of: |seen| Some(seen.m.clone()),
    },
    Part {
        name: "q",
        of: |seen| Some(seen.q.clone()),
    },
    Part {
        name: "u",
        of: |seen| seen.u.clone(),
    },
    Part {
        name: "alignment",
        of: |seen| seen.alignment.clone(),
    },
    Part {
        name: "s",
        of: |seen| seen.s.clone(),
    },
    Part {
        name: "c",
        of: |seen| seen.c.clone(),
    },
    Part {
        name: READOUT,
        of: |seen| {
            Some(DMatrix::from_row_slice(
                1,
                seen.readout.len(),
                &seen.readout,
            ))
        },
    },
];

impl Part {
    /// As it stands in JSON: rows, and readouts as a list.
    pub(super) fn written(&self, seen: &NetworkObserved) -> Option<Value> {
        let rows = rows(&(self.of)(seen)?);
        Some(match self.name {
            READOUT => json!(rows.concat()),
            _ => json!(rows),
        })
    }

    /// The column of an entry.
    fn column(&self, i: usize, j: usize) -> String {
        match self.name {
            READOUT => format!("{READOUT}_{}", j + 1),
            name => format!("{name}_{}_{}", i + 1, j + 1),
        }
    }
}

/// A column for each entry that the first has, under its name and what `ending` adds.
fn with_entries(mut table: Table, all: &[&NetworkObserved], ending: &str) -> Table {
    for part in &PARTS {
        let matrices: Option<Vec<DMatrix<f64>>> = all.iter().map(|seen| (part.of)(seen)).collect();
        let matrices = matrices.unwrap_or_default();
        let (rows, columns) = matrices.first().map_or((0, 0), DMatrix::shape);
        for (i, j) in (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))) {
            let name = part.column(i, j) + ending;
            let values = matrices.iter().map(|matrix| Some(matrix[(i, j)]));
            table = table.numbers(name, values.collect());
        }
    }
    table
}

fn signed(table: Table, simulated: &SimulateNetworkReport, of: &TableOf) -> Table {
    let table = provenance::signed(with_links(table, simulated.problem.model()));
    with_schema(table, of)
}

/// One row per recorded step.
pub(super) fn table(simulated: &SimulateNetworkReport) -> Table {
    let statistics = &simulated.statistics;
    let times = simulated.times(statistics.step.iter().copied());
    let mut table = Table::new(simulated.origin.made())
        .whole("step", statistics.step.clone())
        .numbers("t", times.into_iter().map(Some).collect())
        .whole("count", statistics.count.iter().map(|c| *c as u64));
    for (name, summaries) in [("loss", &statistics.loss), ("cosine", &statistics.cosine)] {
        for (word, number) in NUMBERS {
            let values = summaries.iter().map(number).collect();
            table = table.numbers(format!("{name}_{word}"), values);
        }
    }
    for (ending, all) in [("_mean", &statistics.mean), ("_std", &statistics.std)] {
        let all: Vec<&NetworkObserved> = all.iter().collect();
        table = with_entries(table, &all, ending);
    }
    signed(table, simulated, &SIMULATE_NETWORK)
}

/// One row per seed and recorded step.
pub(super) fn seeds(simulated: &SimulateNetworkReport) -> Table {
    let runs = simulated.ensemble.runs.iter();
    let rows: Vec<_> = runs
        .flat_map(|run| run.records.iter().map(move |record| (run, record)))
        .collect();
    let times = simulated.times(rows.iter().map(|(_, record)| record.step));
    let number = |of: &dyn Fn(usize) -> f64| (0..rows.len()).map(|i| Some(of(i))).collect();
    let table = Table::new(simulated.origin.made())
        .whole("seed", rows.iter().map(|(run, _)| run.seed))
        .whole("step", rows.iter().map(|(_, record)| record.step))
        .numbers("t", times.into_iter().map(Some).collect())
        .whole("exit_step", rows.iter().map(|(run, _)| run.exit_step))
        .numbers("loss", number(&|i| rows[i].1.loss))
        .numbers("cosine", number(&|i| rows[i].1.seen.cosine));
    let all: Vec<&NetworkObserved> = rows.iter().map(|(_, record)| &record.seen).collect();
    signed(with_entries(table, &all, ""), simulated, &SEEDS_NETWORK)
}
