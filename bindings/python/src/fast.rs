//! The fast path: a numeric export as a built-in function of Python's, called with a plain array of arguments and
//! without any allocation but the result. What pyo3 generates makes a tuple of the arguments and looks at each twice.
//!
//! What is not a plain number of the right range goes the ordinary way, which knows every rule and every error.

use crate::errors::{Thrown, defect};
use crate::guest::{Guest, raised};
use crate::{from_py, to_py};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;
use wasm_sandbox_bridge::policy::Value;
use wasm_sandbox_bridge::{MAX_SCALARS, Ours, PreparedCall, Scalar, ScalarKind};

/// What a function of ours carries.
#[pyclass(frozen, module = "wasm_sandbox._native")]
struct Prepared(Ours<PreparedCall>);

struct Method(ffi::PyMethodDef);

// SAFETY: it points to a function and to text of this library, and nobody writes to it.
unsafe impl Sync for Method {}

static METHOD: Method = Method(ffi::PyMethodDef {
    ml_name: c"prepared".as_ptr(),
    ml_meth: ffi::PyMethodDefPointer { PyCFunctionFast: invoke },
    ml_flags: ffi::METH_FASTCALL,
    ml_doc: c"Calls the export on this thread.".as_ptr(),
});

/// A function that calls the export `name`.
pub(crate) fn prepare(guest: &Bound<'_, Guest>, name: String) -> PyResult<Py<PyAny>> {
    let py = guest.py();
    let handle = raised(py, guest.get().here().map(|guest| guest.handle().clone()))?;
    let call = raised(py, py.detach(|| handle.prepare(name)))?;
    let carried = Py::new(py, Prepared(Ours::new(call)))?;
    // SAFETY: the definition is static and never written to; the function keeps a reference of its own to `carried`.
    unsafe {
        let function = ffi::PyCFunction_NewEx((&raw const METHOD.0).cast_mut(), carried.as_ptr(), null_mut());
        Bound::from_owned_ptr_or_err(py, function).map(Bound::unbind)
    }
}

unsafe extern "C" fn invoke(
    carried: *mut ffi::PyObject,
    args: *mut *mut ffi::PyObject,
    count: ffi::Py_ssize_t,
) -> *mut ffi::PyObject {
    // SAFETY: Python calls it attached, with what `prepare` gave it, which is a `Prepared`, and with an array of
    // `count` borrowed arguments (which may be null when there are none).
    let (py, carried, args) = unsafe {
        let py = Python::assume_attached();
        let carried = Borrowed::from_ptr(py, carried).cast_unchecked::<Prepared>();
        let count = usize::try_from(count).unwrap_or(0);
        (py, carried, if count == 0 { &[] } else { std::slice::from_raw_parts(args, count) })
    };
    let called = catch_unwind(AssertUnwindSafe(|| carried.get().call(py, args)));
    match called.unwrap_or_else(|_| Err(Thrown::from(defect()))) {
        Ok(result) => result,
        Err(thrown) => {
            thrown.into_exception(py).restore(py);
            null_mut()
        }
    }
}

impl Prepared {
    fn call(&self, py: Python<'_>, args: &[*mut ffi::PyObject]) -> Result<*mut ffi::PyObject, Thrown> {
        let call = self.0.here()?;
        let mut slots = [0; MAX_SCALARS];
        if !call.fill(&mut slots, args.len(), |index, kind, _| bits(kind, args[index])) {
            return slow(py, call, args);
        }
        py.detach(|| call.call(&mut slots))?;
        match call.results() {
            [] => Ok(py.None().into_ptr()),
            [kind] => Ok(result(*kind, slots[0])),
            many => {
                let items = many.iter().zip(slots).map(|(kind, bits)| {
                    // SAFETY: a new reference, or null with an exception set, when there is no memory.
                    unsafe { Bound::from_owned_ptr_or_err(py, result(*kind, bits)) }
                });
                let items = items.collect::<PyResult<Vec<_>>>()?;
                Ok(pyo3::types::PyList::new(py, items)?.into_ptr())
            }
        }
    }
}

/// The ordinary way, on the caller's thread as well.
#[cold]
fn slow(py: Python<'_>, call: &PreparedCall, args: &[*mut ffi::PyObject]) -> Result<*mut ffi::PyObject, Thrown> {
    // SAFETY: borrowed arguments of the call that is under way.
    let args = args.iter().map(|arg| unsafe { Borrowed::from_ptr(py, *arg).to_owned() });
    let args = from_py::value(PyTuple::new(py, args.collect::<Vec<_>>())?.as_any(), "$")?;
    let args = if let Value::List(args) = args { args } else { Vec::new() };
    to_py::value(py, &py.detach(|| call.call_values(args))?).map(Bound::into_ptr)
}

/// The bits of a plain number of the right range; `None` for everything else.
#[inline]
fn bits(kind: ScalarKind, arg: *mut ffi::PyObject) -> Option<u64> {
    // SAFETY: `arg` is a borrowed argument of the call that is under way, and its type is looked at before its value.
    unsafe {
        if ffi::PyLong_CheckExact(arg) != 0 {
            let mut overflow = 0;
            let number = ffi::PyLong_AsLongLongAndOverflow(arg, &mut overflow);
            return if overflow == 0 { kind.of_int(number) } else { None };
        }
        if ffi::PyFloat_CheckExact(arg) != 0 {
            return kind.of_float(ffi::PyFloat_AsDouble(arg));
        }
    }
    None
}

/// A new reference; null with an exception set when there is no memory.
#[inline]
fn result(kind: ScalarKind, bits: u64) -> *mut ffi::PyObject {
    // SAFETY: called attached; these take plain numbers.
    unsafe {
        match kind.read(bits) {
            Scalar::Int(number) => ffi::PyLong_FromLongLong(number),
            Scalar::Float(number) => ffi::PyFloat_FromDouble(number),
        }
    }
}
