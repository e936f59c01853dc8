//! The fast path: a numeric export as a raw Node-API function, without napi's generated code, a scope of its own or
//! any allocation. Measured on two shared cores, (i32, i32) -> i32: see docs of the benchmarks.
//!
//! What is not a plain number of the right range goes the ordinary way, which knows every rule and every error.

use crate::entry::value_of;
use crate::from_js::{self, SAFE};
use crate::js::{Js, Outcome, Thrown, Val, get, tell};
use crate::local::{defect, here};
use crate::to_js;
use napi::sys;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;
use wasm_sandbox_bridge::{MAX_SCALARS, PreparedCall, Scalar, ScalarKind};

/// What a function of ours carries.
struct Fast(PreparedCall);

/// A function of JavaScript that makes the call.
pub(crate) fn function(js: Js<'_>, call: PreparedCall) -> Outcome<Val<'_>> {
    let data = Box::into_raw(Box::new(Fast(call))).cast::<c_void>();
    let made = get!(null_mut(), napi_create_function(js.0, c"prepared".as_ptr(), 8, Some(invoke), data));
    let finished = made.and_then(|function| {
        tell!(napi_add_finalizer(js.0, function, data, Some(collected), null_mut(), null_mut()))
            .map(|()| js.val(function))
    });
    if finished.is_err() {
        // SAFETY: made above, and without its finalizer nothing calls the function: nobody has it.
        drop(unsafe { Box::from_raw(data.cast::<Fast>()) });
    }
    finished
}

/// The function was collected, or its environment goes.
unsafe extern "C" fn collected(_env: sys::napi_env, data: *mut c_void, _hint: *mut c_void) {
    // SAFETY: `data` is the box of `function`, and this is called once, when the function can be called no more.
    let fast = unsafe { Box::from_raw(data.cast::<Fast>()) };
    let _ = catch_unwind(AssertUnwindSafe(|| drop(fast)));
}

unsafe extern "C" fn invoke(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let mut args = [null_mut(); MAX_SCALARS];
    let (mut count, mut data) = (MAX_SCALARS, null_mut());
    // SAFETY: Node-API's own arguments, and room for as many values as `count` says.
    let status = unsafe { sys::napi_get_cb_info(env, info, &mut count, args.as_mut_ptr(), null_mut(), &mut data) };
    if status != sys::Status::napi_ok || data.is_null() {
        return null_mut();
    }
    // SAFETY: `data` is the box of `function`, which lives as long as the function that is being called.
    let fast = unsafe { &*data.cast::<Fast>() };
    let env = napi::Env::from_raw(env);
    let js = Js::of(&env);
    match catch_unwind(AssertUnwindSafe(|| fast.call(js, &args, count))).unwrap_or_else(|_| Err(defect())) {
        Ok(value) => value.0,
        Err(thrown) => {
            js.throw(thrown);
            null_mut()
        }
    }
}

impl Fast {
    fn call<'s>(&self, js: Js<'s>, args: &[sys::napi_value; MAX_SCALARS], count: usize) -> Outcome<Val<'s>> {
        let mut slots = [0; MAX_SCALARS];
        if !self.0.fill(&mut slots, count, |index, kind, _| bits(js, kind, args[index])) {
            return self.slow(js, &args[..count.min(MAX_SCALARS)], count);
        }
        self.0.call(&mut slots).map_err(Thrown::from)?;
        match self.0.results() {
            [] => js.null(),
            [kind] => result(js, *kind, slots[0]),
            many => {
                let array = js.make_array(many.len())?;
                for (index, (kind, bits)) in (0..).zip(many.iter().zip(slots)) {
                    js.set_element(array, index, result(js, *kind, bits)?)?;
                }
                Ok(array)
            }
        }
    }

    /// The ordinary way, on the caller's thread as well.
    #[cold]
    fn slow<'s>(&self, js: Js<'s>, args: &[sys::napi_value], count: usize) -> Outcome<Val<'s>> {
        let local = here(js)?;
        let mut values = Vec::new();
        for (index, arg) in args.iter().enumerate() {
            values.push(from_js::value(js, &local, js.val(*arg), &format!("$[{index}]"))?);
        }
        // More were given than there can be; how many is what the error tells.
        values.resize_with(count, Default::default);
        to_js::value(js, &local, &value_of(self.0.call_values(values))?)
    }
}

/// The bits of a plain number of the right range; `None` for everything else.
#[inline]
fn bits(js: Js<'_>, kind: ScalarKind, arg: sys::napi_value) -> Option<u64> {
    if kind == ScalarKind::I64 {
        let (mut value, mut whole) = (0_i64, false);
        if tell!(napi_get_value_bigint_int64(js.0, arg, &mut value, &mut whole)).is_ok() {
            return whole.then_some(value as u64);
        }
    }
    let number = get!(0.0, napi_get_value_double(js.0, arg)).ok()?;
    match kind {
        ScalarKind::I32 | ScalarKind::I64 => {
            let integer = number as i64;
            (integer as f64 == number && number.abs() <= SAFE).then(|| kind.of_int(integer))?
        }
        ScalarKind::F32 | ScalarKind::F64 => kind.of_float(number),
    }
}

#[inline]
fn result<'s>(js: Js<'s>, kind: ScalarKind, bits: u64) -> Outcome<Val<'s>> {
    match kind.read(bits) {
        Scalar::Int(wide) if kind == ScalarKind::I64 => get!(null_mut(), napi_create_bigint_int64(js.0, wide)),
        Scalar::Int(narrow) => get!(null_mut(), napi_create_int32(js.0, narrow as i32)),
        Scalar::Float(float) => get!(null_mut(), napi_create_double(js.0, float)),
    }
    .map(|raw| js.val(raw))
}
