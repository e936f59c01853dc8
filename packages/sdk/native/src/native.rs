//! The addon's own functions: settings and templates, each given as JSON. All else is an operation by name (`invoke.rs`).

use crate::entry::{entry, value_of};
use crate::js::Val;
use crate::request::text;
use crate::template::JsTemplate;
use napi::Env;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;
use wasm_sandbox_bridge::{Bridge, OpenRequest};

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

/// Reads and checks what sandboxes are opened with.
#[napi]
pub fn template<'e>(env: &'e Env, options: Given<'e>) -> Answer<'e> {
    entry(env, |js, _| {
        let request = value_of(OpenRequest::read(&text(js, Val::of(&options), "$.options")?))?;
        js.instance(JsTemplate::new(request))
    })
}
