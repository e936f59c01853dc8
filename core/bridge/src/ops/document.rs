//! Documents (policies, limits, capabilities, settings) between values and JSON.
//!
//! JSON cannot say NaN and would make null of it, which in a policy means "no limit": what it cannot say is refused.

use serde_json::{Map, Number, Value as Json};
use wasm_sandbox_policy::{Error, ErrorCode, Result, Value};

const DEEPEST: usize = 32;
/// Largest integer that a float stands for exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A document as JSON. `invalid_policy` with the place of what no document can hold.
pub(super) fn to_json(value: &Value, at: &str) -> Result<Json> {
    plain(value, at, 0)
}

/// JSON text or data of our own, as a value.
pub(super) fn from_json(json: &Json) -> Result<Value> {
    Value::from_json_plain(json)
}

/// Data of our own, as a value.
pub(super) fn value_of(data: &impl serde::Serialize) -> Result<Value> {
    let json = serde_json::to_value(data).map_err(|error| Error::new(ErrorCode::Internal, error))?;
    from_json(&json)
}

/// JSON text of our own, as a value.
pub(super) fn parsed(text: &str) -> Result<Value> {
    let json = serde_json::from_str(text).map_err(|error| Error::new(ErrorCode::Internal, error))?;
    from_json(&json)
}

fn plain(value: &Value, at: &str, depth: usize) -> Result<Json> {
    if depth > DEEPEST {
        return Err(refused(at, "is nested too deeply"));
    }
    Ok(match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(n) => Json::from(*n),
        Value::Float(f) if f.fract() == 0.0 && f.abs() < EXACT => Json::from(*f as i64),
        Value::Float(f) => Number::from_f64(*f)
            .map(Json::Number)
            .ok_or_else(|| refused(at, format_args!("is {f}; give null for \"no limit\" where that is allowed")))?,
        Value::String(text) => Json::String(text.clone()),
        Value::List(items) => {
            let each = items.iter().enumerate();
            each.map(|(i, item)| plain(item, &format!("{at}[{i}]"), depth + 1)).collect::<Result<_>>()?
        }
        Value::Map(entries) => {
            let mut object = Map::new();
            for (key, item) in entries {
                let Some(key) = key.as_str() else {
                    return Err(refused(at, "has a key that is no string"));
                };
                object.insert(key.to_owned(), plain(item, &format!("{at}.{key}"), depth + 1)?);
            }
            Json::Object(object)
        }
        other => {
            return Err(refused(at, format_args!("is a value of kind {}, which no document can hold", other.kind())));
        }
    })
}

fn refused(at: &str, why: impl std::fmt::Display) -> Error {
    Error::new(ErrorCode::InvalidPolicy, format_args!("{at} {why}")).with("path", at)
}
