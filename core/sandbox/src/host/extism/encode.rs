//! What users pass to a plug-in: one text or bytes as they are, everything else as JSON.
//!
//! Integers of up to 64 bits go in full digits; what JSON cannot say is refused with its place.

use crate::language::{too_deep, too_large};
use std::borrow::Cow;
use wasm_sandbox_policy::{Error, ErrorCode, Limits, Result, Value};

/// What the input was, which the output follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InputKind {
    Text,
    Bytes,
    Json,
}

/// One string or bytes passes through; anything else, or several arguments as one array, goes as JSON.
pub(crate) fn encode_input<'a>(args: &'a [Value], limits: &Limits) -> Result<(Cow<'a, [u8]>, InputKind)> {
    match args {
        [] => Ok((Cow::Borrowed(&[]), InputKind::Text)),
        [one] => encode_one(one, limits, "$[0]"),
        many => {
            let mut writer = Writer { out: Vec::new(), limits };
            writer.list(many, "$", 0)?;
            Ok((Cow::Owned(writer.out), InputKind::Json))
        }
    }
}

/// One value, named `at` in errors.
pub(crate) fn encode_one<'a>(value: &'a Value, limits: &Limits, at: &str) -> Result<(Cow<'a, [u8]>, InputKind)> {
    let (bytes, kind) = match value {
        Value::String(text) => (text.as_bytes(), InputKind::Text),
        Value::Bytes(bytes) => (bytes.as_slice(), InputKind::Bytes),
        other => {
            let mut writer = Writer { out: Vec::new(), limits };
            writer.value(other, at, 0)?;
            return Ok((Cow::Owned(writer.out), InputKind::Json));
        }
    };
    fits(bytes.len(), limits)?;
    Ok((Cow::Borrowed(bytes), kind))
}

fn fits(len: usize, limits: &Limits) -> Result<()> {
    if len as u64 > limits.value_bytes { Err(too_large(limits, len as u64)) } else { Ok(()) }
}

struct Writer<'a> {
    out: Vec<u8>,
    limits: &'a Limits,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value, at: &str, depth: u32) -> Result<()> {
        if depth > self.limits.value_depth {
            return Err(too_deep(self.limits));
        }
        match value {
            Value::Null => self.out.extend_from_slice(b"null"),
            Value::Bool(truth) => self.json(truth)?,
            Value::Int(n) => self.json(n)?,
            Value::BigInt(n) => match (i64::try_from(n), u64::try_from(n)) {
                (Ok(n), _) => self.json(&n)?,
                (_, Ok(n)) => self.json(&n)?,
                _ => {
                    let why = "the integer needs more than 64 bits, which no plug-in reads from JSON";
                    return Err(refused(at, why));
                }
            },
            Value::Float(f) if !f.is_finite() => {
                return Err(refused(at, "JSON has no NaN and no infinities"));
            }
            Value::Float(f) => self.json(f)?,
            Value::String(text) => self.json(text)?,
            Value::Bytes(_) => {
                return Err(refused(at, "JSON has no bytes; pass bytes as the only argument"));
            }
            Value::List(items) => self.list(items, at, depth)?,
            Value::Map(entries) => self.map(entries, at, depth)?,
            Value::DateTime(time) => self.json(&time.to_rfc3339())?,
        }
        fits(self.out.len(), self.limits)
    }

    fn list(&mut self, items: &[Value], at: &str, depth: u32) -> Result<()> {
        self.out.push(b'[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.value(item, &format!("{at}[{index}]"), depth + 1)?;
        }
        self.out.push(b']');
        fits(self.out.len(), self.limits)
    }

    fn map(&mut self, entries: &[(Value, Value)], at: &str, depth: u32) -> Result<()> {
        self.out.push(b'{');
        for (index, (key, item)) in entries.iter().enumerate() {
            let Value::String(key) = key else {
                return Err(refused(at, "JSON has only string keys"));
            };
            if index > 0 {
                self.out.push(b',');
            }
            self.json(key)?;
            self.out.push(b':');
            self.value(item, &format!("{at}.{key}"), depth + 1)?;
        }
        self.out.push(b'}');
        Ok(())
    }

    fn json(&mut self, value: &(impl serde::Serialize + ?Sized)) -> Result<()> {
        serde_json::to_writer(&mut self.out, value).map_err(|error| Error::new(ErrorCode::InvalidArgument, error))
    }
}

fn refused(at: &str, why: &str) -> Error {
    Error::new(ErrorCode::InvalidArgument, format_args!("{at}: {why}")).with("path", at)
}

#[cfg(test)]
#[path = "tests/encode.rs"]
mod tests;
