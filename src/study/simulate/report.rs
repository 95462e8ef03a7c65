//! What comes of simulated seeds.

use serde_json::{Map, Value, json};

use super::{Simulate, figure, table, words};
use crate::observable::{ALONG, of_ensembles};
use crate::output::{Figure, Table};
use crate::problem::{Problem, ProblemOptions, Sgd};
use crate::simulation::{End, Ensemble, SeedRun, Statistics};
use crate::study::provenance::provenance;
use crate::study::{Report, Study as _};

/// Seeds that came to their ends: all that were asked for, or those so far.
#[derive(Clone, Debug)]
pub struct SimulateReport {
    /// The problem as it was given.
    pub options: ProblemOptions,
    /// The problem that was simulated.
    pub problem: Problem,
    /// Its dimension, batch and step size.
    pub sgd: Sgd,
    /// From ODE time to the unit asked for.
    pub time_factor: f64,
    /// Each seed with its records, its exit and its end, at SGD steps.
    pub ensemble: Ensemble,
    /// Averages and quantiles over the seeds that did not diverge, one per recorded step.
    pub statistics: Statistics,
    pub(super) loss_by: String,
    pub(super) per_seed: bool,
    pub(super) seconds: Option<f64>,
    pub(super) parameters: Value,
    pub(super) incomplete: Option<String>,
}

impl SimulateReport {
    /// The time of a step, in the unit asked for.
    pub fn time(&self, step: u64) -> f64 {
        step as f64 * self.sgd.step * self.time_factor
    }

    /// Exit steps of the seeds that did not diverge; `None` of one that did not exit.
    pub fn exits(&self) -> Vec<Option<f64>> {
        let runs = self.ensemble.runs.iter();
        let whole = runs.filter(|run| run.end != Some(End::Diverged));
        whole.map(|run| run.exit_step.map(|s| s as f64)).collect()
    }

    /// Seeds whose weights were no longer finite.
    fn diverged(&self) -> impl Iterator<Item = &SeedRun> {
        let runs = self.ensemble.runs.iter();
        runs.filter(|run| run.end == Some(End::Diverged))
    }

    /// How it was made.
    pub(super) fn made(&self) -> Value {
        provenance(Simulate::NAME, &self.parameters)
    }

    fn records(&self) -> Value {
        let statistics = &self.statistics;
        let mut map = Map::new();
        let times: Vec<f64> = statistics
            .step
            .iter()
            .map(|step| self.time(*step))
            .collect();
        map.insert("step".into(), json!(statistics.step));
        map.insert("t".into(), json!(times));
        map.insert("count".into(), json!(statistics.count));
        for observable in of_ensembles() {
            let mut columns = Map::new();
            for (name, number) in table::NUMBERS {
                let column = table::column(statistics, observable, number);
                columns.insert(name.into(), json!(column));
            }
            map.insert(observable.name.into(), Value::Object(columns));
        }
        Value::Object(map)
    }

    fn seed(&self, run: &SeedRun) -> Value {
        let mut map = Map::new();
        let steps: Vec<u64> = run.records.iter().map(|r| r.step).collect();
        let times: Vec<f64> = steps.iter().map(|s| self.time(*s)).collect();
        map.insert("seed".into(), json!(run.seed));
        map.insert("end".into(), json!(run.end));
        map.insert("steps".into(), json!(run.steps));
        map.insert("exit_step".into(), json!(run.exit_step));
        map.insert("step".into(), json!(steps));
        map.insert("t".into(), json!(times));
        for observable in ALONG {
            let values = run.records.iter().map(|r| r.value(observable));
            map.insert(observable.name.into(), values.collect());
        }
        Value::Object(map)
    }
}

impl Report for SimulateReport {
    fn incomplete(&self) -> Option<String> {
        self.incomplete.clone()
    }

    fn json(&self) -> Value {
        let runs = &self.ensemble.runs;
        let mut json = self.made();
        json["loss_by"] = json!(self.loss_by);
        json["records"] = self.records();
        let numbers: Vec<u64> = runs.iter().map(|run| run.seed).collect();
        json["seed_numbers"] = json!(numbers);
        let exits: Vec<Option<u64>> = runs.iter().map(|run| run.exit_step).collect();
        json["exit_steps"] = json!(exits);
        let ends: Vec<Option<End>> = runs.iter().map(|run| run.end).collect();
        json["ends"] = json!(ends);
        let diverged: Vec<u64> = self.diverged().map(|run| run.seed).collect();
        json["diverged"] = json!(diverged);
        if self.per_seed {
            let all: Vec<Value> = runs.iter().map(|run| self.seed(run)).collect();
            json["seeds"] = json!(all);
        }
        json
    }

    fn table(&self) -> Table {
        table::table(self)
    }

    fn more_tables(&self) -> Vec<(&'static str, Table)> {
        let finest = self.finest_table().map(|seeds| ("-seeds", seeds));
        finest.into_iter().collect()
    }

    /// Averages are one line of any data frame away; single seeds are not.
    fn finest_table(&self) -> Option<Table> {
        self.per_seed.then(|| table::seeds(self))
    }

    fn figure(&self) -> Option<Figure> {
        Some(figure::figure(self))
    }

    fn summary(&self) -> String {
        words::summary(self)
    }

    fn failures(&self) -> Vec<String> {
        self.diverged().map(words::diverged).collect()
    }

    fn failed(&self) -> Option<String> {
        let all = self.diverged().count() == self.ensemble.runs.len();
        all.then(|| "every seed diverged: the step size lr is too large for this link".to_owned())
    }
}
