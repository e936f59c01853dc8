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
}
