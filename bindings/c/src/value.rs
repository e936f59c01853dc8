//! Values that cross: their binary form, and beside it the large byte strings, which are copied from where they are to
//! where they are needed and nowhere else.
//!
//! Both directions are lent: what comes in is read before its function returns, what goes out is gone after it.

use crate::bytes::WsBytes;
use std::ptr::null;
use wasm_sandbox_bridge::policy::{Error, ErrorCode, Result, Value};
use wasm_sandbox_bridge::spare::give_back;
use wasm_sandbox_bridge::wire::{self, Split};

/// A byte string that stands apart: in the value's form it is an empty one.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct WsApart {
    /// How many byte strings come before it in the value.
    pub place: usize,
    pub bytes: WsBytes,
}

/// A value, lent until the function that it is given to returns. Byte strings may stand in the form or apart, in order.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct WsValue {
    /// The binary form.
    pub form: WsBytes,
    pub apart: *const WsApart,
    pub apart_count: usize,
}

impl WsValue {
    /// The value; large byte strings are copied once.
    ///
    /// # Safety
    /// As `WsBytes::read`, for everything in it.
    pub(crate) unsafe fn read(self, what: &str) -> Result<Value> {
        // SAFETY: the caller's.
        let form = unsafe { self.form.read(what) }?;
        if self.apart_count == 0 {
            return wire::decode(form);
        }
        if self.apart.is_null() || self.apart_count > isize::MAX as usize / size_of::<WsApart>() {
            let why = format_args!("{what}: {} byte strings stand apart nowhere", self.apart_count);
            return Err(Error::new(ErrorCode::InvalidArgument, why));
        }
        // SAFETY: not null, of a possible length, and the caller vouches for the rest.
        let apart = unsafe { std::slice::from_raw_parts(self.apart, self.apart_count) };
        // SAFETY: the caller's.
        let read = |one: &WsApart| unsafe { one.bytes.read(what) }.map(|bytes| (one.place, bytes));
        wire::join(form, apart.iter().map(read).collect::<Result<Vec<_>>>()?.into_iter())
    }
}

/// Lends a value of ours to `receiver`.
pub(crate) fn lend(value: Split, receiver: impl FnOnce(WsValue)) {
    let one = |(place, bytes): &(usize, Vec<u8>)| WsApart { place: *place, bytes: WsBytes::of(bytes) };
    let apart: Vec<_> = value.apart.iter().map(one).collect();
    let place = if apart.is_empty() { null() } else { apart.as_ptr() };
    receiver(WsValue { form: WsBytes::of(&value.form), apart: place, apart_count: apart.len() });
    value.apart.into_iter().for_each(|(_, bytes)| give_back(Value::Bytes(bytes)));
}
