//! Training in stages: a history of tasks and adapters, and the loss on every task along it.

mod figure;
mod history;
mod network;
mod options;
mod sgd;
mod table;
mod words;

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub use network::{TrainNetwork, TrainNetworkReport};
pub use options::{HistoryOptions, STANDARD_INPUT, StageOptions, TaskOptions};
pub use sgd::{TrainSgd, TrainSgdReport};

pub(crate) use network::figure as network_figure;
pub(crate) use {figure::figure, sgd::figure as sgd_figure};

use super::provenance::provenance;
use super::saved::drawn;
use super::schema::of_tables;
use super::{Precision, Report, Resumable, Study, Work, made};
use crate::dynamics::frame::Student;
use crate::error::Error;
use crate::model::Model;
use crate::observable::Observed;
use crate::output::{Figure, Table};
use crate::problem::TimeUnit;
use crate::simulation::{Seeds, SimulationError};
use crate::stages::{History, StageRun};
use crate::watch::{Finished, Watch};

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

    /// Checks what both forms need, and gives the history.
    pub(crate) fn checked(&self) -> Result<History, Error> {
        self.checked_points()?;
        self.history.history()
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

/// A history that is being computed.
pub struct TrainWork {
    settings: Train,
    history: History,
    /// Each stage, and what it left.
    runs: Finished<(StageRun, Student)>,
    failure: OnceLock<String>,
}

/// A history, whole or as far as it came.
#[derive(Clone, Debug)]
pub struct TrainReport {
    /// Tasks and stages.
    pub history: History,
    /// The stages that came to their end.
    pub runs: Vec<StageRun>,
    parameters: Value,
    incomplete: Option<String>,
}

impl Study for Train {
    const NAME: &'static str = "train";
    type Work = TrainWork;

    fn begin(&self) -> Result<TrainWork, Error> {
        let simulated = [("seeds", self.seeds.is_some()), ("per-seed", self.per_seed)];
        if let Some((name, _)) = simulated.iter().find(|(_, given)| *given) {
            let why = format!("{name} is of simulated SGD: add sgd or compare, or leave it out");
            return Err(Error::Setting(why));
        }
        let history = self.checked()?;
        Ok(TrainWork {
            runs: Finished::new(history.stages.len()),
            settings: self.clone(),
            history,
            failure: OnceLock::new(),
        })
    }
}

impl Work for TrainWork {
    type Report = TrainReport;

    fn advance(&self, progress: &dyn Watch) -> Result<(), Error> {
        let stages = self.history.stages.len();
        progress.begin("stages", stages as u64);
        let tolerances = self.settings.precision.tolerances(progress.cancel())?;
        let mut student = self.history.start();
        for stage in 0..stages {
            if let Some((_, left)) = self.runs.get(stage) {
                student = left.clone();
                progress.recall(1);
                continue;
            }
            let how = (self.settings.points as usize, &tolerances);
            let ended = self.history.run(stage, &student, how);
            let (run, left) = ended.map_err(|error| {
                let why = format!("stage {}: {error}", stage + 1);
                let _once = self.failure.set(why.clone());
                Error::Unfinished(why)
            })?;
            student = left.clone();
            self.runs.put(stage, (run, left));
            progress.advance(1);
        }
        Ok(())
    }

    fn models(&self) -> Vec<Model> {
        let tasks = self.history.tasks.iter();
        tasks.map(|task| task.model.clone()).collect()
    }

    fn parameters(&self) -> Value {
        self.settings.flags().into()
    }

    fn report(&self) -> Option<TrainReport> {
        let runs = self.runs.all().into_iter();
        let runs: Vec<StageRun> = runs.map(|(_, (run, _))| run).collect();
        let why = || {
            let failure = self.failure.get().cloned();
            failure.unwrap_or_else(|| "interrupted".to_owned())
        };
        (!runs.is_empty()).then(|| TrainReport {
            incomplete: (!self.runs.is_complete()).then(why),
            history: self.history.clone(),
            runs,
            parameters: self.parameters(),
        })
    }

    fn missing(&self) -> Error {
        let why = self.failure.get().cloned();
        why.map_or_else(super::nothing, Error::Unfinished)
    }
}

impl Resumable for TrainWork {
    type State = Vec<(StageRun, Student)>;

    fn made(&self) -> Value {
        made(&self.settings)
    }

    fn state(&self) -> Option<Self::State> {
        let finished = self.runs.all().into_iter().map(|(_, one)| one);
        Some(finished.collect()).filter(|all: &Self::State| !all.is_empty())
    }

    fn resume(&mut self, state: Self::State) -> Result<(), Error> {
        if state.len() > self.runs.len() {
            return Err(SimulationError::Foreign.into());
        }
        let stages = state.into_iter().enumerate();
        stages.for_each(|(stage, one)| self.runs.put(stage, one));
        Ok(())
    }
}

/// Steps and samples up to a time from the start of a stage; `None` without a step size, or a batch.
fn counted(report: &TrainReport, stage: usize, t: f64) -> [Option<f64>; 2] {
    let scaling = report.history.stages[stage].problem.scaling();
    let units = [TimeUnit::Steps, TimeUnit::Samples];
    units.map(|unit| scaling.clock(unit).ok().map(|clock| clock.at(t)))
}

/// An object with a value for every task.
fn by_task(history: &History, value: impl Fn(usize) -> Value) -> Value {
    table::by_name(history.tasks.iter().map(|task| task.name.as_str()), value)
}

impl TrainReport {
    /// Time and samples before a stage.
    fn before(&self, stage: usize) -> (f64, Option<f64>) {
        let runs = &self.runs[..stage];
        let samples = runs.iter().enumerate();
        let samples = samples.map(|(i, run)| counted(self, i, run.t)[1]);
        (runs.iter().map(|run| run.t).sum(), samples.sum())
    }

    /// What every stage came to.
    fn stages(&self) -> Value {
        let stage = |(i, run): (usize, &StageRun)| {
            let asked = &self.history.stages[i];
            let (before, samples_before) = self.before(i);
            let [steps, samples] = counted(self, i, run.t);
            let total = samples_before
                .zip(samples)
                .map(|(before, more)| before + more);
            let mut told = json!({
                "task": self.history.tasks[asked.task].name,
                "adapter": asked.problem.adapter(),
                "reason": run.reason.word(),
                "t": run.t,
                "steps": steps,
                "samples": samples,
                "t_total": before + run.t,
                "samples_total": total,
            });
            if let Some(last) = run.course.last() {
                told["u"] = json!(last.seen.u);
                told["alignment"] = json!(last.seen.alignment);
                told["s"] = json!(last.seen.s);
                told["q"] = json!(Observed::q(&last.seen));
                told["m"] = self.by_task(|task| json!(last.m[task]));
                told["loss"] = self.by_task(|task| json!(last.loss[task]));
            }
            told
        };
        self.runs.iter().enumerate().map(stage).collect()
    }

    /// An object with a value for every task.
    fn by_task(&self, value: impl Fn(usize) -> Value) -> Value {
        by_task(&self.history, value)
    }

    /// How it was made.
    fn made(&self) -> Value {
        provenance(Train::NAME, &self.parameters, self.incomplete.as_deref())
    }
}

impl Report for TrainReport {
    fn incomplete(&self) -> Option<String> {
        self.incomplete.clone()
    }

    fn kept(&self, files: Option<&str>) -> String {
        words::kept(self.incomplete.as_deref(), files)
    }

    fn json(&self) -> Value {
        let mut json = self.made();
        json["schema"] = of_tables(self.table(), Vec::new());
        json["stages"] = self.stages();
        json["trajectory"] = table::trajectory(self);
        json
    }

    fn table(&self) -> Table {
        table::table(self, self.made())
    }

    fn figure(&self) -> Option<Figure> {
        drawn(self, figure)
    }

    fn summary(&self) -> String {
        words::summary(self)
    }
}
