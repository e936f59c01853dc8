//! Operations and what they open and are done with: from Python into the bridge and back.
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
use wasm_sandbox_bridge::ops::{self, Answer, Guest, Pool, Request, Target};
use wasm_sandbox_bridge::spare::give_back;
use wasm_sandbox_bridge::{Host, Origin, Ours};

/// An open sandbox or session, or a pool of them. The last reference to it that goes disposes of it, or gives it back to
/// its pool.
#[pyclass(frozen, weakref, module = "wasm_sandbox._native")]
pub(crate) struct Handle(Ours<Opened>);

enum Opened {
    Guest(Guest),
    Pool(Pool),
}

#[pymethods]
impl Handle {
    /// Whether it belongs to the process that this one was forked from.
    #[getter]
    fn elsewhere(&self) -> bool {
        self.0.here().is_err()
    }

    /// Whether it, or one of the pool, waits for the host function `frame`.
    fn inside(&self, frame: u64) -> bool {
        self.0.here().is_ok_and(|opened| match opened {
            Opened::Guest(guest) => guest.handle().inside(frame),
            Opened::Pool(pool) => pool.inside(frame),
        })
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

/// Does an operation on the caller's thread, which lets others run meanwhile. With `done` it only begins it:
/// `done(answer, None)` or `done(None, exception)` is called once, on a thread of ours or this one; with `look_out` this
/// thread stays a moment, for an answer that comes at once.
#[pyfunction]
#[pyo3(signature = (target, operation, arguments, host = None, stop = None, done = None, look_out = false))]
#[allow(clippy::too_many_arguments, reason = "an operation, who stops it and who is told")]
pub(crate) fn invoke(
    py: Python<'_>,
    target: Option<Bound<'_, Handle>>,
    operation: &str,
    arguments: &Bound<'_, PyDict>,
    host: Option<Parts>,
    stop: Option<Bound<'_, Stop>>,
    done: Option<Py<PyAny>>,
    look_out: bool,
) -> PyResult<Option<Py<PyAny>>> {
    let work = || {
        let target = match target.as_ref().map(|target| target.get().0.here()).transpose()? {
            Some(Opened::Guest(guest)) => Some(Target::Guest(guest)),
            Some(Opened::Pool(pool)) => Some(Target::Pool(pool)),
            None => None,
        };
        let host = host.map(|parts| Arc::new(PyHost::new(parts)) as Arc<dyn Host>);
        let request = Request { target, operation, arguments: from_py::arguments(arguments)?, host };
        let stop = stop.map_or_else(ops::Stop::default, |stop| stop.get().0.clone());
        match done {
            Some(done) => begin(py, request, &stop, done, look_out),
            None => return told(py, py.detach(|| ops::invoke_now(request, &stop))?).map(Some),
        }
        Ok(None)
    };
    work().map_err(|thrown: Thrown| thrown.into_exception(py))
}

fn begin(py: Python<'_>, request: Request<'_>, stop: &ops::Stop, done: Py<PyAny>, look_out: bool) {
    let id = LIVE.under_way(stop);
    let tell = move |outcome: Result<Answer, _>| {
        attached(|py| {
            LIVE.over(id);
            match outcome.map_err(Thrown::from).and_then(|answer| told(py, answer)) {
                Ok(answer) => call(py, &done, (answer, py.None())),
                Err(thrown) => call(py, &done, (py.None(), thrown.into_exception(py).into_value(py))),
            }
        });
    };
    py.detach(|| ops::invoke(request, stop, look_out, tell));
}

fn told(py: Python<'_>, answer: Answer) -> Result<Py<PyAny>, Thrown> {
    let opened = match answer {
        Answer::Value(value) => {
            let told = to_py::value(py, &value).map(Bound::unbind);
            give_back(value);
            return told;
        }
        Answer::Prepared(call) => return Ok(fast::function(py, call)?.unbind()),
        Answer::Guest(guest) => {
            LIVE.opened(guest.handle());
            Opened::Guest(guest)
        }
        Answer::Pool(pool) => Opened::Pool(pool),
    };
    Ok(Py::new(py, Handle(Ours::new(opened)))?.into_any())
}

/// Calls what nobody waits for: what it raises is reported, and never the guest's.
pub(crate) fn call<'py>(py: Python<'py>, done: &Py<PyAny>, args: impl pyo3::call::PyCallArgs<'py>) {
    if let Err(error) = done.bind(py).call1(args) {
        error.write_unraisable(py, Some(done.bind(py)));
    }
}
