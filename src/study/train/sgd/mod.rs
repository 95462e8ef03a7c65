//! A history by simulated SGD, alone or held against its closed ODEs.

mod clock;
mod figure;
mod report;
mod table;
mod told;
mod words;

pub(crate) use figure::{figure, network_figure};
pub use told::ToldOfSeeds;

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Train;
use crate::comparison::{ComparisonError, FEWEST_SEEDS, HistoryCompared, compare_history};
use crate::error::Error;
use crate::model::Model;
use crate::numeral::counted;
use crate::stages::network::NetworkHistory;
use crate::stages::{
    History, HistoryCheckpoint, HistorySeeds, HistorySgd, RunOf, SavedOf, StageStatistics,
};
use crate::storage::require_memory;
use crate::study::words::interrupted;
use crate::study::{Origin, Resumable, Study, Work, made};
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
/// assert_eq!(number.name(&report.history), "loss_source");
/// assert!(at_the_end.ok_or("a loss")?.mean > 0.15, "what was known is forgotten");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TrainSgd(pub Train);

/// The same of networks.
///
/// ```
/// use lorode::study::{Study, train::{Train, TrainNetworkSgd}};
///
/// let mut train = Train::default();
/// train.history = serde_json::from_str(r#"{
///     "link": "erf", "units": 2, "w0": {"source": 0.8},
///     "tasks": {"source": {"units": 2}, "target": {"units": 2, "angle": {"source": 60}}},
///     "stage": [{"task": "target", "rank": 2, "dim": 100, "lr": 0.5, "batch": 20, "until": {"t": 50}}]
/// }"#)?;
/// train.seeds = Some("4".parse()?);
/// let report = TrainNetworkSgd(train).run(&lorode::watch::Cancel::default())?;
/// let seen = |of: usize| &report.runs[0].stages[0].records[of].at;
/// let last = report.runs[0].stages[0].records.len() - 1;
/// assert!(seen(last).loss[1] < seen(0).loss[1] && seen(last).loss[0] > seen(0).loss[0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TrainNetworkSgd(pub Train);

/// Seeds that are going through a history.
pub struct SeedsWork<H: ToldOfSeeds> {
    settings: Train,
    sgd: HistorySgd<H>,
    seeds: HistorySeeds<H>,
    /// Of all seeds.
    compared: OnceLock<HistoryCompared>,
}

/// Seeds that went through a history: all that were asked for, or as far as they came.
#[derive(Clone, Debug)]
pub struct SeedsReport<H: ToldOfSeeds> {
    /// Tasks and stages.
    pub history: H,
    /// Each seed with the stages that it has begun.
    pub runs: Vec<RunOf<H>>,
    /// Averages and quantiles over the seeds, stage by stage.
    pub statistics: Vec<StageStatistics>,
    /// The same by the theory, where that was asked for and all seeds are finished.
    pub compared: Option<HistoryCompared>,
    per_seed: bool,
    origin: Origin,
}

/// Seeds of a history of one unit.
pub type TrainSgdReport = SeedsReport<History>;

/// Seeds of a history of networks.
pub type TrainNetworkSgdReport = SeedsReport<NetworkHistory>;

impl Study for TrainSgd {
    const NAME: &'static str = Train::NAME;
    type Work = SeedsWork<History>;

    fn begin(&self) -> Result<SeedsWork<History>, Error> {
        SeedsWork::new(&self.0)
    }
}

impl Study for TrainNetworkSgd {
    const NAME: &'static str = Train::NAME;
    type Work = SeedsWork<NetworkHistory>;

    fn begin(&self) -> Result<SeedsWork<NetworkHistory>, Error> {
        SeedsWork::new(&self.0)
    }
}

impl<H: ToldOfSeeds> SeedsWork<H> {
    fn new(asked: &Train) -> Result<Self, Error> {
        let settings = Train {
            sgd: !asked.compare,
            ..asked.clone()
        };
        settings.checked_points()?;
        let history = H::of(&settings.history)?;
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
        let numbers = sgd.history().numbers().len() as f64;
        let written = if settings.per_seed { WRITTEN } else { 0.0 };
        let record = RECORD + numbers * (NUMBER + written);
        require_memory(
            format!(
                "keeping {} of {}",
                counted(records, "record"),
                counted(seeds, "seed")
            ),
            seeds * records * record,
            "ask for fewer with --points, or for fewer seeds",
        )?;
        Ok(Self {
            seeds: sgd.seeds(),
            settings,
            sgd,
            compared: OnceLock::new(),
        })
    }

    /// How many seeds there are.
    #[cfg(feature = "cli")]
    pub(crate) fn seeds(&self) -> usize {
        self.sgd.numbers().len()
    }

    /// Steps and samples of a seed, at most.
    #[cfg(feature = "cli")]
    pub(crate) fn most(&self) -> (f64, f64) {
        let stages = 0..self.sgd.history().stages().len();
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
            return Some(interrupted(ended, all, "seed"));
        }
        let is_missing = self.settings.compare && self.compared.get().is_none();
        is_missing.then(|| format!("{}, the theory is not", interrupted(ended, all, "seed")))
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

impl<H: ToldOfSeeds> Work for SeedsWork<H> {
    type Report = SeedsReport<H>;

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
        let tasks = self.sgd.history().tasks().into_iter();
        tasks.map(|(_, model)| model.clone()).collect()
    }

    fn parameters(&self) -> Value {
        self.settings.flags().into()
    }

    fn report(&self) -> Option<SeedsReport<H>> {
        let runs = self.seeds.begun();
        let statistics = self.sgd.statistics(&runs);
        let failed = runs.iter().any(|run| run.failure.is_some());
        if statistics.is_empty() && !(failed && self.incomplete().is_none()) {
            return None;
        }
        Some(SeedsReport {
            history: self.sgd.history().clone(),
            runs,
            statistics,
            compared: self.compared.get().cloned(),
            per_seed: self.settings.per_seed,
            origin: Origin::new(Train::NAME, self.parameters(), self.incomplete()),
        })
    }

    fn missing(&self) -> Error {
        Error::Unfinished(self.incomplete().unwrap_or_default())
    }
}

impl<H: ToldOfSeeds> Resumable for SeedsWork<H> {
    type State = HistoryCheckpoint<SavedOf<H>>;

    fn made(&self) -> Value {
        // What is printed of the seeds does not change them.
        made(&TrainSgd(Train {
            per_seed: false,
            ..self.settings.clone()
        }))
    }

    fn state(&self) -> Option<Self::State> {
        Some(self.seeds.checkpoint()).filter(|all| !all.is_empty())
    }

    fn resume(&mut self, state: Self::State) -> Result<(), Error> {
        Ok(self.sgd.take_up(&self.seeds, state)?)
    }
}
