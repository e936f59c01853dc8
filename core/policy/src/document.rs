//! Reading a policy document: preset first, the document over it, then types, then `validate`.
//!
//! Every refusal is `invalid_policy` with the JSON path of what is wrong; nothing is guessed or ignored.

use crate::{Error, ErrorCode, Policy, Preset, Result};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json};
use std::fmt;

/// Longest document.
const MAX_BYTES: usize = 1 << 20;
/// The largest integer that every JSON reader keeps exactly.
const MAX_INTEGER: u64 = (1 << 53) - 1;

impl Policy {
    /// Reads a document, or the name of a preset as a JSON string.
    pub fn from_json(text: &str) -> Result<Policy> {
        if text.len() > MAX_BYTES {
            return Err(invalid("$", format_args!("the document has {} bytes, at most {MAX_BYTES} are read", text.len())));
        }
        let mut reader = serde_json::Deserializer::from_str(text);
        let mut track = serde_path_to_error::Track::new();
        let json = Strict.deserialize(serde_path_to_error::Deserializer::new(&mut reader, &mut track));
        let json = json.map_err(|error| invalid(&path_of(&track.path()), error))?;
        reader.end().map_err(|error| invalid("$", error))?;
        Policy::from_value(json)
    }

    /// Reads a document that is parsed already.
    pub fn from_value(mut json: Json) -> Result<Policy> {
        if let Json::String(name) = &json {
            return Policy::from_preset(name);
        }
        if !json.is_object() {
            return Err(invalid("$", "a policy is an object, or the name of a preset"));
        }
        integers(&mut json, "$")?;
        let preset = match json.get("preset") {
            None => Preset::Strict,
            Some(Json::String(name)) => Policy::from_preset(name).map_err(|error| error.with("path", "$.preset"))?.preset,
            Some(_) => return Err(invalid("$.preset", "a preset is a name: strict, moderate or permissive")),
        };
        let mut whole = serde_json::to_value(Policy::of(preset)).map_err(|error| invalid("$", error))?;
        merge(&mut whole, json);
        let policy: Policy = serde_path_to_error::deserialize(whole).map_err(|error| {
            let path = path_of(error.path());
            invalid(&path, said_better(&error.inner().to_string()))
        })?;
        policy.validate()?;
        Ok(policy)
    }

    /// The policy that a preset's name stands for.
    pub fn from_preset(name: &str) -> Result<Policy> {
        match name {
            "strict" => Ok(Policy::strict()),
            "moderate" => Ok(Policy::moderate()),
            "permissive" => Ok(Policy::permissive()),
            _ => Err(invalid("$", format_args!("there is no preset `{name}`; there are strict, moderate and permissive"))),
        }
    }

    /// The effective policy with all defaults filled in. Reading it gives the same policy.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// An `invalid_policy` error at a path.
pub(crate) fn invalid(path: &str, why: impl fmt::Display) -> Error {
    Error::new(ErrorCode::InvalidPolicy, format_args!("{path}: {why}")).with("path", path)
}

/// Objects are merged key by key; everything else, null included, is replaced.
fn merge(base: &mut Json, over: Json) {
    match (base, over) {
        (Json::Object(base), Json::Object(over)) if !is_choice(base) && !is_choice(&over) => {
            for (key, value) in over {
                match base.get_mut(&key) {
                    Some(slot) => merge(slot, value),
                    None => drop(base.insert(key, value)),
                }
            }
        }
        (base, over) => *base = over,
    }
}

/// Objects that name one alternative (`{"frozen": …}`) replace each other whole.
fn is_choice(object: &Map<String, Json>) -> bool {
    object.len() == 1 && ["frozen", "seed"].iter().any(|key| object.contains_key(*key))
}

/// Integral floats become integers; what no JSON reader keeps exactly is refused.
fn integers(json: &mut Json, at: &str) -> Result<()> {
    match json {
        Json::Number(number) => {
            if let Some(float) = number.as_f64().filter(|_| number.is_f64()) {
                if float.fract() != 0.0 || float.abs() > MAX_INTEGER as f64 {
                    return Err(invalid(at, format_args!("{float} is not a whole number that JSON keeps exactly")));
                }
                *json = Json::from(float as i64);
            } else if number.as_u64().is_some_and(|n| n > MAX_INTEGER) {
                return Err(invalid(at, format_args!("{number} is larger than {MAX_INTEGER}, the largest whole number that JSON keeps exactly")));
            }
            Ok(())
        }
        Json::Array(items) => items.iter_mut().enumerate().try_for_each(|(i, item)| integers(item, &format!("{at}[{i}]"))),
        Json::Object(map) => map.iter_mut().try_for_each(|(key, item)| integers(item, &format!("{at}.{key}"))),
        _ => Ok(()),
    }
}

fn path_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let part = |segment: &Segment| match segment {
        Segment::Seq { index } => format!("[{index}]"),
        Segment::Map { key } => format!(".{key}"),
        Segment::Enum { .. } | Segment::Unknown => String::new(),
    };
    format!("${}", path.iter().map(part).collect::<String>())
}

