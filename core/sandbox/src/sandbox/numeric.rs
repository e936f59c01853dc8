//! Values to and from wasm's numeric types, by the rules users are promised: nothing is ever wrapped, and nothing
//! rounded but what goes into an f32, to the nearest.

use super::ScalarKind;
use num_bigint::BigInt;
use wasm_sandbox_policy::{Error, ErrorCode, Result, Value};
use wasmtime::{Val, ValType};

/// Converts one argument for a parameter of type `ty`; `at` names it in errors, as `$[0]`.
pub(crate) fn to_wasm(value: &Value, ty: &ValType, at: &str) -> Result<Val> {
    match ty {
        ValType::I32 => {
            let bits = ScalarKind::I32.of_int(integer(value, at)?);
            bits.map(|bits| Val::I32(bits as u32 as i32)).ok_or_else(|| outside(value, "i32", at))
        }
        ValType::I64 => wide(value, at),
        ValType::F32 => Ok(Val::F32((float(value, "f32", at)? as f32).to_bits())),
        ValType::F64 => Ok(Val::F64(float(value, "f64", at)?.to_bits())),
        _ => Err(Error::new(ErrorCode::Unsupported, format_args!("{at}: a parameter of type {ty} cannot be passed"))
            .with("path", at)),
    }
}

/// Converts one result.
pub(crate) fn from_wasm(value: &Val) -> Result<Value> {
    Ok(match value {
        Val::I32(n) => Value::Int(i64::from(*n)),
        Val::I64(n) => Value::BigInt(BigInt::from(*n)),
        Val::F32(bits) => Value::Float(f64::from(f32::from_bits(*bits))),
        Val::F64(bits) => Value::Float(f64::from_bits(*bits)),
        _ => return Err(Error::new(ErrorCode::Unsupported, "a result that is not a number cannot be passed")),
    })
}

/// No result is null, one is itself, several are a list.
pub(crate) fn results(values: &[Val]) -> Result<Value> {
    match values {
        [] => Ok(Value::Null),
        [one] => from_wasm(one),
        many => Ok(Value::List(many.iter().map(from_wasm).collect::<Result<_>>()?)),
    }
}

fn integer(value: &Value, at: &str) -> Result<i64> {
    match value {
        Value::Int(n) => Ok(*n),
        Value::Bool(b) => Ok(i64::from(*b)),
        Value::BigInt(n) => i64::try_from(n).map_err(|_| outside(value, "i32", at)),
        // JSON and gRPC send integers as floats.
        Value::Float(f) if f.fract() == 0.0 && f.abs() <= 9_007_199_254_740_992.0 => Ok(*f as i64),
        Value::Float(_) => Err(outside(value, "integer", at)),
        _ => Err(wrong(value, "integer", at)),
    }
}

/// 64 bits: the signed and the unsigned reading are accepted.
fn wide(value: &Value, at: &str) -> Result<Val> {
    if let Value::BigInt(n) = value {
        let bits = i64::try_from(n).or_else(|_| u64::try_from(n).map(|n| n as i64));
        return bits.map(Val::I64).map_err(|_| outside(value, "i64", at));
    }
    integer(value, at).map(Val::I64)
}

fn float(value: &Value, ty: &str, at: &str) -> Result<f64> {
    match value {
        Value::Float(f) if ty == "f32" && ScalarKind::F32.of_float(*f).is_none() => Err(outside(value, ty, at)),
        Value::Float(f) => Ok(*f),
        Value::Int(n) if ty == "f32" => Ok(*n as f64),
        Value::Int(n) => ScalarKind::F64.of_int(*n).map(f64::from_bits).ok_or_else(|| outside(value, ty, at)),
        Value::BigInt(n) => {
            let exact = i64::try_from(n).ok().and_then(|n| ScalarKind::F64.of_int(n));
            exact.map(f64::from_bits).ok_or_else(|| outside(value, ty, at))
        }
        Value::Bool(b) => Ok(f64::from(u8::from(*b))),
        _ => Err(wrong(value, "number", at)),
    }
}

fn wrong(value: &Value, wanted: &str, at: &str) -> Error {
    let why = format_args!("{at}: {} given, {wanted} wanted", value.kind());
    Error::new(ErrorCode::InvalidArgument, why).with("path", at)
}

fn outside(value: &Value, ty: &str, at: &str) -> Error {
    let shown = match value {
        Value::Int(n) => n.to_string(),
        Value::Float(f) => f.to_string(),
        Value::BigInt(n) if n.bits() <= 256 => n.to_string(),
        _ => "the number".to_owned(),
    };
    let why = match ty {
        "integer" => format!("{at}: {shown} is not an integer"),
        _ => format!("{at}: {shown} does not fit {ty}"),
    };
    Error::new(ErrorCode::InvalidArgument, why).with("path", at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edges_of_i32_and_i64() {
        let i32_of = |v: Value| to_wasm(&v, &ValType::I32, "$[0]").map(|v| v.unwrap_i32());
        assert_eq!(i32_of(Value::Int(4_294_967_295)).unwrap(), -1);
        assert_eq!(i32_of(Value::Int(-2_147_483_648)).unwrap(), i32::MIN);
        assert_eq!(i32_of(Value::Float(7.0)).unwrap(), 7);
        for bad in [
            Value::Int(4_294_967_296),
            Value::Int(-2_147_483_649),
            Value::Float(7.5),
            Value::Float(f64::NAN),
            Value::from("7"),
            Value::Null,
        ] {
            assert_eq!(i32_of(bad.clone()).unwrap_err().code, ErrorCode::InvalidArgument, "{bad:?}");
        }
        let i64_of = |v: Value| to_wasm(&v, &ValType::I64, "$[0]").map(|v| v.unwrap_i64());
        assert_eq!(i64_of(Value::BigInt(BigInt::from(u64::MAX))).unwrap(), -1);
        assert!(i64_of(Value::BigInt(BigInt::from(u64::MAX) + 1)).is_err());
        assert!(to_wasm(&Value::Float(1e300), &ValType::F32, "$[0]").is_err());
        assert!(to_wasm(&Value::BigInt((BigInt::from(1) << 53) + 1), &ValType::F64, "$[0]").is_err());
    }
}
