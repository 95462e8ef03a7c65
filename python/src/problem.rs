//! Fine-tuning problems.

use lorode::prelude::{Compare, CompareData, ProblemOptions, Simulate, Solve, Starts};
use pyo3::basic::CompareOp;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use crate::arguments::{Arguments, Beside, other_name};
use crate::error::raised;
use crate::measured;
use crate::run::How;
use crate::runs::Runs;
use crate::sgd::{Comparison, Simulation};
use crate::trajectory::Run;

/// A fine-tuning problem: links, pre-training, adapter, noise, start. Frozen, and checked when it is made.
///
/// All arguments are keywords, those of the command line with underscores: ``link`` (or ``teacher`` and ``student``), ``mu`` >= 0
/// the strength of pre-training, ``angle`` in degrees, ``dim`` (1000), ``noise`` the variance of the labels' noise (0),
/// ``adapter`` ("spherical", "free", "full", "scratch"), ``lr`` and ``batch``, ``threshold`` of the exit (0.5), ``time`` ("t",
/// "steps", "samples"), ...: see ``lorode solve --help``. Problems compare, hash, copy and pickle. Raises :class:`LorodeError`
/// for a value that is refused, TypeError for a keyword that is none.
///
/// >>> p = lo.Problem(link="erf", mu=0.5, dim=1000)
/// >>> p == eval(repr(p), {"Problem": lo.Problem}), p.replace(mu=0.6)
/// (True, Problem(link='erf', mu=0.6, dim=1000))
/// >>> lo.Problem(link="erf", mu=-1)
/// Traceback (most recent call last):
///     ...
/// lorode.LorodeError: mu = -1 is not allowed: the pre-training strength is a finite number >= 0
#[pyclass(frozen, module = "lorode")]
pub struct Problem {
    options: ProblemOptions,
    given: Py<PyDict>,
}

/// The settings of a problem alone.
#[derive(serde::Deserialize)]
pub struct Alone {
    pub problem: ProblemOptions,
}

/// A value of which the caller keeps no hold.
fn owned<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    // What can be gone through once only is a list from here on.
    if value.hasattr("__next__")? {
        return value.py().get_type::<PyList>().call1((value,));
    }
    let copy = value.py().import("copy")?;
    // Views of what others hold are none that can be copied: a list of their items.
    copy.call_method1("deepcopy", (value,))
        .or_else(|_| value.py().get_type::<PyList>().call1((value,)))
}

/// What was given by keywords, kept.
pub fn kept(py: Python<'_>, given: Option<&Bound<'_, PyDict>>) -> PyResult<Py<PyDict>> {
    let all = PyDict::new(py);
    for (name, value) in given.into_iter().flatten() {
        all.set_item(name, owned(&value)?)?;
    }
    Ok(all.unbind())
}

/// The call that makes the same again.
pub fn call(py: Python<'_>, class: &str, given: &Py<PyDict>) -> PyResult<String> {
    let given = given.bind(py).iter();
    let given = given.map(|(name, value)| Ok(format!("{name}={}", value.repr()?)));
    let given: Vec<String> = given.collect::<PyResult<_>>()?;
    Ok(format!("{class}({})", given.join(", ")))
}

/// The settings of a comparison with runs that were measured.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Measured {
    problem: ProblemOptions,
    starts: Starts,
    rtol: Option<f64>,
}

impl Problem {
    pub fn options(&self) -> &ProblemOptions {
        &self.options
    }

    /// What was asked, without the arguments that axes of a diagram take the place of.
    pub fn options_without(&self, py: Python<'_>, names: &[String]) -> PyResult<ProblemOptions> {
        let rest = self.given.bind(py).copy()?;
        for name in names {
            if rest.contains(name)? {
                rest.del_item(name)?;
            }
        }
        let arguments = Arguments::of::<Alone>("Problem").with(Some(&rest))?;
        let (Alone { mut problem }, links) = arguments.settings()?;
        links.place(&mut problem);
        Ok(problem)
    }

