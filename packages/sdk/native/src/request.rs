//! Arguments of our own functions: texts, options, runs. A wrong one is `invalid_argument` with its path.
//!
//! What options mean, and which there are, is the bridge's (`ops`).

use crate::entry::value_of;
use crate::from_js::{self, refused};
use crate::js::{Js, Outcome, Type, Val};
use crate::local::Local;
use wasm_sandbox_bridge::ops::{call_settings, lone_run, one_run};
use wasm_sandbox_bridge::{CallSettings, OpenRequest, Origin, Run};

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

/// Options of a call, or none.
pub(crate) fn settings(js: Js<'_>, local: &Local, options: Val<'_>) -> Outcome<CallSettings> {
    let given = optional(js, options, || from_js::options(js, local, options))?;
    given.map_or_else(|| Ok(CallSettings::default()), |options| value_of(call_settings(options)))
}

/// A cancel token; 0 or nothing for none.
pub(crate) fn token(js: Js<'_>, value: Val<'_>) -> Outcome<u32> {
    Ok(number(js, value)? as u32)
}

/// A number of a host function; 0 or nothing for none.
pub(crate) fn number(js: Js<'_>, value: Val<'_>) -> Outcome<u64> {
    Ok(optional(js, value, || js.double(value))?.unwrap_or(0.0) as u64)
}

/// Where an operation comes from: the host function that asks for it. Which operation a host function belongs to is
/// nothing that JavaScript has to be told.
pub(crate) fn origin(js: Js<'_>, from: Val<'_>) -> Outcome<Origin> {
    Ok(Origin { tag: 0, from: number(js, from)? })
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
