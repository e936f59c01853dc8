//! Errors of the bridge as Python's exceptions.
//!
//! The classes are Python's; here is only the way to the one function that makes an exception of an error document.

use crate::to_py;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use wasm_sandbox_bridge::error_value;
use wasm_sandbox_bridge::policy::{Error, ErrorCode};

/// What conversions and calls fail with: an error of ours, or what code of the caller raised.
pub(crate) enum Thrown {
    Error(Box<Error>),
    Python(PyErr),
}

pub(crate) type Outcome<T> = Result<T, Thrown>;

impl From<Error> for Thrown {
    fn from(error: Error) -> Thrown {
        Thrown::Error(Box::new(error))
    }
}

impl From<PyErr> for Thrown {
    fn from(error: PyErr) -> Thrown {
        Thrown::Python(error)
    }
}

impl Thrown {
    /// The exception that is raised.
    pub(crate) fn into_exception(self, py: Python<'_>) -> PyErr {
        match self {
            Thrown::Error(error) => exception(py, &error),
            Thrown::Python(error) => error,
        }
    }
}

/// An error as the exception of its family.
pub(crate) fn exception(py: Python<'_>, error: &Error) -> PyErr {
    static MAKE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let made = || -> Outcome<PyErr> {
        let document = to_py::value(py, &error_value(error))?;
        Ok(PyErr::from_value(MAKE.import(py, "wasm_sandbox._errors", "from_document")?.call1((document,))?))
    };
    made().unwrap_or_else(|thrown| match thrown {
        Thrown::Error(error) => PyRuntimeError::new_err(error.message),
        Thrown::Python(error) => error,
    })
}

/// What a panic in this crate is told as.
pub(crate) fn defect() -> Error {
    Error::new(ErrorCode::Internal, "a defect in the Python binding")
}
