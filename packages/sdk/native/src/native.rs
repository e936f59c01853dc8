//! The addon's own functions: settings, which are JSON, and templates. All else is an operation by name
//! (`invoke.rs`).

use crate::entry::{entry, value_of};
use crate::from_js;
use crate::js::Val;
use crate::request::{optional, text};
use crate::template::JsTemplate;
use napi::Env;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;
use wasm_sandbox_bridge::{Bridge, ops};

type Given<'e> = Unknown<'e>;
type Answer<'e> = napi::Result<Unknown<'e>>;

/// Settings of the process; the first ones hold.
#[napi]
pub fn configure<'e>(env: &'e Env, options: Given<'e>) -> Answer<'e> {
    entry(env, |js, _| {
        value_of(Bridge::configure(&text(js, Val::of(&options), "$")?))?;
        js.undefined()
    })
}

/// Reads and checks what sandboxes are opened with; a module has no language.
#[napi]
pub fn template<'e>(env: &'e Env, language: Given<'e>, options: Given<'e>) -> Answer<'e> {
    entry(env, |js, local| {
        let language = Val::of(&language);
        let language = optional(js, language, || text(js, language, "$.language"))?;
        let options = from_js::options(js, local, Val::of(&options))?;
        js.instance(JsTemplate { request: value_of(ops::request(language.as_deref(), options))? })
    })
}
