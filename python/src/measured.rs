//! Runs of SGD that the user measured, as a table.

use std::path::PathBuf;

use lorode::output::{Column, Table};
use lorode::study::compare::data;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::error::refused_of;

/// What data in memory is called.
const NAME: &str = "data";

/// The table of a DataFrame (pandas or polars), of a mapping of names to columns, or of a file; and what it is called.
pub fn table(given: &Bound<'_, PyAny>) -> PyResult<(String, Table)> {
    if let Ok(path) = given.extract::<PathBuf>() {
        let table = data::open(&path);
        let table = table.map_err(|error| refused_of(Some(NAME), error.to_string()))?;
        return Ok((path.display().to_string(), table));
    }
    let names = match given.getattr("columns") {
        Ok(columns) => columns,
        Err(_) => given.call_method0("keys").map_err(|_| {
            let kind = given.get_type();
            PyTypeError::new_err(format!(
                "compare(): {NAME} is a {kind}; a DataFrame, a dict of columns, or the path of a file is allowed"
            ))
        })?,
    };
    let mut table = Table::default();
    for name in names.try_iter()? {
        let name: String = name?.extract()?;
        let values = given.get_item(&name)?;
        table = table.with(column(name, &values)?);
    }
    Ok((NAME.to_owned(), table))
}

/// A column of numbers, NaN for none; of anything else the words.
fn column(name: String, values: &Bound<'_, PyAny>) -> PyResult<Column> {
    let array = values
        .py()
        .import("numpy")?
        .call_method1("asarray", (values,))?;
    let kind: String = array.getattr("dtype")?.getattr("kind")?.extract()?;
    if "iufb".contains(&kind) {
        let values: Vec<f64> = array
            .call_method1("astype", ("float64",))?
            .call_method0("tolist")?
            .extract()?;
        let values = values.into_iter().map(|x| Some(x).filter(|x| !x.is_nan()));
        let values = values.collect();
        return Ok(Column::Numbers { name, values });
    }
    let values = array
        .call_method1("astype", ("str",))?
        .call_method0("tolist")?
        .extract()?;
    Ok(Column::Text { name, values })
}
