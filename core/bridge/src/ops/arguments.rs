//! `Arguments`: the named arguments and options of one operation, taken out one by one.
//!
//! A wrong kind is `invalid_argument` with its place in `details.path`; null is as good as not given; what no
//! operation takes is refused by name, since a misspelt `policy` must never pass in silence.

pub(super) use crate::place::refused;
use std::collections::BTreeMap;
use wasm_sandbox_policy::{Error, ErrorCode, Result, Value};

pub(super) struct Arguments {
    entries: Vec<(String, Value)>,
    /// The place of these in the whole, as `$`.
    at: String,
}

impl Arguments {
    /// A map with string keys; nothing at all is an empty one.
    pub(super) fn of(value: Value, at: &str) -> Result<Arguments> {
        let entries = match value {
            Value::Null => Vec::new(),
            value => named(value, at)?,
        };
        Ok(Arguments { entries, at: at.to_owned() })
    }

    /// Refuses every other name. `what` has these options, for the message.
    pub(super) fn only(self, known: &[&str], what: &str) -> Result<Arguments> {
        match self.entries.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            None => Ok(self),
            Some((name, _)) => {
                let why = format_args!("{what} has no option {name:?}; it has {}", known.join(", "));
                Err(Error::new(ErrorCode::InvalidArgument, why).with("path", format!("{}.{name}", self.at)))
            }
        }
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.entries.iter().position(|(known, _)| known == name)?;
        Some(self.entries.swap_remove(at).1).filter(|value| *value != Value::Null)
    }

    /// Whether one is there to be taken.
    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|(known, value)| known == name && *value != Value::Null)
    }

    /// Those that were not taken.
    pub(super) fn rest(self) -> Value {
        Value::object(self.entries)
    }

    /// One that has to be there.
    pub(super) fn need(&mut self, name: &str) -> Result<Value> {
        self.take(name).ok_or_else(|| refused(&self.place(name), "it is missing"))
    }

    /// Options of an operation: their places begin at `$` again.
    pub(super) fn options(&mut self, name: &str) -> Result<Arguments> {
        Arguments::of(self.take(name).unwrap_or_default(), "$")
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>> {
        let at = self.place(name);
        self.take(name).map(|value| text(value, &at)).transpose()
    }

    pub(super) fn needed_text(&mut self, name: &str) -> Result<String> {
        text(self.need(name)?, &self.place(name))
    }

    pub(super) fn texts(&mut self, name: &str) -> Result<Option<Vec<String>>> {
        let at = self.place(name);
        self.take(name).map(|value| texts(value, &at)).transpose()
    }

    /// Texts by name.
    pub(super) fn text_map(&mut self, name: &str) -> Result<Vec<(String, String)>> {
        let at = self.place(name);
        let entries = self.take(name).map_or_else(|| Ok(Vec::new()), |value| named(value, &at))?;
        entries.into_iter().map(|(key, value)| text(value, &format!("{at}.{key}")).map(|text| (key, text))).collect()
    }

    /// Bytes; text stands for its UTF-8.
    pub(super) fn bytes(&mut self, name: &str) -> Result<Option<Vec<u8>>> {
        let at = self.place(name);
        self.take(name).map(|value| bytes(value, &at)).transpose()
    }

    /// Files by path.
    pub(super) fn files(&mut self, name: &str) -> Result<BTreeMap<String, Vec<u8>>> {
        let at = self.place(name);
        self.take(name).map_or_else(|| Ok(BTreeMap::new()), |value| files(value, &at))
    }

    /// Values by name, in order.
    pub(super) fn values(&mut self, name: &str) -> Result<Vec<(String, Value)>> {
        let at = self.place(name);
        self.take(name).map_or_else(|| Ok(Vec::new()), |value| named(value, &at))
    }

    pub(super) fn list(&mut self, name: &str) -> Result<Vec<Value>> {
        let at = self.place(name);
        self.take(name).map_or_else(|| Ok(Vec::new()), |value| list(value, &at))
    }

    /// A whole number of 0 or more.
    pub(super) fn count(&mut self, name: &str) -> Result<Option<u64>> {
        let at = self.place(name);
        let Some(value) = self.take(name) else { return Ok(None) };
        let count = if let Value::Int(count) = value { u64::try_from(count).ok() } else { None };
        count.map(Some).ok_or_else(|| refused(&at, "it is a whole number, 0 or more"))
    }

    /// Milliseconds above zero; fractions are rounded up.
    pub(super) fn time(&mut self, name: &str) -> Result<Option<u64>> {
        let at = self.place(name);
        let Some(value) = self.take(name) else { return Ok(None) };
        let ms = match value {
            Value::Int(ms) if ms > 0 => Some(ms as u64),
            // The conversion ends at the largest number there is.
            Value::Float(ms) if ms.is_finite() && ms > 0.0 => Some(ms.ceil() as u64),
            _ => None,
        };
        ms.map(Some).ok_or_else(|| refused(&at, "it has to be a number above zero"))
    }

    pub(super) fn place(&self, name: &str) -> String {
        format!("{}.{name}", self.at)
    }
}

pub(super) fn text(value: Value, at: &str) -> Result<String> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(wanted(at, "a string", &other)),
    }
}

pub(super) fn texts(value: Value, at: &str) -> Result<Vec<String>> {
    let items = list(value, at)?.into_iter().enumerate();
    items.map(|(index, item)| text(item, &format!("{at}[{index}]"))).collect()
}

pub(super) fn list(value: Value, at: &str) -> Result<Vec<Value>> {
    match value {
        Value::List(items) => Ok(items),
        other => Err(wanted(at, "a list", &other)),
    }
}

pub(super) fn bytes(value: Value, at: &str) -> Result<Vec<u8>> {
    match value {
        Value::Bytes(bytes) => Ok(bytes),
        Value::String(text) => Ok(text.into_bytes()),
        other => Err(wanted(at, "bytes or a string", &other)),
    }
}

/// Files by path: bytes, or text that stands for its UTF-8.
pub(super) fn files(value: Value, at: &str) -> Result<BTreeMap<String, Vec<u8>>> {
    let entries = named(value, at)?.into_iter();
    let place = |path: &str| format!("{at}[{}]", serde_json::Value::from(path));
    entries.map(|(path, content)| bytes(content, &place(&path)).map(|bytes| (path, bytes))).collect()
}

/// A map's entries, whose keys have to be strings.
pub(super) fn named(value: Value, at: &str) -> Result<Vec<(String, Value)>> {
    let Value::Map(entries) = value else { return Err(wanted(at, "a map", &value)) };
    let one = |(key, value)| match key {
        Value::String(name) => Ok((name, value)),
        other => Err(wanted(at, "a string as every key", &other)),
    };
    entries.into_iter().map(one).collect()
}

fn wanted(at: &str, what: &str, got: &Value) -> Error {
    refused(at, format_args!("{what} is wanted, not a value of kind {}", got.kind()))
}
