//! The addon's functions: settings, policies, reports, opening.
//!
//! Texts in and out are JSON.

use crate::callbacks::{Callbacks, JsHost};
use crate::entry::{entry, promised, value_of};
use crate::handle::JsHandle;
use crate::js::{Js, Outcome, Val};
use crate::local::{Local, Pending, current};
use crate::request::{bytes, files, optional, text};
use napi::Env;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;
use std::collections::BTreeMap;
use std::sync::Arc;
use wasm_sandbox_bridge::{Bridge, Handle, Host, OpenRequest, parse_policy, with_capability};

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
        js.make_text(&value_of(Bridge::process().and_then(|bridge| bridge.verify(&module, &policy)))?)
    })
}

/// What this machine gives sandboxes.
#[napi]
pub fn doctor<'e>(env: &'e Env) -> Answer<'e> {
    entry(env, |js, _| js.make_text(&value_of(Bridge::process().and_then(Bridge::doctor))?))
}

/// Opens a sandbox: a promise of a handle.
#[napi]
pub fn open<'e>(env: &'e Env, source: Given<'e>, options: Given<'e>, files: Given<'e>, host: Given<'e>) -> Answer<'e> {
    promised(env, |js, local| {
        let bridge = value_of(Bridge::process())?;
        let Opening { request, source, files, host } = Opening::read(js, local, [&source, &options, &files, &host])?;
        Ok(move |pending: Pending| {
            let opening = bridge.open(request, source, files, host, move |outcome: Result<Handle, _>| {
                pending.settle(outcome, |js, _, handle| js.instance(JsHandle::new(handle)));
            });
            if let (Some(opening), Some(local)) = (opening, current()) {
                local.opened(&opening);
            }
        })
    })
}

/// Opens a sandbox on the caller's thread.
#[napi(js_name = "openSync")]
pub fn open_sync<'e>(
    env: &'e Env,
    source: Given<'e>,
    options: Given<'e>,
    files: Given<'e>,
    host: Given<'e>,
) -> Answer<'e> {
    entry(env, |js, local| {
        let bridge = value_of(Bridge::process())?;
        let Opening { request, source, files, host } = Opening::read(js, local, [&source, &options, &files, &host])?;
        let handle = value_of(bridge.open_now(request, source, files, host))?;
        local.opened(&handle);
        js.instance(JsHandle::new(handle))
    })
}

/// Opens the session of a snapshot: a promise of a handle. A key of nothing is this installation's.
#[napi]
pub fn restore<'e>(
    env: &'e Env,
    snapshot: Given<'e>,
    key: Given<'e>,
    options: Given<'e>,
    files: Given<'e>,
    host: Given<'e>,
) -> Answer<'e> {
    promised(env, |js, local| {
        let bridge = value_of(Bridge::process())?;
        let key = Val::of(&key);
        let key = optional(js, key, || bytes(js, key, "$.snapshotKey"))?;
        let opening = Opening::read(js, local, [&snapshot, &options, &files, &host])?;
        let Opening { request, source, files, host } = opening;
        let snapshot = source.unwrap_or_default();
        Ok(move |pending: Pending| {
            let opening = bridge.restore(request, snapshot, key, files, host, move |outcome| {
                pending.settle(outcome, |js, _, handle| js.instance(JsHandle::new(handle)));
            });
            if let (Some(opening), Some(local)) = (opening, current()) {
                local.opened(&opening);
            }
        })
    })
}

/// What a sandbox is opened with.
pub(crate) struct Opening {
    pub(crate) request: OpenRequest,
    source: Option<Vec<u8>>,
    files: BTreeMap<String, Vec<u8>>,
    pub(crate) host: Option<Arc<dyn Host>>,
}

impl Opening {
    /// Reads source (or snapshot), options, files and host.
    pub(crate) fn read(js: Js<'_>, local: &Local, given: [&Unknown<'_>; 4]) -> Outcome<Opening> {
        let [source, options, given_files, host] = given.map(Val::of);
        Ok(Opening {
            request: value_of(OpenRequest::read(&text(js, options, "$.options")?))?,
            source: optional(js, source, || bytes(js, source, "$.source"))?,
            files: optional(js, given_files, || files(js, given_files, "$.files"))?.unwrap_or_default(),
            host: Callbacks::read(js, local, host)?.map(|host: Arc<JsHost>| host as Arc<dyn Host>),
        })
    }
}
