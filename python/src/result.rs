//! What every result can do: columns, words, pictures, files.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use lorode::output::{Figure, Table};
use lorode::prelude::Report;
use pyo3::exceptions::{PyAttributeError, PyKeyError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use serde_json::Value;

use crate::arrays;
use crate::error::{failed, refused, refused_of};

/// A result: its columns as read-only arrays under their names, its summary, its figure, how it was made.
///
/// Results of all studies are of this class. ``result.mu`` and ``result["mu"]`` are the column ``mu`` of the table that
/// the command line writes; ``result.keys()`` names all of them; docs/files.md says what each means. In a notebook a result
/// shows its figure and its summary.
///
/// >>> run = lo.Problem(link="erf", mu=0.5).solve()
/// >>> isinstance(run, lo.Result), run.complete, run.command
/// (True, True, 'lorode solve --link erf --mu 0.5')
#[pyclass(subclass, frozen, name = "Result", module = "lorode")]
pub struct Result_ {
    report: Arc<dyn Shown>,
    table: OnceLock<Table>,
    arrays: Py<PyDict>,
}

/// A report that threads share.
pub trait Shown: Report + Send + Sync {}
impl<R: Report + Send + Sync> Shown for R {}

impl Result_ {
    pub fn new(py: Python<'_>, report: Arc<dyn Shown>) -> Self {
        Self {
            report,
            table: OnceLock::new(),
            arrays: PyDict::new(py).unbind(),
        }
    }

    pub fn table(&self) -> &Table {
        self.table.get_or_init(|| self.report.table())
    }

    /// A column as an array, made when it is first asked for.
    fn column(&self, py: Python<'_>, name: &str) -> PyResult<Option<Py<PyAny>>> {
        let arrays = self.arrays.bind(py);
        if let Some(array) = arrays.get_item(name)? {
            return Ok(Some(array.unbind()));
        }
        let Some(column) = arrays::named(self.table(), name) else {
            return Ok(None);
        };
        let array = arrays::column(py, column)?;
        arrays.set_item(name, &array)?;
        Ok(Some(array))
    }
}

/// A figure in a format: a text for "svg", bytes for "png" and "pdf".
pub fn drawn<'py>(
    py: Python<'py>,
    figure: Option<&Figure>,
    format: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let figure = figure.ok_or_else(|| refused("this result has no figure"))?;
    let bytes = match format {
        "svg" => {
            let text = py.detach(|| figure.to_svg());
            let text = text.map_err(|error| failed(&error.to_string(), None))?;
            return Ok(text.into_pyobject(py)?.into_any());
        }
        "png" => py.detach(|| figure.to_png()),
        "pdf" => py.detach(|| figure.to_pdf()),
        other => {
            let why = format!("format = '{other}' is not allowed: svg, png or pdf");
            return Err(refused_of(Some("format"), why));
        }
    };
    let bytes = bytes.map_err(|error| failed(&error.to_string(), None))?;
    Ok(PyBytes::new(py, &bytes).into_any())
}

#[pymethods]
impl Result_ {
    /// Whether this is the whole answer.
    #[getter]
    fn complete(&self) -> bool {
        self.report.incomplete().is_none()
    }

    /// Why it is not the whole answer, or None.
    #[getter]
    fn why(&self) -> Option<String> {
        self.report.incomplete()
    }

    /// A few lines to read: what the command line prints.
    #[getter]
    fn summary(&self) -> String {
        self.report.summary()
    }

