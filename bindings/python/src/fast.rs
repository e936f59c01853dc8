//! The fast path: a numeric export as a built-in function of Python's, called with a plain array of arguments and
//! without any allocation but the result. What pyo3 generates makes a tuple of them, which takes as long again.
//!
//! What is not a plain number of the right range goes the ordinary way, which knows every rule and every error.

use crate::errors::{Outcome, Thrown, defect};
use crate::{from_py, to_py};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt, PyList};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;
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

/// An export as a function, which holds it.
pub(crate) fn function(py: Python<'_>, call: PreparedCall) -> PyResult<Bound<'_, PyAny>> {
    let carried = Py::new(py, Prepared(Ours::new(call)))?;
    // SAFETY: the definition is static and never written to; the function keeps a reference of its own to `carried`.
    unsafe {
        let function = ffi::PyCFunction_NewEx((&raw const METHOD.0).cast_mut(), carried.as_ptr(), null_mut());
        Bound::from_owned_ptr_or_err(py, function)
    }
}

unsafe extern "C" fn invoke(
    carried: *mut ffi::PyObject,
    args: *mut *mut ffi::PyObject,
    count: ffi::Py_ssize_t,
) -> *mut ffi::PyObject {
    // SAFETY: Python calls it attached, with what `function` gave it, which is a `Prepared`.
    let (py, carried) = unsafe {
        let py = Python::assume_attached();
        (py, Borrowed::from_ptr(py, carried).cast_unchecked::<Prepared>())
    };
    // SAFETY: there are `count` arguments, borrowed until this returns.
    let arg = |index| unsafe { Borrowed::from_ptr(py, *args.add(index)) };
    let called = catch_unwind(AssertUnwindSafe(|| call(py, carried.get(), count as usize, arg)));
    match called.unwrap_or_else(|_| Err(Thrown::from(defect()))) {
        Ok(result) => result.into_ptr(),
        Err(thrown) => {
            thrown.into_exception(py).restore(py);
            null_mut()
        }
    }
}

#[inline]
fn call<'a, 'py: 'a>(
    py: Python<'py>,
    prepared: &Prepared,
    count: usize,
    arg: impl Fn(usize) -> Borrowed<'a, 'py, PyAny>,
) -> Outcome<Bound<'py, PyAny>> {
    let call = prepared.0.here()?;
    let mut slots = [0; MAX_SCALARS];
    if !call.fill(&mut slots, count, |index, kind, _| bits(kind, arg(index))) {
        let args = (0..count).map(|index| from_py::value(&arg(index), &format!("$[{index}]")));
        let args = args.collect::<Outcome<_>>()?;
        return to_py::value(py, &py.detach(|| call.call_values(args))?);
    }
    // To let other threads run meanwhile takes longer than the shortest functions do.
    match call.call_brief(&mut slots) {
        Some(called) => called.inspect_err(|_| py.detach(|| call.clear()))?,
        None => py.detach(|| call.call(&mut slots))?,
    }
    Ok(match call.results() {
        [] => py.None().into_bound(py),
        [kind] => number(py, *kind, slots[0]),
        many => PyList::new(py, many.iter().zip(slots).map(|(kind, bits)| number(py, *kind, bits)))?.into_any(),
    })
}

/// The bits of a plain number of the right range; `None` for everything else.
#[inline]
fn bits(kind: ScalarKind, arg: Borrowed<'_, '_, PyAny>) -> Option<u64> {
    if let Ok(number) = arg.cast_exact::<PyInt>() {
        return kind.of_int(number.extract().ok()?);
    }
    kind.of_float(arg.cast_exact::<PyFloat>().ok()?.extract().ok()?)
}

#[inline]
fn number(py: Python<'_>, kind: ScalarKind, bits: u64) -> Bound<'_, PyAny> {
    match kind.read(bits) {
        Scalar::Int(number) => PyInt::new(py, number).into_any(),
        Scalar::Float(number) => PyFloat::new(py, number).into_any(),
    }
}
