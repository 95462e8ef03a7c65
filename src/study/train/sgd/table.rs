//! The tables of the seeds of a history: averages, and every seed.

use serde_json::{Value, json};

use super::clock::Clock;
use super::{SeedsReport, ToldOfSeeds};
use crate::comparison::NumberAlong;
use crate::output::Table;
use crate::simulation::Summary;
use crate::stages::{Number, RunOf, SeedHistory, SeedRecord};
use crate::study::provenance::signed;
use crate::study::schema::with_schema;
use crate::study::simulate::NUMBERS;

/// The rows: stage and step.
fn rows<H: ToldOfSeeds>(report: &SeedsReport<H>) -> Vec<(usize, u64)> {
    let stages = report.statistics.iter().enumerate();
    stages
        .flat_map(|(i, own)| own.step.iter().map(move |step| (i, *step)))
        .collect()
}

/// The name of the task of a stage.
fn task<H: ToldOfSeeds>(report: &SeedsReport<H>, stage: usize) -> String {
    let task = report.history.stages()[stage].task;
    report.history.tasks()[task].0.to_owned()
}

/// When a row is: in all, and in its stage.
fn times<H: ToldOfSeeds>(report: &SeedsReport<H>) -> Vec<(&'static str, Vec<Option<f64>>)> {
    let rows = rows(report);
    let along = |clock, total: bool| -> Vec<Option<f64>> {
        let before: Vec<f64> = (0..report.statistics.len())
            .map(|stage| {
                if total {
                    report.before(stage, clock)
                } else {
                    0.0
                }
            })
            .collect();
        let at = |(stage, step): &(usize, u64)| {
            Some(before[*stage] + report.counted(*stage, *step as f64, clock))
        };
        rows.iter().map(at).collect()
    };
    vec![
        ("t_total", along(Clock::T, true)),
        ("samples_total", along(Clock::Samples, true)),
        ("t", along(Clock::T, false)),
        ("samples", along(Clock::Samples, false)),
    ]
}

/// The columns of a number over all rows, with their endings.
fn columns<H: ToldOfSeeds>(
    report: &SeedsReport<H>,
    number: &Number,
) -> Vec<(&'static str, Vec<Option<f64>>)> {
    let stages = report.statistics.iter();
    let summaries = stages.flat_map(|own| {
        let found = own.rows.iter().find(|(one, _)| one == number);
        found.map_or(&[][..], |(_, all)| all.as_slice())
    });
    let summaries: Vec<_> = summaries.collect();
    let column = |(name, of): &crate::study::simulate::Statistic| {
        let values = summaries.iter().map(|one| one.as_ref().and_then(of));
        (*name, values.collect())
    };
    let mut all: Vec<_> = NUMBERS.iter().map(column).collect();
    let theory = by_theory(report, number, |one| {
        one.theory.iter().map(|all| Some(all.mean)).collect()
    });
    let z = by_theory(report, number, |one| one.z.clone());
    all.extend(theory.map(|values| ("theory", values)));
    all.extend(z.map(|values| ("z", values)));
    all
}

/// A column of a number by the theory, if that was asked for: empty in stages that have not the number.
fn by_theory<H: ToldOfSeeds>(
    report: &SeedsReport<H>,
    number: &Number,
    of: impl Fn(&NumberAlong) -> Vec<Option<f64>>,
) -> Option<Vec<Option<f64>>> {
    let stages = report.compared.as_ref()?.stages.iter();
    let column = stages.zip(&report.statistics).flat_map(|(own, rows)| {
        let found = own.numbers.iter().find(|one| one.number == *number);
        found.map_or_else(|| vec![None; rows.step.len()], &of)
    });
    Some(column.collect())
}

/// Those on tasks, then those of the student: readers of CSV know by the last column where the constants begin.
fn numbers<H: ToldOfSeeds>(report: &SeedsReport<H>) -> Vec<Number> {
    let mut all = report.history.numbers();
    all.sort_by_key(|number| number.task.is_none());
    all
}

/// The columns as they stand in JSON.
pub(super) fn trajectory<H: ToldOfSeeds>(report: &SeedsReport<H>) -> Value {
    let rows = rows(report);
    let mut all = json!({
        "stage": rows.iter().map(|(stage, _)| stage + 1).collect::<Vec<_>>(),
        "task": rows.iter().map(|(stage, _)| task(report, *stage)).collect::<Vec<_>>(),
        "count": counts(report),
        "steps": rows.iter().map(|(_, step)| *step).collect::<Vec<_>>(),
    });
    for (name, values) in times(report) {
        all[name] = json!(values);
    }
    report.put_numbers(&mut all, |number| {
        let columns = columns(report, number).into_iter();
        let columns = columns.chain(quantiles_of_theory(report, number));
        let named = columns.map(|(name, values)| (name.to_owned(), json!(values)));
        Value::Object(named.collect())
    });
    all
}

