//! Node-API in safe terms: an environment, values that live as long as their scope, and what can go wrong.
//!
//! napi's own wrappers cannot read a value whose type is known only at run time without `unsafe` at every such
//! place, and take several calls per value. Here every function of Node-API that we use goes through two macros
//! whose conditions are stated once. Reading is in this file, making in `make.rs`.

use napi::bindgen_prelude::{JsValue, ToNapiValue, Unknown};
use napi::sys;
use std::marker::PhantomData;
use std::ptr::null_mut;
use wasm_sandbox_bridge::policy::{Error, ErrorCode};
use wasm_sandbox_bridge::spare::copied;

/// A JavaScript environment, on its own thread, while one of our callbacks is on the stack.
#[derive(Clone, Copy)]
pub(crate) struct Js<'s>(pub(crate) sys::napi_env, PhantomData<&'s ()>);

/// A value in the scope `'s`.
#[derive(Clone, Copy)]
pub(crate) struct Val<'s>(pub(crate) sys::napi_value, PhantomData<&'s ()>);

/// A value kept beyond scopes; only its environment's thread may use it. Freed by `forget`, or with the environment.
#[derive(Clone, Copy)]
pub(crate) struct Kept(pub(crate) sys::napi_ref);

/// A promise that is yet to be settled.
pub(crate) struct Deferred(pub(crate) sys::napi_deferred);

/// Why an operation came to nothing.
#[derive(Debug)]
pub(crate) enum Thrown {
    /// A JavaScript exception is pending in the environment.
    Pending,
    /// An error of ours.
    Error(Box<Error>),
}

impl From<Error> for Thrown {
    fn from(error: Error) -> Thrown {
        Thrown::Error(Box::new(error))
    }
}

pub(crate) type Outcome<T> = Result<T, Thrown>;

/// What `typeof` says, null and undefined being the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Nothing,
    Boolean,
    Number,
    String,
    Symbol,
    Object,
    Function,
    BigInt,
}

/// What a typed array holds, copied out.
pub(crate) enum Elements {
    Bytes(Vec<u8>),
    Ints(Vec<i64>),
    Floats(Vec<f64>),
    /// Signed and unsigned 64-bit integers.
    Wide(Vec<i128>),
}

/// What a status of Node-API means. Some functions report a getter's exception as an ordinary failure.
pub(crate) fn check(env: sys::napi_env, status: sys::napi_status) -> Outcome<()> {
    if status == sys::Status::napi_ok { Ok(()) } else { Err(failed(env, status)) }
}

#[cold]
fn failed(env: sys::napi_env, status: sys::napi_status) -> Thrown {
    let mut pending = false;
    // SAFETY: as in `tell`; this may be called with an exception pending.
    let asked = unsafe { sys::napi_is_exception_pending(env, &mut pending) };
    if asked == sys::Status::napi_ok && pending {
        return Thrown::Pending;
    }
    Error::new(ErrorCode::Internal, format_args!("Node-API status {status}")).into()
}

/// Calls a function of Node-API that gives nothing but its status.
macro_rules! tell {
    ($function:ident($env:expr $(, $arg:expr)* $(,)?)) => {
        // SAFETY: the environment is current, since a `Js` exists only inside a callback on the environment's own
        // thread; every value belongs to an open scope of it; pointers and lengths come from live Rust objects;
        // Node-API itself checks the types of values and answers with a status.
        $crate::js::check($env, unsafe { napi::sys::$function($env $(, $arg)*) })
    };
}

/// Calls one whose last parameter is its result, which starts as the first argument and counts only on success.
macro_rules! get {
    ($start:expr, $function:ident($env:expr $(, $arg:expr)* $(,)?)) => {{
        let mut out = $start;
        $crate::js::tell!($function($env $(, $arg)*, &mut out)).map(|()| out)
    }};
}

pub(crate) use {get, tell};

