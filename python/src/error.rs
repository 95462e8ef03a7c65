//! Errors of the library as Python's exceptions.

use lorode::Error;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;

use crate::fields;

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
    let text = spelt(&error.to_string());
    match error.is_refusal() {
        true => LorodeError::new_err(text),
        false => failed(&text, None),
    }
}

/// A failure with what was finished before.
pub fn failed(text: &str, partial: Option<Py<PyAny>>) -> PyErr {
    let error = IntegrationError::new_err(text.to_owned());
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

/// Words that go on with a sentence after a flag; others are its value.
const GOING_ON: [&str; 9] = [
    "and", "or", "of", "to", "for", "may", "goes", "the", "nothing",
];

/// `--t-max` and `t-max` as `t_max`.
fn spelt(text: &str) -> String {
    let mut spelt = text.to_owned();
    for key in fields::all() {
        let (flag, name) = (key.replace('_', "-"), key.replace('-', "_"));
        for word in GOING_ON {
            spelt = spelt.replace(&format!("--{flag} {word} "), &format!("{name} {word} "));
        }
        spelt = spelt.replace(&format!("--{flag} "), &format!("{name}="));
        spelt = spelt.replace(&format!("--{flag}"), &name);
        if flag != name {
            spelt = spelt.replace(&flag, &name);
        }
    }
    spelt
}
