//! Errors of the library as Python's exceptions.

use lorode::Error;
use lorode::study::parameters::names;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;

pyo3::create_exception!(
    lorode,
    LorodeError,
    PyValueError,
    "What the caller can mend: which argument, what it was, what is allowed. `argument` is its name, or None where it is not of \
     one."
);
pyo3::create_exception!(
    lorode,
    IntegrationError,
    PyRuntimeError,
    "Work that failed on its way. `partial` is the result as far as it came, or None."
);

/// A refusal of the library, with arguments as Python spells them.
pub fn raised(error: &Error) -> PyErr {
    match error.is_refusal() {
        true => refused_of(error.argument(), error.to_string()),
        false => failed(&error.to_string(), None),
    }
}

/// A failure with what was finished before.
pub fn failed(text: &str, partial: Option<Py<PyAny>>) -> PyErr {
    with(IntegrationError::new_err(spelt(text)), "partial", partial)
}

/// An exception that holds something more.
fn with(error: PyErr, name: &str, value: impl for<'py> IntoPyObject<'py>) -> PyErr {
    let held = Python::attach(|py| error.value(py).setattr(name, value));
    held.map_or_else(|other| other, |()| error)
}

/// What the caller can mend, in words of this package.
pub fn refused(text: impl Into<String>) -> PyErr {
    refused_of(None, text)
}

/// The same of an argument.
pub fn refused_of(argument: Option<&str>, text: impl Into<String>) -> PyErr {
    let error = LorodeError::new_err(spelt(&text.into()));
    with(error, "argument", argument.map(spelling))
}

/// The key of an argument in Python.
fn spelling(key: &str) -> String {
    match key {
        // The folder of a map.
        "out" => "cache".to_owned(),
        _ => key.replace('-', "_"),
    }
}

/// Every argument of a sentence in Python's spelling: `--t-max=5` as `t_max=5`, `--t-max` and `t-max` as `t_max`.
fn spelt(text: &str) -> String {
    let names: Vec<&str> = names().collect();
    let ends = |c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_';
    let spell = |piece: &str| {
        let word = piece.trim_end_matches(ends);
        let name = word.strip_prefix("--").unwrap_or(word);
        match names.contains(&name) || word == "--out" {
            true => piece.replacen(word, &spelling(name), 1),
            false => piece.to_owned(),
        }
    };
    text.split_inclusive(ends).map(spell).collect()
}
