//! Arguments of our own functions: texts, bytes, files, options, runs. A wrong one is `invalid_argument` with its path.
//!
//! Unknown keys are refused like wrong values.

use crate::from_js::{self, each_property, refused};
use crate::js::{Elements, Js, Outcome, Thrown, Type, Val};
use crate::local::Local;
use std::collections::BTreeMap;
use wasm_sandbox_bridge::policy::Value;
use wasm_sandbox_bridge::{CallSettings, Run, Stdin, parse_json};

pub(crate) fn text(js: Js<'_>, value: Val<'_>, at: &str) -> Outcome<String> {
    if js.type_of(value)? != Type::String {
        return Err(refused(at, "a string is wanted"));
    }
    js.text(value)?.ok_or_else(|| refused(at, "the string has a lone surrogate"))
}

/// Null and undefined are none.
pub(crate) fn optional<T>(js: Js<'_>, value: Val<'_>, read: impl FnOnce() -> Outcome<T>) -> Outcome<Option<T>> {
    if js.type_of(value)? == Type::Nothing { Ok(None) } else { read().map(Some) }
}

/// Bytes; text stands for its UTF-8.
pub(crate) fn bytes(js: Js<'_>, value: Val<'_>, at: &str) -> Outcome<Vec<u8>> {
    let kind = js.type_of(value)?;
    if kind == Type::String {
        return text(js, value, at).map(String::into_bytes);
    }
    if kind == Type::Object {
        if let Some(bytes) = js.array_buffer(value)? {
            return Ok(bytes);
        }
        if let Some(Elements::Bytes(bytes)) = js.typed_array(value)? {
            return Ok(bytes);
        }
    }
    Err(refused(at, "a string, a Uint8Array or an ArrayBuffer is wanted"))
}

/// Files by path.
pub(crate) fn files(js: Js<'_>, value: Val<'_>, at: &str) -> Outcome<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    each_property(js, value, at, |js, path, content| {
        let content = bytes(js, content, &format!("{at}[{}]", Key(&path)))?;
        files.insert(path, content);
        Ok(())
    })?;
    Ok(files)
}

/// Packages, in whatever form; what is in the list is read when they are opened.
pub(crate) fn packages(js: Js<'_>, local: &Local, value: Val<'_>, at: &str) -> Outcome<Vec<Value>> {
    match from_js::value(js, local, value, at)? {
        Value::List(packages) => Ok(packages),
        _ => Err(refused(at, "an array of paths, bytes and { name, files } is wanted")),
    }
}

/// Options as JSON text, or none.
pub(crate) fn settings(js: Js<'_>, value: Val<'_>) -> Outcome<CallSettings> {
    let json = optional(js, value, || text(js, value, "$.options"))?;
    json.map_or_else(|| Ok(CallSettings::default()), |json| parse_json(&json).map_err(Thrown::from))
}

/// A cancel token; 0 or nothing for none.
pub(crate) fn token(js: Js<'_>, value: Val<'_>) -> Outcome<u32> {
    Ok(optional(js, value, || js.double(value))?.unwrap_or(0.0) as u32)
}

/// One run: source text, or an object that says more.
pub(crate) fn run(js: Js<'_>, local: &Local, request: Val<'_>) -> Outcome<Run> {
    if js.type_of(request)? == Type::String {
        return Ok(Run { code: Some(text(js, request, "$.code")?), ..Run::default() });
    }
    let (mut run, mut call, mut args) = (Run::default(), None, Vec::new());
    each_property(js, request, "$", |js, key, value| {
        let at = format!("$.{key}");
        if js.type_of(value)? == Type::Nothing {
            return Ok(());
        }
        match key.as_str() {
            "code" => run.code = Some(text(js, value, &at)?),
            "file" => run.file = Some(text(js, value, &at)?),
            "call" => call = Some(text(js, value, &at)?),
            "args" => args = from_js::arguments(js, local, value, &at)?,
            "stdin" => run.stdin = Stdin::Bytes(bytes(js, value, &at)?),
            "files" => run.files = files(js, value, &at)?,
            "inputs" => run.inputs = named(from_js::value(js, local, value, &at)?, &at)?,
            "env" => run.env = texts(named(from_js::value(js, local, value, &at)?, &at)?, &at)?,
            "argv" => run.argv = Some(list_of_texts(from_js::value(js, local, value, &at)?, &at)?),
            _ => return Err(refused(&at, "there is no such option of a run")),
        }
        Ok(())
    })?;
    run.call = call.map(|name| (name, args));
    Ok(run)
}

fn named(value: Value, at: &str) -> Outcome<Vec<(String, Value)>> {
    let Value::Map(entries) = value else { return Err(refused(at, "an object is wanted")) };
    let one = |(key, value)| match key {
        Value::String(name) => Ok((name, value)),
        _ => Err(refused(at, "a name has to be a string")),
    };
    entries.into_iter().map(one).collect()
}

fn texts(entries: Vec<(String, Value)>, at: &str) -> Outcome<Vec<(String, String)>> {
    let one = |(name, value)| match value {
        Value::String(text) => Ok((name, text)),
        _ => Err(refused(&format!("{at}.{name}"), "a string is wanted")),
    };
    entries.into_iter().map(one).collect()
}

fn list_of_texts(value: Value, at: &str) -> Outcome<Vec<String>> {
    let Value::List(values) = value else { return Err(refused(at, "an array of strings is wanted")) };
    let one = |(index, value)| match value {
        Value::String(text) => Ok(text),
        _ => Err(refused(&format!("{at}[{index}]"), "a string is wanted")),
    };
    values.into_iter().enumerate().map(one).collect()
}

/// A key as it stands in a path.
struct Key<'k>(&'k str);

impl std::fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        serde_json::Value::from(self.0).fmt(f)
    }
}
