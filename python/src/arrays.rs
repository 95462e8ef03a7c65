//! Columns as arrays of numpy: made once, read-only.

use lorode::output::{Column, Table};
use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::IntoPyDict;

/// Numbers that nobody writes into.
pub fn floats(py: Python<'_>, values: Vec<f64>) -> Py<PyAny> {
    frozen(PyArray1::from_vec(py, values))
}

/// Whole numbers that nobody writes into.
pub fn wholes(py: Python<'_>, values: Vec<u64>) -> Py<PyAny> {
    frozen(PyArray1::from_vec(py, values))
}

fn frozen<T: numpy::Element>(array: Bound<'_, PyArray1<T>>) -> Py<PyAny> {
    // A new array has no other reader, so that this cannot be refused.
    if let Ok(array) = array.try_readwrite() {
        array.make_nonwriteable();
    }
    array.into_any().unbind()
}

/// Missing numbers are NaN.
pub fn or_nan(values: impl IntoIterator<Item = Option<f64>>) -> Vec<f64> {
    values.into_iter().map(|x| x.unwrap_or(f64::NAN)).collect()
}

/// A column as an array: floats with NaN where none is, whole numbers (masked where one is missing), truths, or texts.
pub fn column(py: Python<'_>, column: &Column) -> PyResult<Py<PyAny>> {
    match column {
        Column::Numbers { values, .. } => Ok(floats(py, or_nan(values.iter().copied()))),
        Column::Whole { values, .. } if values.iter().any(Option::is_none) => masked(py, values),
        Column::Whole { values, .. } => Ok(wholes(py, values.iter().flatten().copied().collect())),
        Column::Truths { values, .. } => Ok(frozen(PyArray1::from_slice(py, values))),
        Column::Text { values, .. } => {
            let array = py
                .import("numpy")?
                .call_method1("array", (values.clone(),))?;
            array.getattr("flags")?.setattr("writeable", false)?;
            Ok(array.unbind())
        }
    }
}

/// Whole numbers as a masked array.
pub fn masked(py: Python<'_>, values: &[Option<u64>]) -> PyResult<Py<PyAny>> {
    let data = wholes(py, values.iter().map(|x| x.unwrap_or(0)).collect());
    let mask: Vec<bool> = values.iter().map(Option::is_none).collect();
    let make = py.import("numpy.ma")?.getattr("array")?;
    let options = [("mask", frozen(PyArray1::from_vec(py, mask)))].into_py_dict(py)?;
    Ok(make.call((data,), Some(&options))?.unbind())
}

/// What is masked in any of these, in the shape to which they broadcast; `None` where nothing has a mask.
pub fn mask_of<'py>(all: &[&Bound<'py, PyAny>]) -> PyResult<Option<Bound<'py, PyAny>>> {
    let mut mask: Option<Bound<'py, PyAny>> = None;
    for one in all {
        let numpy = one.py().import("numpy")?;
        let ma = numpy.getattr("ma")?;
        let own = ma.call_method1("getmask", (one,))?;
        if own.is(&ma.getattr("nomask")?) {
            continue;
        }
        mask = Some(match mask {
            Some(mask) => numpy.call_method1("logical_or", (mask, own))?,
            None => own,
        });
    }
    Ok(mask)
}

/// An array under a mask, if there is one.
pub fn under_mask<'py>(
    array: Bound<'py, PyAny>,
    mask: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let Some(mask) = mask else {
        return Ok(array);
    };
    // A mask of its own: that of the argument stays as it is when the result is written to.
    let options = [("mask", mask.call_method0("copy")?)].into_py_dict(array.py())?;
    let make = array.py().import("numpy.ma")?.getattr("array")?;
    make.call((array,), Some(&options))
}

/// The column of this name.
pub fn named<'a>(table: &'a Table, name: &str) -> Option<&'a Column> {
    table.columns.iter().find(|column| column.name() == name)
}

/// An array in another shape.
pub fn shaped(py: Python<'_>, array: Py<PyAny>, shape: &[usize]) -> PyResult<Py<PyAny>> {
    let array = array.bind(py).call_method1("reshape", (shape.to_vec(),))?;
    array.getattr("flags")?.setattr("writeable", false)?;
    Ok(array.unbind())
}
