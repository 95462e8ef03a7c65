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
use crate::error::{raised, refused, refused_of};
use crate::history::optimum_of_history;
use crate::problem::Problem;
use crate::result::{Result_, python};
use crate::run::{How, result};

/// A grid of values as the library writes it. ``numpy.asarray(grid)`` are its values, ``str(grid)`` its text.
///
/// >>> str(lo.grid.log(10, 1000, 3))
/// 'log:10:1000:3'
/// >>> np.asarray(lo.grid.log(10, 1000, 3))
/// array([  10.,  100., 1000.])
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

    /// Itself: a grid never changes.
    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    /// Itself: a grid never changes.
    fn __deepcopy__(slf: Py<Self>, memo: &Bound<'_, PyAny>) -> Py<Self> {
        let _none_inside = memo;
        slf
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
            let why = format!("kind = '{other}' is not allowed: linear, log or gap");
            return Err(refused_of(Some("kind"), why));
        }
    };
    let text = format!("{kind}{start}:{stop}:{count}");
    let checked: Result<Grid, _> = text.parse();
    checked.map_err(|error: lorode::problem::GridError| raised(&error.into()))?;
    Ok(GridText { text })
}

/// An axis of a phase diagram: a :class:`Grid` with a name. The name is that of a parameter or of a letter in the links;
/// ``start``, ``stop`` and ``count`` are spaced as ``kind`` says ("linear", "log" or "gap"), or values or a grid stand alone.
///
/// >>> print(lo.axis("mu", 0.02, 0.98, 120), lo.axis("dim", [100, 1000]))
/// mu=0.02:0.98:120 dim=100,1000
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

/// A phase diagram, of :func:`phase`: ``values``, float64 of shape (x,), (y, x) or (z, y, x), NaN where there is none;
/// ``outcomes`` alike; ``coordinates`` by axis; ``boundaries``. Columns, a row for each cell with x running fastest, as
/// attributes.
///
/// >>> dia = lo.phase(link="erf", x=lo.axis("mu", 0.2, 0.8, 3), y=lo.axis("angle", [0, 30]), value="tau")
/// >>> dia.values.shape, list(dia.coordinates)
/// ((2, 3), ['mu', 'angle'])
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

    /// Words, symbol and unit of an axis or of a column, as the figures of the command line have them.
    fn label(slf: &Bound<'_, Self>, name: &str) -> String {
        let mut axes = slf.get().report.map.axes().iter();
        let axis = axes.find(|axis| axis.name() == name);
        axis.map_or_else(
            || lorode::study::plot::label(slf.as_super().get().table(), name),
            |axis| axis.label(),
        )
    }

    /// Lines on the map: critical strengths, the border of learning, ratio one.
    #[getter]
    fn boundaries(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let all = serde_json::to_value(&self.report.boundaries);
        python(py, &all.map_err(|error| refused(error.to_string()))?)
    }
}

/// One value of a problem over one, two or three of its parameters: a :class:`Diagram`.
///
/// ``x``, ``y``, ``z`` are axes (:func:`axis`), ``value`` what is shown ("tau", "exit_time", "outcome", ...: see
/// ``lorode phase --help``), ``cache`` a folder that keeps the cells, ``refine=True`` solves only near boundaries; the others
/// are those of a :class:`Problem`, or a problem comes first, whose own value of an axis then does not count, and ``rtol``,
/// ``atol``, ``method``, ``max_steps``. Raises
/// :class:`LorodeError` for what is refused. A cell that fails is one without a value.
///
/// >>> lo.phase(lo.Problem(link="erf", mu=0.5), x=lo.axis("angle", [0, 30]), value="tau").values.round(6)
/// array([45.594172,  9.486574])
#[pyfunction]
#[pyo3(signature = (problem = None, *, progress = false, threads = None, **given))]
pub fn phase(
    py: Python<'_>,
    problem: Option<&Problem>,
    progress: bool,
    threads: Option<isize>,
    given: Option<&Bound<'_, PyDict>>,
) -> PyResult<Py<Diagram>> {
    let mut arguments = Arguments::of::<Phase>("phase");
    if let Some(problem) = problem {
        let options = problem.options_without(py, &axis_names(given)?)?;
        arguments = arguments.with_options(&options);
    }
    let (mut study, links) = arguments.with(given)?.settings::<Phase>()?;
    links.place(&mut study.problem);
    result(py, study, How { progress, threads }, |report| Diagram {
        report,
    })
}