    /// What the reader must know before using the numbers, and points that failed.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        let mut all = self.report.warnings();
        all.extend(self.report.failures());
        all
    }

    /// How it was made: command, version, parameters.
    #[getter]
    fn metadata(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        python(py, &self.table().metadata)
    }

    /// The command that repeats it.
    #[getter]
    fn command(&self) -> String {
        let command = self.table().metadata["command"].as_str();
        command.unwrap_or_default().to_owned()
    }

    /// Everything that is known, as the command line's JSON says it.
    fn to_dict(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        python(py, &self.report.json())
    }

    /// Names of the columns.
    fn keys(&self) -> Vec<String> {
        let columns = self.table().columns.iter();
        columns.map(|column| column.name().to_owned()).collect()
    }

    /// Words, symbol and unit of a column, as the figures of the command line have them on an axis.
    ///
    /// >>> lo.Problem(link="erf", mu=0.5).solve().label("m")
    /// 'student–teacher overlap m'
    fn label(&self, name: &str) -> String {
        lorode::study::plot::label(self.table(), name)
    }

    /// The columns as a pandas.DataFrame, how it was made in its ``attrs``.
    fn to_pandas<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let data = PyDict::new(py);
        for name in self.keys() {
            data.set_item(&name, self.column(py, &name)?)?;
        }
        let frame = optional(py, "pandas")?.call_method1("DataFrame", (data,))?;
        frame
            .getattr("attrs")?
            .call_method1("update", (self.metadata(py)?,))?;
        Ok(frame)
    }

    /// The figure of the command line: a text for "svg", bytes for "png" and "pdf". Raises :class:`LorodeError` for a result that
    /// has none.
    ///
    /// >>> lo.Problem(link="erf", mu=0.5).solve().figure()[:4]
    /// '<svg'
    #[pyo3(signature = (format = "svg"))]
    fn figure<'py>(&self, py: Python<'py>, format: &str) -> PyResult<Bound<'py, PyAny>> {
        let figure = py.detach(|| self.report.figure());
        drawn(py, figure.as_ref(), format)
    }

    /// Writes the file of the command line: json, csv, npz, parquet, svg, png or pdf by its ending; a result of the same
    /// problem that is there is replaced, one of another problem with ``force=True``, and a file that lorode did not make never.
    /// Raises :class:`LorodeError` for these, for another ending, and for a place that cannot be written.
    ///
    /// >>> p = lo.Problem(link="erf", mu=0.5)
    /// >>> p.solve().save("half.csv")
    /// >>> p.solve(mu=0.6).save("half.csv", force=True)
    #[pyo3(signature = (path, *, force = false))]
    fn save(&self, py: Python<'_>, path: PathBuf, force: bool) -> PyResult<()> {
        let saved = py.detach(|| lorode::study::save(&*self.report, &path, force));
        saved.map_err(|error| refused_of(Some("path"), error.to_string()))
    }

    fn __contains__(&self, name: &Bound<'_, PyAny>) -> bool {
        let name: Option<String> = name.extract().ok();
        name.is_some_and(|name| arrays::named(self.table(), &name).is_some())
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<()> {
        let class = slf.get_type().name()?;
        Err(PyTypeError::new_err(format!(
            "{class} does not pickle: give back its arrays or to_pandas(), or save it and lorode.load it"
        )))
    }

    fn __getitem__(&self, py: Python<'_>, name: &str) -> PyResult<Py<PyAny>> {
        let known = || PyKeyError::new_err(format!("{name}: the columns are {:?}", self.keys()));
        self.column(py, name)?.ok_or_else(known)
    }

    fn __getattr__(&self, py: Python<'_>, name: &str) -> PyResult<Py<PyAny>> {
        let unknown = || PyAttributeError::new_err(format!("no attribute or column {name}"));
        if name.starts_with('_') {
            return Err(unknown());
        }
        self.column(py, name)?.ok_or_else(unknown)
    }

    fn __dir__(slf: &Bound<'_, Self>) -> PyResult<Vec<String>> {
        let kind = slf.get_type();
        let mut names: Vec<String> = kind
            .call_method1("__dir__", (slf,))
            .and_then(|d| d.extract())
            .or_else(|_| {
                slf.py()
                    .import("builtins")?
                    .call_method1("dir", (kind,))?
                    .extract()
            })?;
        names.extend(slf.get().keys());
        Ok(names)
    }

    fn __repr__(&self) -> String {
        self.report.summary().trim_end().to_owned()
    }

    /// The figure above the summary, in a notebook.
    fn _repr_html_(&self, py: Python<'_>) -> PyResult<String> {
        let figure = py.detach(|| self.report.figure());
        let figure = match &figure {
            Some(_) => drawn(py, figure.as_ref(), "svg")?.extract()?,
            None => String::new(),
        };
        let html = py.import("html")?;
        let text: String = html.call_method1("escape", (self.__repr__(),))?.extract()?;
        Ok(format!("<div>{figure}</div><pre>{text}</pre>"))
    }
}

/// An optional package, asked for by name when it is missing.
pub fn optional<'py>(py: Python<'py>, package: &str) -> PyResult<Bound<'py, PyModule>> {
    py.import(package).map_err(|_| {
        pyo3::exceptions::PyImportError::new_err(format!(
            "this needs {package}, which is not installed: pip install {package}"
        ))
    })
}

/// Plain data as Python's.
pub fn python(py: Python<'_>, value: &Value) -> PyResult<Py<PyAny>> {
    Ok(match value {
        Value::Null => py.None(),
        Value::Bool(flag) => flag.into_pyobject(py)?.to_owned().into_any().unbind(),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(whole), _) => whole.into_pyobject(py)?.into_any().unbind(),
            (_, Some(whole)) => whole.into_pyobject(py)?.into_any().unbind(),
            _ => number.as_f64().into_pyobject(py)?.into_any().unbind(),
        },
        Value::String(text) => text.into_pyobject(py)?.into_any().unbind(),
        Value::Array(items) => {
            let items = items.iter().map(|item| python(py, item));
            let items = items.collect::<PyResult<Vec<_>>>()?;
            items.into_pyobject(py)?.into_any().unbind()
        }
        Value::Object(map) => {
            let dict = PyDict::new(py);
            for (key, value) in map {
                dict.set_item(key, python(py, value)?)?;
            }
            dict.into_any().unbind()
        }
    })
}
