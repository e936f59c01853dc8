//! What users get from a plug-in: text, bytes or JSON, as they asked or as their input was.
//!
//! The output is the guest's: every value made of it is charged before it is made, and its depth is limited.

use super::encode::InputKind;
use crate::language::{too_deep, too_large};
use crate::store::Meter;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;
use wasm_sandbox_policy::{Error, ErrorCode, Limits, Result, Value};

/// What a plug-in's output is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputFormat {
    String,
    Bytes,
    Json,
}

/// What one value is charged as.
const NODE_BYTES: u64 = std::mem::size_of::<Value>() as u64;

/// Reads the output as the caller asked, or as the input was.
pub(super) fn decode_output(
    bytes: Vec<u8>,
    input: InputKind,
    format: Option<OutputFormat>,
    limits: &Limits,
    meter: &mut Meter,
) -> Result<Value> {
    if bytes.len() as u64 > limits.value_bytes {
        return Err(too_large(limits, bytes.len() as u64));
    }
    match format {
        Some(OutputFormat::Bytes) => Ok(Value::Bytes(bytes)),
        Some(OutputFormat::String) => String::from_utf8(bytes)
            .map(Value::String)
            .map_err(|_| bad_output("it is not UTF-8 text; ask for output `bytes`")),
        Some(OutputFormat::Json) => {
            json(&bytes, limits, meter)?.map_err(|why| bad_output(&format!("it is not JSON: {why}")))
        }
        None if input == InputKind::Bytes => Ok(Value::Bytes(bytes)),
        None => {
            // Plug-ins that take JSON often answer in plain text; only an explicit wish makes that an error.
            if input == InputKind::Json
                && let Ok(value) = json(&bytes, limits, meter)?
            {
                return Ok(value);
            }
            let text = String::from_utf8(bytes);
            Ok(text.map_or_else(|error| Value::Bytes(error.into_bytes()), Value::String))
        }
    }
}

fn bad_output(why: &str) -> Error {
    let why = format_args!("the plug-in's output cannot be read: {why}");
    Error::new(ErrorCode::InvalidArgument, why).with("path", "$")
}

/// One JSON text as a value, nothing as null. The outer error is a limit, the inner one says why it is no JSON.
fn json(bytes: &[u8], limits: &Limits, meter: &mut Meter) -> Result<std::result::Result<Value, String>> {
    if bytes.is_empty() {
        return Ok(Ok(Value::Null));
    }
    let mut tally = Tally { limits, meter, charged: 0, refused: None };
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let node = Node { tally: &mut tally, depth: 0 };
    let outcome = node.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    let (charged, refused) = (tally.charged, tally.refused);
    meter.release(charged);
    match (outcome, refused) {
        (_, Some(refused)) => Err(refused),
        (Ok(value), None) => Ok(Ok(value)),
        // The reader has a limit of its own, should the policy's be higher.
        (Err(error), None) if error.to_string().starts_with("recursion limit") => Err(too_deep(limits)),
        (Err(error), None) => Ok(Err(error.to_string())),
    }
}

/// What reading has charged, and the limit that ended it.
struct Tally<'a> {
    limits: &'a Limits,
    meter: &'a mut Meter,
    charged: u64,
    refused: Option<Error>,
}

impl Tally<'_> {
    fn charge<E: serde::de::Error>(&mut self, bytes: u64) -> std::result::Result<(), E> {
        match self.meter.charge(bytes) {
            Ok(()) => {
                self.charged += bytes;
                Ok(())
            }
            Err(error) => Err(self.refuse(error)),
        }
    }

    fn refuse<E: serde::de::Error>(&mut self, error: Error) -> E {
        self.refused = Some(error);
        E::custom("refused")
    }
}

/// One value on its way.
struct Node<'t, 'a> {
    tally: &'t mut Tally<'a>,
    depth: u32,
}

impl Node<'_, '_> {
    fn text<E: serde::de::Error>(self, text: &str) -> std::result::Result<Value, E> {
        self.tally.charge(text.len() as u64)?;
        Ok(Value::from(text))
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> std::result::Result<Value, D::Error> {
        if self.depth > self.tally.limits.value_depth {
            let error = too_deep(self.tally.limits);
            return Err(self.tally.refuse(error));
        }
        self.tally.charge(NODE_BYTES)?;
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> std::result::Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> std::result::Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_i64<E>(self, n: i64) -> std::result::Result<Value, E> {
        Ok(Value::Int(n))
    }

    fn visit_u64<E>(self, n: u64) -> std::result::Result<Value, E> {
        Ok(i64::try_from(n).map_or_else(|_| Value::BigInt(n.into()), Value::Int))
    }

    fn visit_f64<E>(self, f: f64) -> std::result::Result<Value, E> {
        Ok(Value::Float(f))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<Value, E> {
        self.text(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<Value, A::Error> {
        let Node { tally, depth } = self;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Node { tally: &mut *tally, depth: depth + 1 })? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> std::result::Result<Value, A::Error> {
        let Node { tally, depth } = self;
        let mut map = Vec::new();
        while let Some(key) = entries.next_key_seed(Node { tally: &mut *tally, depth: depth + 1 })? {
            let item = entries.next_value_seed(Node { tally: &mut *tally, depth: depth + 1 })?;
            map.push((key, item));
        }
        if map.iter().any(|(key, _)| !matches!(key, Value::String(_))) {
            return Err(A::Error::custom("a key is no string"));
        }
        Ok(Value::Map(map))
    }
}

#[cfg(test)]
#[path = "tests/decode.rs"]
mod tests;
