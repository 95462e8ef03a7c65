//! What comes of simulated seeds.

use serde_json::{Map, Value, json};

use super::{SimulateReport, figure, table, words};
use crate::observable::{ALONG, of_ensembles};
use crate::output::{Figure, Table};
use crate::simulation::{End, SeedRun};
use crate::study::schema::of_tables;
use crate::study::{Origin, Report};

impl SimulateReport {
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
    fn origin(&self) -> Option<&Origin> {
        Some(&self.origin)
    }

    fn json(&self) -> Value {
        let runs = &self.ensemble.runs;
        let mut json = self.origin.made();
        let more = self.more_tables().into_iter().map(|(_, table)| table);
        json["schema"] = of_tables(self.table(), more.collect());
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
