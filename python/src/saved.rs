//! Results in files.

use std::path::PathBuf;
use std::sync::Arc;

use lorode::prelude::Saved as Read;
use pyo3::prelude::*;

use crate::error::refused_of;
use crate::result::{Result_, python};

/// A result that was saved, by the command line or by ``save``: its columns, its figure, how it was made.
///
/// >>> lo.search(links="he3", mu=[0.2, 0.5], what="tau").save("search.json")
/// >>> again = lo.load("search.json")
/// >>> again.study, again.keys()[:3], again.parameters["dim"]
/// ('search', ['teacher', 'student', 'mu'], 1000)
#[pyclass(extends = Result_, frozen, module = "lorode")]
pub struct Saved {
    saved: Arc<Read>,
    path: PathBuf,
}

impl Saved {
    /// The result, and the name of its file.
    pub fn named(&self) -> (String, Read) {
        (self.path.display().to_string(), (*self.saved).clone())
    }
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

/// Reads a result from JSON, NPZ, Parquet or CSV, as its ending says: a :class:`Saved`. Raises :class:`LorodeError` for a file
/// that is not lorode's, not whole, or of version 0.1.
///
/// >>> run = lo.Problem(link="erf", mu=0.5).solve()
/// >>> run.save("run.npz")
/// >>> bool(np.all(lo.load("run.npz").m == run.m))
/// True
#[pyfunction]
pub fn load(py: Python<'_>, path: PathBuf) -> PyResult<Py<Saved>> {
    let read = py.detach(|| Read::open(&path));
    let read = read.map_err(|error| refused_of(Some("path"), error.to_string()));
    let saved = Arc::new(read?);
    let base = Result_::new(py, saved.clone());
    Py::new(py, (Saved { saved, path }, base))
}
