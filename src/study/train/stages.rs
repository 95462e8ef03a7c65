//! A history by its closed ODEs, of one unit or of networks: the work, and what comes of it.

use std::sync::OnceLock;

use serde_json::{Map, Value, json};

use super::{Train, words};
use crate::error::Error;
use crate::model::Model;
use crate::output::{Figure, Table};
use crate::problem::TimeUnit;
use crate::simulation::SimulationError;
use crate::stages::{Ended, StageRun, Staged};
use crate::study::provenance::{Origin, signed};
use crate::study::saved::{Drawing, drawn};
use crate::study::schema::{TableOf, of_tables, with_schema};
use crate::study::{Report, Resumable, Study, Work, made, nothing};
use crate::watch::{Finished, Watch};

/// How a kind of history is told: what of its students stands in files and on the screen.
pub trait Told: Staged + Sized {
    /// The columns of its table.
    const TABLE: &'static TableOf;
    /// Its figure.
    const DRAWING: Drawing;

    /// Puts what there is of the adapter of a stage beside its name.
    fn put_adapter(&self, stage: usize, into: &mut Value);

    /// Puts the overlaps at an instant, last those on every task.
    fn put_seen(&self, at: &Self::Instant, into: &mut Value);

    /// Puts overlaps and losses along all stages.
    fn put_along(report: &StagesReport<Self>, into: &mut Value);

    /// The same as columns of a table.
    fn columns(report: &StagesReport<Self>, table: Table) -> Table;

    /// A few lines a stage.
    fn summary(report: &StagesReport<Self>) -> String;
}

/// A history that is being computed.
pub struct StagesWork<H: Told> {
    settings: Train,
    history: H,
    /// Each stage, and what it left.
    runs: Finished<Ended<H>>,
    failure: OnceLock<String>,
}

/// A history, whole or as far as it came.
#[derive(Clone, Debug)]
pub struct StagesReport<H: Told> {
    /// Tasks and stages.
    pub history: H,
    /// The stages that came to their end.
    pub runs: Vec<StageRun<H::Instant>>,
    pub(super) origin: Origin,
}

impl<H: Told> StagesWork<H> {
    pub(super) fn new(settings: Train, history: H) -> Self {
        Self {
            runs: Finished::new(history.stages().len()),
            settings,
            history,
            failure: OnceLock::new(),
        }
    }
}

impl<H: Told> Work for StagesWork<H> {
    type Report = StagesReport<H>;

