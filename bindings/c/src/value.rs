//! Values that cross: their binary form, and beside it the large byte strings, which are copied from where they are to
//! where they are needed and nowhere else.
//!
//! Both directions are lent: what comes in is read before its function returns, what goes out is gone after it.

use crate::bytes::WsBytes;
use std::ptr::null;
use wasm_sandbox_bridge::policy::{Error, ErrorCode, Result, Value};
use wasm_sandbox_bridge::wire;

/// Byte strings of at least this size go out apart.
const LARGE: usize = 16 << 10;

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
    /// The binary form; in an answer of status `error` its JSON document.
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
        let mut value = wire::decode(unsafe { self.form.read(what) }?)?;
        if self.apart_count == 0 {
            return Ok(value);
        }
        let lie = || Error::new(ErrorCode::InvalidArgument, format_args!("{what}: what stands apart has no place"));
        if self.apart.is_null() || self.apart_count > isize::MAX as usize / size_of::<WsApart>() {
            return Err(lie());
        }
        // SAFETY: not null, of a possible length, and the caller vouches for the rest.
        let mut apart = unsafe { std::slice::from_raw_parts(self.apart, self.apart_count) }.iter().peekable();
        each(&mut value, &mut 0, &mut |place, bytes| {
            if let Some(one) = apart.next_if(|one| one.place == place) {
                // SAFETY: the caller's.
                *bytes = unsafe { one.bytes.read(what) }?.to_vec();
            }
            Ok(())
        })?;
        if apart.next().is_some() { Err(lie()) } else { Ok(value) }
    }

    /// Text instead of a value.
    pub(crate) fn text(text: &str) -> WsValue {
        WsValue { form: WsBytes::of(text.as_bytes()), apart: null(), apart_count: 0 }
    }
}

/// A value of ours that is about to be lent.
#[derive(Default)]
pub(crate) struct Lent {
    form: Vec<u8>,
    apart: Vec<(usize, Vec<u8>)>,
}

impl Lent {
    /// Takes large byte strings out of the value as they are.
    pub(crate) fn of(mut value: Value) -> Result<Lent> {
        let mut apart = Vec::new();
        each(&mut value, &mut 0, &mut |place, bytes| {
            if bytes.len() >= LARGE {
                apart.push((place, std::mem::take(bytes)));
            }
            Ok(())
        })?;
        Ok(Lent { form: wire::encode(&value)?, apart })
    }

    /// Lends it to `receiver`.
    pub(crate) fn to<T>(&self, receiver: impl FnOnce(WsValue) -> T) -> T {
        let one = |(place, bytes): &(usize, Vec<u8>)| WsApart { place: *place, bytes: WsBytes::of(bytes) };
        let apart: Vec<_> = self.apart.iter().map(one).collect();
        let place = if apart.is_empty() { null() } else { apart.as_ptr() };
        receiver(WsValue { form: WsBytes::of(&self.form), apart: place, apart_count: apart.len() })
    }
}

/// Visits the value's byte strings in the order of the form.
fn each(value: &mut Value, place: &mut usize, visit: &mut impl FnMut(usize, &mut Vec<u8>) -> Result<()>) -> Result<()> {
    match value {
        Value::Bytes(bytes) => {
            *place += 1;
            visit(*place - 1, bytes)
        }
        Value::List(items) => items.iter_mut().try_for_each(|item| each(item, place, visit)),
        Value::Map(entries) => entries.iter_mut().try_for_each(|(key, item)| {
            each(key, place, visit)?;
            each(item, place, visit)
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(content: &[u8]) -> Value {
        let named = Value::object([("k", Value::Bytes(content.to_vec()))]);
        Value::List(vec![Value::Bytes(b"small".to_vec()), Value::Bytes(content.to_vec()), Value::Bytes(vec![]), named])
    }

    #[test]
    fn large_byte_strings_are_lent_from_where_they_are() {
        let content = vec![7; 1 << 20];
        let value = parts(&content);
        let Value::List(items) = &value else { unreachable!() };
        let Value::Bytes(large) = &items[1] else { unreachable!() };
        let at = large.as_ptr();
        let lent = Lent::of(value).unwrap();
        lent.to(|lent| {
            assert!(lent.form.len < 100);
            // SAFETY: lent by `to`.
            let apart = unsafe { std::slice::from_raw_parts(lent.apart, lent.apart_count) };
            assert_eq!(
                apart.iter().map(|one| (one.place, one.bytes.len)).collect::<Vec<_>>(),
                [(1, 1 << 20), (3, 1 << 20)]
            );
            assert_eq!(apart[0].bytes.data, at);
            // SAFETY: lent by `to`.
            assert_eq!(unsafe { lent.read("value") }.unwrap(), parts(&content));
        });
    }

    #[test]
    fn what_stands_apart_has_a_place() {
        let form = wire::encode(&parts(b"")).unwrap();
        let bytes = WsBytes::of(b"apart");
        for places in [&[4_usize][..], &[1, 1], &[1, 0]] {
            let apart: Vec<_> = places.iter().map(|place| WsApart { place: *place, bytes }).collect();
            let value = WsValue { form: WsBytes::of(&form), apart: apart.as_ptr(), apart_count: apart.len() };
            // SAFETY: all of it is here.
            assert_eq!(unsafe { value.read("value") }.unwrap_err().code, ErrorCode::InvalidArgument, "{places:?}");
        }
    }
}