/// Adds the nearest known name to a message about an unknown one.
fn said_better(message: &str) -> String {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let Some((unknown, known)) = quoted.split_first().filter(|_| message.starts_with("unknown ")) else { return message.to_owned() };
    match known.iter().map(|name| (distance(unknown, name), *name)).min() {
        Some((far, name)) if far <= 3 => format!("{message}; did you mean `{name}`?"),
        _ => message.to_owned(),
    }
}

/// Edits between two names.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(64).enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// Reads JSON and refuses an object that has a key twice.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Json, E> {
        serde_json::Number::from_f64(value).map(Json::Number).ok_or_else(|| E::custom("a number is not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Strict)? {
            list.push(item);
        }
        Ok(Json::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(A::Error::custom(format_args!("the key `{key}` stands twice")));
            }
            let value = entries.next_value_seed(Strict)?;
            map.insert(key, value);
        }
        Ok(Json::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Clock, Random};

    fn refused(text: &str) -> (String, String) {
        let error = Policy::from_json(text).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidPolicy);
        (error.details["path"].as_str().unwrap().to_owned(), error.message)
    }

    #[test]
    fn a_document_goes_over_its_preset() {
        let policy = Policy::from_json(r#"{"preset":"moderate","limits":{"wallTimeMs":null,"memoryBytes":1048576.0},"capabilities":{"clock":{"frozen":"2026-01-01T00:00:00Z"},"random":{"seed":7}}}"#).unwrap();
        assert_eq!((policy.limits.wall_time_ms, policy.limits.memory_bytes), (None, 1 << 20));
        assert_eq!(policy.limits.cpu_time_ms, Some(30_000));
        assert_eq!(policy.capabilities.clock, Clock::Frozen("2026-01-01T00:00:00Z".into()));
        assert_eq!(policy.capabilities.random, Random::Seed(7));
        assert_eq!(Policy::from_json(&policy.to_json()).unwrap(), policy);
        assert_eq!(Policy::from_json("\"permissive\"").unwrap(), Policy::permissive());
        assert_eq!(Policy::from_json("{}").unwrap(), Policy::strict());
    }

    #[test]
    fn refusals_name_the_place_and_the_nearest_name() {
        let (path, message) = refused(r#"{"limits":{"memoryByte":1}}"#);
        assert_eq!(path, "$.limits.memoryByte");
        assert!(message.contains("did you mean `memoryBytes`"), "{message}");
        assert_eq!(refused(r#"{"limits":{"memoryBytes":-1}}"#).0, "$.limits.memoryBytes");
        assert_eq!(refused(r#"{"limits":{"memoryBytes":1.5}}"#).0, "$.limits.memoryBytes");
        assert_eq!(refused(r#"{"limits":{"memoryBytes":99999999999999999}}"#).0, "$.limits.memoryBytes");
        assert_eq!(refused(r#"{"preset":"lax"}"#).0, "$.preset");
        assert_eq!(refused(r#"{"version":2}"#).0, "$.version");
        assert_eq!(refused(r#"{"capabilities":{"network":[{"domains":["a.com"],"port":1}]}}"#).0, "$.capabilities.network[0].port");
        assert!(refused(r#"{"version":1,"version":1}"#).1.contains("twice"));
        assert_eq!(refused("[]").0, "$");
        assert_eq!(refused("{} {}").0, "$");
        refused(&"[".repeat(10_000));
        refused(&format!("{{\"preset\":\"{}\"}}", "a".repeat(2 << 20)));
    }
}
