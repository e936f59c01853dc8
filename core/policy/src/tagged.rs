//! Values as JSON: plain where JSON can say it, tagged where it cannot. Fixtures, `--json` and tools use it.
//!
//! Tags: `{"$int": "…"}` a big integer, `{"$float": "nan" | "inf" | "-inf" | "-0" | "3"}`, `{"$bytes": base64}`,
//! `{"$date": RFC 3339}`, `{"$map": [[key, value], …]}`. A number without a point is an integer, one with a point a float.

use crate::{DateTime, Error, ErrorCode, Result, Value};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use num_bigint::BigInt;
use serde_json::{Map, Value as Json, json};

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 128;

impl Value {
    /// Reads the tagged form.
    pub fn from_tagged(json: &Json) -> Result<Value> {
        read(json, true, "$", 0)
    }

    /// Reads ordinary JSON, in which `$` means nothing.
    pub fn from_json_plain(json: &Json) -> Result<Value> {
        read(json, false, "$", 0)
    }

    /// Writes the tagged form.
    pub fn to_tagged(&self) -> Json {
        match self {
            Value::Null => Json::Null,
            Value::Bool(b) => Json::Bool(*b),
            Value::Int(n) => Json::from(*n),
            Value::BigInt(n) => json!({ "$int": n.to_string() }),
            Value::Float(f) => match serde_json::Number::from_f64(*f) {
                Some(number) if f.fract() != 0.0 => Json::Number(number),
                _ => json!({ "$float": float_text(*f) }),
            },
            Value::String(s) => Json::String(s.clone()),
            Value::Bytes(bytes) => json!({ "$bytes": BASE64.encode(bytes) }),
            Value::List(items) => Json::Array(items.iter().map(Value::to_tagged).collect()),
            Value::Map(entries) => map_to_json(entries),
            Value::DateTime(time) => json!({ "$date": time.to_rfc3339() }),
        }
    }
}

fn float_text(f: f64) -> String {
    match f {
        f if f.is_nan() => "nan".to_owned(),
        f64::INFINITY => "inf".to_owned(),
        f64::NEG_INFINITY => "-inf".to_owned(),
        f => f.to_string(),
    }
}

/// An object where all keys are strings and none could be taken for a tag.
fn map_to_json(entries: &[(Value, Value)]) -> Json {
    let mut object = Map::new();
    for (key, value) in entries {
        match key {
            Value::String(key) if !(key.starts_with('$') && entries.len() == 1) && !object.contains_key(key) => {
                object.insert(key.clone(), value.to_tagged());
            }
            _ => return json!({ "$map": entries.iter().map(|(k, v)| json!([k.to_tagged(), v.to_tagged()])).collect::<Vec<_>>() }),
        }
    }
    Json::Object(object)
}

fn read(json: &Json, tags: bool, at: &str, depth: usize) -> Result<Value> {
    if depth > MAX_DEPTH {
        return Err(bad(at, "the value is nested too deeply"));
    }
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Bool(*b),
        Json::String(s) => Value::String(s.clone()),
        Json::Number(n) => match (n.as_i64(), n.as_u64(), n.as_f64()) {
            (Some(n), ..) => Value::Int(n),
            (_, Some(n), _) => Value::BigInt(n.into()),
            (.., Some(f)) => Value::Float(f),
            _ => return Err(bad(at, "the number cannot be read")),
        },
        Json::Array(items) => {
            let item = |(i, item)| read(item, tags, &format!("{at}[{i}]"), depth + 1);
            Value::List(items.iter().enumerate().map(item).collect::<Result<_>>()?)
        }
        Json::Object(object) => match object.iter().next().filter(|(key, _)| tags && object.len() == 1 && key.starts_with('$')) {
            Some((tag, inner)) => read_tag(tag, inner, at, depth)?,
            None => {
                let entry = |(key, item): (&String, &Json)| Ok((Value::from(key.as_str()), read(item, tags, &format!("{at}.{key}"), depth + 1)?));
                Value::Map(object.iter().map(entry).collect::<Result<_>>()?)
            }
        },
    })
}

fn read_tag(tag: &str, inner: &Json, at: &str, depth: usize) -> Result<Value> {
    let text = || inner.as_str().ok_or_else(|| bad(at, "a tag's value is a string"));
    let unreadable = || bad(at, &format!("the value of {tag} cannot be read"));
    match tag {
        "$int" => text()?.parse::<BigInt>().map(Value::BigInt).map_err(|_| unreadable()),
        "$float" => match text()? {
            "nan" => Ok(Value::Float(f64::NAN)),
            "inf" => Ok(Value::Float(f64::INFINITY)),
            "-inf" => Ok(Value::Float(f64::NEG_INFINITY)),
            number => number.parse().map(Value::Float).map_err(|_| unreadable()),
        },
        "$bytes" => BASE64.decode(text()?).map(Value::Bytes).map_err(|_| unreadable()),
        "$date" => DateTime::from_rfc3339(text()?).map(Value::DateTime).ok_or_else(unreadable),
        "$map" => {
            let pairs = inner.as_array().ok_or_else(unreadable)?;
            let pair = |pair: &Json| match pair.as_array().map(Vec::as_slice) {
                Some([key, value]) => Ok((read(key, true, at, depth + 1)?, read(value, true, at, depth + 1)?)),
                _ => Err(unreadable()),
            };
            Ok(Value::Map(pairs.iter().map(pair).collect::<Result<_>>()?))
        }
        _ => Err(bad(at, &format!("there is no tag {tag}"))),
    }
}

fn bad(at: &str, why: &str) -> Error {
    Error::new(ErrorCode::InvalidArgument, format_args!("{at}: {why}")).with("path", at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_round_trips() {
        let text = r#"[null,true,7,-3,1.5,{"$float":"3"},{"$float":"-0"},{"$int":"123456789012345678901234567890"},"é",{"$bytes":"AP8="},
            {"$date":"2026-01-01T00:00:00Z"},{"a":[{}]},{"$map":[[1,"x"]]},{"$map":[["$int","no tag"]]}]"#;
        let json: Json = serde_json::from_str(text).unwrap();
        let value = Value::from_tagged(&json).unwrap();
        assert_eq!(value.to_tagged(), json);
        let Value::List(items) = value else { panic!() };
        assert_eq!(items[5], Value::Float(3.0));
        assert!(matches!(items[6], Value::Float(f) if f == 0.0 && f.is_sign_negative()));
        assert!(matches!(Value::from_tagged(&json!({"$float":"nan"})).unwrap(), Value::Float(f) if f.is_nan()));
    }

    #[test]
    fn what_cannot_be_read_names_its_place() {
        for (json, path) in [(json!([{"$int":"x"}]), "$[0]"), (json!({"a":{"$what":1}}), "$.a"), (json!({"$bytes":"*"}), "$")] {
            assert_eq!(Value::from_tagged(&json).unwrap_err().details["path"], path);
        }
        assert_eq!(Value::from_json_plain(&json!({"$int":"x"})).unwrap().get("$int"), Some(&Value::from("x")));
    }
}
