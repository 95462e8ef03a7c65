//! What comes of the seeds of a history.

use serde_json::{Map, Value, json};

use super::clock::Clock;
use super::{SeedsReport, ToldOfSeeds, table, words};
use crate::comparison::{HistoryCompared, NumberAlong, StageCompared};
use crate::output::{Figure, Table};
use crate::stages::{Number, RunOf, StageStatistics};
use crate::study::Report;
use crate::study::provenance::Origin;
use crate::study::saved::drawn;
use crate::study::schema::of_tables;

impl<H: ToldOfSeeds> SeedsReport<H> {
    /// What every stage came to.
    pub(super) fn stages(&self) -> Value {
        let stage = |(i, own): (usize, &StageStatistics)| {
            let asked = self.history.stages()[i];
            let reasons: Map<String, Value> = own
                .reasons
                .iter()
                .map(|(reason, count)| (reason.word().to_owned(), json!(count)))
                .collect();
            let length = |clock| json!(self.lengths(i, clock, false));
            let total = |clock| json!(self.lengths(i, clock, true));
            let mut told = json!({
                "task": self.history.tasks()[asked.task].0,
                "adapter": asked.adapter,
            });
            self.history.put_adapter(i, &mut told);
            for (key, value) in [
                ("seeds", json!(own.counted.len())),
                ("reasons", reasons.into()),
                ("t", length(Clock::T)),
                ("steps", length(Clock::Steps)),
                ("samples", length(Clock::Samples)),
                ("t_total", total(Clock::T)),
                ("samples_total", total(Clock::Samples)),
            ] {
                told[key] = value;
            }
            let end = |number: &Number| own.ends.iter().find(|(one, _)| one == number);
            let value = |number: &Number| json!(end(number).and_then(|(_, summary)| *summary));
            self.put_numbers(&mut told, value);
            if let Some(compared) = &self.compared {
                told["theory"] = self.theory(&compared.stages[i]);
            }
            told
        };
        self.statistics.iter().enumerate().map(stage).collect()
    }

    /// What a stage came to by the theory.
    fn theory(&self, own: &StageCompared) -> Value {
        let mut told = json!({ "t": own.t });
        let found = |number: &Number| own.numbers.iter().find(|one| one.number == *number);
        self.put_numbers(&mut told, |number| json!(found(number).map(|one| one.end)));
        told
    }

    /// The largest deviation of every number, stage by stage.
    fn deviations(&self, compared: &HistoryCompared) -> Value {
        let entry = |one: &NumberAlong| {
            let name = one.number.name(&self.history);
            (name, json!(one.deviation))
        };
        let stages = compared.stages.iter();
        stages
            .map(|own| Value::Object(own.numbers.iter().map(entry).collect()))
            .collect()
    }

    /// Puts what there is of every number: those on tasks as objects by task, entries of matrices as lists of rows.
    pub(super) fn put_numbers(&self, into: &mut Value, value: impl Fn(&Number) -> Value) {
        let tasks = self.history.tasks();
        for number in self.history.numbers() {
            let mut place = &mut into[number.observable.name];
            if let Some(task) = number.task {
                place = &mut place[tasks[task].0];
            }
            let Some((row, _)) = number.entry else {
                *place = value(&number);
                continue;
            };
            if place.is_null() {
                *place = json!([]);
            }
            let Some(rows) = place.as_array_mut() else {
                continue;
            };
            // Entries come row by row.
            if rows.len() <= row {
                rows.push(json!([]));
            }
            if let Some(row) = rows[row].as_array_mut() {
                row.push(value(&number));
            }
        }
    }
}

impl<H: ToldOfSeeds> Report for SeedsReport<H> {
    fn origin(&self) -> Option<&Origin> {
        Some(&self.origin)
    }

    fn json(&self) -> Value {
        let mut json = self.origin.made();
        let more = self.more_tables().into_iter().map(|(_, table)| table);
        json["schema"] = of_tables(self.table(), more.collect());
        json["stages"] = self.stages();
        json["trajectory"] = table::trajectory(self);
        if let Some(compared) = &self.compared {
            json["verdict"] = json!(compared.verdict.text);
            json["follows"] = json!(compared.verdict.follows);
            json["deviation"] = self.deviations(compared);
        }
        let numbers: Vec<u64> = self.runs.iter().map(|run| run.seed).collect();
        json["seed_numbers"] = json!(numbers);
        let failed = self.runs.iter().filter(|run| run.failure.is_some());
        json["failed"] = failed.map(|run| json!(run.seed)).collect();
        if self.per_seed {
            json["seeds"] = table::per_seed(self);
        }
        json
    }

    fn table(&self) -> Table {
        table::table(self)
    }

    fn finest_table(&self) -> Option<Table> {
        self.per_seed.then(|| table::seeds(self))
    }

    fn figure(&self) -> Option<Figure> {
        drawn(self, H::SEEDS_DRAWING)
    }

    fn summary(&self) -> String {
        words::summary(self)
    }

    fn failures(&self) -> Vec<String> {
        let failed = |run: &RunOf<H>| {
            let why = run.failure.as_ref()?;
            Some(format!(
                "seed {}: {why}; the averages leave it out",
                run.seed
            ))
        };
        self.runs.iter().filter_map(failed).collect()
    }

    fn failed(&self) -> Option<String> {
        let all = self.runs.iter().all(|run| run.failure.is_some());
        all.then(|| "every seed failed: see above".to_owned())
    }
}
