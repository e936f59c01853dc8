//! The addon's own functions: where the packs are, templates, what is known of host functions. All else is an operation
//! by name (`invoke.rs`).

use crate::entry::{entry, value_of};
use crate::from_js;
use crate::js::Val;
use crate::request::{number, optional, text};
use crate::template::JsTemplate;
use napi::Env;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;
use wasm_sandbox_bridge::{Bridge, ops};

type Given<'e> = Unknown<'e>;
type Answer<'e> = napi::Result<Unknown<'e>>;

/// Where the language packs are.
#[napi]
pub fn packs_in<'e>(env: &'e Env, folder: Given<'e>) -> Answer<'e> {
    entry(env, |js, _| {
        Bridge::packs_in(text(js, Val::of(&folder), "$")?.into());
        js.undefined()
    })
}

/// The host function `frame`, called on its caller's own thread, comes from within `outer`.
#[napi]
pub fn called_within<'e>(env: &'e Env, frame: Given<'e>, outer: Given<'e>) -> Answer<'e> {
    entry(env, |js, _| {
        Bridge::called_within(number(js, Val::of(&frame))?, number(js, Val::of(&outer))?);
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
