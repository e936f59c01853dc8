//! What users pass to a plug-in and get from it: text and bytes as they are, everything else as JSON.

use serde::Deserialize;
use serde_json::{Map, Number, Value as Json};
use wasm_sandbox_policy::{Error, ErrorCode, Result, Value};

/// What a plug-in's output is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputFormat {
    String,
    Bytes,
    Json,
}

/// What the input was, which the output follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InputKind {
    Text,
    Bytes,
    Json,
}

/// One string or bytes passes through; anything else, or several arguments as one array, goes as JSON.
pub(crate) fn encode_input(args: &[Value]) -> Result<(Vec<u8>, InputKind)> {
    Ok(match args {
        [] => (Vec::new(), InputKind::Text),
        [Value::String(text)] => (text.clone().into_bytes(), InputKind::Text),
        [Value::Bytes(bytes)] => (bytes.clone(), InputKind::Bytes),
        [one] => (json_bytes(one, "$[0]")?, InputKind::Json),
        many => (json_bytes(&Value::List(many.to_vec()), "$")?, InputKind::Json),
    })
}

/// Reads the output as the caller asked, or as the input was.
pub(crate) fn decode_output(bytes: Vec<u8>, input: InputKind, format: Option<OutputFormat>) -> Result<Value> {
    let follows = match input {
        InputKind::Text => OutputFormat::String,
        InputKind::Bytes => OutputFormat::Bytes,
        InputKind::Json => OutputFormat::Json,
    };
    match format.unwrap_or(follows) {
        OutputFormat::Bytes => Ok(Value::Bytes(bytes)),
        OutputFormat::String => match String::from_utf8(bytes) {
            Ok(text) => Ok(Value::String(text)),
            // Nothing was asked for, so what is no text is given as it is.
            Err(error) if format.is_none() => Ok(Value::Bytes(error.into_bytes())),
            Err(_) => Err(bad_output("it is not UTF-8 text; ask for output `bytes`")),
        },
        OutputFormat::Json if bytes.is_empty() => Ok(Value::Null),
        OutputFormat::Json => match serde_json::from_slice(&bytes) {
            Ok(json) => Ok(from_json(json)),
            // Plug-ins that take JSON often answer in plain text; only an explicit wish makes that an error.
            Err(_) if format.is_none() => decode_output(bytes, InputKind::Text, None),
            Err(error) => Err(bad_output(&format!("it is not JSON: {error}"))),
        },
    }
}

fn bad_output(why: &str) -> Error {
    Error::new(ErrorCode::InvalidArgument, format_args!("the plug-in's output cannot be read: {why}")).with("path", "$")
}

fn json_bytes(value: &Value, at: &str) -> Result<Vec<u8>> {
    let json = to_json(value, at)?;
    serde_json::to_vec(&json).map_err(|error| Error::new(ErrorCode::InvalidArgument, error))
}

fn to_json(value: &Value, at: &str) -> Result<Json> {
    Ok(match value {
        Value::Null => Json::Null,
        Value::Bool(b) => Json::Bool(*b),
        Value::Int(n) => Json::from(*n),
        Value::BigInt(n) => match (i64::try_from(n), u64::try_from(n)) {
            (Ok(n), _) => Json::from(n),
            (_, Ok(n)) => Json::from(n),
            _ => return Err(refused(at, "the integer needs more than 64 bits, which JSON for a plug-in does not carry")),
        },
        Value::Float(f) => Json::Number(Number::from_f64(*f).ok_or_else(|| refused(at, "JSON has no NaN and no infinities"))?),
        Value::String(s) => Json::String(s.clone()),
        Value::Bytes(_) => return Err(refused(at, "JSON has no bytes; pass bytes as the only argument")),
        Value::List(items) => {
            let item = |(i, item)| to_json(item, &format!("{at}[{i}]"));
            Json::Array(items.iter().enumerate().map(item).collect::<Result<_>>()?)
        }
        Value::Map(entries) => {
            let mut map = Map::new();
            for (key, item) in entries {
                let Value::String(key) = key else { return Err(refused(at, "JSON has only string keys")) };
                map.insert(key.clone(), to_json(item, &format!("{at}.{key}"))?);
            }
            Json::Object(map)
        }
        Value::DateTime(time) => Json::String(time.to_rfc3339()),
    })
}

fn from_json(json: Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Bool(b),
        Json::Number(n) => match (n.as_i64(), n.as_u64()) {
            (Some(n), _) => Value::Int(n),
            (_, Some(n)) => Value::BigInt(n.into()),
            _ => Value::Float(n.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(s) => Value::String(s),
        Json::Array(items) => Value::List(items.into_iter().map(from_json).collect()),
        Json::Object(map) => Value::object(map.into_iter().map(|(key, item)| (key, from_json(item)))),
    }
}

fn refused(at: &str, why: &str) -> Error {
    Error::new(ErrorCode::InvalidArgument, format_args!("{at}: {why}")).with("path", at)
}
