//! How long should pre-training be? The shortest history of training, over the length of its first stage.

mod figure;
mod table;
mod words;

pub(crate) use figure::figure;

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::integrator::Tolerances;
use crate::model::Model;
use crate::numeral::plain;
use crate::output::{Figure, Table};
use crate::problem::{Grid, ProblemError, TimeUnit};
use crate::stages::{Begin, History, PreTrained, Pretraining, StageError};
use crate::study::provenance::provenance;
use crate::study::saved::drawn;
use crate::study::schema::of_tables;
use crate::study::train::{HistoryOptions, STANDARD_INPUT};
use crate::study::words::interrupted;
use crate::study::{Report, Resumable, Study, Work, made};
use crate::watch::{Finished, Watch};

/// What the parameters are looked up by; its first word is the command.
const OF_HISTORY: &str = "optimum of histories";

/// The length of the first stage of a history with which the whole is shortest: the pre-training that minimises the
/// samples (or steps, or time) up to the goal of the last stage. With a grid of angles one curve for each.
///
/// ```
/// use lorode::study::{Study, optimum::OptimumOfHistory};
///
/// let mut question = OptimumOfHistory::default();
/// question.history = serde_json::from_str(r#"{
///     "link": "erf", "tasks": {"source": {}, "target": {"angle": {"source": 20}}},
///     "stage": [
///         {"task": "source", "adapter": "full", "until": {"t": 10}},
///         {"task": "target", "until": {"excess": 1e-4, "t": 1e6}}
///     ]
/// }"#)?;
/// let report = question.run(&lorode::watch::Cancel::default())?;
/// assert!(report.curves[0].found.is_never(), "more pre-training hurts");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OptimumOfHistory {
    /// Tasks and stages. The first stage is cut at every length up to its end; the last one has a goal (`excess`,
    /// `alignment` or `plateau`).
    pub history: HistoryOptions,
    /// The file that they stand in.
    pub file: Option<String>,
    /// Degrees between the tasks of the first and the last stage, instead of the angle in the history: a curve for each.
    pub angle: Option<Grid>,
    /// What is counted; by default samples where every stage has a step size and a batch, else t.
    pub time: Option<TimeUnit>,
    /// Relative tolerance of the integration.
    pub rtol: Option<f64>,
}

/// A curve: an angle, and the lengths of pre-training.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HistoryCurve {
    /// Degrees between the tasks of the first and the last stage; `None` where both train on one task.
    pub angle: Option<f64>,
    /// The lengths, and the best.
    pub found: Pretraining,
}

/// A search for the best length.
pub struct OptimumOfHistoryWork {
    settings: OptimumOfHistory,
    histories: Vec<(Option<f64>, History)>,
    time: TimeUnit,
    curves: Finished<HistoryCurve>,
    failure: OnceLock<String>,
}

/// The best length, at each angle.
#[derive(Clone, Debug)]
pub struct OptimumOfHistoryReport {
    /// Tasks and stages, at the first angle.
    pub history: History,
    /// What is counted.
    pub time: TimeUnit,
    /// One an angle.
    pub curves: Vec<HistoryCurve>,
    parameters: Value,
    incomplete: Option<String>,
}

fn refused(why: impl Into<String>) -> Error {
    Error::Setting(why.into())
}

impl OptimumOfHistory {
    /// The names of the tasks of the first and the last stage.
    fn ends(&self) -> Option<[&str; 2]> {
        let stages = &self.history.stages;
        Some([&stages.first()?.task, &stages.last()?.task])
    }

    /// The history with another angle between the tasks of its ends.
    fn at_angle(&self, degrees: f64) -> Result<HistoryOptions, Error> {
        let mut history = self.history.clone();
        let [first, last] = self.ends().unwrap_or_default();
        if first == last {
            let why =
                "angle is between the tasks of the first and the last stage: here both are one";
            return Err(refused(why));
        }
        if let Some(task) = history.tasks.get_mut(first) {
            task.angle.remove(last);
        }
        if let Some(task) = history.tasks.get_mut(last) {
            task.angle.insert(first.to_owned(), degrees);
        }
        Ok(history)
    }

