//! Several runs that differ by one number.

use std::sync::Arc;

use lorode::prelude::Solve;
use lorode::study::solve::{NetworksReport, SolveNetworks, SolveStrengths, StrengthsReport};
use pyo3::prelude::*;
use serde_json::Value;

use crate::arrays::{floats, or_nan};
use crate::result::{Result_, python};
use crate::run::{How, result};

/// Runs that differ by one number, of :meth:`Problem.solve` and :meth:`Network.solve` with a grid: ``key`` is the number,
/// ``values`` its values, and ``exit_time``, ``end_time``, ``tau`` float64 arrays of shape (run,), NaN where there is none,
/// ``outcome`` a list. The columns (the number, ``t``, ``loss``, ...), the times of one run after those of the other, are attributes.
///
/// >>> runs = lo.Problem(link="erf", mu=0.5).solve(mu=[0.2, 0.5, 0.8])
/// >>> runs.key, runs.values, runs.outcome
/// ('mu', array([0.2, 0.5, 0.8]), ['learned', 'learned', 'learned'])
/// >>> first = runs.t[runs.mu == 0.2]
/// >>> bool(first[-1] == lo.Problem(link="erf", mu=0.2).solve().t[-1])
/// True
#[pyclass(extends = Result_, frozen, module = "lorode")]
pub struct Runs {
    key: String,
    values: Vec<f64>,
    /// What the command line's JSON has of each run.
    runs: Vec<Value>,
}

impl Runs {
    /// A run for each strength.
    pub fn of_strengths(py: Python<'_>, study: Solve, how: How) -> PyResult<Py<Self>> {
        let own = |report: Arc<StrengthsReport>| {
            let strengths = report.runs.iter().map(|run| run.options.mu.as_ref());
            let strengths = strengths.map(|grid| grid.and_then(|grid| grid.single()));
            Self {
                key: "mu".to_owned(),
                values: or_nan(strengths),
                runs: report.runs.iter().map(|run| run.facts()).collect(),
            }
        };
        result(py, SolveStrengths(study), how, own)
    }

    /// A run for each value of the number of a network that has a grid.
    pub fn of_networks(py: Python<'_>, study: Solve, how: How) -> PyResult<Py<Self>> {
        let own = |report: Arc<NetworksReport>| Self {
            key: report.key.replace('-', "_"),
            values: report.runs.iter().map(|(value, _)| *value).collect(),
            runs: report.runs.iter().map(|(_, run)| run.facts()).collect(),
        };
        result(py, SolveNetworks(study), how, own)
    }

    fn numbers(&self, py: Python<'_>, name: &str) -> Py<PyAny> {
        floats(py, or_nan(self.runs.iter().map(|run| run[name].as_f64())))
    }
}

#[pymethods]
impl Runs {
    /// The number in which the runs differ.
    #[getter]
    fn key(&self) -> &str {
        &self.key
    }

    /// Its values, in the order of the runs.
    #[getter]
    fn values(&self, py: Python<'_>) -> Py<PyAny> {
        floats(py, self.values.clone())
    }

    /// The exit time of each run, NaN where there is none.
    #[getter]
    fn exit_time(&self, py: Python<'_>) -> Py<PyAny> {
        self.numbers(py, "exit_time")
    }

    /// The time of the outcome of each run, NaN of one that was broken off.
    #[getter]
    fn end_time(&self, py: Python<'_>) -> Py<PyAny> {
        self.numbers(py, "end_time")
    }

    /// The search time of each run, NaN where nothing grows.
    #[getter]
    fn tau(&self, py: Python<'_>) -> Py<PyAny> {
        self.numbers(py, "tau")
    }

    /// The outcome of each run, as :attr:`Run.outcome`.
    #[getter]
    fn outcome(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let words = self.runs.iter().map(|run| run["outcome"].clone());
        python(py, &Value::Array(words.collect()))
    }
}
