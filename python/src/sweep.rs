//! Search times over strengths.

use std::sync::Arc;

use lorode::prelude::Search;
use lorode::study::search::SearchReport;
use pyo3::exceptions::{PyAttributeError, PyKeyError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arguments::Arguments;
use crate::arrays::{column, floats, named, shaped};
use crate::problem::Problem;
use crate::result::{Result_, optional, python};
use crate::run::{How, result};

/// Search times and exit times, of :func:`search`: float64 arrays of shape (link, mu), or (link, mu, other) with a grid in one
/// more number.
///
/// ``ds.tau``, ``ds.exit_time``, ``ds.gradient_norm``, …: NaN where there is none. ``ds.link``, ``ds.mu`` and the other
/// number are the coordinates; ``ds.critical`` are the strengths at which the gradient vanishes, link by link. Times are in
/// the unit asked for, t = lr * steps by default.
///
/// >>> ds = lo.search(links=["erf", "he3"], mu=[0.2, 0.5, 0.8], angle=[0, 10], what="tau")
/// >>> ds.tau.shape, ds.link, ds.mu, ds.angle
/// ((2, 3, 2), ['erf', 'he3'], array([0.2, 0.5, 0.8]), array([ 0., 10.]))
#[pyclass(extends = Result_, frozen, module = "lorode")]
pub struct SearchTimes {
    report: Arc<SearchReport>,
    arrays: Py<PyDict>,
}

/// Search time tau and exit times over a grid of strengths ``mu`` in [0, 1), for links and, if one more number has a grid,
/// each of its values: a :class:`SearchTimes`.
///
/// ``links`` is a name, a :class:`Link` or several, ``what`` "tau", "exit" (exit times without outcomes and laws, faster) or
/// "exit_time" (all, the default); the others are those of a :class:`Problem`, or a problem comes first, and ``rtol``,
/// ``atol``, ``method``, ``max_steps``. Raises :class:`LorodeError` for what is refused; a run that fails leaves NaN and a word in ``warnings``.
///
/// >>> ds = lo.search(links="he3", mu=lo.grid.linear(0.2, 0.8, 4), what="tau")
/// >>> [round(one["mu"], 6) for one in ds.critical[0]["critical_strengths"]]
/// [0.320724]
#[pyfunction]
#[pyo3(signature = (problem = None, *, progress = false, threads = None, **given))]
pub fn search(
    py: Python<'_>,
    problem: Option<&Problem>,
    progress: bool,
    threads: Option<isize>,
    given: Option<&Bound<'_, PyDict>>,
) -> PyResult<Py<SearchTimes>> {
    let arguments = Arguments::of::<Search>("search")
        .after(problem)
        .with(given)?;
    let (mut study, links) = arguments.settings::<Search>()?;
    links.place(&mut study.problem);
    let arrays = PyDict::new(py).unbind();
    result(py, study, How { progress, threads }, |report| SearchTimes {
        report,
        arrays,
    })
}

impl SearchTimes {
    /// The number beside mu that has a grid, and its values.
    fn other(&self) -> Option<(&str, Vec<f64>)> {
        let curves = &self.report.curves;
        let key = &curves.first()?.also.as_ref()?.key;
        let mut values: Vec<f64> = Vec::new();
        for also in curves.iter().filter_map(|curve| curve.also.as_ref()) {
            if !values.contains(&also.value) {
                values.push(also.value);
            }
        }
        Some((key, values))
    }

    /// Pairs of links, strengths, values of the other number.
    fn shape(&self) -> (usize, usize, usize) {
        let others = self.other().map_or(1, |(_, values)| values.len());
        let curves = self.report.curves.len();
        let strengths = self
            .report
            .curves
            .first()
            .map_or(0, |curve| curve.points.len());
        (curves / others.max(1), strengths, others)
    }

    fn pairs(&self) -> Vec<String> {
        let (_, _, others) = self.shape();
        let first = self.report.curves.iter().step_by(others.max(1));
        first
            .map(|curve| lorode::model::pair_label(&curve.teacher, &curve.student))
            .collect()
    }

    fn make(slf: &Bound<'_, Self>, name: &str) -> PyResult<Option<Py<PyAny>>> {
        let (py, own) = (slf.py(), slf.get());
        if name == "mu" {
            let points = own.report.curves.first().map(|curve| &curve.points);
            let strengths = points.into_iter().flatten().filter_map(|point| point.mu);
            return Ok(Some(floats(py, strengths.collect())));
        }
        if let Some((key, values)) = own.other()
            && key.replace('-', "_") == name
        {
            return Ok(Some(floats(py, values)));
        }
        let table = slf.as_super().get().table();
        let Some(found) = named(table, name) else {
            return Ok(None);
        };
        let (pairs, strengths, others) = own.shape();
        let flat = column(py, found)?;
        if own.other().is_none() {
            return shaped(py, flat, &[pairs, strengths]).map(Some);
        }
        // The table has the points curve by curve.
        let array = shaped(py, flat, &[pairs, others, strengths])?;
        let array = array.bind(py).call_method1("swapaxes", (1, 2))?;
        Ok(Some(array.unbind()))
    }

    fn get(slf: &Bound<'_, Self>, name: &str) -> PyResult<Option<Py<PyAny>>> {
        let arrays = slf.get().arrays.bind(slf.py());
        if let Some(array) = arrays.get_item(name)? {
            return Ok(Some(array.unbind()));
        }
        let made = Self::make(slf, name)?;
        if let Some(array) = &made {
            arrays.set_item(name, array)?;
        }
        Ok(made)
    }
}

#[pymethods]
impl SearchTimes {
    /// The pairs of links, in words.
    #[getter]
    fn link(&self) -> Vec<String> {
        self.pairs()
    }

    /// Critical strengths of each curve: a list of dicts (teacher, student, the other number, critical_strengths).
    #[getter]
    fn critical(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let curves: Vec<_> = self
            .report
            .curves
            .iter()
            .map(|curve| {
                let mut value = serde_json::to_value(curve).unwrap_or_default();
                if let Some(map) = value.as_object_mut() {
                    map.remove("points");
                }
                value
            })
            .collect();
        python(py, &serde_json::Value::Array(curves))
    }

    fn __getattr__(slf: &Bound<'_, Self>, name: &str) -> PyResult<Py<PyAny>> {
        let unknown = || PyAttributeError::new_err(format!("no attribute or column {name}"));
        if name.starts_with('_') {
            return Err(unknown());
        }
        Self::get(slf, name)?.ok_or_else(unknown)
    }

    fn __getitem__(slf: &Bound<'_, Self>, name: &str) -> PyResult<Py<PyAny>> {
        let unknown = || PyKeyError::new_err(format!("no column {name}"));
        Self::get(slf, name)?.ok_or_else(unknown)
    }

    /// The numbers as an xarray.Dataset with the coordinates link, mu and the other number.
    fn to_xarray<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let xarray = optional(py, "xarray")?;
        let own = slf.get();
        let mut names = vec!["link".to_owned(), "mu".to_owned()];
        names.extend(own.other().map(|(key, _)| key.replace('-', "_")));
        let coordinates = PyDict::new(py);
        coordinates.set_item("link", own.pairs())?;
        for name in &names[1..] {
            coordinates.set_item(name, Self::get(slf, name)?)?;
        }
        let data = PyDict::new(py);
        for column in &slf.as_super().get().table().columns {
            let name = column.name();
            let is_text = matches!(column, lorode::output::Column::Text { .. });
            if names.iter().any(|known| known == name) || (is_text && name != "outcome") {
                continue;
            }
            data.set_item(name, (names.clone(), Self::get(slf, name)?))?;
        }
        let options = PyDict::new(py);
        options.set_item("coords", coordinates)?;
        let metadata = &slf.as_super().get().table().metadata;
        options.set_item("attrs", python(py, metadata)?)?;
        xarray.getattr("Dataset")?.call((data,), Some(&options))
    }
}
