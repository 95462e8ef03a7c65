//! Training in stages, and how long its first stage should be.

use std::path::PathBuf;
use std::sync::Arc;

use lorode::link::Link;
use lorode::prelude::{Report, Train};
use lorode::study::optimum::{OptimumOf, OptimumOfHistory, OptimumOfHistoryReport};
use lorode::study::train::TrainReport;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arguments::Arguments;
use crate::arrays::floats;
use crate::error::{raised, refused};
use crate::result::{Result_, python};
use crate::run::{How, result};

/// A history of training: ``stages``, what every stage came to; ``loss`` and ``m`` by task, arrays over ``t_total``; the
/// other columns (``stage``, ``samples_total``, ``u``, ``alignment``, ``s``, ``q``) are attributes.
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

/// Trains in stages by the closed ODEs: a :class:`History`. A path alone is a file of tasks and stages; else their keys are
/// keywords: ``link``, ``student``, ``tasks`` and ``w0`` (dicts by task), ``stages`` (a list of dicts).
#[pyfunction]
#[pyo3(signature = (file = None, *, progress = false, threads = None, **given))]
pub fn train(
    py: Python<'_>,
    file: Option<PathBuf>,
    progress: bool,
    threads: Option<usize>,
    given: Option<&Bound<'_, PyDict>>,
) -> PyResult<Py<History>> {
    let (mut study, links) = Arguments::of::<Train>("train")
        .with(given)?
        .settings::<Train>()?;
    no_own(&links)?;
    if let Some(file) = file {
        study = study.of_file(&file).map_err(|error| raised(&error))?;
    }
    result(py, study, How { progress, threads }, |report| History {
        report,
    })
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

/// The length of the first stage with which a history is shortest: ``curves``, one for each angle; the columns
/// (``angle``, ``pretraining``, ``value``, ...) are attributes.
#[pyclass(extends = Result_, frozen, module = "lorode")]
pub struct HistoryOptimum {
    report: Arc<OptimumOfHistoryReport>,
}

#[pymethods]
impl HistoryOptimum {
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
        let (beside, _) = arguments.settings::<OptimumOf>()?;
        let file: PathBuf = file.extract()?;
        OptimumOfHistory::of_file(&file, &beside).map_err(|error| raised(&error))?
    } else if given.contains("stages")? {
        let arguments = Arguments::of::<OptimumOfHistory>("optimum").first(link)?;
        let arguments = arguments.with(Some(given))?;
        let (study, links) = arguments.settings::<OptimumOfHistory>()?;
        no_own(&links)?;
        study
    } else {
        return Ok(None);
    };
    result(py, study, how, |report| HistoryOptimum { report }).map(Some)
}
