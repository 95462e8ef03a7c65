//! Training in stages: a history of tasks and adapters, and the loss on every task along it.

mod figure;
mod history;
mod network;
mod options;
mod sgd;
mod stage_keys;
mod stages;
mod table;
mod words;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub use network::{TrainNetwork, TrainNetworkReport};
pub use options::{HistoryOptions, STANDARD_INPUT, StageOptions, TaskOptions};
pub use sgd::{
    SeedsReport, SeedsWork, ToldOfSeeds, TrainNetworkSgd, TrainNetworkSgdReport, TrainSgd,
    TrainSgdReport,
};
pub use stages::{StagesReport, StagesWork, Told};

pub(crate) use network::figure as network_figure;
pub(crate) use sgd::network_figure as network_sgd_figure;
pub(crate) use {figure::figure, sgd::figure as sgd_figure};

use super::{Precision, Study};
use crate::error::Error;
use crate::simulation::Seeds;
use crate::stages::History;

/// Instants recorded of a stage, about.
pub const DEFAULT_POINTS: u32 = 400;

/// A history of training, by its closed ODEs; [`TrainSgd`] is the same by SGD.
///
/// ```
/// use lorode::study::{Study, train::Train};
///
/// let mut train = Train::default();
/// train.history = serde_json::from_str(r#"{
///     "link": "erf", "tasks": {"source": {}, "target": {"angle": {"source": 60}}},
///     "w0": {"source": 0.8},
///     "stage": [{"task": "target", "until": {"excess": 1e-6}}]
/// }"#)?;
/// let report = train.run(&lorode::watch::Cancel::default())?;
/// let last = report.runs[0].course.last().ok_or("a stage has instants")?;
/// assert!(last.loss[1] < 2e-6 && last.loss[0] > 0.2, "what was known is forgotten");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::Args))]
#[cfg_attr(feature = "cli", group(skip))]
#[serde(deny_unknown_fields, default)]
pub struct Train {
    /// Tasks and stages.
    #[cfg_attr(feature = "cli", arg(skip))]
    pub history: HistoryOptions,
    /// File (TOML) with tasks and stages, see docs/stages.md; - reads it from the input
    #[cfg_attr(feature = "cli", arg(required = true))]
    pub file: Option<String>,
    /// Instants recorded of a stage, about; at least 4
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "N", default_value_t = DEFAULT_POINTS, help_heading = "Output", allow_hyphen_values = true)
    )]
    pub points: u32,
    /// Train by simulated SGD instead of the ODEs
    #[cfg_attr(feature = "cli", arg(long, help_heading = "Simulation"))]
    pub sgd: bool,
    /// Hold simulated SGD against the ODEs
    #[cfg_attr(feature = "cli", arg(long, help_heading = "Simulation"))]
    pub compare: bool,
    /// How many seeds (64: 0 to 63), a list (3,5,8), or a range (10:19) [default: 64]
    #[cfg_attr(
        feature = "cli",
        arg(
            long,
            value_name = "SEEDS",
            help_heading = "Simulation",
            allow_hyphen_values = true
        )
    )]
    pub seeds: Option<Seeds>,
    /// Add the records of every seed to the output
    #[cfg_attr(feature = "cli", arg(long, help_heading = "Output"))]
    pub per_seed: bool,
    /// How to integrate.
    #[cfg_attr(feature = "cli", command(flatten))]
    pub precision: Precision,
}

impl Default for Train {
    fn default() -> Self {
        Self {
            history: HistoryOptions::default(),
            file: None,
            points: DEFAULT_POINTS,
            sgd: false,
            compare: false,
            seeds: None,
            per_seed: false,
            precision: Precision::default(),
        }
    }
}

impl Train {
    /// Whether SGD is to be simulated: then [`TrainSgd`] is the study.
    pub fn simulates(&self) -> bool {
        self.sgd || self.compare
    }

    /// Checks what is asked of the ODEs.
    fn check_odes(&self) -> Result<(), Error> {
        let simulated = [("seeds", self.seeds.is_some()), ("per-seed", self.per_seed)];
        if let Some((name, _)) = simulated.iter().find(|(_, given)| *given) {
            let why = format!("{name} is of simulated SGD: add sgd or compare, or leave it out");
            return Err(Error::Setting(why));
        }
        self.checked_points()
    }

    /// Checks instants and precision.
    fn checked_points(&self) -> Result<(), Error> {
        if self.points < 4 {
            let points = self.points;
            let why = format!("points = {points} is not allowed: a stage has at least 4 instants");
            return Err(Error::Setting(why));
        }
        self.precision.tolerances(Default::default())?;
        Ok(())
    }

    /// The flags that repeat it.
    fn flags(&self) -> Map<String, Value> {
        let mut all = Map::new();
        // Without a file the command reads the text of one, `HistoryOptions::toml`, from its standard input.
        let file = self.file.as_deref().unwrap_or(STANDARD_INPUT);
        all.insert("file".into(), json!(file));
        all.insert("history".into(), json!(self.history));
        if self.points != DEFAULT_POINTS {
            all.insert("points".into(), json!(self.points));
        }
        for (name, truth) in [
            ("sgd", self.sgd && !self.compare),
            ("compare", self.compare),
        ] {
            if truth {
                all.insert(name.into(), json!(true));
            }
        }
        if self.simulates() {
            let seeds = self.seeds.clone().unwrap_or_default();
            all.insert("seeds".into(), json!(seeds));
        }
        if self.per_seed {
            all.insert("per-seed".into(), json!(true));
        }
        all.extend(self.precision.parameters());
        all
    }
}

#[cfg(feature = "cli")]
impl Train {
    /// The same settings with the tasks and stages in a file (TOML), see docs/stages.md.
    ///
    /// # Errors
    /// A file that cannot be read, keys that are not known, with their line, and tasks or stages given beside it.
    pub fn of_file(&self, path: &std::path::Path) -> Result<Self, Error> {
        if self.history != HistoryOptions::default() {
            let why = "a file of tasks and stages is given, and some of these beside it: give one or the other";
            return Err(Error::Setting(why.to_owned()));
        }
        Ok(Self {
            history: super::problem_file::read_history(path)?,
            file: Some(path.display().to_string()),
            ..self.clone()
        })
    }
}

/// A history of one unit, whole or as far as it came.
pub type TrainReport = StagesReport<History>;

impl Study for Train {
    const NAME: &'static str = "train";
    type Work = StagesWork<History>;

    fn begin(&self) -> Result<StagesWork<History>, Error> {
        self.check_odes()?;
        Ok(StagesWork::new(self.clone(), self.history.history()?))
    }
}