    /// The angle that the history has itself.
    fn own_angle(&self) -> Option<f64> {
        let [first, last] = self.ends()?;
        let between = |one: &str, other: &str| self.history.tasks.get(one)?.angle.get(other);
        let given = between(first, last).or_else(|| between(last, first));
        (first != last).then(|| given.copied().unwrap_or(90.0))
    }

    fn histories(&self) -> Result<Vec<(Option<f64>, History)>, Error> {
        let Some(angles) = &self.angle else {
            return Ok(vec![(self.own_angle(), self.history.history()?)]);
        };
        let at = |angle: &f64| Ok((Some(*angle), self.at_angle(*angle)?.history()?));
        angles.values().iter().map(at).collect()
    }

    /// The history in a file, with what stands beside it in the settings of `optimum`: the angle, the unit, the tolerance.
    ///
    /// # Errors
    /// A file that cannot be read, keys that are not known, with their line, and settings that stand in the history.
    #[cfg(feature = "cli")]
    pub fn of_file(path: &std::path::Path, beside: &super::OptimumOf) -> Result<Self, Error> {
        let given = crate::study::provenance::object(&beside.problem);
        let mut others = given.keys().map(String::as_str);
        let other = others.find(|key| !["angle", "time"].contains(key));
        let goal = (beside.goal != super::OptimumGoal::default()).then_some("goal");
        let source = beside.pretrain_link.is_some().then_some("pretrain-link");
        if let Some(key) = other.or(goal).or(source) {
            let file = path.display();
            return Err(refused(format!(
                "{key} is not allowed beside '{file}': tasks and stages stand in it; beside it are angle, time and rtol"
            )));
        }
        Ok(Self {
            history: crate::study::problem_file::read_history(path)?,
            file: Some(path.display().to_string()),
            angle: beside.problem.angle.clone(),
            time: beside.problem.time,
            rtol: beside.rtol,
        })
    }

    fn tolerances(&self) -> Result<Tolerances, Error> {
        let usual = Tolerances::default();
        let rtol = self.rtol.unwrap_or(usual.rtol);
        let tolerances = Tolerances { rtol, ..usual };
        tolerances.checked()?;
        Ok(tolerances)
    }
}

/// Refuses histories that have nothing to be cut, or no goal.
fn checked(history: &History) -> Result<(), Error> {
    let [_, second, ..] = history.stages.as_slice() else {
        return Err(refused(
            "stage: two at least are needed, the first of which is the pre-training",
        ));
    };
    if matches!(second.begin, Begin::On { .. }) {
        return Err(refused(
            "stage 2 continues stage 1, and cannot be without it: a history whose pre-training is cut draws a fresh \
             adapter after it",
        ));
    }
    let last = history.stages.last().map(|stage| stage.until);
    let has_goal =
        last.is_some_and(|limits| [limits.excess, limits.alignment, limits.plateau] != [None; 3]);
    if !has_goal {
        return Err(refused(
            "until of the last stage needs a goal, as in until = { excess = 1e-4, t = 1e6 }",
        ));
    }
    Ok(())
}

/// What is counted where it is not said: samples if they are known.
fn unit(history: &History) -> TimeUnit {
    let mut stages = history.stages.iter();
    let known = |stage: &crate::stages::Stage| {
        let scaling = stage.problem.scaling();
        scaling.per_unit_time(TimeUnit::Samples).is_ok()
    };
    match stages.all(known) {
        true => TimeUnit::Samples,
        false => TimeUnit::T,
    }
}

impl Study for OptimumOfHistory {
    const NAME: &'static str = "optimum";
    type Work = OptimumOfHistoryWork;

    fn begin(&self) -> Result<OptimumOfHistoryWork, Error> {
        let histories = self.histories()?;
        let (_, first) = &histories[0];
        checked(first)?;
        let time = self.time.unwrap_or_else(|| unit(first));
        for (i, stage) in first.stages.iter().enumerate() {
            let known = stage.problem.scaling().per_unit_time(time);
            known.map_err(|error: ProblemError| refused(format!("stage {}: {error}", i + 1)))?;
        }
        self.tolerances()?;
        Ok(OptimumOfHistoryWork {
            curves: Finished::new(histories.len()),
            failure: OnceLock::new(),
            settings: self.clone(),
            histories,
            time,
        })
    }
}

impl Work for OptimumOfHistoryWork {
    type Report = OptimumOfHistoryReport;

