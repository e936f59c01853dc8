//! Arguments of our own functions: texts, bytes, files, options, runs. A wrong one is `invalid_argument` with its path.
//!
//! What options mean, and which there are, is the bridge's (`ops`).

use crate::entry::value_of;
use crate::from_js::{self, each_property, refused};
use crate::js::{Elements, Js, Outcome, Type, Val};
use crate::local::Local;
use std::collections::BTreeMap;
use wasm_sandbox_bridge::ops::{call_settings, lone_run, one_run};
use wasm_sandbox_bridge::policy::Value;
use wasm_sandbox_bridge::{Call, CallSettings, OpenRequest, Run};

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

/// Options of a call, or none.
pub(crate) fn settings(js: Js<'_>, local: &Local, options: Val<'_>) -> Outcome<CallSettings> {
    let given = optional(js, options, || from_js::options(js, local, options))?;
    given.map_or_else(|| Ok(CallSettings::default()), |options| value_of(call_settings(options)))
}

/// A cancel token; 0 or nothing for none.
pub(crate) fn token(js: Js<'_>, value: Val<'_>) -> Outcome<u32> {
    Ok(optional(js, value, || js.double(value))?.unwrap_or(0.0) as u32)
}

/// `[{function, args}]`.
pub(crate) fn calls(js: Js<'_>, local: &Local, value: Val<'_>) -> Outcome<Vec<Call>> {
    if !js.is_array(value)? {
        return Err(refused("$", "an array of calls is wanted"));
    }
    let one = |index: u32| {
        js.scoped(|js| {
            let element = js.element(value, index)?;
            if js.type_of(element)? != Type::Object {
                return Err(refused(&format!("$[{index}]"), "an object {function, args} is wanted"));
            }
            let function = js.property(element, js.make_text("function")?)?;
            let args = js.property(element, js.make_text("args")?)?;
            Ok(Call {
                function: text(js, function, &format!("$[{index}].function"))?,
                args: from_js::arguments(js, local, args, &format!("$[{index}].args"))?,
            })
        })
    };
    (0..js.length(value)?).map(one).collect()
}

/// One run: source text, or none for a module; and options, or none.
pub(crate) fn run(js: Js<'_>, local: &Local, code: Val<'_>, options: Val<'_>) -> Outcome<(Run, CallSettings)> {
    let code = optional(js, code, || text(js, code, "$.code"))?;
    match optional(js, options, || from_js::options(js, local, options))? {
        None => Ok((Run { code, ..Run::default() }, CallSettings::default())),
        Some(options) => value_of(one_run(code, options)),
    }
}

/// One run of what is opened for it alone: what is opened, and what is run in it. With a request that many share.
pub(crate) fn lone(
    js: Js<'_>,
    local: &Local,
    shared: &OpenRequest,
    code: Val<'_>,
    options: Val<'_>,
) -> Outcome<(OpenRequest, Run, CallSettings)> {
    let code = optional(js, code, || text(js, code, "$.code"))?;
    match optional(js, options, || from_js::options(js, local, options))? {
        None => Ok((shared.clone(), Run { code, ..Run::default() }, CallSettings::default())),
        Some(options) => value_of(lone_run(shared, code, options)),
    }
}

/// A key as it stands in a path.
struct Key<'k>(&'k str);

impl std::fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        serde_json::Value::from(self.0).fmt(f)
    }
}
