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
use crate::problem::{Grid, TimeUnit};
use crate::stages::{PreTrained, Pretraining, StageError, Staged, Task};
use crate::study::provenance::Origin;
use crate::study::saved::drawn;
use crate::study::schema::of_tables;
use crate::study::train::{HistoryOptions, STANDARD_INPUT};
use crate::study::words::interrupted;
use crate::study::{Report, Resumable, Study, Work, made};
use crate::watch::{Finished, Watch};

/// What the parameters are looked up by; its first word is the command.
const OF_HISTORY: &str = "optimum of histories";

/// The length of the first stage of a history with which the whole is shortest: the pre-training that minimises the
/// samples (or steps, or time) up to the goal of the last stage, of one unit or of a network. With a grid of angles one curve
/// for each.
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

/// The lengths of a history, of whatever student, in a unit.
type Lengths = Box<dyn Fn(&Tolerances) -> Result<Pretraining, StageError> + Send + Sync>;

/// Those at an angle.
type AtAngle = (Option<f64>, Lengths);

/// A search for the best length.
pub struct OptimumOfHistoryWork {
    settings: OptimumOfHistory,
    tasks: Vec<Task>,
    histories: Vec<AtAngle>,
    time: TimeUnit,
    curves: Finished<HistoryCurve>,
    failure: OnceLock<String>,
}

/// The best length, at each angle.
#[derive(Clone, Debug)]
pub struct OptimumOfHistoryReport {
    /// The tasks.
    pub tasks: Vec<Task>,
    /// What is counted.
    pub time: TimeUnit,
    /// One an angle.
    pub curves: Vec<HistoryCurve>,
    origin: Origin,
}

fn refused(why: impl Into<String>) -> Error {
    Error::Setting(why.into())
}

impl OptimumOfHistory {
    /// The history with another angle between the tasks of its ends.
    fn at_angle(&self, degrees: f64) -> Result<HistoryOptions, Error> {
        let mut history = self.history.clone();
        let [first, last] = self.history.ends().unwrap_or_default();
        if first == last {
            let why =
                "angle is between the tasks of the first and the last stage: here both are one";
            return Err(refused(why));
        }
        for (one, other) in [(first, last), (last, first)] {
            if let Some(task) = history.tasks.get_mut(one) {
                task.angle.remove(other);
                task.overlaps_with.remove(other);
            }
        }
        if let Some(task) = history.tasks.get_mut(last) {
            task.angle.insert(first.to_owned(), degrees);
        }
        Ok(history)
    }

    /// The angle that the history has itself; `None` where the tasks of its ends are one, or overlap by a matrix.
    fn own_angle(&self) -> Option<f64> {
        let [first, last] = self.history.ends()?;
        let ends = [(first, last), (last, first)];
        let ends = ends.map(|(one, other)| Some((self.history.tasks.get(one)?, other)));
        let ends = || ends.iter().flatten();
        let is_given = ends().any(|(task, other)| task.overlaps_with.contains_key(*other));
        let given = ends().find_map(|(task, other)| task.angle.get(*other));
        (first != last && !is_given).then(|| given.copied().unwrap_or(90.0))
    }

    /// The histories, an angle each, and what is counted.
    fn histories(&self) -> Result<(Vec<AtAngle>, TimeUnit), Error> {
        let all = match &self.angle {
            None => vec![(self.own_angle(), self.history.clone())],
            Some(angles) => {
                let at = |angle: &f64| Ok((Some(*angle), self.at_angle(*angle)?));
                angles
                    .values()
                    .iter()
                    .map(at)
                    .collect::<Result<_, Error>>()?
            }
        };
        let mut time = self.time;
        let mut lengths = Vec::new();
        for (angle, options) in all {
            let (unit, of) = match options.is_network() {
                true => cut(options.network_history()?, time)?,
                false => cut(options.history()?, time)?,
            };
            time = Some(unit);
            lengths.push((angle, of));
        }
        Ok((lengths, time.unwrap_or_default()))
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

/// The lengths of a history, and what is counted: where it is not said samples, if they are known. Refused are histories that
/// have nothing to be cut, no goal, or no such count.
fn cut<H: Staged>(history: H, time: Option<TimeUnit>) -> Result<(TimeUnit, Lengths), Error> {
    let stages = history.stages();
    let (Some(second), Some(last)) = (stages.get(1), stages.last()) else {
        return Err(refused(
            "stage: two at least are needed, the first of which is the pre-training",
        ));
    };
    if second.continues {
        return Err(refused(
            "stage 2 continues stage 1, and cannot be without it: a history whose pre-training is cut draws a fresh \
             adapter after it",
        ));
    }
    if [last.until.excess, last.until.alignment, last.until.plateau] == [None; 3] {
        return Err(refused(
            "until of the last stage needs a goal, as in until = { excess = 1e-4, t = 1e6 }",
        ));
    }
    let known = |unit| {
        let mut all = stages.iter().enumerate();
        all.try_for_each(|(i, stage)| match stage.scaling.per_unit_time(unit) {
            Ok(_) => Ok(()),
            Err(error) => Err(refused(format!("stage {}: {error}", i + 1))),
        })
    };
    let time = time.unwrap_or(match known(TimeUnit::Samples) {
        Ok(()) => TimeUnit::Samples,
        Err(_) => TimeUnit::T,
    });
    known(time)?;
    let lengths = move |tolerances: &Tolerances| Pretraining::of(&history, time, tolerances);
    Ok((time, Box::new(lengths)))
}

impl Study for OptimumOfHistory {
    const NAME: &'static str = "optimum";
    type Work = OptimumOfHistoryWork;

    fn begin(&self) -> Result<OptimumOfHistoryWork, Error> {
        let (histories, time) = self.histories()?;
        self.tolerances()?;
        Ok(OptimumOfHistoryWork {
            curves: Finished::new(histories.len()),
            failure: OnceLock::new(),
            tasks: self.history.named_tasks()?,
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
        for (i, (angle, lengths)) in self.histories.iter().enumerate() {
            if self.curves.get(i).is_some() {
                progress.recall(1);
                continue;
            }
            let found = lengths(&tolerances);
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
        self.tasks.iter().map(|task| task.model.clone()).collect()
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
            origin: Origin::new(OF_HISTORY, self.parameters(), incomplete),
            tasks: self.tasks.clone(),
            time: self.time,
            curves,
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
    /// A length of pre-training as it stands in data.
    fn told(&self, at: &PreTrained) -> Value {
        let tasks = self.tasks.iter().zip(&at.m);
        let m: Map<String, Value> = tasks
            .map(|(task, m)| (task.name.clone(), json!(m)))
            .collect();
        json!({ "pretraining": at.length, "pretraining_t": at.t, "value": at.total, "m": m })
    }
}

impl Report for OptimumOfHistoryReport {
    fn origin(&self) -> Option<&Origin> {
        Some(&self.origin)
    }

    fn json(&self) -> Value {
        let mut json = self.origin.made();
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
        table::table(self, self.origin.made())
    }

    fn figure(&self) -> Option<Figure> {
        drawn(self, figure)
    }

    fn summary(&self) -> String {
        words::summary(self)
    }
}