/// A quantile by its name in JSON.
type Quantile = (&'static str, fn(&Summary) -> f64);

const QUANTILES: [Quantile; 3] = [
    ("theory_q05", |s| s.q05),
    ("theory_q50", |s| s.q50),
    ("theory_q95", |s| s.q95),
];

/// The quantiles over starts of a number by the theory, which its figure shows.
fn quantiles_of_theory<H: ToldOfSeeds>(
    report: &SeedsReport<H>,
    number: &Number,
) -> Vec<(&'static str, Vec<Option<f64>>)> {
    let column = |(name, of): Quantile| {
        let over_starts = |one: &NumberAlong| one.theory.iter().map(|all| Some(of(all))).collect();
        Some((name, by_theory(report, number, over_starts)?))
    };
    QUANTILES.into_iter().filter_map(column).collect()
}

fn counts<H: ToldOfSeeds>(report: &SeedsReport<H>) -> Vec<u64> {
    let stages = report.statistics.iter();
    let of = |own: &crate::stages::StageStatistics| vec![own.counted.len() as u64; own.step.len()];
    stages.flat_map(of).collect()
}

/// One row per recorded step of a stage.
pub(super) fn table<H: ToldOfSeeds>(report: &SeedsReport<H>) -> Table {
    let rows = rows(report);
    let mut metadata = report.origin.made();
    metadata["stages"] = report.stages();
    let tasks = rows.iter().map(|(stage, _)| task(report, *stage));
    let mut table = Table::new(metadata)
        .whole("stage", rows.iter().map(|(stage, _)| *stage as u64 + 1))
        .text("task", tasks.collect())
        .whole("count", counts(report))
        .whole("steps", rows.iter().map(|(_, step)| *step));
    for (name, values) in times(report) {
        table = table.numbers(name, values);
    }
    for number in numbers(report) {
        let name = number.name(&report.history);
        for (ending, values) in columns(report, &number) {
            table = table.numbers(format!("{name}_{ending}"), values);
        }
    }
    with_schema(signed(table), H::SEEDS_TABLE)
}

/// The records of a seed, each with its stage.
fn records<I, D>(run: &SeedHistory<I, D>) -> impl Iterator<Item = (usize, &SeedRecord<I>)> {
    let stages = run.stages.iter().enumerate();
    stages.flat_map(|(i, own)| own.records.iter().map(move |record| (i, record)))
}

/// When a record of a seed is: in all, and in its stage.
fn when<H: ToldOfSeeds>(
    report: &SeedsReport<H>,
    run: &RunOf<H>,
) -> Vec<(&'static str, Vec<Option<f64>>)> {
    let along = |clock, total: bool| -> Vec<Option<f64>> {
        let before = |stage: usize| -> f64 {
            let own = |k: usize| report.counted(k, run.stages[k].steps as f64, clock);
            (0..stage).filter(|_| total).map(own).sum()
        };
        let at = |(stage, record): (usize, &SeedRecord<H::Instant>)| {
            Some(before(stage) + report.counted(stage, record.step as f64, clock))
        };
        records(run).map(at).collect()
    };
    vec![
        ("t_total", along(Clock::T, true)),
        ("samples_total", along(Clock::Samples, true)),
        ("t", along(Clock::T, false)),
        ("samples", along(Clock::Samples, false)),
    ]
}

/// Every seed with its records, as they stand in JSON.
pub(super) fn per_seed<H: ToldOfSeeds>(report: &SeedsReport<H>) -> Value {
    let seed = |run: &RunOf<H>| {
        let of = |value: &dyn Fn(usize, &SeedRecord<H::Instant>) -> Value| -> Value {
            records(run)
                .map(|(stage, record)| value(stage, record))
                .collect()
        };
        let mut all = json!({
            "seed": run.seed,
            "failure": run.failure,
            "reasons": run.stages.iter().map(|own| own.reason.map(|one| one.word())).collect::<Vec<_>>(),
            "stage": of(&|stage, _| json!(stage + 1)),
            "task": of(&|stage, _| json!(task(report, stage))),
            "steps": of(&|_, record| json!(record.step)),
        });
        for (name, values) in when(report, run) {
            all[name] = json!(values);
        }
        report.put_numbers(&mut all, |number| {
            of(&|_, record| json!(H::value(number, &record.at)))
        });
        all
    };
    report.runs.iter().map(seed).collect()
}

/// One row per seed and recorded step.
pub(super) fn seeds<H: ToldOfSeeds>(report: &SeedsReport<H>) -> Table {
    let runs = || report.runs.iter();
    let rows: Vec<(_, usize, &SeedRecord<H::Instant>)> = runs()
        .flat_map(|run| records(run).map(move |(stage, record)| (run, stage, record)))
        .collect();
    let tasks = rows.iter().map(|(_, stage, _)| task(report, *stage));
    let mut table = Table::new(report.origin.made())
        .whole("seed", rows.iter().map(|(run, ..)| run.seed))
        .whole("stage", rows.iter().map(|(_, stage, _)| *stage as u64 + 1))
        .text("task", tasks.collect())
        .whole("steps", rows.iter().map(|(.., record)| record.step));
    let times: Vec<_> = runs().map(|run| when(report, run)).collect();
    for (place, name) in ["t_total", "samples_total", "t", "samples"]
        .iter()
        .enumerate()
    {
        let values = times.iter().flat_map(|one| one[place].1.iter().copied());
        table = table.numbers(*name, values.collect());
    }
    for number in numbers(report) {
        let values = rows
            .iter()
            .map(|(.., record)| H::value(&number, &record.at));
        table = table.numbers(number.name(&report.history), values.collect());
    }
    with_schema(signed(table), H::EACH_SEED_TABLE)
}
