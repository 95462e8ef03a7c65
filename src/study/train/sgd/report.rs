//! What comes of the seeds of a history.

use serde_json::{Map, Value, json};

use super::super::{Train, stages::by_task};
use super::clock::Clock;
use super::{TrainSgdReport, figure, table, words};
use crate::comparison::{HistoryCompared, NumberAlong, StageCompared};
use crate::observable::{LOSS, M};
use crate::output::{Figure, Table};
use crate::stages::{Number, SeedHistory, StageStatistics};
use crate::study::provenance::provenance;
use crate::study::saved::drawn;
use crate::study::schema::of_tables;
use crate::study::{Report, Study};

impl TrainSgdReport {
    /// What every stage came to.
    pub(super) fn stages(&self) -> Value {
        let stage = |(i, own): (usize, &StageStatistics)| {
            let asked = &self.history.stages[i];
            let reasons: Map<String, Value> = own
                .reasons
                .iter()
                .map(|(reason, count)| (reason.word().to_owned(), json!(count)))
                .collect();
            let length = |clock| json!(self.lengths(i, clock, false));
            let total = |clock| json!(self.lengths(i, clock, true));
            let mut told = json!({
                "task": self.history.tasks[asked.task].name,
                "adapter": asked.problem.adapter(),
                "seeds": own.counted.len(),
                "reasons": reasons,
                "t": length(Clock::T),
                "steps": length(Clock::Steps),
                "samples": length(Clock::Samples),
                "t_total": total(Clock::T),
                "samples_total": total(Clock::Samples),
            });
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
            let name = one.number.name(&self.history.tasks);
            (name, json!(one.deviation))
        };
        let stages = compared.stages.iter();
        stages
            .map(|own| Value::Object(own.numbers.iter().map(entry).collect()))
            .collect()
    }

    /// Puts what there is of every number: m and loss as objects by task.
    pub(super) fn put_numbers(&self, into: &mut Value, value: impl Fn(&Number) -> Value) {
        for number in Number::all(0) {
            into[number.observable.name] = value(&number);
        }
        for observable in [&M, &LOSS] {
            let of = |task| {
                let task = Some(task);
                value(&Number { observable, task })
            };
            into[observable.name] = by_task(&self.history, of);
        }
    }

    /// How it was made.
    pub(super) fn made(&self) -> Value {
        provenance(Train::NAME, &self.parameters, self.incomplete.as_deref())
    }
}

impl Report for TrainSgdReport {
    fn incomplete(&self) -> Option<String> {
        self.incomplete.clone()
    }

    fn json(&self) -> Value {
        let mut json = self.made();
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
        drawn(self, figure::figure)
    }

    fn summary(&self) -> String {
        words::summary(self)
    }

    fn failures(&self) -> Vec<String> {
        let failed = |run: &SeedHistory| {
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
