//! Values as JSON: plain where JSON can say it, tagged where it cannot. Fixtures, `--json` and tools use it.
//!
//! Tags: `{"$int": "…"}` a big integer, decimal, or `0x…` where it is long; `{"$float": "nan" | "inf" | "-inf" | "-0" |
//! "3"}`; `{"$bytes": base64}`; `{"$date": RFC 3339}`; `{"$map": [[key, value], …]}`. A number without point and
//! exponent is an integer, any other a float.

use crate::{DateTime, Error, ErrorCode, Result, Value, document::path};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use num_bigint::BigInt;
use serde_json::{Map, Value as Json, json};

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 128;
/// Bits of the largest integer in decimal: longer ones take quadratic time, which a guest must not command.
const DECIMAL_BITS: u64 = 8_192;
/// Digits that such an integer can have.
const DECIMAL_DIGITS: usize = 2_500;

impl Value {
    /// Reads the tagged form.
    ///
    /// # Errors
    /// `invalid_argument` with `details.path`.
    pub fn from_tagged(json: &Json) -> Result<Value> {
        read(json, true, "$", 0)
    }

    /// Reads ordinary JSON, in which `$` means nothing.
    ///
    /// # Errors
    /// `invalid_argument` with `details.path` for what is nested too deeply.
    pub fn from_json_plain(json: &Json) -> Result<Value> {
        read(json, false, "$", 0)
    }

    /// Writes the tagged form.
    pub fn to_tagged(&self) -> Json {
        match self {
            Value::Null => Json::Null,
            Value::Bool(b) => Json::Bool(*b),
            Value::Int(n) => Json::from(*n),
            Value::BigInt(n) => json!({ "$int": integer_text(n) }),
            Value::Float(f) => match serde_json::Number::from_f64(*f) {
                Some(number) if f.fract() != 0.0 => Json::Number(number),
                number => json!({ "$float": float_text(*f, number) }),
            },
            Value::String(s) => Json::String(s.clone()),
            Value::Bytes(bytes) => json!({ "$bytes": BASE64.encode(bytes) }),
            Value::List(items) => Json::Array(items.iter().map(Value::to_tagged).collect()),
            Value::Map(entries) => map_to_json(entries),
            Value::DateTime(time) => json!({ "$date": time.to_rfc3339() }),
        }
    }
}

fn integer_text(n: &BigInt) -> String {
    if n.bits() <= DECIMAL_BITS { n.to_string() } else { format!("{n:#x}") }
}

/// `number`: the float as JSON writes it, where it is finite.
fn float_text(f: f64, number: Option<serde_json::Number>) -> String {
    match number {
        Some(number) => number.to_string().trim_end_matches(".0").to_owned(),
        None if f.is_nan() => "nan".to_owned(),
        None if f > 0.0 => "inf".to_owned(),
        None => "-inf".to_owned(),
    }
}

/// An object where all keys are strings and none could be taken for a tag.
fn map_to_json(entries: &[(Value, Value)]) -> Json {
    let mut object = Map::new();
    for (key, value) in entries {
        match key {
            Value::String(key) if (!key.starts_with('$') || entries.len() != 1) && !object.contains_key(key) => {
                object.insert(key.clone(), value.to_tagged());
            }
            _ => {
                let pairs: Vec<Json> = entries.iter().map(|(k, v)| json!([k.to_tagged(), v.to_tagged()])).collect();
                return json!({ "$map": pairs });
            }
        }
    }
    Json::Object(object)
}

fn read(json: &Json, tags: bool, at: &str, depth: usize) -> Result<Value> {
    if depth > MAX_DEPTH {
        return Err(bad(at, format_args!("more than {MAX_DEPTH} levels")));
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
            let item = |(i, item)| read(item, tags, &path::item(at, i), depth + 1);
            Value::List(items.iter().enumerate().map(item).collect::<Result<_>>()?)
        }
        Json::Object(object) => match tag_of(object).filter(|_| tags) {
            Some((tag, inner)) => read_tag(tag, inner, at, depth)?,
            None => {
                let entry = |(key, item): (&String, &Json)| {
                    let value = read(item, tags, &path::key(at, key), depth + 1)?;
                    Ok((Value::from(key.as_str()), value))
                };
                Value::Map(object.iter().map(entry).collect::<Result<_>>()?)
            }
        },
    })
}

fn tag_of(object: &Map<String, Json>) -> Option<(&String, &Json)> {
    object.iter().next().filter(|(key, _)| object.len() == 1 && key.starts_with('$'))
}

fn read_tag(tag: &str, inner: &Json, at: &str, depth: usize) -> Result<Value> {
    let unreadable = || bad(at, format_args!("what {} holds cannot be read", path::shown(tag)));
    let text = || inner.as_str().ok_or_else(unreadable);
    match tag {
        "$int" => integer(text()?).map(Value::BigInt).ok_or_else(unreadable),
        "$float" => float(text()?).map(Value::Float).ok_or_else(unreadable),
        "$bytes" => BASE64.decode(text()?).map(Value::Bytes).map_err(|_| unreadable()),
        "$date" => DateTime::from_rfc3339(text()?).map(Value::DateTime).ok_or_else(unreadable),
        "$map" => {
            let pairs = inner.as_array().ok_or_else(unreadable)?;
            let pair = |(i, pair): (usize, &Json)| match pair.as_array().map(Vec::as_slice) {
                Some([key, value]) => {
                    let at = path::item(&path::key(at, tag), i);
                    Ok((
                        read(key, true, &path::item(&at, 0), depth + 1)?,
                        read(value, true, &path::item(&at, 1), depth + 1)?,
                    ))
                }
                _ => Err(unreadable()),
            };
            Ok(Value::Map(pairs.iter().enumerate().map(pair).collect::<Result<_>>()?))
        }
        _ => {
            Err(bad(at, format_args!("there is no tag {}; a map with such a key is written as $map", path::shown(tag))))
        }
    }
}

