//! Operations and the guests that they are done with: from Python into the bridge and back.
//!
//! An asynchronous operation tells its end to a function of Python's on a thread of ours; who waits for it, and on
//! which event loop, is known there.

use crate::errors::Thrown;
use crate::exit::{LIVE, attached};
use crate::host::{Parts, PyHost};
use crate::{fast, from_py, to_py};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::sync::Arc;
use wasm_sandbox_bridge::ops::{self, Answer, Request, Target};
use wasm_sandbox_bridge::policy::Result;
use wasm_sandbox_bridge::spare::give_back;
use wasm_sandbox_bridge::{Host, Origin, Ours};

/// One open sandbox or session. The last reference to it that goes disposes of it, or gives it back to its pool.
#[pyclass(frozen, weakref, module = "wasm_sandbox._native")]
pub(crate) struct Guest(Ours<ops::Guest>);

impl Guest {
    fn new(inner: ops::Guest) -> Guest {
        inner.handle().into_iter().for_each(|handle| LIVE.opened(handle));
        Guest(Ours::new(inner))
    }

    /// `closed` in a process that was forked from the one that it belongs to.
    pub(crate) fn here(&self) -> Result<&ops::Guest> {
        self.0.here()
    }
}

/// Guests of one kind, kept open. The last reference to it that goes disposes of them.
#[pyclass(frozen, module = "wasm_sandbox._native")]
pub(crate) struct Pool(Ours<ops::Pool>);

/// What an operation is done with.
#[derive(FromPyObject)]
pub(crate) enum Held<'py> {
    Guest(Bound<'py, Guest>),
    Pool(Bound<'py, Pool>),
}

#[pymethods]
impl Pool {
    /// Whether one of its guests waits for the host function `frame`.
    fn inside(&self, frame: u64) -> bool {
        self.0.here().is_ok_and(|pool| pool.inside(frame))
    }
}

#[pymethods]
impl Guest {
    /// Whether it belongs to the process that this one was forked from.
    #[getter]
    fn elsewhere(&self) -> bool {
        self.here().is_err()
    }

    /// Whether it waits for the host function `frame`.
    fn inside(&self, frame: u64) -> bool {
        self.here().is_ok_and(|guest| guest.inside(frame))
    }

    /// Whether it is of no more use.
    #[getter]
    fn disposed(&self) -> bool {
        self.here().map_or(true, ops::Guest::disposed)
    }
}

/// Ends an operation, and says where it comes from.
#[pyclass(frozen, module = "wasm_sandbox._native")]
pub(crate) struct Stop(ops::Stop);

#[pymethods]
impl Stop {
    #[new]
    fn new(tag: u64, from: u64) -> Stop {
        Stop(ops::Stop::of(Origin { tag, from }))
    }

    fn stop(&self, py: Python<'_>) {
        py.detach(|| self.0.stop());
    }
}

/// Begins an operation. `done(answer, None)` or `done(None, exception)` is called once, on a thread of ours or this one.
/// With `look_out` this thread stays a moment, for an answer that comes at once.
#[pyfunction]
#[pyo3(signature = (target, operation, arguments, host, stop, done, look_out = false))]
#[allow(clippy::too_many_arguments, reason = "an operation, who stops it and who is told")]
pub(crate) fn invoke(
    py: Python<'_>,
    target: Option<Held<'_>>,
    operation: &str,
    arguments: &Bound<'_, PyDict>,
    host: Option<Parts>,
    stop: &Bound<'_, Stop>,
    done: Py<PyAny>,
    look_out: bool,
) -> PyResult<()> {
    let request = request(&target, operation, arguments, host).map_err(|thrown| thrown.into_exception(py))?;
    let stop = stop.get().0.clone();
    let id = LIVE.under_way(&stop);
    py.detach(|| {
        ops::invoke(request, &stop, look_out, move |outcome| {
            attached(|py| {
                LIVE.over(id);
                match outcome.map_err(Thrown::from).and_then(|answer| told(py, answer)) {
                    Ok(answer) => call(py, &done, (answer, py.None())),
                    Err(thrown) => call(py, &done, (py.None(), thrown.into_exception(py).into_value(py))),
                }
            });
        });
    });
    Ok(())
}

/// Does an operation on the caller's thread, which lets others run meanwhile.
#[pyfunction]
#[pyo3(signature = (target, operation, arguments, host = None, stop = None))]
pub(crate) fn invoke_now(
    py: Python<'_>,
    target: Option<Held<'_>>,
    operation: &str,
    arguments: &Bound<'_, PyDict>,
    host: Option<Parts>,
    stop: Option<&Bound<'_, Stop>>,
) -> PyResult<Py<PyAny>> {
    let stop = stop.map_or_else(ops::Stop::default, |stop| stop.get().0.clone());
    let work = || {
        let request = request(&target, operation, arguments, host)?;
        told(py, py.detach(|| ops::invoke_now(request, &stop))?)
    };
    work().map_err(|thrown: Thrown| thrown.into_exception(py))
}

fn request<'a>(
    target: &'a Option<Held<'_>>,
    operation: &'a str,
    arguments: &Bound<'_, PyDict>,
    host: Option<Parts>,
) -> Result<Request<'a>, Thrown> {
    let target = match target {
        Some(Held::Guest(guest)) => Some(Target::Guest(guest.get().here()?)),
        Some(Held::Pool(pool)) => Some(Target::Pool(pool.get().0.here()?)),
        None => None,
    };
    let host = host.map(|parts| Arc::new(PyHost::new(parts)) as Arc<dyn Host>);
    Ok(Request { target, operation, arguments: from_py::arguments(arguments)?, host })
}

fn told(py: Python<'_>, answer: Answer) -> Result<Py<PyAny>, Thrown> {
    match answer {
        Answer::Value(value) => {
            let told = to_py::value(py, &value).map(Bound::unbind);
            give_back(value);
            told
        }
        Answer::Guest(guest) => Ok(Py::new(py, Guest::new(guest))?.into_any()),
        Answer::Pool(pool) => Ok(Py::new(py, Pool(Ours::new(pool)))?.into_any()),
        Answer::Prepared(call) => Ok(fast::function(py, call)?.unbind()),
    }
}

/// Calls what nobody waits for: what it raises is reported, and never the guest's.
pub(crate) fn call<'py>(py: Python<'py>, done: &Py<PyAny>, args: impl pyo3::call::PyCallArgs<'py>) {
    if let Err(error) = done.bind(py).call1(args) {
        error.write_unraisable(py, Some(done.bind(py)));
    }
}
