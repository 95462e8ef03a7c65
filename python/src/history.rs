//! Training in stages.

use std::path::PathBuf;
use std::sync::Arc;

use lorode::prelude::{Report, Train};
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
    if let Some(own) = links.first() {
        return Err(refused(format!(
            "link '{}' is not allowed: a history knows names, expressions and table:FILE.csv",
            own.name()
        )));
    }
    if let Some(file) = file {
        study = study.of_file(&file).map_err(|error| raised(&error))?;
    }
    result(py, study, How { progress, threads }, |report| History {
        report,
    })
}