fn integer(text: &str) -> Option<BigInt> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let magnitude = match digits.strip_prefix("0x") {
        Some(hexadecimal) if !hexadecimal.is_empty() && hexadecimal.bytes().all(|b| b.is_ascii_hexdigit()) => {
            BigInt::parse_bytes(hexadecimal.as_bytes(), 16)
        }
        None if digits.len() <= DECIMAL_DIGITS && digits.bytes().all(|b| b.is_ascii_digit()) => {
            BigInt::parse_bytes(digits.as_bytes(), 10)
        }
        _ => None,
    };
    magnitude.map(|n| if text.starts_with('-') { -n } else { n })
}

fn float(text: &str) -> Option<f64> {
    match text {
        "nan" => Some(f64::NAN),
        "inf" => Some(f64::INFINITY),
        "-inf" => Some(f64::NEG_INFINITY),
        number if number.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b)) => {
            number.parse().ok().filter(|f: &f64| f.is_finite())
        }
        _ => None,
    }
}

fn bad(at: &str, why: impl std::fmt::Display) -> Error {
    Error::new(ErrorCode::InvalidArgument, format_args!("{at}: {why}")).with("path", at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_round_trips() {
        let text = r#"[null,true,7,-3,1.5,5e-324,{"$float":"3"},{"$float":"-0"},{"$float":"1e+300"},{"$float":"inf"},{"$float":"-inf"},
            {"$int":"123456789012345678901234567890"},{"$int":"-5"},"é",{"$bytes":"AP8="},{"$date":"2026-01-01T00:00:00Z"},
            {"a":[{}]},{"$map":[[1,"x"]]},{"$map":[["$int","no tag"]]},{"$a":1,"$b":2},{"$map":[["a",1],["a",2]]}]"#;
        let json: Json = serde_json::from_str(text).unwrap();
        let value = Value::from_tagged(&json).unwrap();
        assert_eq!(value.to_tagged(), json);
        let Value::List(items) = value else { panic!() };
        assert_eq!(items[6], Value::Float(3.0));
        assert!(matches!(items[7], Value::Float(f) if f == 0.0 && f.is_sign_negative()));
        let nan = Value::from_tagged(&json!({"$float":"nan"})).unwrap();
        assert!(matches!(nan, Value::Float(f) if f.is_nan()));
        assert_eq!(nan.to_tagged(), json!({"$float":"nan"}));
    }

    #[test]
    fn numbers_keep_their_kind() {
        let read = |text: &str| Value::from_tagged(&serde_json::from_str(text).unwrap()).unwrap();
        assert_eq!(read("9223372036854775807"), Value::Int(i64::MAX));
        assert_eq!(read("18446744073709551615"), Value::BigInt(u64::MAX.into()));
        assert_eq!(read("3.0"), Value::Float(3.0));
        assert_eq!(read("1e2"), Value::Float(100.0));
    }

    #[test]
    fn a_huge_integer_takes_no_time() {
        let huge = Value::BigInt(BigInt::from(-1) << 8_000_000_u32);
        let json = huge.to_tagged();
        assert!(json["$int"].as_str().unwrap().starts_with("-0x1000"));
        assert_eq!(Value::from_tagged(&json).unwrap(), huge);
        assert!(Value::from_tagged(&json!({ "$int": "9".repeat(100_000) })).is_err());
        let large = Value::BigInt((BigInt::from(1) << 8_192_u32) - 1);
        assert_eq!(Value::from_tagged(&large.to_tagged()).unwrap(), large);
    }

    #[test]
    fn what_cannot_be_read_names_its_place() {
        for (json, path) in [
            (json!([{"$int":"x"}]), "$[0]"),
            (json!({"$int":"1_000"}), "$"),
            (json!({"$int":""}), "$"),
            (json!({"$int":"-"}), "$"),
            (json!({"$int":"0x"}), "$"),
            (json!({"$int":"--5"}), "$"),
            (json!({"$int":5}), "$"),
            (json!({"a":{"$what":1}}), "$.a"),
            (json!({"$bytes":"*"}), "$"),
            (json!({"$float":"infinity"}), "$"),
            (json!({"$float":"1e999"}), "$"),
            (json!({"$date":"today"}), "$"),
            (json!({"$map":[[1]]}), "$"),
            (json!({"$map":[[1,{"$int":"x"}]]}), "$['$map'][0][1]"),
        ] {
            assert_eq!(Value::from_tagged(&json).unwrap_err().details["path"], path, "{json}");
        }
        assert_eq!(Value::from_json_plain(&json!({"$int":"x"})).unwrap().get("$int"), Some(&Value::from("x")));
    }

    #[test]
    fn nesting_has_an_end() {
        let nest = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!([inner]));
        assert!(Value::from_tagged(&nest(128)).is_ok());
        assert_eq!(Value::from_tagged(&nest(129)).unwrap_err().code, ErrorCode::InvalidArgument);
        assert_eq!(Value::from_json_plain(&nest(500)).unwrap_err().code, ErrorCode::InvalidArgument);
    }
}
