//! Training in stages, and how long its first stage should be.

use std::path::PathBuf;
use std::sync::Arc;

use lorode::link::Link;
use lorode::output::{Column, Table};
use lorode::prelude::{Report, Train};
use lorode::study::optimum::{OptimumOf, OptimumOfHistory, OptimumOfHistoryReport};
use lorode::study::train::{
    HistoryOptions, SeedsReport, ToldOfSeeds, TrainNetwork, TrainNetworkReport, TrainNetworkSgd,
    TrainReport, TrainSgd,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::Value;

use crate::arguments::Arguments;
use crate::arrays::{column, floats, named, or_nan, shaped};
use crate::error::{raised, refused};
use crate::result::{Result_, python};
use crate::run::{How, result};

/// A history of training, of :func:`train`: ``stages``, what every stage came to; ``loss`` and ``m``, dicts by task of float64
/// arrays over ``t_total``, the time since the beginning of the first stage; the other columns (``stage``, ``samples_total``,
/// ``u``, ``alignment``, ``s``, ``q``), all of shape (time,), are attributes.
///
/// >>> his = lo.train(link="erf", tasks={"source": {}, "target": {"angle": {"source": 40}}}, w0={"source": 0.8},
/// ...                stages=[{"task": "target", "until": {"excess": 1e-4}}])
/// >>> his.stages[0]["reason"], his.loss["target"].shape == his.t_total.shape
/// ('excess', True)
#[pyclass(extends = Result_, frozen, module = "lorode")]
pub struct History {
    report: Arc<TrainReport>,
}

impl History {
    /// A number on every task, along all stages.
    fn by_task(
        &self,
        py: Python<'_>,
        value: impl Fn(&lorode::stages::StageInstant) -> &[f64],
    ) -> PyResult<Py<PyAny>> {
        let all = PyDict::new(py);
        for (place, task) in self.report.history.tasks.iter().enumerate() {
            let instants = self.report.runs.iter().flat_map(|run| &run.course);
            let values = instants.map(|at| value(at)[place]).collect();
            all.set_item(&task.name, floats(py, values))?;
        }
        Ok(all.into_any().unbind())
    }
}

#[pymethods]
impl History {
    /// The tasks and stages as the text of a file of ``lorode train``: ``command`` reads it from its input.
    #[getter]
    fn toml(slf: &Bound<'_, Self>) -> PyResult<String> {
        toml(slf.as_super().get())
    }

    /// What every stage came to: a list of dicts (task, reason, t, steps, samples, u, alignment, m, loss, ...).
    #[getter]
    fn stages(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        python(py, &self.report.json()["stages"])
    }

    /// The population loss on every task, on labels without noise.
    #[getter]
    fn loss(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.by_task(py, |at| &at.loss)
    }

    /// The overlap of the weights with the direction of every task.
    #[getter]
    fn m(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.by_task(py, |at| &at.m)
    }
}

/// A history by simulated SGD, of :func:`train`: ``stages``, what every stage came to over seeds; ``loss`` and ``m`` by task, means
/// over seeds along ``t_total``; with ``compare=True`` also ``follows``, ``verdict`` and the theory's ``loss_theory``, ``m_theory``.
/// Of networks ``m`` has the axes time, student unit, teacher unit. The other columns (``m_NAME_std``, ``alignment_mean``,
/// ``cosine_mean``, ...), all of shape (time,), are attributes.
///
/// >>> stage = {"task": "target", "dim": 300, "lr": 0.1, "batch": 50, "until": {"t": 3}}
/// >>> his = lo.train(link="erf", tasks={"target": {}}, stages=[stage], compare=True, seeds=8)
/// >>> his.follows, list(his.loss)
/// (True, ['target'])
#[pyclass(extends = Result_, frozen, module = "lorode")]
pub struct HistorySeeds {
    tasks: Vec<String>,
    stages: Value,
    verdict: Option<(bool, String)>,
}

impl HistorySeeds {
    fn of<H: ToldOfSeeds>(report: &SeedsReport<H>) -> Self {
        let tasks = report.history.tasks().into_iter();
        let compared = report.compared.as_ref().map(|all| &all.verdict);
        Self {
            tasks: tasks.map(|(name, _)| name.to_owned()).collect(),
            stages: report.json()["stages"].take(),
            verdict: compared.map(|one| (one.follows, one.text.clone())),
        }
    }

    /// A column on every task: names begin with `number` and end with `ending`.
    fn by_task(slf: &Bound<'_, Self>, number: &str, ending: &str) -> PyResult<Py<PyAny>> {
        let (py, all) = (slf.py(), PyDict::new(slf.py()));
        let table: &Table = slf.as_super().get().table();
        for task in &slf.get().tasks {
            if let Some(found) = named(table, &format!("{number}_{task}_{ending}")) {
                all.set_item(task, column(py, found)?)?;
            } else if let Some(found) = matrix(table, &format!("{number}_{task}"), ending) {
                let (values, shape) = found;
                all.set_item(task, shaped(py, floats(py, values), &shape)?)?;
            }
        }
        Ok(all.into_any().unbind())
    }
}

#[pymethods]
impl HistorySeeds {
    /// The tasks and stages as the text of a file of ``lorode train``: ``command`` reads it from its input.
    #[getter]
    fn toml(slf: &Bound<'_, Self>) -> PyResult<String> {
        toml(slf.as_super().get())
    }

    /// What every stage came to: a list of dicts (task, reasons, seeds, t, steps, samples, u, alignment, m, loss, ...), numbers
    /// as dicts (mean, std, q05, q50, q95).
    #[getter]
    fn stages(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        python(py, &self.stages)
    }

    /// The population loss on every task, means over seeds.
    #[getter]
    fn loss(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        Self::by_task(slf, "loss", "mean")
    }

    /// The overlap of the weights with the direction of every task, means over seeds.
    #[getter]
    fn m(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        Self::by_task(slf, "m", "mean")
    }

    /// The loss by the theory, where it was compared.
    #[getter]
    fn loss_theory(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        Self::by_task(slf, "loss", "theory")
    }

    /// m by the theory, where it was compared.
    #[getter]
    fn m_theory(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        Self::by_task(slf, "m", "theory")
    }

    /// Whether SGD follows the theory; None where they were not compared.
    #[getter]
    fn follows(&self) -> Option<bool> {
        self.verdict.as_ref().map(|(follows, _)| *follows)
    }

    /// The answer in a sentence, with numbers; None where they were not compared.
    #[getter]
    fn verdict(&self) -> Option<&str> {
        self.verdict.as_ref().map(|(_, text)| text.as_str())
    }
}

/// A history of networks: ``stages``, what every stage came to, with matrices as lists of rows; ``loss`` and ``m`` by task,
/// arrays over ``t_total`` (of ``m`` the axes are time, student unit, teacher unit); the other columns (``stage``,
/// ``q_1_2``, ``cosine``, ...) are attributes.
///
/// >>> his = lo.train(link="erf", units=2, tasks={"target": {"units": 2}}, w0={"target": 0.5},
/// ...                stages=[{"task": "target", "rank": 2, "until": {"t": 5}}])
/// >>> his.m["target"].shape == (his.t_total.size, 2, 2)
/// True
#[pyclass(extends = Result_, frozen, module = "lorode")]
pub struct NetworkHistory {
    report: Arc<TrainNetworkReport>,
}

#[pymethods]
impl NetworkHistory {
    /// The tasks and stages as the text of a file of ``lorode train``: ``command`` reads it from its input.
    #[getter]
    fn toml(slf: &Bound<'_, Self>) -> PyResult<String> {
        toml(slf.as_super().get())
    }

    /// What every stage came to: a list of dicts (task, adapter, rank, reason, t, m, q, loss, ...).
    #[getter]
    fn stages(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        python(py, &self.report.json()["stages"])
    }

    /// The population loss on every task, on labels without noise.
    #[getter]
    fn loss(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let all = PyDict::new(py);
        for (place, task) in self.report.history.tasks.iter().enumerate() {
            let instants = self.report.runs.iter().flat_map(|run| &run.course);
            let values = instants.map(|at| at.loss[place]).collect();
            all.set_item(&task.name, floats(py, values))?;
        }
        Ok(all.into_any().unbind())
    }

    /// The overlaps of the units with those of every task.
    #[getter]
    fn m(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let all = PyDict::new(py);
        let units = self.report.history.w0.nrows();
        for (place, task) in self.report.history.tasks.iter().enumerate() {
            let instants = self.report.runs.iter().flat_map(|run| &run.course);
            let values: Vec<f64> = instants.flat_map(|at| at.m[place].concat()).collect();
            let stars = task.readout.len();
            let shape = [values.len() / (units * stars), units, stars];
            all.set_item(&task.name, shaped(py, floats(py, values), &shape)?)?;
        }
        Ok(all.into_any().unbind())
    }
}

/// Trains in stages by the closed ODEs: a :class:`History`. With ``sgd=True`` (``seeds``, ``per_seed``) by simulated SGD, with
/// ``compare=True`` by both: a :class:`HistorySeeds`. A path alone is a file of tasks and stages (docs/stages.md); else their
/// keys are keywords: ``link``, ``student``, ``tasks`` and ``w0`` (dicts by task; angles in degrees), ``stages`` (a list of dicts), and the
/// text of such a file is ``toml`` of the result. With units, ranks or matrices a :class:`NetworkHistory`. Raises :class:`LorodeError` for what is refused, :class:`IntegrationError` with the
/// stages before where one fails.
///
/// >>> his = lo.train(link="erf", tasks={"target": {}}, stages=[{"task": "target", "adapter": "full", "until": {"t": 5}}])
/// >>> with open("history.toml", "w") as file:
/// ...     _ = file.write(his.toml)
/// >>> bool(np.all(lo.train("history.toml").m["target"] == his.m["target"]))
/// True
#[pyfunction]
#[pyo3(signature = (file = None, *, progress = false, threads = None, **given))]
pub fn train(
    py: Python<'_>,
    file: Option<PathBuf>,
    progress: bool,
    threads: Option<isize>,
    given: Option<&Bound<'_, PyDict>>,
) -> PyResult<Py<PyAny>> {
    let (mut study, beside) = Arguments::of::<Train>("train")
        .with(given)?
        .settings::<Train>()?;
    no_own(beside.own())?;
    if let Some(file) = file {
        study = study.of_file(&file).map_err(|error| raised(&error))?;
    }
    let how = How { progress, threads };
    if study.history.is_network() && study.simulates() {
        let of = |report: Arc<_>| HistorySeeds::of(&*report);
        return Ok(result(py, TrainNetworkSgd(study), how, of)?.into_any());
    }
    if study.history.is_network() {
        let networks = result(py, TrainNetwork(study), how, |report| NetworkHistory {
            report,
        })?;
        return Ok(networks.into_any());
    }
    if study.simulates() {
        let of = |report: Arc<_>| HistorySeeds::of(&*report);
        return Ok(result(py, TrainSgd(study), how, of)?.into_any());
    }
    Ok(result(py, study, how, |report| History { report })?.into_any())
}

/// The entries of a matrix over time, from columns as `m_NAME_1_2_mean`, and its axes; `None` where there are none.
fn matrix(table: &Table, name: &str, ending: &str) -> Option<(Vec<f64>, [usize; 3])> {
    let entry =
        |i: usize, j: usize| match named(table, &format!("{name}_{}_{}_{ending}", i + 1, j + 1))? {
            Column::Numbers { values, .. } => Some(or_nan(values.iter().copied())),
            _ => None,
        };
    let rows = (0..).take_while(|i| entry(*i, 0).is_some()).count();
    let columns = (0..).take_while(|j| entry(0, *j).is_some()).count();
    let each = (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j)));
    let entries: Vec<Vec<f64>> = each.map(|(i, j)| entry(i, j)).collect::<Option<_>>()?;
    let times = entries.first()?.len();
    let values = (0..times).flat_map(|t| entries.iter().map(move |one| one[t]));
    Some((values.collect(), [times, rows, columns]))
}