    /// What made the problem, and what was given beside it.
    fn given_with(
        &self,
        py: Python<'_>,
        given: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Py<PyDict>> {
        let all = self.given.bind(py).copy()?;
        for (name, value) in given
            .into_iter()
            .flatten()
            .filter(|(_, value)| !value.is_none())
        {
            let key: String = name.extract()?;
            // The other name of the same argument gives way.
            if let Some(other) = other_name(&key)
                && all.contains(other)?
            {
                all.del_item(other)?;
            }
            all.set_item(name, owned(&value)?)?;
        }
        Ok(all.unbind())
    }

    fn arguments<T: serde::de::DeserializeOwned>(
        &self,
        function: &'static str,
        given: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<(T, Beside)> {
        Arguments::of::<T>(function)
            .with_options(&self.options)
            .with(given)?
            .settings()
    }
}

#[pymethods]
impl Problem {
    #[new]
    #[pyo3(signature = (**given))]
    fn new(py: Python<'_>, given: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let given = kept(py, given)?;
        let arguments = Arguments::of::<Alone>("Problem").with(Some(given.bind(py)))?;
        let (Alone { mut problem }, links) = arguments.settings()?;
        links.place(&mut problem);
        problem
            .one_problem("Problem")
            .map_err(|error| raised(&error.into()))?;
        Ok(Self {
            options: problem,
            given,
        })
    }

    /// The same problem with some arguments changed; None takes one away.
    ///
    /// >>> lo.Problem(link="erf", mu=0.5, angle=30).replace(angle=None, noise=0.1)
    /// Problem(link='erf', mu=0.5, noise=0.1)
    #[pyo3(signature = (**changed))]
    fn replace(&self, py: Python<'_>, changed: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let all = self.given.bind(py).copy()?;
        for (name, value) in changed.into_iter().flatten() {
            match value.is_none() && all.contains(&name)? {
                true => all.del_item(name)?,
                false => all.set_item(name, value)?,
            }
        }
        Self::new(py, Some(&all))
    }

    /// Integrates the closed ODEs: a :class:`Run`. Keywords: points, times, method, rtol, atol, max_steps, and those of the problem
    /// in place of what it has. With several strengths ``mu`` a :class:`Runs`. Raises :class:`IntegrationError` with the run so far in
    /// ``partial`` where it fails.
    ///
    /// >>> p = lo.Problem(link="erf", mu=0.5)
    /// >>> p.solve(times=[1, 10, 100]).t
    /// array([  1.,  10., 100.])
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
        match study.is_of_many() {
            true => Ok(Runs::of_strengths(py, study, how)?.into_any()),
            false => {
                let given = self.given_with(py, given)?;
                Ok(Run::of(py, study, how, given)?.into_any())
            }
        }
    }

    /// Simulates one-pass SGD: a :class:`Simulation`. Keywords: steps, seeds (how many, or which), method, records, every,
    /// test_batch, exact_loss, until. Needs lr and batch. The same settings give the same bytes on any number of threads. Raises
    /// :class:`LorodeError` for what is refused.
    #[pyo3(signature = (*, progress = false, threads = None, **given))]
    fn simulate(
        &self,
        py: Python<'_>,
        progress: bool,
        threads: Option<isize>,
        given: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Py<Simulation>> {
        let (mut study, links) = self.arguments::<Simulate>("simulate", given)?;
        links.place(&mut study.problem);
        Simulation::of(py, study, How { progress, threads })
    }

    /// Holds SGD against the theory: a :class:`Comparison`. Keywords: those of ``simulate``, starts ("fixed" or "random"), rtol. With
    /// ``data``, a DataFrame, a dict of columns or a file of runs that were measured, these instead of simulated ones: columns
    /// step (or t, samples), seed, and any of loss, alignment, m, q, u, s; keywords: starts, rtol. Needs lr and batch. Raises
    /// :class:`LorodeError` for what is refused.
    ///
    /// >>> p = lo.Problem(link="erf", mu=0.5, lr=0.2, batch=500)
    /// >>> sim = p.simulate(steps=800, seeds=8)
    /// >>> seeds, steps = np.meshgrid(sim.seeds, sim.step, indexing="ij")
    /// >>> p.compare(data={"seed": seeds.ravel(), "step": steps.ravel(), "m": sim.m.ravel()}).follows
    /// True
    #[pyo3(signature = (*, data = None, progress = false, threads = None, **given))]
    fn compare(
        &self,
        py: Python<'_>,
        data: Option<&Bound<'_, PyAny>>,
        progress: bool,
        threads: Option<isize>,
        given: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Py<Comparison>> {
        if let Some(data) = data {
            let (asked, links) = self.arguments::<Measured>("compare", given)?;
            let (name, table) = measured::table(data)?;
            let mut study = CompareData::new(name, table);
            (study.problem, study.starts, study.rtol) = (asked.problem, asked.starts, asked.rtol);
            links.place(&mut study.problem);
            return Comparison::of(py, study, How { progress, threads });
        }
        let (mut study, links) = self.arguments::<Compare>("compare", given)?;
        links.place(&mut study.problem);
        Comparison::of(py, study, How { progress, threads })
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        call(py, "Problem", &self.given)
    }

    fn __richcmp__(&self, other: &Self, how: CompareOp) -> PyResult<bool> {
        match how {
            CompareOp::Eq => Ok(self.options == other.options),
            CompareOp::Ne => Ok(self.options != other.options),
            _ => Err(PyTypeError::new_err("problems have no order")),
        }
    }

    fn __hash__(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        let text = serde_json::to_string(&self.options).unwrap_or_default();
        text.hash(&mut hasher);
        hasher.finish()
    }

    fn __reduce__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let again = py.import("lorode")?.getattr("_problem_again")?;
        Ok((again, (&self.given,).into_pyobject(py)?))
    }
}