/// The arguments that the axes among these stand for.
fn axis_names(given: Option<&Bound<'_, PyDict>>) -> PyResult<Vec<String>> {
    let mut names = Vec::new();
    for key in ["x", "y", "z"] {
        if let Some(axis) = given
            .map(|given| given.get_item(key))
            .transpose()?
            .flatten()
        {
            let text = axis.str()?.to_string();
            names.extend(text.split_once('=').map(|(name, _)| name.replace('-', "_")));
        }
    }
    Ok(names)
}

/// The best strength, of :func:`optimum`: ``best_mu``, ``best_value``, ``value_at_zero``; the columns ``mu`` and ``value`` are
/// those of the strengths that were tried.
///
/// >>> best = lo.optimum("he1+he3", goal="exit")
/// >>> round(best.best_mu, 6), best.best_value < best.value_at_zero
/// (0.680847, True)
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

/// The strength of pre-training in [0, 1) with the shortest time: an :class:`Optimum`. A text alone is the link.
///
/// ``goal`` is "exit" or "learn"; with ``pretrain_link`` the source task's training counts too, and ``angle`` is that of
/// source and target. The others are those of a :class:`Problem`, but for its strength. Of a history (``tasks``, ``stages`` as in :func:`train`, of networks too, or ``file``) the length of the
/// first stage with which the whole is shortest, for each ``angle`` in degrees: a :class:`HistoryOptimum`. Raises
/// :class:`LorodeError` for what is refused, :class:`IntegrationError` where a run fails.
///
/// >>> lo.optimum("erf", goal="exit").best_mu
/// 0.0
#[pyfunction]
#[pyo3(signature = (link = None, *, progress = false, threads = None, **given))]
pub fn optimum(
    py: Python<'_>,
    link: Option<&Bound<'_, PyAny>>,
    progress: bool,
    threads: Option<isize>,
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
    links.place(&mut study.problem);
    let found = result(py, study, how, |report| Optimum { report })?;
    Ok(found.into_any())
}

/// Exit times against the dimension, of :func:`scaling`: ``laws``, one for each pair of links; the columns (``dim``,
/// ``exit_time``, ...), a row for each dimension, are attributes.
///
/// >>> law = lo.scaling("he4", mu=0, u0_exponent=2)
/// >>> law.laws[0]["fit"]["law"], law.dim.shape
/// ('power', (21,))
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
///
/// ``dims`` are the dimensions, a grid or six numbers at least, ``u0_exponent=X`` starts each run from u = dim^-X; the others are those of
/// a :class:`Problem`, and ``rtol``, ``atol``, ``method``, ``max_steps``. Raises :class:`LorodeError` for what is refused.
///
/// >>> lo.scaling("erf", mu=0).laws[0]["fit"]["law"]
/// 'logarithmic'
#[pyfunction]
#[pyo3(signature = (link = None, *, progress = false, threads = None, **given))]
pub fn scaling(
    py: Python<'_>,
    link: Option<&Bound<'_, PyAny>>,
    progress: bool,
    threads: Option<isize>,
    given: Option<&Bound<'_, PyDict>>,
) -> PyResult<Py<ScalingLaw>> {
    let arguments = Arguments::of::<Scaling>("scaling")
        .first(link)?
        .with(given)?;
    let (mut study, links) = arguments.settings::<Scaling>()?;
    links.place(&mut study.problem);
    result(py, study, How { progress, threads }, |report| ScalingLaw {
        report,
    })
}