impl<'s> Val<'s> {
    /// An argument of a callback.
    pub(crate) fn of(unknown: &Unknown<'s>) -> Val<'s> {
        Val(unknown.raw(), PhantomData)
    }
}

impl<'s> Js<'s> {
    /// The environment of the callback that is running.
    pub(crate) fn of(env: &'s napi::Env) -> Js<'s> {
        Js(env.raw(), PhantomData)
    }

    pub(crate) fn val(self, raw: sys::napi_value) -> Val<'s> {
        Val(raw, PhantomData)
    }

    /// A value as napi's generated code takes it.
    pub(crate) fn unknown(self, value: Val<'s>) -> Unknown<'s> {
        // SAFETY: the value belongs to this environment and to a scope that is open for `'s`.
        unsafe { Unknown::from_raw_unchecked(self.0, value.0) }
    }

    /// An instance of a class of ours.
    pub(crate) fn instance(self, of: impl ToNapiValue) -> Outcome<Val<'s>> {
        // SAFETY: the environment is current.
        let made = unsafe { ToNapiValue::to_napi_value(self.0, of) };
        made.map(|raw| self.val(raw)).map_err(|error| Error::new(ErrorCode::Internal, error).into())
    }

    /// Runs `work` in a scope of its own: the values made in it are freed after it.
    pub(crate) fn scoped<T>(self, work: impl for<'i> FnOnce(Js<'i>) -> Outcome<T>) -> Outcome<T> {
        let scope = get!(null_mut(), napi_open_handle_scope(self.0))?;
        let outcome = work(Js(self.0, PhantomData));
        // It can be closed with an exception pending; its status tells nothing new.
        let _ = tell!(napi_close_handle_scope(self.0, scope));
        outcome
    }

    pub(crate) fn type_of(self, value: Val<'_>) -> Outcome<Type> {
        Ok(match get!(0, napi_typeof(self.0, value.0))? {
            sys::ValueType::napi_undefined | sys::ValueType::napi_null => Type::Nothing,
            sys::ValueType::napi_boolean => Type::Boolean,
            sys::ValueType::napi_number => Type::Number,
            sys::ValueType::napi_string => Type::String,
            sys::ValueType::napi_symbol => Type::Symbol,
            sys::ValueType::napi_function => Type::Function,
            sys::ValueType::napi_bigint => Type::BigInt,
            _ => Type::Object,
        })
    }

    pub(crate) fn is_undefined(self, value: Val<'_>) -> Outcome<bool> {
        Ok(get!(0, napi_typeof(self.0, value.0))? == sys::ValueType::napi_undefined)
    }

    pub(crate) fn bool(self, value: Val<'_>) -> Outcome<bool> {
        get!(false, napi_get_value_bool(self.0, value.0))
    }

    pub(crate) fn double(self, value: Val<'_>) -> Outcome<f64> {
        get!(0.0, napi_get_value_double(self.0, value.0))
    }

    /// A string as UTF-8; `None` when it has lone surrogates.
    pub(crate) fn text(self, value: Val<'_>) -> Outcome<Option<String>> {
        let mut short = [0_u8; 128];
        let mut length = get!(0, napi_get_value_string_utf8(self.0, value.0, short.as_mut_ptr().cast(), short.len()))?;
        let bytes = if length + 4 < short.len() {
            short[..length].to_vec()
        } else {
            // It may have been cut: a character takes up to four bytes, and a NUL follows.
            let whole = get!(0, napi_get_value_string_utf8(self.0, value.0, null_mut(), 0))?;
            let mut long = vec![0; whole + 1];
            length = get!(0, napi_get_value_string_utf8(self.0, value.0, long.as_mut_ptr().cast(), long.len()))?;
            long.truncate(length);
            long
        };
        let text = String::from_utf8(bytes).map_err(|error| Error::new(ErrorCode::Internal, error))?;
        // A lone surrogate comes as U+FFFD; whether it was one shows in UTF-16.
        let whole = !text.contains('\u{fffd}') || self.well_formed(value)?;
        Ok(whole.then_some(text))
    }

