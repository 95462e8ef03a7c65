//! Runs of the closed ODEs.

use std::sync::Arc;

use lorode::prelude::Solve;
use lorode::study::solve::SolveReport;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::refused;
use crate::result::{Result_, python};
use crate::run::{How, result};

/// One run of the closed ODEs, of :meth:`Problem.solve`: ``t``, ``alignment`` = <v, omega*> (without LoRA the cosine of the
/// weights with the teacher's direction), ``m`` = <w, omega*>, ``q`` = <w, w>, ``u`` and ``s`` = <v, w0> (of LoRA), and ``loss``, float64 arrays of shape (time,), read-only; its
/// exit and its outcome. Times are in the unit asked for, t = lr * steps by default.
///
/// >>> run = lo.Problem(link="erf", mu=0.5, dim=1000).solve(points=100)
/// >>> round(run.exit_time, 4), run.outcome, round(run.tau, 4), run.m.shape == run.t.shape
/// (126.3055, 'learned', 45.5942, True)
#[pyclass(extends = Result_, frozen, module = "lorode")]
pub struct Run {
    study: Solve,
    how: How,
    report: Arc<SolveReport>,
}

impl Run {
    pub fn of(py: Python<'_>, study: Solve, how: How) -> PyResult<Py<Self>> {
        let again = study.clone();
        result(py, study, how, |report| Self {
            study: again,
            how,
            report,
        })
    }

    fn search_phase(&self) -> Option<lorode::search::SearchPhase> {
        self.report.ended.as_ref().and_then(|ended| ended.phase)
    }
}

#[pymethods]
impl Run {
    /// The first time with abs(alignment) >= threshold, or None.
    #[getter]
    fn exit_time(&self) -> Option<f64> {
        let exit = self
            .report
            .ended
            .as_ref()
            .and_then(|ended| ended.run.exit_time);
        exit.map(|t| self.report.clock.at(t))
    }

    /// "learned", "noise-floor", "trapped" or "unfinished"; None of a run that was broken off.
    #[getter]
    fn outcome(&self) -> Option<&'static str> {
        self.report
            .ended
            .as_ref()
            .map(|ended| ended.run.outcome.word())
    }

    /// The time of the outcome.
    #[getter]
    fn end_time(&self) -> Option<f64> {
        let ended = self.report.ended.as_ref();
        ended.map(|ended| self.report.clock.at(ended.run.end))
    }

    /// The search time, or None where nothing grows, and in steps and samples of a step size that changes.
    #[getter]
    fn tau(&self) -> Option<f64> {
        let tau = self.search_phase().and_then(|phase| phase.tau);
        tau.and_then(|tau| Some(tau * self.report.clock.rate()?))
    }

    /// The gradient norm at w0.
    #[getter(A)]
    fn gradient_norm(&self) -> Option<f64> {
        self.search_phase().map(|phase| phase.gradient_norm)
    }

    /// The curvature at w0.
    #[getter(B)]
    fn curvature(&self) -> Option<f64> {
        self.search_phase().map(|phase| phase.curvature)
    }

    /// How it was integrated: method, steps, right-hand sides.
    #[getter]
    fn solver(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let solver = self.report.ended.as_ref().map(|ended| &ended.run.solver);
        let solver = serde_json::to_value(solver).map_err(|error| refused(error.to_string()))?;
        python(py, &solver)
    }

    /// The same run at these times, in the unit of ``t`` and each landed on exactly: a Run whose columns are of their length.
    ///
    /// >>> run = lo.Problem(link="erf", mu=0.5).solve()
    /// >>> run.at([1.0, 10.0, run.exit_time]).alignment.round(6)[-1]
    /// np.float64(0.5)
    fn at(&self, py: Python<'_>, times: &Bound<'_, PyAny>) -> PyResult<Py<Self>> {
        let given = PyDict::new(py);
        given.set_item("times", times)?;
        let arguments = crate::arguments::Arguments::of::<Solve>("at").with(Some(&given))?;
        let (asked, _) = arguments.settings::<Solve>()?;
        let study = Solve {
            times: asked.times,
            ..self.study.clone()
        };
        Self::of(py, study, self.how)
    }
}