    fn advance(&self, progress: &dyn Watch) -> Result<(), Error> {
        let stages = self.history.stages().len();
        progress.begin("stages", stages as u64);
        let tolerances = self.settings.precision.tolerances(progress.cancel())?;
        let mut student = self.history.start();
        for stage in 0..stages {
            if let Some((_, left)) = self.runs.get(stage) {
                student = left.clone();
                progress.recall(1);
                continue;
            }
            if progress.cancelled() {
                return Ok(());
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
        let tasks = self.history.tasks().into_iter();
        tasks.map(|(_, model)| model.clone()).collect()
    }

    fn parameters(&self) -> Value {
        self.settings.flags().into()
    }

    fn report(&self) -> Option<StagesReport<H>> {
        let runs = self.runs.all().into_iter();
        let runs: Vec<StageRun<H::Instant>> = runs.map(|(_, (run, _))| run).collect();
        let why = || {
            let failure = self.failure.get().cloned();
            failure.unwrap_or_else(|| "interrupted".to_owned())
        };
        let why = (!self.runs.is_complete()).then(why);
        (!runs.is_empty()).then(|| StagesReport {
            origin: Origin::new(Train::NAME, self.parameters(), why),
            history: self.history.clone(),
            runs,
        })
    }

    fn missing(&self) -> Error {
        let why = self.failure.get().cloned();
        why.map_or_else(nothing, Error::Unfinished)
    }
}

impl<H: Told> Resumable for StagesWork<H> {
    type State = Vec<Ended<H>>;

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

/// An object with a value for every task.
pub(super) fn by_task<H: Staged>(history: &H, value: impl Fn(usize) -> Value) -> Value {
    let all = history.tasks().into_iter().enumerate();
    let all: Map<String, Value> = all
        .map(|(i, (name, _))| (name.to_owned(), value(i)))
        .collect();
    all.into()
}

impl<H: Told> StagesReport<H> {
    /// The name of the task of a stage.
    pub(super) fn task(&self, stage: usize) -> &str {
        self.history.tasks()[self.history.stages()[stage].task].0
    }

    /// An object with a value for every task.
    pub(super) fn by_task(&self, value: impl Fn(usize) -> Value) -> Value {
        by_task(&self.history, value)
    }

    /// A value at every instant of all stages.
    pub(super) fn along<T>(&self, value: impl Fn(&H::Instant) -> T) -> Vec<T> {
        self.along_stages(|_, at| value(at))
    }

    /// The same of the number of the stage as well.
    fn along_stages<T>(&self, value: impl Fn(usize, &H::Instant) -> T) -> Vec<T> {
        let mut all = Vec::new();
        for (stage, run) in self.runs.iter().enumerate() {
            all.extend(run.course.iter().map(|at| value(stage, at)));
        }
        all
    }

    /// Steps and samples up to a time from the start of a stage; `None` without a step size, or a batch.
    fn counted(&self, stage: usize, t: f64) -> [Option<f64>; 2] {
        let scaling = self.history.stages()[stage].scaling;
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

    /// Times in their units.
    fn times(&self) -> [(&'static str, Vec<Option<f64>>); 5] {
        let before: Vec<_> = (0..self.runs.len()).map(|i| self.before(i)).collect();
        let along = |value: &dyn Fn(usize, f64) -> Option<f64>| {
            self.along_stages(|stage, at| value(stage, H::seen(at).0))
        };
        let total = |i: usize, t: f64| {
            let samples = before[i].1.zip(self.counted(i, t)[1]);
            samples.map(|(before, more)| before + more)
        };
        [
            ("t_total", along(&|i, t| Some(before[i].0 + t))),
            ("samples_total", along(&total)),
            ("t", along(&|_, t| Some(t))),
            ("steps", along(&|i, t| self.counted(i, t)[0])),
            ("samples", along(&|i, t| self.counted(i, t)[1])),
        ]
    }

    /// What every stage came to.
    fn stages(&self) -> Value {
        let stage = |(i, run): (usize, &StageRun<H::Instant>)| {
            let (before, samples_before) = self.before(i);
            let [steps, samples] = self.counted(i, run.t);
            let total = samples_before.zip(samples);
            let adapter = self.history.stages()[i].adapter;
            let mut told = json!({"task": self.task(i), "adapter": adapter});
            self.history.put_adapter(i, &mut told);
            told["reason"] = json!(run.reason.word());
            told["t"] = json!(run.t);
            told["steps"] = json!(steps);
            told["samples"] = json!(samples);
            told["t_total"] = json!(before + run.t);
            told["samples_total"] = json!(total.map(|(before, more)| before + more));
            if let Some(last) = run.course.last() {
                self.history.put_seen(last, &mut told);
                told["loss"] = self.by_task(|task| json!(H::seen(last).1[task]));
            }
            told
        };
        self.runs.iter().enumerate().map(stage).collect()
    }

    /// The columns as they stand in JSON.
    fn trajectory(&self) -> Value {
        let mut all = json!({
            "stage": self.along_stages(|i, _| i + 1),
            "task": self.along_stages(|i, _| self.task(i)),
        });
        for (name, values) in self.times() {
            all[name] = json!(values);
        }
        H::put_along(self, &mut all);
        all
    }
}

impl<H: Told> Report for StagesReport<H> {
    fn origin(&self) -> Option<&Origin> {
        Some(&self.origin)
    }

    fn kept(&self, files: Option<&str>) -> String {
        words::kept(self.origin.incomplete.as_deref(), files)
    }

    fn json(&self) -> Value {
        let mut json = self.origin.made();
        json["schema"] = of_tables(self.table(), Vec::new());
        json["stages"] = self.stages();
        json["trajectory"] = self.trajectory();
        json
    }

    fn table(&self) -> Table {
        let mut metadata = self.origin.made();
        metadata["stages"] = self.stages();
        let mut table = Table::new(metadata)
            .whole("stage", self.along_stages(|i, _| i as u64 + 1))
            .text("task", self.along_stages(|i, _| self.task(i).to_owned()));
        for (name, values) in self.times() {
            table = table.numbers(name, values);
        }
        with_schema(signed(H::columns(self, table)), H::TABLE)
    }

    fn figure(&self) -> Option<Figure> {
        drawn(self, H::DRAWING)
    }

    fn summary(&self) -> String {
        H::summary(self)
    }
}
