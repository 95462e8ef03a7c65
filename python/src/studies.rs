//! Phase diagrams, the best strength, the law over dimensions; grids and axes.

use std::sync::Arc;

use lorode::prelude::{Grid, OptimumOf, Phase, Scaling};
use lorode::study::optimum::OptimumReport;
use lorode::study::phase::PhaseReport;
use lorode::study::scaling::ScalingReport;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arguments::Arguments;
use crate::arrays::{column, floats, named, shaped};
use crate::error::{raised, refused};
use crate::history::optimum_of_history;
use crate::problem::Problem;
use crate::result::{Result_, python};
use crate::run::{How, result};

/// A grid of values as the library writes it. ``numpy.asarray(grid)`` are its values.
#[pyclass(frozen, name = "Grid", module = "lorode")]
pub struct GridText {
    pub text: String,
}

#[pymethods]
impl GridText {
    /// The values, as an array.
    #[getter]
    fn values(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let text = self
            .text
            .split_once('=')
            .map_or(&*self.text, |(_, grid)| grid);
        let grid: Grid = text
            .parse()
            .map_err(|error: lorode::problem::GridError| raised(&error.into()))?;
        Ok(floats(py, grid.values().to_vec()))
    }

    #[pyo3(signature = (dtype = None, copy = None))]
    fn __array__(
        &self,
        py: Python<'_>,
        dtype: Option<Py<PyAny>>,
        copy: Option<bool>,
    ) -> PyResult<Py<PyAny>> {
        let _always_new = copy;
        let values = self.values(py)?;
        match dtype {
            Some(dtype) => Ok(values.bind(py).call_method1("astype", (dtype,))?.unbind()),
            None => Ok(values),
        }
    }

    fn __repr__(&self) -> String {
        format!("Grid('{}')", self.text)
    }

    fn __str__(&self) -> &str {
        &self.text
    }
}

/// A grid by its kind ("linear", "log" or "gap"), its ends and its count.
#[pyfunction]
#[pyo3(name = "_grid")]
pub fn grid(kind: &str, start: f64, stop: f64, count: usize) -> PyResult<GridText> {
    let kind = match kind {
        "linear" => "",
        "log" => "log:",
        "gap" => "gap:",
        other => {
            return Err(refused(format!(
                "kind = '{other}' is not allowed: linear, log or gap"
            )));
        }
    };
    let text = format!("{kind}{start}:{stop}:{count}");
    let checked: Result<Grid, _> = text.parse();
    checked.map_err(|error: lorode::problem::GridError| raised(&error.into()))?;
    Ok(GridText { text })
}

/// An axis of a phase diagram: ``axis("mu", 0.02, 0.98, 120)``, ``axis("dim", [100, 1000])``, or a grid.
#[pyfunction]
#[pyo3(signature = (name, start, stop = None, count = None, *, kind = "linear"))]
pub fn axis(
    name: &str,
    start: &Bound<'_, PyAny>,
    stop: Option<f64>,
    count: Option<usize>,
    kind: &str,
) -> PyResult<GridText> {
    let text = match (stop, count) {
        (Some(stop), Some(count)) => grid(kind, start.extract()?, stop, count)?.text,
        (None, None) => match start.cast::<GridText>() {
            Ok(grid) => grid.get().text.clone(),
            Err(_) => {
                let numpy = start.py().import("numpy")?;
                let values: Vec<f64> = numpy
                    .call_method1("atleast_1d", (start,))?
                    .call_method0("tolist")?
                    .extract()?;
                let values: Vec<String> = values.iter().map(f64::to_string).collect();
                values.join(",")
            }
        },
        _ => {
            return Err(refused(
                "an axis has start, stop and count, or values alone",
            ));
        }
    };
    Ok(GridText {
        text: format!("{name}={text}"),
    })
}

/// A phase diagram: ``values`` of shape (y, x), (x,) or (z, y, x), NaN where there is none; ``outcome`` alike;
/// ``coordinates`` by axis; ``boundaries``.
#[pyclass(extends = Result_, frozen, module = "lorode")]
pub struct Diagram {
    report: Arc<PhaseReport>,
}

impl Diagram {
    fn shape(&self) -> Vec<usize> {
        let axes = self.report.map.axes().iter().rev();
        axes.map(|axis| axis.values().len()).collect()
    }

    fn cells(slf: &Bound<'_, Self>, name: &str) -> PyResult<Py<PyAny>> {
        let table = slf.as_super().get().table();
        let found = named(table, name).ok_or_else(|| refused(format!("no column {name}")))?;
        shaped(slf.py(), column(slf.py(), found)?, &slf.get().shape())
    }
}

#[pymethods]
impl Diagram {
    /// The value of each cell; of outcomes their codes (1 learned, 2 trapped, 7 noise-floor, 8 rest).
    #[getter]
    fn values(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        shaped(py, floats(py, self.report.values()), &self.shape())
    }

