//! Values into Python: exact, with strings, bytes and numbers of Python's own types.
//!
//! Knows no class of the package: what is more than a plain value is made of plain ones in Python.

use crate::errors::Outcome;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString};
use wasm_sandbox_bridge::policy::{DateTime, Value};
use wasm_sandbox_bridge::refused;

/// Converts one value.
pub(crate) fn value<'py>(py: Python<'py>, given: &Value) -> Outcome<Bound<'py, PyAny>> {
    Ok(match given {
        Value::Null => py.None().into_bound(py),
        Value::Bool(truth) => PyBool::new(py, *truth).to_owned().into_any(),
        Value::Int(small) => PyInt::new(py, *small).into_any(),
        Value::BigInt(big) => big.into_pyobject(py)?.into_any(),
        Value::Float(float) => PyFloat::new(py, *float).into_any(),
        Value::String(text) => PyString::new(py, text).into_any(),
        Value::Bytes(bytes) => PyBytes::new(py, bytes).into_any(),
        Value::List(items) => list(py, items)?.into_any(),
        Value::Map(entries) => {
            let dict = PyDict::new(py);
            for (key, item) in entries {
                match key {
                    Value::String(name) => dict.set_item(PyString::new(py, name), value(py, item)?)?,
                    other => dict.set_item(value(py, other)?, value(py, item)?)?,
                }
            }
            dict.into_any()
        }
        Value::DateTime(moment) => self::moment(py, *moment)?,
    })
}

/// A list of values.
pub(crate) fn list<'py>(py: Python<'py>, values: &[Value]) -> Outcome<Bound<'py, PyList>> {
    let items = values.iter().map(|item| value(py, item)).collect::<Outcome<Vec<_>>>()?;
    Ok(PyList::new(py, items)?)
}

fn moment(py: Python<'_>, moment: DateTime) -> Outcome<Bound<'_, PyAny>> {
    static MAKE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let made = MAKE.import(py, "wasm_sandbox._rarer", "moment")?.call1((moment.micros, moment.offset_minutes));
    // Python's years are 1 to 9999.
    made.map_err(|_| refused("$", "a date-time of the guest lies outside of what Python's datetime can say").into())
}
