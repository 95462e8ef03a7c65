//! A history of networks, by its closed ODEs.

mod figure;
mod history;
mod table;
mod words;

pub(crate) use figure::figure;

use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Value, json};

use super::table::by_name;
use super::{Train, words::kept};
use crate::error::Error;
use crate::model::Model;
use crate::observable::network::rows;
use crate::output::{Figure, Table};
use crate::problem::TimeUnit;
use crate::simulation::SimulationError;
use crate::stages::network::{NetworkHistory, NetworkStageRun, NetworkStudent};
use crate::study::provenance::provenance;
use crate::study::saved::drawn;
use crate::study::schema::of_tables;
use crate::study::{Report, Resumable, Study, Work, made};
use crate::watch::{Finished, Watch};

/// A history of networks: settings as those of one unit, with units, ranks and matrices.
///
/// ```
/// use lorode::study::{Study, train::{Train, TrainNetwork}};
///
/// let mut train = Train::default();
/// train.history = serde_json::from_str(r#"{
///     "link": "erf", "units": 2, "w0": {"source": 0.8},
///     "tasks": {"source": {"units": 2}, "target": {"units": 2, "angle": {"source": 60}}},
///     "stage": [{"task": "target", "rank": 2, "until": {"t": 100}}]
/// }"#)?;
/// let report = TrainNetwork(train).run(&lorode::watch::Cancel::default())?;
/// let course = &report.runs[0].course;
/// let (first, last) = (&course[0], &course[course.len() - 1]);
/// assert!(last.loss[1] < first.loss[1] && last.loss[0] > first.loss[0], "what was known is forgotten");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct TrainNetwork(pub Train);

/// A history that is being computed.
pub struct TrainNetworkWork {
    settings: Train,
    history: NetworkHistory,
    /// Each stage, and what it left.
    runs: Finished<(NetworkStageRun, NetworkStudent)>,
    failure: OnceLock<String>,
}

/// A history, whole or as far as it came.
#[derive(Clone, Debug)]
pub struct TrainNetworkReport {
    /// Tasks and stages.
    pub history: NetworkHistory,
    /// The stages that came to their end.
    pub runs: Vec<NetworkStageRun>,
    parameters: Value,
    incomplete: Option<String>,
}

impl Study for TrainNetwork {
    const NAME: &'static str = "train";
    type Work = TrainNetworkWork;

    fn begin(&self) -> Result<TrainNetworkWork, Error> {
        let asked = &self.0;
        let simulated = [
            ("sgd", asked.sgd),
            ("compare", asked.compare),
            ("seeds", asked.seeds.is_some()),
            ("per-seed", asked.per_seed),
        ];
        if let Some((name, _)) = simulated.iter().find(|(_, given)| *given) {
            let why = format!(
                "{name} is not allowed with units, ranks or matrices: stages of networks are trained by their ODEs; one stage \
                 of a network by SGD is lorode simulate"
            );
            return Err(Error::Setting(why));
        }
        asked.checked_points()?;
        let history = asked.history.network_history()?;
        Ok(TrainNetworkWork {
            runs: Finished::new(history.stages.len()),
            settings: asked.clone(),
            history,
            failure: OnceLock::new(),
        })
    }
}

impl Work for TrainNetworkWork {
    type Report = TrainNetworkReport;

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

    fn report(&self) -> Option<TrainNetworkReport> {
        let runs = self.runs.all().into_iter();
        let runs: Vec<NetworkStageRun> = runs.map(|(_, (run, _))| run).collect();
        let why = || {
            let failure = self.failure.get().cloned();
            failure.unwrap_or_else(|| "interrupted".to_owned())
        };
        (!runs.is_empty()).then(|| TrainNetworkReport {
            incomplete: (!self.runs.is_complete()).then(why),
            history: self.history.clone(),
            runs,
            parameters: self.parameters(),
        })
    }

    fn missing(&self) -> Error {
        let why = self.failure.get().cloned();
        why.map_or_else(crate::study::nothing, Error::Unfinished)
    }
}

impl Resumable for TrainNetworkWork {
    type State = Vec<(NetworkStageRun, NetworkStudent)>;

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

impl TrainNetworkReport {
    /// Steps and samples up to a time from the start of a stage; `None` without a step size, or a batch.
    fn counted(&self, stage: usize, t: f64) -> [Option<f64>; 2] {
        let scaling = &self.history.stages[stage].setup.scaling;
        let units = [TimeUnit::Steps, TimeUnit::Samples];
        units.map(|unit| scaling.clock(unit).ok().map(|clock| clock.at(t)))
    }

    /// Time and samples before a stage.
    fn before(&self, stage: usize) -> (f64, Option<f64>) {
        let runs = &self.runs[..stage];
        let samples = runs.iter().enumerate();
        let samples = samples.map(|(i, run)| self.counted(i, run.t)[1]);
        (runs.iter().map(|run| run.t).sum(), samples.sum())
    }

    /// The name of the task of a stage.
    fn task(&self, stage: usize) -> &str {
        &self.history.tasks[self.history.stages[stage].task].name
    }

    /// An object with a value for every task.
    fn by_task(&self, value: impl Fn(usize) -> Value) -> Value {
        let tasks = self.history.tasks.iter();
        by_name(tasks.map(|task| task.name.as_str()), value)
    }

    /// What every stage came to.
    fn stages(&self) -> Value {
        let stage = |(i, run): (usize, &NetworkStageRun)| {
            let asked = &self.history.stages[i];
            let (before, samples_before) = self.before(i);
            let [steps, samples] = self.counted(i, run.t);
            let total = samples_before.zip(samples);
            let mut told = json!({
                "task": self.task(i),
                "adapter": asked.setup.adapter,
                "rank": asked.setup.adapter.is_lora().then_some(asked.setup.rank),
                "reason": run.reason.word(),
                "t": run.t,
                "steps": steps,
                "samples": samples,
                "t_total": before + run.t,
                "samples_total": total.map(|(before, more)| before + more),
            });
            if let Some(last) = run.course.last() {
                for (name, matrix) in table::matrices(&last.seen) {
                    told[name] = json!(matrix.map(rows));
                }
                told["readout"] = json!(last.seen.readout);
                told["cosine"] = json!(last.seen.cosine);
                told["m"] = self.by_task(|task| json!(last.m[task]));
                told["loss"] = self.by_task(|task| json!(last.loss[task]));
            }
            told
        };
        self.runs.iter().enumerate().map(stage).collect()
    }

    /// How it was made.
    fn made(&self) -> Value {
        provenance(Train::NAME, &self.parameters, self.incomplete.as_deref())
    }
}

impl Report for TrainNetworkReport {
    fn incomplete(&self) -> Option<String> {
        self.incomplete.clone()
    }

    fn kept(&self, files: Option<&str>) -> String {
        kept(self.incomplete.as_deref(), files)
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
