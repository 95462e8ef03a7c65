//! A history by simulated SGD, alone or held against its closed ODEs.

mod clock;
mod figure;
mod report;
mod table;
mod words;

pub(crate) use figure::figure;

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Train;
use crate::comparison::{ComparisonError, FEWEST_SEEDS, HistoryCompared, compare_history};
use crate::error::Error;
use crate::model::Model;
use crate::stages::{
    History, HistoryCheckpoint, HistorySeeds, HistorySgd, SeedHistory, StageStatistics,
};
use crate::storage::require_memory;
use crate::study::words::interrupted;
use crate::study::{Resumable, Study, Work, made};
use crate::watch::Watch;

/// Bytes of a record of a seed in memory, a checkpoint and averages, and of each of its numbers.
const RECORD: f64 = 400.0;
const NUMBER: f64 = 40.0;
/// Bytes of a number of a record in tables and JSON.
const WRITTEN: f64 = 150.0;

/// A history of training by simulated SGD, for many seeds.
///
/// ```
/// use lorode::study::{Study, train::{Train, TrainSgd}};
///
/// let mut train = Train::default();
/// train.history = serde_json::from_str(r#"{
///     "link": "erf", "tasks": {"source": {}, "target": {"angle": {"source": 60}}},
///     "w0": {"source": 0.8},
///     "stage": [{"task": "target", "dim": 500, "lr": 0.2, "batch": 50, "until": {"excess": 0.01, "t": 200}}]
/// }"#)?;
/// train.seeds = Some("8".parse()?);
/// let report = TrainSgd(train).run(&lorode::watch::Cancel::default())?;
/// let stage = &report.statistics[0];
/// let (number, at_the_end) = &stage.ends[6];
/// assert_eq!(number.name(&report.history.tasks), "loss_source");
/// assert!(at_the_end.ok_or("a loss")?.mean > 0.15, "what was known is forgotten");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TrainSgd(pub Train);

/// Seeds that are going through a history.
pub struct TrainSgdWork {
    settings: Train,
    sgd: HistorySgd,
    seeds: HistorySeeds,
    /// Of all seeds.
    compared: OnceLock<HistoryCompared>,
}

/// Seeds that went through a history: all that were asked for, or as far as they came.
#[derive(Clone, Debug)]
pub struct TrainSgdReport {
    /// Tasks and stages.
    pub history: History,
    /// Each seed with the stages that it has begun.
    pub runs: Vec<SeedHistory>,
    /// Averages and quantiles over the seeds, stage by stage.
    pub statistics: Vec<StageStatistics>,
    /// The same by the theory, where that was asked for and all seeds are finished.
    pub compared: Option<HistoryCompared>,
    per_seed: bool,
    parameters: Value,
    incomplete: Option<String>,
}

impl Study for TrainSgd {
    const NAME: &'static str = Train::NAME;
    type Work = TrainSgdWork;

    fn begin(&self) -> Result<TrainSgdWork, Error> {
        let settings = Train {
            sgd: !self.0.compare,
            ..self.0.clone()
        };
        let history = settings.checked()?;
        let seeds = settings.seeds.clone().unwrap_or_default();
        let sgd = HistorySgd::new(history, seeds, settings.points as usize);
        let sgd =
            sgd.map_err(|(stage, error)| Error::Setting(format!("stage {stage}: {error}")))?;
        if settings.compare && sgd.numbers().len() < FEWEST_SEEDS {
            let seeds = sgd.numbers().len();
            return Err(Error::Setting(
                ComparisonError::FewSeeds { seeds }.to_string(),
            ));
        }
        let (seeds, records) = (sgd.numbers().len() as f64, sgd.records() as f64);
        let numbers = 4.0 + 2.0 * sgd.history().tasks.len() as f64;
        let written = if settings.per_seed { WRITTEN } else { 0.0 };
        let record = RECORD + numbers * (NUMBER + written);
        require_memory(
            format!("keeping {records} records of {seeds} seeds"),
            seeds * records * record,
            "ask for fewer with --points, or for fewer seeds",
        )?;
        Ok(TrainSgdWork {
            seeds: sgd.seeds(),
            settings,
            sgd,
            compared: OnceLock::new(),
        })
    }
}

