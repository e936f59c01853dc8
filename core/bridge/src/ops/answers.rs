//! Answers as values, with the keys of the reference API.

use super::document::value_of;
use crate::error_value;
use std::collections::BTreeMap;
use wasm_sandbox_policy::{AuditEvent, AuditOutcome, Error, ErrorFamily, Result, RunResult, Usage, Value};

/// A whole result.
pub(crate) fn result(result: RunResult) -> Result<Value> {
    let text = |bytes: &[u8]| Value::String(String::from_utf8_lossy(bytes).into_owned());
    Ok(Value::object([
        ("value", result.value),
        ("stdout", text(&result.stdout)),
        ("stderr", text(&result.stderr)),
        ("stdoutBytes", Value::Bytes(result.stdout)),
        ("stderrBytes", Value::Bytes(result.stderr)),
        ("truncated", Value::Bool(result.truncated)),
        ("exitCode", result.exit_code.map_or(Value::Null, |code| Value::Int(code.into()))),
        ("files", files(result.files)),
        ("usage", usage(&result.usage)?),
    ]))
}

pub(super) fn usage(usage: &Usage) -> Result<Value> {
    value_of(usage)
}

fn files(files: BTreeMap<String, Vec<u8>>) -> Value {
    Value::object(files.into_iter().map(|(path, content)| (path, Value::Bytes(content))))
}

/// The outcome of an audited call.
pub(super) fn audited(result: RunResult, events: &[AuditEvent]) -> Result<Value> {
    let denied: Vec<_> = events.iter().filter(|event| event.outcome == AuditOutcome::Denied).collect();
    Ok(Value::object([
        ("output", result.value),
        ("violations", value_of(&denied)?),
        ("events", value_of(&events)?),
        ("stats", usage(&result.usage)?),
    ]))
}

/// A run told as a record. What the caller did wrong is an error all the same.
pub(super) fn record(outcome: Result<RunResult>) -> Result<Value> {
    let (success, value, output, error, used) = match outcome {
        Ok(result) => (true, result.value, result.stdout, Value::Null, result.usage),
        Err(error) if error.code.family() == ErrorFamily::Usage => return Err(error),
        Err(error) => {
            let (output, used) = so_far(&error);
            (false, Value::Null, output, error_value(&error), used)
        }
    };
    Ok(Value::object([
        ("success", Value::Bool(success)),
        ("value", value),
        ("output", Value::String(String::from_utf8_lossy(&output).into_owned())),
        ("error", error),
        ("usage", usage(&used)?),
    ]))
}

/// What a failed run had written and used.
fn so_far(error: &Error) -> (Vec<u8>, Usage) {
    error.result.as_deref().map(|result| (result.stdout.clone(), result.usage.clone())).unwrap_or_default()
}
