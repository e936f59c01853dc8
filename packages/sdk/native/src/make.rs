//! The other half of `js.rs`: making values, calling, throwing, promises.
//!
//! Decides nothing about what a value means; that is `to_js.rs`.

use crate::js::{Deferred, Js, Kept, Outcome, Thrown, Val, get, tell};
use crate::local::current;
use crate::to_js;
use napi::sys;
use std::ptr::{null, null_mut};
use wasm_sandbox_bridge::error_value;

impl<'s> Js<'s> {
    pub(crate) fn undefined(self) -> Outcome<Val<'s>> {
        get!(null_mut(), napi_get_undefined(self.0)).map(|raw| self.val(raw))
    }

    pub(crate) fn null(self) -> Outcome<Val<'s>> {
        get!(null_mut(), napi_get_null(self.0)).map(|raw| self.val(raw))
    }

    pub(crate) fn make_bool(self, value: bool) -> Outcome<Val<'s>> {
        get!(null_mut(), napi_get_boolean(self.0, value)).map(|raw| self.val(raw))
    }

    pub(crate) fn make_number(self, value: f64) -> Outcome<Val<'s>> {
        get!(null_mut(), napi_create_double(self.0, value)).map(|raw| self.val(raw))
    }

    pub(crate) fn make_text(self, text: &str) -> Outcome<Val<'s>> {
        let (bytes, length) = (text.as_ptr().cast(), text.len() as isize);
        // V8 takes one-byte text without looking at it twice.
        match text.is_ascii() {
            true => get!(null_mut(), napi_create_string_latin1(self.0, bytes, length)),
            false => get!(null_mut(), napi_create_string_utf8(self.0, bytes, length)),
        }
        .map(|raw| self.val(raw))
    }

    /// A bigint from its sign and magnitude, lowest word first.
    pub(crate) fn make_bigint(self, negative: bool, words: &[u64]) -> Outcome<Val<'s>> {
        let made = get!(null_mut(), napi_create_bigint_words(self.0, i32::from(negative), words.len(), words.as_ptr()));
        made.map(|raw| self.val(raw))
    }

    pub(crate) fn make_date(self, millis: f64) -> Outcome<Val<'s>> {
        get!(null_mut(), napi_create_date(self.0, millis)).map(|raw| self.val(raw))
    }

    /// A `Uint8Array` with a copy of `bytes`.
    pub(crate) fn make_bytes(self, bytes: &[u8]) -> Outcome<Val<'s>> {
        let mut data = null_mut();
        let buffer = get!(null_mut(), napi_create_arraybuffer(self.0, bytes.len(), &mut data))?;
        if !data.is_null() {
            // SAFETY: Node-API has just made a buffer of this length at `data`, and nothing else knows of it.
            unsafe { std::slice::from_raw_parts_mut(data.cast::<u8>(), bytes.len()) }.copy_from_slice(bytes);
        }
        let kind = sys::TypedarrayType::uint8_array;
        get!(null_mut(), napi_create_typedarray(self.0, kind, bytes.len(), buffer, 0)).map(|raw| self.val(raw))
    }

    pub(crate) fn make_array(self, length: usize) -> Outcome<Val<'s>> {
        get!(null_mut(), napi_create_array_with_length(self.0, length)).map(|raw| self.val(raw))
    }

    pub(crate) fn set_element(self, array: Val<'_>, index: u32, value: Val<'_>) -> Outcome<()> {
        tell!(napi_set_element(self.0, array.0, index, value.0))
    }

    pub(crate) fn make_object(self) -> Outcome<Val<'s>> {
        get!(null_mut(), napi_create_object(self.0)).map(|raw| self.val(raw))
    }

    /// Defines an own data property, whatever its name; no setter is run.
    pub(crate) fn define(self, object: Val<'_>, key: Val<'_>, value: Val<'_>) -> Outcome<()> {
        let property = sys::napi_property_descriptor {
            utf8name: null(),
            name: key.0,
            method: None,
            getter: None,
            setter: None,
            value: value.0,
            attributes: sys::PropertyAttributes::writable
                | sys::PropertyAttributes::enumerable
                | sys::PropertyAttributes::configurable,
            data: null_mut(),
        };
        tell!(napi_define_properties(self.0, object.0, 1, &property))
    }

    pub(crate) fn global(self, name: &str) -> Outcome<Val<'s>> {
        let global = get!(null_mut(), napi_get_global(self.0))?;
        self.property(self.val(global), self.make_text(name)?)
    }

    pub(crate) fn call(self, this: Val<'_>, function: Val<'_>, args: &[Val<'_>]) -> Outcome<Val<'s>> {
        let args: Vec<_> = args.iter().map(|arg| arg.0).collect();
        let called = get!(null_mut(), napi_call_function(self.0, this.0, function.0, args.len(), args.as_ptr()));
        called.map(|raw| self.val(raw))
    }

    pub(crate) fn construct(self, class: Val<'_>, arg: Val<'_>) -> Outcome<Val<'s>> {
        get!(null_mut(), napi_new_instance(self.0, class.0, 1, &arg.0)).map(|raw| self.val(raw))
    }

    pub(crate) fn to_string(self, value: Val<'_>) -> Outcome<Val<'s>> {
        get!(null_mut(), napi_coerce_to_string(self.0, value.0)).map(|raw| self.val(raw))
    }

    pub(crate) fn keep(self, value: Val<'_>) -> Outcome<Kept> {
        get!(null_mut(), napi_create_reference(self.0, value.0, 1)).map(Kept)
    }

    pub(crate) fn kept(self, kept: Kept) -> Outcome<Val<'s>> {
        get!(null_mut(), napi_get_reference_value(self.0, kept.0)).map(|raw| self.val(raw))
    }

    pub(crate) fn forget(self, kept: Kept) {
        // It can only fail when the environment is going, which frees it too.
        let _ = tell!(napi_delete_reference(self.0, kept.0));
    }

    /// The JavaScript error for what was thrown; a pending exception is taken out of the environment.
    pub(crate) fn error_of(self, thrown: Thrown) -> Outcome<Val<'s>> {
        match thrown {
            Thrown::Pending => get!(null_mut(), napi_get_and_clear_last_exception(self.0)).map(|raw| self.val(raw)),
            Thrown::Error(error) => {
                let message = self.make_text(&error.message)?;
                let made =
                    get!(null_mut(), napi_create_error(self.0, null_mut(), message.0)).map(|raw| self.val(raw))?;
                if let Some(local) = current() {
                    let document = to_js::document(self, &local, error_value(&error))?;
                    self.define(made, self.make_text("sandboxError")?, document)?;
                }
                Ok(made)
            }
        }
    }

    /// Leaves `thrown` pending in the environment.
    pub(crate) fn throw(self, thrown: Thrown) {
        if let Thrown::Error(_) = thrown
            && let Ok(error) = self.error_of(thrown)
        {
            let _ = tell!(napi_throw(self.0, error.0));
        }
    }

    /// Reports what a listener threw, as for any event: the process's `uncaughtException`.
    pub(crate) fn uncaught(self, thrown: Thrown) {
        if let Ok(error) = self.error_of(thrown) {
            let _ = tell!(napi_fatal_exception(self.0, error.0));
        }
    }

    pub(crate) fn promise(self) -> Outcome<(Deferred, Val<'s>)> {
        let mut deferred = null_mut();
        let promise = get!(null_mut(), napi_create_promise(self.0, &mut deferred))?;
        Ok((Deferred(deferred), self.val(promise)))
    }

    pub(crate) fn settle(self, promise: Deferred, outcome: Result<Val<'_>, Val<'_>>) -> Outcome<()> {
        match outcome {
            Ok(value) => tell!(napi_resolve_deferred(self.0, promise.0, value.0)),
            Err(error) => tell!(napi_reject_deferred(self.0, promise.0, error.0)),
        }
    }
}
