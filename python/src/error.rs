//! Errors of the library as Python's exceptions.

use lorode::Error;
use lorode::study::parameters::names;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;

pyo3::create_exception!(
    lorode,
    LorodeError,
    PyValueError,
    "What the caller can mend: which argument, what it was, what is allowed."
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
        true => refused(error.to_string()),
        false => failed(&error.to_string(), None),
    }
}

/// A failure with what was finished before.
pub fn failed(text: &str, partial: Option<Py<PyAny>>) -> PyErr {
    let error = IntegrationError::new_err(spelt(text));
    Python::attach(|py| {
        let partial = partial.unwrap_or_else(|| py.None());
        match error.value(py).setattr("partial", partial) {
            Ok(()) => error,
            Err(other) => other,
        }
    })
}

/// What the caller can mend, in words of this package.
pub fn refused(text: impl Into<String>) -> PyErr {
    LorodeError::new_err(spelt(&text.into()))
}

/// Every argument of a sentence in Python's spelling: `--t-max=5` as `t_max=5`, `--t-max` and `t-max` as `t_max`.
fn spelt(text: &str) -> String {
    let names: Vec<&str> = names().collect();
    let ends = |c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_';
    let spell = |piece: &str| {
        let word = piece.trim_end_matches(ends);
        let name = word.strip_prefix("--").unwrap_or(word);
        // The folder of a map.
        if word == "--out" {
            return piece.replacen(word, "cache", 1);
        }
        match names.contains(&name) {
            true => piece.replacen(word, &name.replace('-', "_"), 1),
            false => piece.to_owned(),
        }
    };
    text.split_inclusive(ends).map(spell).collect()
}