    /// How the run of each cell ended.
    #[getter]
    fn outcomes(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        Self::cells(slf, "outcome")
    }

    /// The values of each axis by its name, x first.
    #[getter]
    fn coordinates(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let all = PyDict::new(py);
        for axis in self.report.map.axes() {
            all.set_item(axis.name(), floats(py, axis.values().to_vec()))?;
        }
        Ok(all.into_any().unbind())
    }

    /// Lines on the map: critical strengths, the border of learning, ratio one.
    #[getter]
    fn boundaries(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let all = serde_json::to_value(&self.report.boundaries);
        python(py, &all.map_err(|error| refused(error.to_string()))?)
    }
}

/// One value of a problem over one, two or three of its parameters: a :class:`Diagram`.
#[pyfunction]
#[pyo3(signature = (problem = None, *, progress = false, threads = None, **given))]
pub fn phase(
    py: Python<'_>,
    problem: Option<&Problem>,
    progress: bool,
    threads: Option<usize>,
    given: Option<&Bound<'_, PyDict>>,
) -> PyResult<Py<Diagram>> {
    let arguments = Arguments::of::<Phase>("phase").after(problem).with(given)?;
    let (mut study, links) = arguments.settings::<Phase>()?;
    study.problem.own_links = links;
    result(py, study, How { progress, threads }, |report| Diagram {
        report,
    })
}

/// The best strength: ``mu``, ``value`` (the time there), ``at_zero``.
#[pyclass(extends = Result_, frozen, module = "lorode")]
pub struct Optimum {
    report: Arc<OptimumReport>,
}

#[pymethods]
impl Optimum {
    /// The strength, or None of a search that was broken off.
    #[getter]
    fn best_mu(&self) -> Option<f64> {
        self.report.optimum.as_ref().map(|best| best.mu)
    }

    /// The time there.
    #[getter]
    fn best_value(&self) -> Option<f64> {
        let best = self.report.optimum.as_ref();
        best.map(|best| best.value * self.report.time_factor)
    }

    /// The time without pre-training, or None where it never ends.
    #[getter]
    fn value_at_zero(&self) -> Option<f64> {
        let at_zero = self
            .report
            .optimum
            .as_ref()
            .and_then(|best| best.value_at_zero);
        at_zero.map(|t| t * self.report.time_factor)
    }
}

/// The strength of pre-training with the shortest time to the exit or to learn: an :class:`Optimum`. A text alone is the
/// link. Of a history (``tasks``, ``stages`` as in :func:`train`, or ``file``) the length of the first stage with which
/// the whole is shortest, for each ``angle``: a :class:`HistoryOptimum`.
#[pyfunction]
#[pyo3(signature = (link = None, *, progress = false, threads = None, **given))]
pub fn optimum(
    py: Python<'_>,
    link: Option<&Bound<'_, PyAny>>,
    progress: bool,
    threads: Option<usize>,
    given: Option<&Bound<'_, PyDict>>,
) -> PyResult<Py<PyAny>> {
    let how = How { progress, threads };
    if let Some(found) = optimum_of_history(py, how, (link, given))? {
        return Ok(found.into_any());
    }
    let arguments = Arguments::of::<OptimumOf>("optimum")
        .first(link)?
        .with(given)?;
    let (mut study, links) = arguments.settings::<OptimumOf>()?;
    study.problem.own_links = links;
    let found = result(py, study, how, |report| Optimum { report })?;
    Ok(found.into_any())
}

/// Exit times against the dimension, and the law they follow: ``laws``, one for each pair of links.
#[pyclass(extends = Result_, frozen, module = "lorode")]
pub struct ScalingLaw {
    report: Arc<ScalingReport>,
}

#[pymethods]
impl ScalingLaw {
    /// Law, slope or exponent with its error, and what theory predicts, link by link.
    #[getter]
    fn laws(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let laws = self.report.curves.iter().map(|curve| {
            serde_json::json!({
                "teacher": curve.teacher, "student": curve.student,
                "fit": curve.fit, "predicted": curve.predicted,
            })
        });
        python(py, &serde_json::Value::Array(laws.collect()))
    }
}

/// Exit times over dimensions, and the law they follow: a :class:`ScalingLaw`. A text alone is the link.
#[pyfunction]
#[pyo3(signature = (link = None, *, progress = false, threads = None, **given))]
pub fn scaling(
    py: Python<'_>,
    link: Option<&Bound<'_, PyAny>>,
    progress: bool,
    threads: Option<usize>,
    given: Option<&Bound<'_, PyDict>>,
) -> PyResult<Py<ScalingLaw>> {
    let arguments = Arguments::of::<Scaling>("scaling")
        .first(link)?
        .with(given)?;
    let (mut study, links) = arguments.settings::<Scaling>()?;
    study.problem.own_links = links;
    result(py, study, How { progress, threads }, |report| ScalingLaw {
        report,
    })
}
