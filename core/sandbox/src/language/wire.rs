//! The binary form of values between bindings and the bridge: the one that packs speak, without a policy's limits.
//!
//! Whoever writes it is the host itself, so nothing is charged to a guest; lengths and depth are checked all the
//! same, because a binding in another language can have defects of its own.

use super::codec;
use crate::store::Meter;
use wasm_sandbox_policy::{Error, ErrorCode, Limits, Result, Value};

/// How deep values may be nested: well above any policy's `valueDepth`, well below what a thread's stack takes.
pub const MAX_DEPTH: u32 = 512;

/// Encodes a value. `value_limit` when it is nested deeper than `MAX_DEPTH` or takes 4 GiB.
pub fn encode(value: &Value) -> Result<Vec<u8>> {
    codec::encode(value, &limits())
}

/// Decodes one value out of all of `bytes`. `invalid_argument` when they are not well formed.
pub fn decode(bytes: &[u8]) -> Result<Value> {
    let limits = limits();
    codec::decode(bytes, &limits, &mut Meter::new(&limits)).map(|decoded| decoded.value).map_err(|error| {
        match error.code {
            ErrorCode::GuestTrap => Error::new(ErrorCode::InvalidArgument, "the encoded value is not well formed"),
            _ => error,
        }
    })
}

/// Byte strings of at least this size need not stand in the form.
const LARGE: usize = 16 << 10;

/// A value whose large byte strings stand apart from its binary form, where they are empty ones.
#[derive(Debug, Default)]
pub struct Split {
    pub form: Vec<u8>,
    /// In order, with the number of byte strings that come before each in the value.
    pub apart: Vec<(usize, Vec<u8>)>,
}

/// Encodes a value, and takes its large byte strings out as they are. Errors as `encode`.
pub fn split(mut value: Value) -> Result<Split> {
    let mut apart = Vec::new();
    each_string(&mut value, &mut 0, &mut |place, bytes| {
        if bytes.len() >= LARGE {
            apart.push((place, std::mem::take(bytes)));
        }
    });
    Ok(Split { form: encode(&value)?, apart })
}

/// Decodes a value of which some byte strings stand apart, in order; each is copied once. `invalid_argument` when one has
/// no place, and as `decode`.
pub fn join<'a>(form: &[u8], apart: impl Iterator<Item = (usize, &'a [u8])>) -> Result<Value> {
    let mut value = decode(form)?;
    let mut apart = apart.peekable();
    if apart.peek().is_some() {
        each_string(&mut value, &mut 0, &mut |place, bytes| {
            if let Some((_, given)) = apart.next_if(|(at, _)| *at == place) {
                *bytes = crate::spare::copied(given);
            }
        });
    }
    match apart.next() {
        Some(_) => Err(Error::new(ErrorCode::InvalidArgument, "a byte string that stands apart has no place")),
        None => Ok(value),
    }
}

/// Visits a value's byte strings in the order of the form.
fn each_string(value: &mut Value, place: &mut usize, visit: &mut impl FnMut(usize, &mut Vec<u8>)) {
    match value {
        Value::Bytes(bytes) => {
            visit(*place, bytes);
            *place += 1;
        }
        Value::List(items) => items.iter_mut().for_each(|item| each_string(item, place, visit)),
        Value::Map(entries) => entries.iter_mut().for_each(|(key, item)| {
            each_string(key, place, visit);
            each_string(item, place, visit);
        }),
        _ => {}
    }
}

fn limits() -> Limits {
    Limits { value_depth: MAX_DEPTH, value_bytes: u64::from(u32::MAX), memory_bytes: u64::MAX, ..Limits::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(levels: u32) -> Value {
        (0..levels).fold(Value::Null, |inner, _| Value::List(vec![inner]))
    }

    #[test]
    fn values_beyond_any_policy_cross() {
        let large = Value::Bytes(vec![7; 100 << 20]);
        assert_eq!(decode(&encode(&large).unwrap()).unwrap(), large);
        let deep = nested(MAX_DEPTH);
        assert_eq!(decode(&encode(&deep).unwrap()).unwrap(), deep);
        assert_eq!(encode(&nested(MAX_DEPTH + 1)).unwrap_err().code, ErrorCode::ValueLimit);
    }

    #[test]
    fn what_is_malformed_is_an_argument_error() {
        for bytes in [&[][..], &[99], &[8, 255, 255, 255, 255], &[0, 0], &[6, 1, 0, 0, 0, 0xff]] {
            assert_eq!(decode(bytes).unwrap_err().code, ErrorCode::InvalidArgument, "{bytes:?}");
        }
    }

    fn parts(content: &[u8]) -> Value {
        let named = Value::object([("k", Value::Bytes(content.to_vec()))]);
        Value::List(vec![Value::Bytes(b"small".to_vec()), Value::Bytes(content.to_vec()), Value::Bytes(vec![]), named])
    }

    #[test]
    fn large_byte_strings_stand_apart_as_they_are() {
        let content = vec![7; 1 << 20];
        let value = parts(&content);
        let Value::List(items) = &value else { unreachable!() };
        let Value::Bytes(large) = &items[1] else { unreachable!() };
        let at = large.as_ptr();
        let split = split(value).unwrap();
        assert!(split.form.len() < 100);
        assert_eq!(
            split.apart.iter().map(|(place, one)| (*place, one.len())).collect::<Vec<_>>(),
            [(1, 1 << 20), (3, 1 << 20)]
        );
        assert_eq!(split.apart[0].1.as_ptr(), at);
        let lent = split.apart.iter().map(|(place, bytes)| (*place, &bytes[..]));
        assert_eq!(join(&split.form, lent).unwrap(), parts(&content));
    }

    #[test]
    fn what_stands_apart_has_a_place() {
        let form = encode(&parts(b"")).unwrap();
        for places in [&[4_usize][..], &[1, 1], &[1, 0]] {
            let apart = places.iter().map(|place| (*place, &b"apart"[..]));
            assert_eq!(join(&form, apart).unwrap_err().code, ErrorCode::InvalidArgument, "{places:?}");
        }
    }
}
