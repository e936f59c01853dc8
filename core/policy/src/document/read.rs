//! JSON text into a value, stricter than JSON readers are: no key twice, and every fault with its path.

use super::{invalid, path};
use crate::Result;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json};
use std::cell::RefCell;
use std::fmt;

/// Longest document, in bytes.
pub(super) const MAX_BYTES: usize = 1 << 20;

/// Reads text that is one JSON value and nothing more.
pub(super) fn json(text: &str) -> Result<Json> {
    if text.len() > MAX_BYTES {
        return Err(invalid("$", format_args!("the document has {} bytes; at most {MAX_BYTES} are read", text.len())));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let at = RefCell::new("$".to_owned());
    let json = Strict { at: &at }.deserialize(&mut reader).map_err(|error| invalid(&at.borrow(), error))?;
    reader.end().map_err(|_| invalid("$", "something follows the document"))?;
    Ok(json)
}

/// Reads one value; `at` is where it stands, and stays there when reading fails.
#[derive(Clone, Copy)]
struct Strict<'a> {
    at: &'a RefCell<String>,
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
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
        let number = serde_json::Number::from_f64(value);
        number.map(Json::Number).ok_or_else(|| E::custom("a number is finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        let here = self.at.borrow().clone();
        loop {
            self.at.replace(path::item(&here, list.len()));
            match items.next_element_seed(self)? {
                Some(item) => list.push(item),
                None => break,
            }
        }
        self.at.replace(here);
        Ok(Json::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut map = Map::new();
        let here = self.at.borrow().clone();
        while let Some(key) = entries.next_key::<String>()? {
            self.at.replace(path::key(&here, &key));
            if map.contains_key(&key) {
                return Err(A::Error::custom("the key stands twice"));
            }
            let value = entries.next_value_seed(self)?;
            map.insert(key, value);
            self.at.replace(here.clone());
        }
        Ok(Json::Object(map))
    }
}