/// The text of a file with the tasks and stages of a result, which its command reads.
fn toml(slf: &Result_) -> PyResult<String> {
    let history = &slf.table().metadata["parameters"]["history"];
    let history: HistoryOptions =
        serde_json::from_value(history.clone()).map_err(|error| refused(error.to_string()))?;
    history.toml().map_err(|error| raised(&error))
}

/// A history knows no links that only Python has.
fn no_own(links: &[Link]) -> PyResult<()> {
    match links.first() {
        Some(own) => Err(refused(format!(
            "link '{}' is not allowed: a history knows names, expressions and table:FILE.csv",
            own.name()
        ))),
        None => Ok(()),
    }
}

/// The length of the first stage with which a history is shortest, of :func:`optimum`: ``curves``, one for each angle; the columns
/// (``angle``, ``pretraining``, ``value``, ...), a row for each length that was tried, are attributes. Of networks ``m`` of a task is
/// a matrix, in columns ``m_NAME_1_2``.
///
/// >>> cut = lo.optimum(link="erf", tasks={"source": {}, "target": {}}, angle=[60], stages=[
/// ...     {"task": "source", "adapter": "full", "until": {"t": 12}}, {"task": "target", "until": {"excess": 1e-4, "t": 1e6}}])
/// >>> len(cut.curves), cut.curves[0]["angle"]
/// (1, 60.0)
#[pyclass(extends = Result_, frozen, module = "lorode")]
pub struct HistoryOptimum {
    report: Arc<OptimumOfHistoryReport>,
}

