//! Runs of the closed ODEs.

use std::sync::{Arc, OnceLock};

use lorode::numeral::infinite_back;
use lorode::prelude::{Solve, Study, Work};
use lorode::study::solve::{SolveAt, SolveReport};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use serde_json::Value;

use crate::again::{Again, Words};
use crate::arguments::Arguments;
use crate::error::refused;
use crate::result::{Result_, Shown, python};
use crate::run::{How, result};

/// One run of the closed ODEs, of :meth:`Problem.solve`: ``t``, ``alignment`` = <v, omega*> (without LoRA the cosine of the
/// weights with the teacher's direction), ``m`` = <w, omega*>, ``q`` = <w, w>, ``u`` and ``s`` = <v, w0> (of LoRA), and ``loss``, float64 arrays of shape (time,), read-only; its
/// exit and its outcome. Times are in the unit asked for, t = lr * steps by default. A run pickles, with all it knows.
///
/// >>> run = lo.Problem(link="erf", mu=0.5, dim=1000).solve(points=100)
/// >>> round(run.exit_time, 4), run.outcome, round(run.tau, 4), run.m.shape == run.t.shape
/// (126.3055, 'learned', 45.5942, True)
#[pyclass(extends = Result_, frozen, module = "lorode")]
pub struct Run {
    study: Solve,
    how: How,
    /// The keywords that made it, which a pickle keeps.
    given: Py<PyDict>,
    report: Arc<dyn Shown>,
    facts: OnceLock<Value>,
}

impl Run {
    /// The run of a problem; `given` are the keywords of both.
    pub fn of(py: Python<'_>, study: Solve, how: How, given: Py<PyDict>) -> PyResult<Py<Self>> {
        let again = study.clone();
        Self::by(py, study, (again, how, given))
    }

    /// The same by a study that has its settings.
    fn by<S>(py: Python<'_>, study: S, made: (Solve, How, Py<PyDict>)) -> PyResult<Py<Self>>
    where
        S: Study + Send + 'static,
        S::Work: Work<Report = SolveReport>,
    {
        let (settings, how, given) = made;
        result(py, study, how, |report| Self {
            study: settings,
            how,
            given,
            report,
            facts: OnceLock::new(),
        })
    }

    /// What is known of the run beside its columns, as its JSON has it; nothing of one that was broken off.
    fn fact(&self, key: &str) -> &Value {
        &self.facts.get_or_init(|| self.report.json())[key]
    }

    /// A fact that is a number, which may be infinite.
    fn number(&self, key: &str) -> Option<f64> {
        infinite_back(self.fact(key)).ok().flatten()
    }
}

/// A run that was pickled.
#[pyfunction]
pub fn _run_again(
    py: Python<'_>,
    given: &Bound<'_, PyDict>,
    threads: Option<isize>,
    json: &str,
    words: Words,
) -> PyResult<Py<Run>> {
    let arguments = Arguments::of::<Solve>("solve").with(Some(given))?;
    let (mut study, links) = arguments.settings::<Solve>()?;
    links.place(&mut study.problem);
    let report = Arc::new(Again::read(json, words).map_err(refused)?);
    let progress = false;
    let run = Run {
        study,
        how: How { progress, threads },
        given: given.clone().unbind(),
        report: report.clone(),
        facts: OnceLock::new(),
    };
    Py::new(py, (run, Result_::new(py, report)))
}

#[pymethods]
impl Run {
    /// The first time with abs(alignment) >= threshold, or None.
    #[getter]
    fn exit_time(&self) -> Option<f64> {
        self.number("exit_time")
    }

    /// "learned", "noise-floor", "trapped" or "unfinished"; None of a run that was broken off.
    #[getter]
    fn outcome(&self) -> Option<&str> {
        self.fact("outcome").as_str()
    }

    /// The time of the outcome.
    #[getter]
    fn end_time(&self) -> Option<f64> {
        self.number("end_time")
    }

    /// The search time, or None where nothing grows, and in steps and samples of a step size that changes.
    #[getter]
    fn tau(&self) -> Option<f64> {
        self.number("tau")
    }

    /// The gradient norm at w0.
    #[getter(A)]
    fn gradient_norm(&self) -> Option<f64> {
        self.number("gradient_norm")
    }

    /// The curvature at w0.
    #[getter(B)]
    fn curvature(&self) -> Option<f64> {
        self.number("curvature")
    }

    /// How it was integrated: method, steps, right-hand sides.
    #[getter]
    fn solver(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        python(py, self.fact("solver"))
    }

    /// The same run at these times, in the unit of ``t`` and each landed on exactly: a Run whose rows stand in their order, one
    /// for each. Its ``command`` has them ascending.
    ///
    /// >>> run = lo.Problem(link="erf", mu=0.5).solve()
    /// >>> run.at([1.0, 10.0, run.exit_time]).alignment.round(6)[-1]
    /// np.float64(0.5)
    /// >>> run.at([80, 1, 40, 1]).t
    /// array([80.,  1., 40.,  1.])
    fn at(&self, py: Python<'_>, times: &Bound<'_, PyAny>) -> PyResult<Py<Self>> {
        let now = PyDict::new(py);
        now.set_item("times", times)?;
        let (asked, _) = Arguments::of::<Solve>("at")
            .with(Some(&now))?
            .settings::<Solve>()?;
        let study = Solve {
            times: asked.times,
            ..self.study.clone()
        };
        let given = self.given.bind(py).copy()?;
        given.update(now.as_mapping())?;
        Self::by(
            py,
            SolveAt(study.clone()),
            (study, self.how, given.unbind()),
        )
    }

    fn __reduce__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let again = py.import("lorode._lorode")?.getattr("_run_again")?;
        let (json, words) = Again::pickled(&*self.report);
        let state = (&self.given, self.how.threads, json, words);
        Ok((again, state.into_pyobject(py)?))
    }
}