    fn well_formed(self, value: Val<'_>) -> Outcome<bool> {
        let length = get!(0, napi_get_value_string_utf16(self.0, value.0, null_mut(), 0))?;
        let mut units = vec![0_u16; length + 1];
        let length = get!(0, napi_get_value_string_utf16(self.0, value.0, units.as_mut_ptr(), units.len()))?;
        Ok(char::decode_utf16(units[..length].iter().copied()).all(|unit| unit.is_ok()))
    }

    /// A bigint: whether it is negative, and its magnitude, lowest word first.
    pub(crate) fn bigint(self, value: Val<'_>) -> Outcome<(bool, Vec<u64>)> {
        let (mut count, mut negative) = (0, 0);
        tell!(napi_get_value_bigint_words(self.0, value.0, null_mut(), &mut count, null_mut()))?;
        let mut words = vec![0_u64; count];
        tell!(napi_get_value_bigint_words(self.0, value.0, &mut negative, &mut count, words.as_mut_ptr()))?;
        words.truncate(count);
        Ok((negative != 0, words))
    }

    pub(crate) fn is_array(self, value: Val<'_>) -> Outcome<bool> {
        get!(false, napi_is_array(self.0, value.0))
    }

    pub(crate) fn length(self, array: Val<'_>) -> Outcome<u32> {
        get!(0, napi_get_array_length(self.0, array.0))
    }

    pub(crate) fn element(self, array: Val<'_>, index: u32) -> Outcome<Val<'s>> {
        get!(null_mut(), napi_get_element(self.0, array.0, index)).map(|raw| self.val(raw))
    }

    pub(crate) fn property(self, object: Val<'_>, key: Val<'_>) -> Outcome<Val<'s>> {
        get!(null_mut(), napi_get_property(self.0, object.0, key.0)).map(|raw| self.val(raw))
    }