#[pymethods]
impl HistoryOptimum {
    /// The tasks and stages as the text of a file of ``lorode train``: ``command`` reads it from its input.
    #[getter]
    fn toml(slf: &Bound<'_, Self>) -> PyResult<String> {
        toml(slf.as_super().get())
    }

    /// A dict for each angle: angle, best, without, never_pretrain, is_at_end, points.
    #[getter]
    fn curves(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        python(py, &self.report.json()["curves"])
    }
}

/// ``lorode.optimum`` of a history; `None` where the arguments are not of one.
pub fn optimum_of_history(
    py: Python<'_>,
    how: How,
    (link, given): (Option<&Bound<'_, PyAny>>, Option<&Bound<'_, PyDict>>),
) -> PyResult<Option<Py<HistoryOptimum>>> {
    let Some(given) = given else {
        return Ok(None);
    };
    let study = if let Some(file) = given.get_item("file")? {
        let beside = given.copy()?;
        beside.del_item("file")?;
        let arguments = Arguments::of::<OptimumOf>("optimum").first(link)?;
        let arguments = arguments.with(Some(&beside))?;
        let (mut beside, links) = arguments.settings::<OptimumOf>()?;
        links.place(&mut beside.problem);
        let file: PathBuf = file.extract()?;
        OptimumOfHistory::of_file(&file, &beside).map_err(|error| raised(&error))?
    } else if given.contains("stages")? {
        let arguments = Arguments::of::<OptimumOfHistory>("optimum").first(link)?;
        let arguments = arguments.with(Some(given))?;
        let (study, beside) = arguments.settings::<OptimumOfHistory>()?;
        no_own(beside.own())?;
        study
    } else {
        return Ok(None);
    };
    result(py, study, how, |report| HistoryOptimum { report }).map(Some)
}
