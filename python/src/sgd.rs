//! Simulated SGD, alone and against the theory.

use std::sync::Arc;

use lorode::observable::{ALONG, Observable};
use lorode::output::Column;
use lorode::prelude::{Simulate, Study, Work};
use lorode::study::compare::PathsReport;
use lorode::study::simulate::SimulateReport;
use pyo3::exceptions::PyAttributeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arrays::{column, floats, masked, shaped, wholes};
use crate::result::Result_;
use crate::run::{How, result};

/// Seeds of SGD, of :meth:`Problem.simulate`: float64 arrays ``alignment, m, q, u, s, loss`` of shape (seed, step), NaN after a
/// seed's end; ``seeds`` and ``step`` are their coordinates. Means and quantiles over seeds are the columns (``keys()``), as
/// ``sim["m_mean"]`` of shape (step,).
///
/// >>> sim = lo.Problem(link="erf", mu=0.5, lr=0.2, batch=500).simulate(steps=100, seeds=[3, 8])
/// >>> sim.seeds, sim.alignment.shape == (2, len(sim.step)), sim.exit_steps.mask
/// (array([3, 8], dtype=uint64), True, array([ True,  True]))
#[pyclass(extends = Result_, frozen, module = "lorode")]
pub struct Simulation {
    report: Arc<SimulateReport>,
    arrays: Py<PyDict>,
}

impl Simulation {
    pub fn of(py: Python<'_>, study: Simulate, how: How) -> PyResult<Py<Self>> {
        let arrays = PyDict::new(py).unbind();
        result(py, study, how, |report| Self { report, arrays })
    }

    fn paths(&self, py: Python<'_>, observable: &Observable) -> PyResult<Py<PyAny>> {
        let ensemble = &self.report.ensemble;
        let steps = ensemble.record_steps.len();
        let mut flat = Vec::with_capacity(steps * ensemble.runs.len());
        for run in &ensemble.runs {
            // Records are those of the first steps that were to be recorded.
            let records = run.records.iter().map(|record| record.value(observable));
            let none = std::iter::repeat(None);
            flat.extend(
                records
                    .chain(none)
                    .take(steps)
                    .map(|x| x.unwrap_or(f64::NAN)),
            );
        }
        shaped(py, floats(py, flat), &[ensemble.runs.len(), steps])
    }
}

#[pymethods]
impl Simulation {
    /// The seeds, a uint64 array of shape (seed,).
    #[getter]
    fn seeds(&self, py: Python<'_>) -> Py<PyAny> {
        wholes(
            py,
            self.report
                .ensemble
                .runs
                .iter()
                .map(|run| run.seed)
                .collect(),
        )
    }

    /// The recorded steps, a uint64 array of shape (step,).
    #[getter]
    fn step(&self, py: Python<'_>) -> Py<PyAny> {
        wholes(py, self.report.ensemble.record_steps.clone())
    }

    /// The first step of each seed with abs(alignment) >= threshold: a masked array, masked where there is none.
    #[getter]
    fn exit_steps(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let exits: Vec<_> = self
            .report
            .ensemble
            .runs
            .iter()
            .map(|run| run.exit_step)
            .collect();
        masked(py, &exits)
    }

    fn __getattr__(&self, py: Python<'_>, name: &str) -> PyResult<Py<PyAny>> {
        let Some(observable) = ALONG.iter().find(|known| known.name == name) else {
            return Err(PyAttributeError::new_err(format!(
                "no attribute or number {name}"
            )));
        };
        let arrays = self.arrays.bind(py);
        if let Some(array) = arrays.get_item(name)? {
            return Ok(array.unbind());
        }
        let array = self.paths(py, observable)?;
        arrays.set_item(name, &array)?;
        Ok(array)
    }
}

/// SGD held against the theory, of :meth:`Problem.compare`: ``follows``, ``verdict``, and by number dicts of arrays over ``step``:
/// ``sgd``, ``theory``, and ``z``, their distance in standard errors.
///
/// >>> cmp = lo.Problem(link="erf", mu=0.5, lr=0.2, batch=500).compare(seeds=8)
/// >>> cmp.follows, sorted(cmp.sgd)
/// (True, ['alignment', 'loss', 'm', 'q', 's', 'u'])
#[pyclass(extends = Result_, frozen, module = "lorode")]
pub struct Comparison {
    report: Arc<PathsReport>,
}

impl Comparison {
    pub fn of<S>(py: Python<'_>, study: S, how: How) -> PyResult<Py<Self>>
    where
        S: Study<Work: Work<Report = PathsReport>> + Send + 'static,
    {
        result(py, study, how, |report| Self { report })
    }

    /// The columns whose names end so, under what stands before.
    fn columns(slf: &Bound<'_, Self>, ending: &str) -> PyResult<Py<PyAny>> {
        let py = slf.py();
        let found = PyDict::new(py);
        for one in &slf.as_super().get().table().columns {
            if let (Some(name), Column::Numbers { .. }) = (one.name().strip_suffix(ending), one) {
                found.set_item(name, column(py, one)?)?;
            }
        }
        Ok(found.into_any().unbind())
    }
}

#[pymethods]
impl Comparison {
    /// Whether SGD follows the theory.
    #[getter]
    fn follows(&self) -> bool {
        self.report.compared.verdict.follows
    }

    /// The answer in a sentence, with numbers.
    #[getter]
    fn verdict(&self) -> &str {
        &self.report.compared.verdict.text
    }

    /// Means of SGD by name: a dict of arrays over ``step``.
    #[getter]
    fn sgd(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        Self::columns(slf, "_mean")
    }

    /// The theory by name: a dict of arrays over ``step``.
    #[getter]
    fn theory(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        Self::columns(slf, "_theory")
    }

    /// Mean of SGD minus theory in standard errors, by name.
    #[getter]
    fn z(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        Self::columns(slf, "_z")
    }
}
