//! What `lorode simulate` prints and writes.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::emit::{Report, significant};
use super::simulate::{Simulated, made_by};
use crate::numeral::plain;
use crate::output::Table;
use crate::simulation::{End, Quantity, SeedRun, Statistics, Summary, TimeSummary};
use crate::study::units::plain_unit;

/// A number of a summary with its name in data files.
type Number = (&'static str, fn(&Summary) -> Option<f64>);

/// The five numbers of a summary.
const NUMBERS: [Number; 5] = [
    ("mean", |s| Some(s.mean)),
    ("std", |s| s.std),
    ("q05", |s| Some(s.q05)),
    ("q50", |s| Some(s.q50)),
    ("q95", |s| Some(s.q95)),
];

pub(super) fn report(simulated: &Simulated) -> Report {
    let statistics = simulated.ensemble.statistics();
    let mut json = made_by(simulated);
    if let Some(map) = json.as_object_mut() {
        map.extend(body(simulated, &statistics));
    }
    Report {
        summary: summary(simulated, &statistics),
        json,
        table: table(simulated, &statistics),
    }
}

/// ODE time in the unit asked for, from steps.
fn time(simulated: &Simulated, step: u64) -> f64 {
    let step_size = simulated.problem.scaling().step.unwrap_or(1.0);
    step as f64 * step_size * simulated.time_factor
}

fn body(simulated: &Simulated, statistics: &Statistics) -> Map<String, Value> {
    let runs = &simulated.ensemble.runs;
    let mut map = Map::new();
    let seeds = |end: End| -> Vec<u64> {
        let those = runs.iter().filter(|run| run.end == Some(end));
        those.map(|run| run.seed).collect()
    };
    map.insert("loss_by".into(), json!(simulated.loss_by));
    map.insert("records".into(), records(simulated, statistics));
    let numbers: Vec<u64> = runs.iter().map(|run| run.seed).collect();
    map.insert("seed_numbers".into(), json!(numbers));
    let exits: Vec<Option<u64>> = runs.iter().map(|run| run.exit_step).collect();
    map.insert("exit_steps".into(), json!(exits));
    let ends: Vec<Option<End>> = runs.iter().map(|run| run.end).collect();
    map.insert("ends".into(), json!(ends));
    map.insert("diverged".into(), json!(seeds(End::Diverged)));
    if simulated.per_seed {
        let all: Vec<Value> = runs.iter().map(|run| seed(simulated, run)).collect();
        map.insert("seeds".into(), json!(all));
    }
    map
}

fn records(simulated: &Simulated, statistics: &Statistics) -> Value {
    let mut map = Map::new();
    let times: Vec<f64> = statistics
        .step
        .iter()
        .map(|step| time(simulated, *step))
        .collect();
    map.insert("step".into(), json!(statistics.step));
    map.insert("t".into(), json!(times));
    map.insert("count".into(), json!(statistics.count));
    for quantity in Quantity::RECORDED {
        let mut columns = Map::new();
        for (name, number) in NUMBERS {
            columns.insert(name.into(), json!(column(statistics, quantity, number)));
        }
        map.insert(quantity.name().into(), Value::Object(columns));
    }
    Value::Object(map)
}

fn column(
    statistics: &Statistics,
    quantity: Quantity,
    number: fn(&Summary) -> Option<f64>,
) -> Vec<Option<f64>> {
    let summaries = statistics.of(quantity).iter();
    summaries.map(|s| s.as_ref().and_then(number)).collect()
}

fn seed(simulated: &Simulated, run: &SeedRun) -> Value {
    let mut map = Map::new();
    let steps: Vec<u64> = run.records.iter().map(|r| r.step).collect();
    let times: Vec<f64> = steps.iter().map(|s| time(simulated, *s)).collect();
    map.insert("seed".into(), json!(run.seed));
    map.insert("end".into(), json!(run.end));
    map.insert("steps".into(), json!(run.steps));
    map.insert("exit_step".into(), json!(run.exit_step));
    map.insert("step".into(), json!(steps));
    map.insert("t".into(), json!(times));
    for quantity in Quantity::ALL {
        let values: Vec<Option<f64>> = run.records.iter().map(|r| quantity.of(r)).collect();
        map.insert(quantity.name().into(), json!(values));
    }
    Value::Object(map)
}

/// Columns that say how the others were made.
fn signed(table: Table, simulated: &Simulated, rows: usize) -> Table {
    let metadata = made_by(simulated);
    let command = metadata["command"].as_str().unwrap_or_default().to_owned();
    let pair = &simulated.pair;
    table
        .text("teacher", vec![pair.teacher().name().to_owned(); rows])
        .text("student", vec![pair.student().name().to_owned(); rows])
        .text("version", vec![env!("CARGO_PKG_VERSION").to_owned(); rows])
        .text("command", vec![command; rows])
}

/// One row per recorded step: mean, standard deviation, quantiles.
fn table(simulated: &Simulated, statistics: &Statistics) -> Table {
    let steps = &statistics.step;
    let mut table = Table::new(made_by(simulated))
        .whole("step", steps.clone())
        .numbers(
            "t",
            steps.iter().map(|s| Some(time(simulated, *s))).collect(),
        )
        .whole(
            "count",
            statistics.count.iter().map(|c| *c as u64).collect(),
        );
    for quantity in Quantity::RECORDED {
        for (name, number) in NUMBERS {
            let name = format!("{}_{name}", quantity.name());
            table = table.numbers(&name, column(statistics, quantity, number));
        }
    }
    signed(table, simulated, steps.len())
}

/// One row per seed and recorded step.
pub(super) fn seeds_table(simulated: &Simulated) -> Table {
    let rows: Vec<_> = simulated
        .ensemble
        .runs
        .iter()
        .flat_map(|run| run.records.iter().map(move |record| (run, record)))
        .collect();
    let number = |f: &dyn Fn(&SeedRun, u64) -> Option<f64>| -> Vec<Option<f64>> {
        rows.iter().map(|(run, r)| f(run, r.step)).collect()
    };
    let mut table = Table::new(made_by(simulated))
        .whole("seed", rows.iter().map(|(run, _)| run.seed).collect())
        .whole("step", rows.iter().map(|(_, record)| record.step).collect())
        .numbers("t", number(&|_, step| Some(time(simulated, step))))
        .numbers(
            "exit_step",
            number(&|run, _| run.exit_step.map(|s| s as f64)),
        );
    for quantity in Quantity::ALL {
        let values = rows.iter().map(|(_, r)| quantity.of(r)).collect();
        table = table.numbers(quantity.name(), values);
    }
    signed(table, simulated, rows.len())
}

/// The quantities of the summary and the figure: sizes where random starts give both signs.
pub(super) fn shown(simulated: &Simulated) -> Vec<Quantity> {
    let is_lora = simulated.problem.adapter().is_lora();
    let both_signs = simulated.problem.setup().alignment0.is_none();
    let (u, alignment) = match (is_lora, both_signs) {
        (true, true) => (Quantity::AbsU, Quantity::AbsAlignment),
        (true, false) => (Quantity::U, Quantity::Alignment),
        (false, _) => (Quantity::Loss, Quantity::Alignment),
    };
    let mut all = vec![alignment, Quantity::M, Quantity::Q];
    if is_lora {
        all.push(u);
    }
    all.push(Quantity::Loss);
    all
}

/// Exit steps of the seeds that did not diverge.
pub(super) fn exits(simulated: &Simulated) -> Vec<Option<f64>> {
    let runs = simulated.ensemble.runs.iter();
    let whole = runs.filter(|run| run.end != Some(End::Diverged));
    whole.map(|run| run.exit_step.map(|s| s as f64)).collect()
}

fn summary(simulated: &Simulated, statistics: &Statistics) -> String {
    let runs = &simulated.ensemble.runs;
    let mut text = format!("{}\n", simulated.pair.label());
    let mut line = |name: &str, value: String| {
        let _written = writeln!(text, "{name:<13} {value}");
    };
    let scaling = simulated.problem.scaling();
    let last = statistics.step.last().copied().unwrap_or(0);
    line(
        "simulated",
        format!(
            "{} seeds to step {last}, d = {}, B = {}, eta = {}",
            runs.len(),
            plain(scaling.dim),
            plain(scaling.batch.unwrap_or(0.0)),
            plain(scaling.step.unwrap_or(0.0))
        ),
    );
    let exits = exits(simulated);
    let exited = format!(
        "{} of {} seeds",
        exits.iter().flatten().count(),
        exits.len()
    );
    let times = TimeSummary::of(&exits);
    let words = |x: Option<f64>| x.map_or("none".to_owned(), |x| significant(x, 6));
    line(
        "exit step",
        format!(
            "{exited}: median {}, 5 % {}, 95 % {}",
            words(times.q50),
            words(times.q05),
            words(times.q95)
        ),
    );
    for quantity in shown(simulated) {
        if let Some(Some(s)) = statistics.of(quantity).last() {
            let value = match s.std {
                Some(std) => format!("{:.6e} +- {std:.1e} (mean and standard deviation)", s.mean),
                None => format!("{:.6e}", s.mean),
            };
            line(quantity.name(), value);
        }
    }
    line("loss by", simulated.loss_by.clone());
    let end = time(simulated, last);
    line(
        "end",
        format!("{end:.6e} [{}]", plain_unit(&simulated.options)),
    );
    let steps: u64 = runs.iter().map(|run| run.steps).sum();
    line(
        "speed",
        format!(
            "{:.0} steps/s, {:.3} ms",
            steps as f64 / simulated.seconds,
            1e3 * simulated.seconds
        ),
    );
    text
}