    fn advance(&self, progress: &dyn Watch) -> Result<(), Error> {
        progress.begin("curves", self.histories.len() as u64);
        let tolerances = Tolerances {
            cancel: progress.cancel(),
            ..self.settings.tolerances()?
        };
        for (i, (angle, history)) in self.histories.iter().enumerate() {
            if self.curves.get(i).is_some() {
                progress.recall(1);
                continue;
            }
            let found = history.pretraining(self.time, &tolerances);
            if progress.cancelled() {
                return Ok(());
            }
            let found = found.map_err(|error: StageError| {
                let at = angle.map_or_else(String::new, |x| format!("angle = {}: ", plain(x)));
                let why = format!("{at}{error}");
                let _once = self.failure.set(why.clone());
                Error::Unfinished(why)
            })?;
            let angle = *angle;
            self.curves.put(i, HistoryCurve { angle, found });
            progress.advance(1);
        }
        Ok(())
    }

    fn models(&self) -> Vec<Model> {
        let (_, first) = &self.histories[0];
        first.tasks.iter().map(|task| task.model.clone()).collect()
    }

    fn parameters(&self) -> Value {
        let mut all = Map::new();
        let settings = &self.settings;
        // Without a file the command reads its text from the standard input.
        let file = settings.file.as_deref().unwrap_or(STANDARD_INPUT);
        all.insert("file".into(), json!(file));
        all.insert("history".into(), json!(settings.history));
        if let Some(angle) = &settings.angle {
            all.insert("angle".into(), json!(angle));
        }
        all.insert("time".into(), json!(self.time));
        if let Some(rtol) = settings.rtol {
            all.insert("rtol".into(), json!(rtol));
        }
        all.into()
    }

    fn report(&self) -> Option<OptimumOfHistoryReport> {
        let curves: Vec<HistoryCurve> = self.curves.all().into_iter().map(|(_, one)| one).collect();
        let all = self.histories.len();
        let why = || {
            let failure = self.failure.get().cloned();
            failure.unwrap_or_else(|| interrupted(curves.len(), all, "curve"))
        };
        let incomplete = (curves.len() < all).then(why);
        (!curves.is_empty()).then(|| OptimumOfHistoryReport {
            incomplete,
            history: self.histories[0].1.clone(),
            time: self.time,
            curves,
            parameters: self.parameters(),
        })
    }
}

impl Resumable for OptimumOfHistoryWork {
    type State = Vec<(usize, HistoryCurve)>;

    fn made(&self) -> Value {
        made(&self.settings)
    }

    fn state(&self) -> Option<Self::State> {
        Some(self.curves.all()).filter(|all| !all.is_empty())
    }

    fn resume(&mut self, state: Self::State) -> Result<(), Error> {
        let all = state.into_iter();
        all.for_each(|(i, curve)| self.curves.put(i, curve));
        Ok(())
    }
}

impl OptimumOfHistoryReport {
    /// How it was made.
    fn made(&self) -> Value {
        provenance(OF_HISTORY, &self.parameters, self.incomplete.as_deref())
    }

    /// A length of pre-training as it stands in data.
    fn told(&self, at: &PreTrained) -> Value {
        let tasks = self.history.tasks.iter().zip(&at.m);
        let m: Map<String, Value> = tasks
            .map(|(task, m)| (task.name.clone(), json!(m)))
            .collect();
        json!({ "pretraining": at.length, "pretraining_t": at.t, "value": at.total, "m": m })
    }
}

impl Report for OptimumOfHistoryReport {
    fn incomplete(&self) -> Option<String> {
        self.incomplete.clone()
    }

    fn json(&self) -> Value {
        let mut json = self.made();
        json["schema"] = of_tables(self.table(), Vec::new());
        json["counted"] = json!(self.time);
        let curve = |one: &HistoryCurve| {
            let found = &one.found;
            let points: Vec<Value> = found.curve.iter().map(|at| self.told(at)).collect();
            json!({
                "angle": one.angle,
                "best": found.best.as_ref().map(|best| self.told(best)),
                "without": self.told(&found.without),
                "never_pretrain": found.is_never(),
                "is_at_end": found.is_at_end,
                "points": points,
            })
        };
        json["curves"] = self.curves.iter().map(curve).collect();
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
