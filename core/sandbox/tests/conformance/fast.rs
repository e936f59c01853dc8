//! The fast path as a binding drives it: arguments to bits, the prepared call, bits to a value.
//!
//! Arguments that do not fit go through the ordinary call instead, which says why.

use num_bigint::BigInt;
use wasm_sandbox_core::policy::{Error, RunResult, Value};
use wasm_sandbox_core::{CallOptions, MAX_SCALARS, Sandbox, Scalar, ScalarKind};

pub fn call(sandbox: &mut Sandbox, name: &str, args: &[Value], options: &CallOptions) -> Result<RunResult, Error> {
    let mut prepared = sandbox.prepare(name)?;
    let bits: Option<Vec<u64>> =
        args.iter().zip(prepared.params()).map(|(value, kind)| to_bits(value, *kind)).collect();
    let Some(bits) = bits.filter(|bits| bits.len() == args.len() && args.len() == prepared.params().len()) else {
        return sandbox.call(name, args, options);
    };
    let mut slots = [0; MAX_SCALARS];
    slots[..bits.len()].copy_from_slice(&bits);
    sandbox.call_prepared(&mut prepared, &mut slots)?;
    let mut values: Vec<Value> =
        prepared.results().iter().zip(slots).map(|(kind, bits)| from_bits(bits, *kind)).collect();
    let value = match values.len() {
        0 => Value::Null,
        1 => values.remove(0),
        _ => Value::List(values),
    };
    Ok(RunResult { value, ..RunResult::default() })
}

fn to_bits(value: &Value, kind: ScalarKind) -> Option<u64> {
    match value {
        Value::Int(n) => kind.of_int(*n),
        Value::BigInt(n) => kind.of_int(i64::try_from(n).ok()?),
        Value::Float(f) => kind.of_float(*f),
        _ => None,
    }
}

fn from_bits(bits: u64, kind: ScalarKind) -> Value {
    match kind.read(bits) {
        // The ordinary call gives 64 bits as what every language can say.
        Scalar::Int(n) if kind == ScalarKind::I64 => Value::BigInt(BigInt::from(n)),
        Scalar::Int(n) => Value::Int(n),
        Scalar::Float(f) => Value::Float(f),
    }
}
