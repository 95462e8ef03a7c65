//! Saved results drawn again, alone or together.

use std::path::PathBuf;

use lorode::output::{Figure, FileFormat, write_atomically};
use lorode::study::plot::{Choice, Plot};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use crate::arguments::Arguments;
use crate::error::{failed, raised, refused_of};
use crate::result::drawn;
use crate::saved::Saved;

/// A figure of saved results, of :func:`draw`. In a notebook it shows itself.
///
/// >>> lo.Problem(link="erf", mu=0.5).solve().save("run.json")
/// >>> figure = lo.draw("run.json", y="m")
/// >>> figure.save("run.png")
/// >>> figure.figure("pdf")[:4]
/// b'%PDF'
#[pyclass(frozen, module = "lorode")]
pub struct Drawing {
    figure: Figure,
    command: String,
}

#[pymethods]
impl Drawing {
    /// The command that draws it.
    #[getter]
    fn command(&self) -> &str {
        &self.command
    }

    /// The figure: a text for "svg", bytes for "png" and "pdf".
    #[pyo3(signature = (format = "svg"))]
    fn figure<'py>(&self, py: Python<'py>, format: &str) -> PyResult<Bound<'py, PyAny>> {
        drawn(py, Some(&self.figure), format)
    }

    /// Writes it: svg, png or pdf by the ending; a file that is there is replaced.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let ending = path.extension().and_then(|ending| ending.to_str());
        let format: Option<FileFormat> = ending.and_then(|ending| ending.parse().ok());
        py.detach(|| {
            let bytes = format.map(|format| self.figure.encode(format)).transpose();
            let bytes = bytes.map_err(|error| failed(&error.to_string(), None))?;
            let bytes = bytes.flatten().ok_or_else(|| {
                let path = path.display();
                let why = format!("'{path}' is no figure: svg, png or pdf are allowed");
                refused_of(Some("path"), why)
            })?;
            let written = write_atomically(&path, &bytes);
            written.map_err(|error| refused_of(Some("path"), error.to_string()))
        })
    }

    fn _repr_html_(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(self.figure(py, "svg")?.unbind())
    }

    fn __repr__(&self) -> String {
        format!("<{}>", self.command)
    }
}

/// Draws saved results again, as ``lorode plot``: a :class:`Drawing`. One result as its study drew it, several in the same
/// panels.
///
/// ``results`` are paths, or what :func:`load` gave; ``x`` a column, ``y`` one or several with a panel each, ``cut`` rows with
/// these values of a column ("angle=0,30"), ``label`` a name in the legend for each result. Raises :class:`LorodeError` for files that are not lorode's,
/// columns that are not there, and results that have no panel in common.
///
/// >>> for link in ["erf", "he3"]:
/// ...     lo.search(link=link, mu="0.1:0.9:9", what="tau").save(f"{link}.json")
/// >>> both = lo.draw("erf.json", "he3.json", label=["erf", "He3"])
/// >>> both.command, both.figure()[:4]
/// ('lorode plot erf.json he3.json --label erf --label He3', '<svg')
#[pyfunction]
#[pyo3(signature = (*results, **given))]
pub fn draw(
    py: Python<'_>,
    results: &Bound<'_, PyTuple>,
    given: Option<&Bound<'_, PyDict>>,
) -> PyResult<Drawing> {
    let mut arguments = Arguments::of::<Choice>("draw");
    for (name, value) in given.into_iter().flatten() {
        let name: String = name.extract()?;
        // One alone stands for a list of one, where the command takes several.
        match value.is_instance_of::<PyString>() && name != "x" {
            true => arguments.put(&name, PyList::new(py, [value])?.as_any())?,
            false => arguments.put(&name, &value)?,
        }
    }
    let (choice, _) = arguments.settings()?;
    let mut plot = Plot {
        choice,
        ..Plot::default()
    };
    for one in results {
        if let Ok(saved) = one.cast::<Saved>() {
            plot.results.push(saved.get().named());
            continue;
        }
        let path: PathBuf = one.extract()?;
        let mut read = py
            .detach(|| Plot::open(&[path]))
            .map_err(|error| raised(&error))?;
        plot.results.append(&mut read.results);
    }
    let figure = py
        .detach(|| plot.figure())
        .map_err(|error| raised(&error))?;
    let command = plot.command();
    Ok(Drawing { figure, command })
}

/// How the values of an axis of this name are spaced: "linear", "log" or "gap".
#[pyfunction]
pub fn _spacing(name: &str, values: Vec<f64>) -> &'static str {
    lorode::study::plot::spacing(name, &values)
}

/// The scale that shows numbers best: "linear" or "log".
#[pyfunction]
pub fn _scale(values: Vec<f64>) -> &'static str {
    lorode::study::plot::scale(&values)
}