    /// Own enumerable properties with string names, as an array.
    pub(crate) fn keys(self, object: Val<'_>) -> Outcome<Val<'s>> {
        let filter = sys::KeyFilter::enumerable | sys::KeyFilter::skip_symbols;
        let (mode, form) = (sys::KeyCollectionMode::own_only, sys::KeyConversion::numbers_to_strings);
        get!(null_mut(), napi_get_all_property_names(self.0, object.0, mode, filter, form)).map(|raw| self.val(raw))
    }

    pub(crate) fn same(self, a: Val<'_>, b: Val<'_>) -> Outcome<bool> {
        get!(false, napi_strict_equals(self.0, a.0, b.0))
    }

    pub(crate) fn prototype(self, object: Val<'_>) -> Outcome<Val<'s>> {
        get!(null_mut(), napi_get_prototype(self.0, object.0)).map(|raw| self.val(raw))
    }

    pub(crate) fn instance_of(self, value: Val<'_>, class: Val<'_>) -> Outcome<bool> {
        get!(false, napi_instanceof(self.0, value.0, class.0))
    }

    pub(crate) fn is_promise(self, value: Val<'_>) -> Outcome<bool> {
        get!(false, napi_is_promise(self.0, value.0))
    }

    pub(crate) fn is_data_view(self, value: Val<'_>) -> Outcome<bool> {
        get!(false, napi_is_dataview(self.0, value.0))
    }

    /// Milliseconds of a `Date`; `None` for anything else.
    pub(crate) fn date(self, value: Val<'_>) -> Outcome<Option<f64>> {
        match get!(false, napi_is_date(self.0, value.0))? {
            true => get!(0.0, napi_get_date_value(self.0, value.0)).map(Some),
            false => Ok(None),
        }
    }

    /// The contents of an `ArrayBuffer`; `None` for anything else.
    pub(crate) fn array_buffer(self, value: Val<'_>) -> Outcome<Option<Vec<u8>>> {
        if !get!(false, napi_is_arraybuffer(self.0, value.0))? {
            return Ok(None);
        }
        let (mut data, mut length) = (null_mut(), 0);
        tell!(napi_get_arraybuffer_info(self.0, value.0, &mut data, &mut length))?;
        Ok(Some(viewed::<u8>(data, length).to_vec()))
    }

    /// The contents of a typed array; `None` for anything else. Shared memory is refused: other threads write there.
    pub(crate) fn typed_array(self, value: Val<'_>) -> Outcome<Option<Elements>> {
        use sys::TypedarrayType as Ty;
        if !get!(false, napi_is_typedarray(self.0, value.0))? {
            return Ok(None);
        }
        let (mut ty, mut length, mut data, mut buffer, mut offset) = (0, 0, null_mut(), null_mut(), 0);
        tell!(napi_get_typedarray_info(self.0, value.0, &mut ty, &mut length, &mut data, &mut buffer, &mut offset))?;
        if !get!(false, napi_is_arraybuffer(self.0, buffer))? {
            return Err(Error::new(ErrorCode::InvalidArgument, "shared memory cannot be passed; copy it first").into());
        }
        Ok(Some(match ty {
            Ty::uint8_array => Elements::Bytes(copied(viewed::<u8>(data, length))),
            Ty::uint8_clamped_array => Elements::Ints(ints(viewed::<u8>(data, length))),
            Ty::int8_array => Elements::Ints(ints(viewed::<i8>(data, length))),
            Ty::uint16_array => Elements::Ints(ints(viewed::<u16>(data, length))),
            Ty::int16_array => Elements::Ints(ints(viewed::<i16>(data, length))),
            Ty::uint32_array => Elements::Ints(ints(viewed::<u32>(data, length))),
            Ty::int32_array => Elements::Ints(ints(viewed::<i32>(data, length))),
            Ty::float32_array => Elements::Floats(viewed::<f32>(data, length).iter().map(|f| f64::from(*f)).collect()),
            Ty::float64_array => Elements::Floats(viewed::<f64>(data, length).to_vec()),
            Ty::bigint64_array => Elements::Wide(viewed::<i64>(data, length).iter().map(|n| i128::from(*n)).collect()),
            Ty::biguint64_array => Elements::Wide(viewed::<u64>(data, length).iter().map(|n| i128::from(*n)).collect()),
            other => {
                let why = format_args!("typed arrays of kind {other} cannot be passed");
                return Err(Error::new(ErrorCode::InvalidArgument, why).into());
            }
        }))
    }
}

impl Js<'_> {
    /// Writes numbers into a `Float64Array`. False: it is none, or too short.
    pub(crate) fn write_numbers<const N: usize>(self, into: Val<'_>, numbers: [f64; N]) -> Outcome<bool> {
        if !get!(false, napi_is_typedarray(self.0, into.0))? {
            return Ok(false);
        }
        let (mut ty, mut length, mut data, mut buffer, mut offset) = (0, 0, null_mut(), null_mut(), 0);
        tell!(napi_get_typedarray_info(self.0, into.0, &mut ty, &mut length, &mut data, &mut buffer, &mut offset))?;
        if ty != sys::TypedarrayType::float64_array || length < N || data.is_null() {
            return Ok(false);
        }
        // SAFETY: Node-API gave a pointer, aligned for `f64`, to `length` elements, of which we write the first `N`;
        // the memory stays where it is until JavaScript runs again, and the array is one of our own that nobody shares.
        unsafe { std::ptr::copy_nonoverlapping(numbers.as_ptr(), data.cast::<f64>(), N) };
        Ok(true)
    }
}

/// A view of memory that Node-API has just given; it is copied before any JavaScript can run again.
fn viewed<'a, T>(data: *mut std::ffi::c_void, length: usize) -> &'a [T] {
    if data.is_null() || length == 0 {
        return &[];
    }
    // SAFETY: Node-API gave a pointer, aligned for the element type, to `length` elements of unshared memory,
    // which stays where it is until JavaScript runs again; every bit pattern is a number.
    unsafe { std::slice::from_raw_parts(data.cast(), length) }
}

fn ints<T: Copy + Into<i64>>(elements: &[T]) -> Vec<i64> {
    elements.iter().map(|n| (*n).into()).collect()
}
