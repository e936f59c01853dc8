//! The host functions and listeners of one sandbox, called attached to the interpreter on the guest's thread: one of
//! ours, or the caller's own during a synchronous call.
//!
//! Which event loop and which context a call belongs to is known in Python (`_host.py`).

use crate::errors::Thrown;
use crate::exit::attached;
use crate::invoke::call;
use crate::{from_py, to_py};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use wasm_sandbox_bridge::lock::Mutex;
use wasm_sandbox_bridge::policy::{AuditEvent, Value};
use wasm_sandbox_bridge::{
    Bridge, Host, HostCall, HostError, HostReply, Ours, Reply as Answer, Stream, Within, audit_value, raised, raised_by,
};

/// What Python gives a sandbox: names, `call(tag, frame, name, args, named, reply)`, `output(tag, is_stdout, bytes)`,
/// `audit(tag, event)`.
#[derive(FromPyObject)]
pub(crate) struct Parts(Vec<String>, Py<PyAny>, Option<Py<PyAny>>, Option<Py<PyAny>>);

/// The same as the bridge sees it.
pub(crate) struct PyHost(Ours<Parts>);

impl PyHost {
    pub(crate) fn new(parts: Parts) -> PyHost {
        PyHost(Ours::new(parts))
    }

    /// Who listens to output, and to audit events; nobody in a process that was forked from theirs.
    fn listeners(&self) -> (Option<&Py<PyAny>>, Option<&Py<PyAny>>) {
        self.0.here().map_or((None, None), |parts| (parts.2.as_ref(), parts.3.as_ref()))
    }
}

/// Where the answer of a host function goes that was not there at once.
#[pyclass(frozen, module = "wasm_sandbox._native")]
pub(crate) struct Reply(Mutex<Option<Answer>>);

#[pymethods]
impl Reply {
    /// The answer.
    fn settle(&self, py: Python<'_>, value: &Bound<'_, PyAny>) {
        self.send(from_py::value(value, "$").map_err(|thrown| host_error(py, thrown)));
    }

    /// The function has failed.
    fn fail(&self, py: Python<'_>, error: Bound<'_, PyAny>) {
        self.send(Err(host_error(py, Thrown::Python(PyErr::from_value(error)))));
    }
}

/// A host function that was called on its caller's own thread, without an operation, comes from within `outer`.
#[pyfunction]
pub(crate) fn called_within(frame: u64, outer: u64) {
    Bridge::called_within(frame, outer);
}

impl Reply {
    fn send(&self, answer: Result<Value, HostError>) {
        let reply = self.0.lock().take();
        if let Some(reply) = reply {
            reply.settle(answer);
        }
    }
}

/// What a host function raised, as the guest will see it.
fn host_error(py: Python<'_>, thrown: Thrown) -> HostError {
    match thrown {
        Thrown::Error(error) => raised_by(*error),
        Thrown::Python(error) => {
            let kind = error.get_type(py).name().map(|name| name.to_string());
            let message = error.value(py).str().map(|text| text.to_string_lossy().into_owned());
            raised(kind.as_deref().unwrap_or("Exception"), message.unwrap_or_default())
        }
    }
}

impl PyHost {
    fn ask(&self, py: Python<'_>, call: HostCall, within: Within) -> HostReply {
        let reply = match Py::new(py, Reply(Mutex::new(Some(call.reply)))) {
            Ok(reply) => reply,
            Err(error) => return HostReply::Now(Err(host_error(py, error.into()))),
        };
        let asked = || {
            let args = to_py::list(py, &call.args)?;
            let named = PyDict::new(py);
            for (name, value) in &call.named {
                named.set_item(name, to_py::value(py, value)?)?;
            }
            let asked = (within.tag, within.frame, &call.name, args, named, &reply);
            let answer = self.0.here()?.1.bind(py).call1(asked)?;
            // It is its own reply that stands for a later one.
            if answer.is(&reply) {
                return Ok(None);
            }
            from_py::value(&answer, "$").map(Some)
        };
        let answered = asked();
        let unsettled = reply.get().0.lock().take();
        match answered {
            Ok(None) => {
                if let Some(unsettled) = unsettled {
                    unsettled.defer();
                    *reply.get().0.lock() = Some(unsettled);
                }
                HostReply::Later
            }
            Ok(Some(value)) => HostReply::Now(Ok(value)),
            Err(thrown) => HostReply::Now(Err(host_error(py, thrown))),
        }
    }
}

impl Host for PyHost {
    fn names(&self) -> Vec<String> {
        self.0.here().map(|parts| parts.0.clone()).unwrap_or_default()
    }

    fn call(&self, call: HostCall, within: Within) -> HostReply {
        attached(|py| self.ask(py, call, within))
            .unwrap_or_else(|| HostReply::Now(Err(raised("RuntimeError", "the interpreter is going"))))
    }

    fn output(&self, tag: u64, stream: Stream, bytes: &[u8]) {
        if let (Some(listener), _) = self.listeners() {
            attached(|py| call(py, listener, (tag, stream == Stream::Stdout, PyBytes::new(py, bytes))));
        }
    }

    fn audit(&self, tag: u64, event: &AuditEvent) {
        if let (_, Some(listener)) = self.listeners() {
            attached(|py| to_py::value(py, &audit_value(event)).map(|event| call(py, listener, (tag, event))));
        }
    }

    fn wants_output(&self) -> bool {
        self.listeners().0.is_some()
    }

    fn wants_audit(&self) -> bool {
        self.listeners().1.is_some()
    }
}
