//! The addon's functions: settings, policies, reports, templates.
//!
//! Texts in and out are JSON.

use crate::entry::{entry, value_of};
use crate::js::Val;
use crate::request::{bytes, optional, text};
use crate::template::JsTemplate;
use napi::Env;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;
use wasm_sandbox_bridge::policy::Policy;
use wasm_sandbox_bridge::{Bridge, OpenRequest, parse_policy, with_capability};

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

/// The effective policy of a document, cut down to a ceiling.
#[napi(js_name = "parsePolicy")]
pub fn policy<'e>(env: &'e Env, document: Given<'e>, ceiling: Given<'e>) -> Answer<'e> {
    entry(env, |js, _| {
        let ceiling = Val::of(&ceiling);
        let ceiling = optional(js, ceiling, || text(js, ceiling, "$.ceiling"))?;
        js.make_text(&value_of(parse_policy(&text(js, Val::of(&document), "$")?, ceiling.as_deref()))?)
    })
}

/// An effective policy with one rule more.
#[napi(js_name = "withCapability")]
pub fn capability<'e>(env: &'e Env, policy: Given<'e>, capability: Given<'e>) -> Answer<'e> {
    entry(env, |js, _| {
        let (policy, capability) =
            (text(js, Val::of(&policy), "$.policy")?, text(js, Val::of(&capability), "$.capability")?);
        js.make_text(&value_of(with_capability(&policy, &capability))?)
    })
}

/// What a module is and needs, and why a policy would refuse it.
#[napi]
pub fn verify<'e>(env: &'e Env, module: Given<'e>, policy: Given<'e>) -> Answer<'e> {
    entry(env, |js, _| {
        let (module, policy) = (bytes(js, Val::of(&module), "$.bytes")?, text(js, Val::of(&policy), "$.policy")?);
        js.make_text(&value_of(
            Policy::from_json(&policy).and_then(|policy| Bridge::process()?.verify(&module, &policy)),
        )?)
    })
}

/// What this machine gives sandboxes.
#[napi]
pub fn doctor<'e>(env: &'e Env) -> Answer<'e> {
    entry(env, |js, _| js.make_text(&value_of(Bridge::process().and_then(Bridge::doctor))?))
}

/// Reads and checks what sandboxes are opened with.
#[napi]
pub fn template<'e>(env: &'e Env, options: Given<'e>) -> Answer<'e> {
    entry(env, |js, _| {
        let request = value_of(OpenRequest::read(&text(js, Val::of(&options), "$.options")?))?;
        js.instance(JsTemplate::new(request))
    })
}