impl TrainSgdWork {
    /// How many seeds there are.
    #[cfg(feature = "cli")]
    pub(crate) fn seeds(&self) -> usize {
        self.sgd.numbers().len()
    }

    /// Steps and samples of a seed, at most.
    #[cfg(feature = "cli")]
    pub(crate) fn most(&self) -> (f64, f64) {
        let stages = 0..self.sgd.history().stages.len();
        let of = |stage| {
            let steps = self.sgd.most(stage) as f64;
            (steps, steps * self.sgd.sgd(stage).batch)
        };
        let all = stages.map(of);
        all.fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    }

    /// Why it is not the whole answer, if it is not.
    fn incomplete(&self) -> Option<String> {
        let (ended, all) = (self.sgd.ended(&self.seeds).len(), self.sgd.numbers().len());
        if ended < all {
            return Some(interrupted(ended, all, "seeds"));
        }
        let is_missing = self.settings.compare && self.compared.get().is_none();
        is_missing.then(|| format!("{}, the theory is not", interrupted(ended, all, "seeds")))
    }

    /// Holds the seeds against the theory.
    fn compare(&self, progress: &dyn Watch) -> Result<(), Error> {
        let tolerances = self.settings.precision.tolerances(progress.cancel())?;
        let runs = self.seeds.begun();
        let statistics = self.sgd.statistics(&runs);
        match compare_history(&self.sgd, (&runs, &statistics), &tolerances) {
            Ok(compared) => drop(self.compared.set(compared)),
            Err(_) if progress.cancelled() => {}
            Err(error) => return Err(Error::Unfinished(error.to_string())),
        }
        Ok(())
    }
}

impl Work for TrainSgdWork {
    type Report = TrainSgdReport;

    fn advance(&self, progress: &dyn Watch) -> Result<(), Error> {
        let walked = self.sgd.walk_all(&self.seeds, progress);
        walked.map_err(|error| Error::Unfinished(error.to_string()))?;
        let ended = self.sgd.ended(&self.seeds).len();
        if self.settings.compare && ended == self.sgd.numbers().len() {
            self.compare(progress)?;
        }
        Ok(())
    }

    fn models(&self) -> Vec<Model> {
        let tasks = self.sgd.history().tasks.iter();
        tasks.map(|task| task.model.clone()).collect()
    }

    fn parameters(&self) -> Value {
        self.settings.flags().into()
    }

    fn report(&self) -> Option<TrainSgdReport> {
        let runs = self.seeds.begun();
        let statistics = self.sgd.statistics(&runs);
        let failed = runs.iter().any(|run| run.failure.is_some());
        if statistics.is_empty() && !(failed && self.incomplete().is_none()) {
            return None;
        }
        Some(TrainSgdReport {
            history: self.sgd.history().clone(),
            runs,
            statistics,
            compared: self.compared.get().cloned(),
            per_seed: self.settings.per_seed,
            parameters: self.parameters(),
            incomplete: self.incomplete(),
        })
    }

    fn missing(&self) -> Error {
        Error::Unfinished(self.incomplete().unwrap_or_default())
    }
}

impl Resumable for TrainSgdWork {
    type State = HistoryCheckpoint;

    fn made(&self) -> Value {
        // What is printed of the seeds does not change them.
        made(&TrainSgd(Train {
            per_seed: false,
            ..self.settings.clone()
        }))
    }

    fn state(&self) -> Option<HistoryCheckpoint> {
        Some(self.seeds.checkpoint()).filter(|all| !all.is_empty())
    }

    fn resume(&mut self, state: HistoryCheckpoint) -> Result<(), Error> {
        Ok(self.sgd.take_up(&self.seeds, state)?)
    }
}
