//! Results in files.

use std::path::PathBuf;
use std::sync::Arc;

use lorode::prelude::Saved as Read;
use pyo3::prelude::*;

use crate::error::refused;
use crate::result::{Result_, python};

/// A result that was saved, by the command line or by ``save``: its columns, its figure, how it was made.
#[pyclass(extends = Result_, frozen, module = "lorode")]
pub struct Saved {
    saved: Arc<Read>,
}

#[pymethods]
impl Saved {
    /// The study that made it: "search", "solve", ...
    #[getter]
    fn study(&self) -> &str {
        &self.saved.study
    }

    /// The version of lorode that made it.
    #[getter]
    fn version(&self) -> &str {
        &self.saved.version
    }

    /// All parameters as they were in force, defaults among them.
    #[getter]
    fn parameters(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        python(py, &self.saved.parameters.clone().into())
    }
}

/// Reads a result from JSON, NPZ, Parquet or CSV, as its ending says: a :class:`Saved`.
#[pyfunction]
pub fn load(py: Python<'_>, path: PathBuf) -> PyResult<Py<Saved>> {
    let read = py.detach(|| Read::open(&path));
    let saved = Arc::new(read.map_err(|error| refused(error.to_string()))?);
    let base = Result_::new(py, saved.clone());
    Py::new(py, (Saved { saved }, base))
}
