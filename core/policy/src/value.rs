//! `Value`: what crosses between host and guest, exactly.
//!
//! Owns the type only. The binary form that guests speak is in the core, the JSON form with tags in
//! `tagged.rs`; language bindings convert to their own types.

use num_bigint::BigInt;

/// A value that crosses the boundary. Integers keep their size, floats keep NaN, infinities and -0,
/// maps keep their order and may have keys of any scalar kind.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Value {
    /// null, None, nil; JavaScript's `undefined` leaves as this too.
    #[default]
    Null,
    Bool(bool),
    /// An integer of the language's ordinary number kind.
    Int(i64),
    /// An integer of the language's big kind (JavaScript's BigInt), or one beyond 64 bits.
    BigInt(BigInt),
    Float(f64),
    String(String),
    Bytes(Vec<u8>),
    List(Vec<Value>),
    /// Key and value pairs in order. A map whose keys are all strings is an object or dict.
    Map(Vec<(Value, Value)>),
    DateTime(DateTime),
}

/// A point in time with the zone it was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime {
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub micros: i64,
    /// Minutes east of UTC.
    pub offset_minutes: i16,
}

impl Value {
    /// A map with string keys, in the given order.
    pub fn object<K: Into<String>>(entries: impl IntoIterator<Item = (K, Value)>) -> Value {
        Value::Map(entries.into_iter().map(|(k, v)| (Value::String(k.into()), v)).collect())
    }

    /// The value under a string key of a map; `None` for anything else.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Value::Map(entries) => {
                entries.iter().find(|(k, _)| matches!(k, Value::String(s) if s == key)).map(|(_, v)| v)
            }
            _ => None,
        }
    }

    /// The text of a string value.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(s) => Some(s),
            _ => None,
        }
    }

    /// The word users know for this kind of value, for error messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Int(_) | Value::BigInt(_) => "integer",
            Value::Float(_) => "float",
            Value::String(_) => "string",
            Value::Bytes(_) => "bytes",
            Value::List(_) => "list",
            Value::Map(_) => "map",
            Value::DateTime(_) => "date-time",
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::String(text.to_owned())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::String(text)
    }
}
impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Bool(value)
    }
}
impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Value::Int(value)
    }
}
impl From<f64> for Value {
    fn from(value: f64) -> Value {
        Value::Float(value)
    }
}
