//! Networks: any number of units, LoRA of any rank.

use std::sync::Arc;

use lorode::prelude::{Compare, Derive, ProblemOptions, Search, Simulate, Solve};
use lorode::study::compare::CompareNetwork;
use lorode::study::search::SearchNetwork;
use lorode::study::simulate::SimulateNetwork;
use lorode::study::solve::{SolveNetwork, SolveNetworkReport};
use nalgebra::DMatrix;
use pyo3::exceptions::PyAttributeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arguments::{Arguments, Beside};
use crate::arrays::{floats, shaped};
use crate::equations::{Equations, equations};
use crate::error::raised;
use crate::problem::{Alone, call, kept};
use crate::result::Result_;
use crate::run::{How, result};
use crate::runs::Runs;

/// A fine-tuning problem of networks: ``units`` K and ``teacher_units`` K*, adapters of any ``rank`` r.
///
/// All arguments are keywords, those of the command line with underscores; matrices (``teacher_overlaps``,
/// ``pretraining_m``, ``pretraining_q``, ``start_u``, ...) are arrays or lists of rows. See docs/networks.md. Raises
/// :class:`LorodeError` for what is refused.
///
/// >>> net = lo.Network(link="erf", units=2, teacher_units=2, rank=1, mu=0.5)
/// >>> net.solve().outcome, net.solve(rank=[1, 2]).outcome
/// ('rest', ['rest', 'learned'])
#[pyclass(frozen, module = "lorode")]
pub struct Network {
    options: ProblemOptions,
    given: Py<PyDict>,
}

impl Network {
    fn arguments<T: serde::de::DeserializeOwned>(
        &self,
        function: &'static str,
        given: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<(T, Beside)> {
        let arguments = Arguments::of::<T>(function).with_options(&self.options);
        arguments.with(given)?.settings()
    }
}

#[pymethods]
impl Network {
    #[new]
    #[pyo3(signature = (**given))]
    fn new(py: Python<'_>, given: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let given = kept(py, given)?;
        let arguments = Arguments::of::<Alone>("Network").with(Some(given.bind(py)))?;
        let (Alone { mut problem }, links) = arguments.settings()?;
        links.place(&mut problem);
        problem
            .one_network("Network")
            .map_err(|error| raised(&error.into()))?;
        Ok(Self {
            options: problem,
            given,
        })
    }

