//! Holding an outcome against what a case expects: only what is named is compared, never a message.

use super::case::only;
use serde_json::{Value as Json, json};
use std::time::Duration;
use wasm_sandbox_core::policy::{Error, RunResult, Value};

/// What a step came to.
#[derive(Debug)]
pub enum Got {
    Result(RunResult),
    Error(Error),
    /// What `verify` says.
    Report(Json),
}

pub fn check(expected: &Json, got: &Got, took: Duration) -> Result<(), String> {
    only(
        expected,
        &[
            "value",
            "stdout",
            "stderr",
            "exitCode",
            "files",
            "truncated",
            "error",
            "events",
            "usage",
            "report",
            "withinMs",
            "atLeastMs",
        ],
    )?;
    let ms = took.as_millis() as u64;
    if expected["withinMs"].as_u64().is_some_and(|limit| ms > limit)
        || expected["atLeastMs"].as_u64().is_some_and(|least| ms < least)
    {
        return Err(format!("it took {ms} ms"));
    }
    if let Got::Report(report) = got {
        return within(&expected["report"], report)
            .then_some(())
            .ok_or_else(|| format!("report: {report}, expected {}", expected["report"]));
    }
    let result = match (expected.get("error"), got) {
        (Some(error), Got::Error(got)) => {
            check_error(error, got)?;
            got.result.as_deref()
        }
        (Some(error), Got::Result(result)) => {
            return Err(format!("no error, {error} expected; value {:?}", result.value));
        }
        (None, Got::Error(error)) => {
            return Err(format!("{}: {} {:?}", error.code.as_str(), error.message, error.details));
        }
        (None, Got::Result(result)) => Some(result),
        (_, Got::Report(_)) => None,
    };
    let nothing = RunResult::default();
    let result = result.unwrap_or(&nothing);
    let files = result.to_json()["files"].clone();
    let parts = [
        ("stdout", json!(String::from_utf8_lossy(&result.stdout))),
        ("stderr", json!(String::from_utf8_lossy(&result.stderr))),
        ("exitCode", json!(result.exit_code)),
        ("truncated", json!(result.truncated)),
        ("files", files),
    ];
    for (name, actual) in parts {
        if expected.get(name).is_some_and(|wanted| *wanted != actual) {
            return Err(format!("{name}: {actual}, expected {}", expected[name]));
        }
    }
    if let Some(wanted) = expected.get("value") {
        let wanted = Value::from_tagged(wanted).map_err(|e| e.message)?;
        if !same(&wanted, &result.value) {
            return Err(format!("value: {}, expected {}", result.value.to_tagged(), expected["value"]));
        }
    }
    if let Some(wanted) = expected.get("usage").filter(|wanted| !within(wanted, &json!(result.usage))) {
        return Err(format!("usage: {}, expected {wanted}", json!(result.usage)));
    }
    expected["events"].as_array().map_or(Ok(()), |events| check_events(events, &result.value.to_tagged()))
}

fn check_error(expected: &Json, got: &Error) -> Result<(), String> {
    only(expected, &["code", "details"])?;
    let details = expected["details"].as_object().into_iter().flatten();
    let wrong: Vec<String> =
        details.filter(|(key, wanted)| got.details.get(*key) != Some(wanted)).map(|(key, _)| key.clone()).collect();
    if expected["code"] == json!(got.code) && wrong.is_empty() {
        return Ok(());
    }
    Err(format!("{}: {} {:?}, expected {expected}", got.code.as_str(), got.message, got.details))
}

/// Each listed event must be among those that were recorded.
fn check_events(expected: &[Json], recorded: &Json) -> Result<(), String> {
    let recorded = recorded.as_array().cloned().unwrap_or_default();
    let matches = |wanted: &Json, event: &Json| {
        wanted.as_object().is_some_and(|fields| fields.iter().all(|(key, value)| event.get(key) == Some(value)))
    };
    match expected.iter().find(|wanted| !recorded.iter().any(|event| matches(wanted, event))) {
        Some(missing) => Err(format!("no event {missing} in {recorded:?}")),
        None => Ok(()),
    }
}

/// Whether what is named in `wanted` is so in `got`: of an object the given keys, of a list every item in its place.
fn within(wanted: &Json, got: &Json) -> bool {
    match (wanted, got) {
        (Json::Object(wanted), Json::Object(got)) => {
            wanted.iter().all(|(key, w)| got.get(key).is_some_and(|g| within(w, g)))
        }
        (Json::Array(wanted), Json::Array(got)) => {
            wanted.len() == got.len() && wanted.iter().zip(got).all(|(w, g)| within(w, g))
        }
        _ => wanted == got,
    }
}

/// Equality in which NaN equals itself, -0 differs from 0, and the order of string keys means nothing.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()),
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len() && a.iter().all(|(k, v)| b.iter().any(|(other, w)| same(k, other) && same(v, w)))
        }
        _ => a == b,
    }
}
