//! Values and results for JavaScript.
//!
//! Everything becomes an own data property of plain objects; nothing a guest names can run a setter.

use crate::js::{Js, Outcome, Val};
use crate::local::Local;
use num_bigint::{BigInt, Sign};
use std::collections::BTreeMap;
use wasm_sandbox_bridge::policy::{RunResult, Value};
use wasm_sandbox_bridge::spare::give_back;

const SAFE: i64 = 9_007_199_254_740_991;

/// Converts one value.
pub(crate) fn value<'s>(js: Js<'s>, local: &Local, value: &Value) -> Outcome<Val<'s>> {
    match value {
        Value::Null => js.null(),
        Value::Bool(value) => js.make_bool(*value),
        Value::Int(n) if (-SAFE..=SAFE).contains(n) => js.make_number(*n as f64),
        Value::Int(n) => js.make_bigint(*n < 0, &[n.unsigned_abs()]),
        Value::BigInt(n) => big(js, n),
        Value::Float(f) => js.make_number(*f),
        Value::String(text) => js.make_text(text),
        Value::Bytes(bytes) => js.make_bytes(bytes),
        Value::DateTime(moment) => js.make_date(moment.micros.div_euclid(1_000) as f64),
        Value::List(values) => list(js, local, values),
        Value::Map(entries) if entries.iter().all(|(key, _)| matches!(key, Value::String(_))) => {
            let object = js.make_object()?;
            for (key, item) in entries {
                js.scoped(|js| js.define(object, self::value(js, local, key)?, self::value(js, local, item)?))?;
            }
            Ok(object)
        }
        Value::Map(entries) => {
            let pairs = js.make_array(entries.len())?;
            for (index, (key, item)) in (0..).zip(entries) {
                js.scoped(|js| {
                    let pair = js.make_array(2)?;
                    js.set_element(pair, 0, self::value(js, local, key)?)?;
                    js.set_element(pair, 1, self::value(js, local, item)?)?;
                    js.set_element(pairs, index, pair)
                })?;
            }
            js.construct(js.kept(local.map)?, pairs)
        }
    }
}

/// The same of a value that nobody else needs.
pub(crate) fn given<'s>(js: Js<'s>, local: &Local, given: Value) -> Outcome<Val<'s>> {
    let made = value(js, local, &given);
    give_back(given);
    made
}

/// A document, whose numbers are plain ones in JavaScript, however large: it may be written as JSON.
pub(crate) fn document<'s>(js: Js<'s>, local: &Local, mut document: Value) -> Outcome<Val<'s>> {
    plain_numbers(&mut document);
    value(js, local, &document)
}

fn plain_numbers(value: &mut Value) {
    match value {
        Value::Int(n) if n.unsigned_abs() > SAFE.unsigned_abs() => *value = Value::Float(*n as f64),
        Value::BigInt(n) => *value = Value::Float(n.to_string().parse().unwrap_or(f64::INFINITY)),
        Value::List(items) => items.iter_mut().for_each(plain_numbers),
        Value::Map(entries) => entries.iter_mut().for_each(|(_, item)| plain_numbers(item)),
        _ => {}
    }
}

/// An array of values.
pub(crate) fn list<'s>(js: Js<'s>, local: &Local, values: &[Value]) -> Outcome<Val<'s>> {
    let array = js.make_array(values.len())?;
    for (chunk, start) in values.chunks(256).zip((0..).step_by(256)) {
        js.scoped(|js| {
            let mut items = (start..).zip(chunk);
            items.try_for_each(|(index, item)| js.set_element(array, index, self::value(js, local, item)?))
        })?;
    }
    Ok(array)
}

/// Bytes, or null for none: making an array costs more than a short run.
fn output<'s>(js: Js<'s>, bytes: &[u8]) -> Outcome<Val<'s>> {
    if bytes.is_empty() { js.null() } else { js.make_bytes(bytes) }
}

/// A whole result: `{value, stdout, stderr, truncated, exitCode, files, usage}`.
pub(crate) fn result<'s>(js: Js<'s>, local: &Local, result: RunResult) -> Outcome<Val<'s>> {
    let object = js.make_object()?;
    let usage = serde_json::to_string(&result.usage).unwrap_or_default();
    js.scoped(|js| {
        let exit_code = result.exit_code.map_or_else(|| js.null(), |code| js.make_number(f64::from(code)));
        for (name, item) in [
            ("value", given(js, local, result.value)),
            ("stdout", output(js, &result.stdout)),
            ("stderr", output(js, &result.stderr)),
            ("truncated", js.make_bool(result.truncated)),
            ("exitCode", exit_code),
            ("files", files(js, &result.files)),
            ("usage", js.make_text(&usage)),
        ] {
            js.define(object, js.make_text(name)?, item?)?;
        }
        Ok(())
    })?;
    Ok(object)
}

/// A result with its figures: the value alone where there is nothing else in it.
pub(crate) fn answer<'s>(js: Js<'s>, local: &Local, into: Val<'_>, result: RunResult) -> Outcome<Val<'s>> {
    match figures(js, into, &result)? {
        true => given(js, local, result.value),
        false => self::result(js, local, result),
    }
}

/// Writes the figures of a result where JavaScript reads them without an object: whether there is nothing but a value
/// in it, then the usage in the order of its fields, fuel as -1 where it is not metered.
fn figures(js: Js<'_>, into: Val<'_>, result: &RunResult) -> Outcome<bool> {
    let RunResult { stdout, stderr, truncated, exit_code, files, usage, .. } = result;
    let plain = stdout.is_empty() && stderr.is_empty() && !truncated && exit_code.is_none() && files.is_empty();
    let fuel = usage.fuel_consumed.map_or(-1.0, |fuel| fuel as f64);
    let counts = [
        u64::from(plain),
        usage.wall_time_ms,
        usage.wall_time_us,
        usage.cpu_time_ms,
        usage.cpu_time_us,
        usage.peak_memory_bytes,
        usage.function_calls,
        usage.host_calls,
        usage.network_requests,
        usage.filesystem_ops,
        usage.output_bytes,
        usage.audit_dropped,
    ];
    let mut numbers = [fuel; 13];
    numbers.iter_mut().zip(counts).for_each(|(number, count)| *number = count as f64);
    Ok(js.write_numbers(into, numbers)? && plain)
}

fn files<'s>(js: Js<'s>, files: &BTreeMap<String, Vec<u8>>) -> Outcome<Val<'s>> {
    let object = js.make_object()?;
    for (path, bytes) in files {
        js.scoped(|js| js.define(object, js.make_text(path)?, js.make_bytes(bytes)?))?;
    }
    Ok(object)
}

fn big<'s>(js: Js<'s>, n: &BigInt) -> Outcome<Val<'s>> {
    let (sign, words) = n.to_u64_digits();
    js.make_bigint(sign == Sign::Minus, &words)
}