    /// Integrates the closed ODEs: a :class:`NetworkRun`. Keywords: points, times, method, rtol, atol, max_steps, and those of the
    /// problem in place of what it has. With a grid in one of its numbers, as ``mu=[0.3, 0.6]`` or ``rank=[1, 2]``, a :class:`Runs`. Raises
    /// :class:`IntegrationError` with the run so far in ``partial`` where it fails.
    #[pyo3(signature = (*, progress = false, threads = None, **given))]
    fn solve(
        &self,
        py: Python<'_>,
        progress: bool,
        threads: Option<isize>,
        given: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Py<PyAny>> {
        let (mut study, links) = self.arguments::<Solve>("solve", given)?;
        links.place(&mut study.problem);
        let how = How { progress, threads };
        if study.is_of_many() {
            return Ok(Runs::of_networks(py, study, how)?.into_any());
        }
        let run = result(py, SolveNetwork(study), how, |report| NetworkRun { report })?;
        Ok(run.into_any())
    }

    /// The closed ODEs written out: :class:`Equations`. Keyword: exact.
    ///
    /// >>> "beta" in lo.Network(link="erf", units=2, teacher_units=2, mu=0.5).derive().names
    /// True
    #[pyo3(signature = (**given))]
    fn derive(&self, py: Python<'_>, given: Option<&Bound<'_, PyDict>>) -> PyResult<Equations> {
        let (mut study, links) = self.arguments::<Derive>("derive", given)?;
        links.place(&mut study.problem);
        equations(py, study)
    }

    /// Growth rates of the search phase and exits, over a grid ``mu`` along the ray W0 -> x W0: a :class:`Networks`.
    #[pyo3(signature = (*, progress = false, threads = None, **given))]
    fn search(
        &self,
        py: Python<'_>,
        progress: bool,
        threads: Option<isize>,
        given: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Py<Networks>> {
        let (mut study, links) = self.arguments::<Search>("search", given)?;
        links.place(&mut study.problem);
        let how = How { progress, threads };
        result(py, SearchNetwork(study), how, |_| Networks)
    }

    /// Simulates one-pass SGD: a :class:`Networks`. Keywords: those of ``Problem.simulate``.
    #[pyo3(signature = (*, progress = false, threads = None, **given))]
    fn simulate(
        &self,
        py: Python<'_>,
        progress: bool,
        threads: Option<isize>,
        given: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Py<Networks>> {
        let (mut study, links) = self.arguments::<Simulate>("simulate", given)?;
        links.place(&mut study.problem);
        let how = How { progress, threads };
        result(py, SimulateNetwork(study), how, |_| Networks)
    }

    /// Holds SGD against the theory: a :class:`Networks`. Keywords: those of ``simulate``, starts, rtol.
    #[pyo3(signature = (*, progress = false, threads = None, **given))]
    fn compare(
        &self,
        py: Python<'_>,
        progress: bool,
        threads: Option<isize>,
        given: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Py<Networks>> {
        let (mut study, links) = self.arguments::<Compare>("compare", given)?;
        links.place(&mut study.problem);
        let how = How { progress, threads };
        result(py, CompareNetwork(study), how, |_| Networks)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        call(py, "Network", &self.given)
    }
}

/// What a study of networks came to: its columns (``m_1_1_mean``, ``growth_rate_1``, ...) are attributes, ``to_dict()`` has
/// matrices as lists of rows.
///
/// >>> ray = lo.Network(link="erf", units=2, teacher_units=2, mu=0.5).search(mu=[0.3, 0.6], what="tau")
/// >>> ray.growth_rate_1.shape
/// (2,)
#[pyclass(extends = Result_, frozen, module = "lorode")]
pub struct Networks;

/// The run of a network, of :meth:`Network.solve`: float64 arrays ``t``, ``loss``, ``cosine`` of shape (time,), ``m`` (time, K, K*),
/// ``q`` (time, K, K), ``readout`` (time, K), and of LoRA ``u`` (time, K, r), ``alignment`` (time, r, K*), ``s`` (time, r, K),
/// ``c`` (time, r, r).
///
/// >>> run = lo.Network(link="erf", units=3, teacher_units=2, rank=2, mu=0.5, angle=30).solve(points=50)
/// >>> run.m.shape[1:], run.u.shape[1:], run.m.shape[0] == len(run.t)
/// ((3, 2), (3, 2), True)
#[pyclass(extends = Result_, frozen, module = "lorode")]
pub struct NetworkRun {
    report: Arc<SolveNetworkReport>,
}

#[pymethods]
impl NetworkRun {
    /// The first time at which the cosine reaches the threshold, or None.
    #[getter]
    fn exit_time(&self) -> Option<f64> {
        let exit = self.report.ended.as_ref()?.run.exit_time;
        exit.map(|t| self.report.clock.at(t))
    }

    /// "learned", "noise-floor", "rest", "trapped" or "unfinished"; None of a run that was broken off.
    #[getter]
    fn outcome(&self) -> Option<&'static str> {
        let ended = self.report.ended.as_ref();
        ended.map(|ended| ended.run.outcome.word())
    }

    /// The time of the outcome; None of a run that was broken off.
    #[getter]
    fn end_time(&self) -> Option<f64> {
        let ended = self.report.ended.as_ref()?;
        Some(self.report.clock.at(ended.run.end))
    }

    /// The search time 1 / (largest growth rate), or None where nothing grows, and in steps or samples that change.
    #[getter]
    fn tau(&self) -> Option<f64> {
        let tau = self.report.ended.as_ref()?.phase.as_ref()?.tau?;
        self.report.clock.rate().map(|rate| tau * rate)
    }

    fn __getattr__(slf: &Bound<'_, Self>, name: &str) -> PyResult<Py<PyAny>> {
        let (py, run) = (slf.py(), &slf.get().report.trajectory);
        let matrices = match name {
            "m" => &run.m,
            "q" => &run.q,
            "u" => &run.u,
            "alignment" => &run.alignment,
            "s" => &run.s,
            "c" => &run.c,
            "readout" => {
                let units = run.readout.first().map_or(0, Vec::len);
                let shape = [run.readout.len(), units];
                return shaped(py, floats(py, run.readout.concat()), &shape);
            }
            // The columns of the table.
            _ => {
                let unknown =
                    |_| PyAttributeError::new_err(format!("no attribute or column {name}"));
                return match name.starts_with('_') {
                    true => Err(unknown(())),
                    false => slf
                        .as_super()
                        .get_item(name)
                        .map(Bound::unbind)
                        .map_err(|_| unknown(())),
                };
            }
        };
        stacked(py, matrices)
    }
}

/// Matrices one after the other, as an array of three axes.
fn stacked(py: Python<'_>, all: &[DMatrix<f64>]) -> PyResult<Py<PyAny>> {
    let (rows, columns) = all.first().map_or((0, 0), DMatrix::shape);
    let by_rows = all
        .iter()
        .flat_map(|one| one.transpose().iter().copied().collect::<Vec<f64>>());
    shaped(
        py,
        floats(py, by_rows.collect()),
        &[all.len(), rows, columns],
    )
}
