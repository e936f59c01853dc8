//! The class `Template`: what sandboxes are opened with, read and checked once, and the opening.
//!
//! Reads arguments, hands the work to the bridge, settles promises.

use crate::callbacks::{Callbacks, JsHost};
use crate::entry::{entry, promised, value_of};
use crate::handle::JsHandle;
use crate::js::{Js, Outcome, Val};
use crate::local::{Local, Pending, current};
use crate::request::{bytes, files, optional, packages, run, settings};
use crate::to_js;
use napi::Env;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;
use std::sync::Arc;
use wasm_sandbox_bridge::{Bridge, Contents, Handle, Host, OpenRequest, Stop};

type Given<'e> = Unknown<'e>;
type Answer<'e> = napi::Result<Unknown<'e>>;

#[napi(js_name = "Template")]
pub struct JsTemplate {
    pub(crate) request: OpenRequest,
}

impl JsTemplate {
    pub(crate) fn new(request: OpenRequest) -> JsTemplate {
        JsTemplate { request }
    }
}

/// The class `Stop`: ends one run, before it begins or while it runs.
#[napi(js_name = "Stop")]
pub struct JsStop {
    pub(crate) stop: Stop,
}

#[napi]
impl JsStop {
    #[napi]
    pub fn stop<'e>(&self, env: &'e Env) -> Answer<'e> {
        entry(env, |js, _| {
            self.stop.stop();
            js.undefined()
        })
    }
}

/// One that nothing has been given yet.
#[napi(js_name = "stop")]
pub fn stop<'e>(env: &'e Env) -> Answer<'e> {
    entry(env, |js, _| js.instance(JsStop { stop: Stop::default() }))
}

#[napi]
impl JsTemplate {
    /// Opens a sandbox: a promise of a handle.
    #[napi]
    pub fn open<'e>(
        &self,
        env: &'e Env,
        source: Given<'e>,
        files: Given<'e>,
        packages: Given<'e>,
        host: Given<'e>,
    ) -> Answer<'e> {
        promised(env, |js, local| {
            let bridge = value_of(Bridge::process())?;
            let Opening { source, contents, host } = Opening::read(js, local, [&source, &files, &packages, &host])?;
            let request = self.request.clone();
            Ok(move |pending: Pending| {
                let opening = bridge.open(request, source, contents, host, move |outcome: Result<Handle, _>| {
                    pending.settle(outcome, |js, _, handle| js.instance(JsHandle::new(handle)));
                });
                if let (Some(opening), Some(local)) = (opening, current()) {
                    local.opened(&opening);
                }
            })
        })
    }

    /// Opens a sandbox on the caller's thread.
    #[napi]
    pub fn open_sync<'e>(
        &self,
        env: &'e Env,
        source: Given<'e>,
        files: Given<'e>,
        packages: Given<'e>,
        host: Given<'e>,
    ) -> Answer<'e> {
        entry(env, |js, local| {
            let bridge = value_of(Bridge::process())?;
            let Opening { source, contents, host } = Opening::read(js, local, [&source, &files, &packages, &host])?;
            let handle = value_of(bridge.open_now(self.request.clone(), source, contents, host))?;
            local.opened(&handle);
            js.instance(JsHandle::new(handle))
        })
    }

    /// Opens the session of a snapshot: a promise of a handle. A key of nothing is this installation's.
    #[napi]
    pub fn restore<'e>(
        &self,
        env: &'e Env,
        snapshot: Given<'e>,
        key: Given<'e>,
        files: Given<'e>,
        packages: Given<'e>,
        host: Given<'e>,
    ) -> Answer<'e> {
        promised(env, |js, local| {
            let bridge = value_of(Bridge::process())?;
            let key = Val::of(&key);
            let key = optional(js, key, || bytes(js, key, "$.snapshotKey"))?;
            let Opening { source, contents, host } = Opening::read(js, local, [&snapshot, &files, &packages, &host])?;
            let (snapshot, request) = (source.unwrap_or_default(), self.request.clone());
            Ok(move |pending: Pending| {
                let opening = bridge.restore(request, snapshot, key, contents, host, move |outcome| {
                    pending.settle(outcome, |js, _, handle| js.instance(JsHandle::new(handle)));
                });
                if let (Some(opening), Some(local)) = (opening, current()) {
                    local.opened(&opening);
                }
            })
        })
    }

    /// Opens, runs once and gives everything back: a promise of the result.
    #[napi]
    #[allow(clippy::too_many_arguments, reason = "one crossing with everything costs less than a crossing for each")]
    pub fn run<'e>(
        &self,
        env: &'e Env,
        source: Given<'e>,
        files: Given<'e>,
        packages: Given<'e>,
        host: Given<'e>,
        request: Given<'e>,
        options: Given<'e>,
        stop: Option<&JsStop>,
    ) -> Answer<'e> {
        let stop = stop.map(|stop| stop.stop.clone()).unwrap_or_default();
        promised(env, |js, local| {
            let bridge = value_of(Bridge::process())?;
            let Opening { source, contents, host } = Opening::read(js, local, [&source, &files, &packages, &host])?;
            let (run, settings) = (run(js, local, Val::of(&request))?, settings(js, Val::of(&options))?);
            let request = self.request.clone();
            Ok(move |pending: Pending| {
                let opening = bridge.run(request, source, contents, host, run, settings, &stop, move |outcome| {
                    pending.settle(outcome, |js, local, result| to_js::result(js, local, &result));
                });
                if let (Some(opening), Some(local)) = (opening, current()) {
                    local.opened(&opening);
                }
            })
        })
    }

    /// Opens, runs once and gives everything back, on the caller's thread, without host functions. Figures go into
    /// `figures`; where its first is 1 the answer is the value alone, since the result has nothing else.
    #[napi]
    #[allow(clippy::too_many_arguments, reason = "one crossing with everything costs less than a crossing for each")]
    pub fn run_sync<'e>(
        &self,
        env: &'e Env,
        source: Given<'e>,
        files: Given<'e>,
        packages: Given<'e>,
        request: Given<'e>,
        options: Given<'e>,
        figures: Given<'e>,
    ) -> Answer<'e> {
        entry(env, |js, local| {
            let bridge = value_of(Bridge::process())?;
            let source = Val::of(&source);
            let source = optional(js, source, || bytes(js, source, "$.source"))?;
            let contents = contents(js, Val::of(&files), Val::of(&packages))?;
            let (run, settings) = (run(js, local, Val::of(&request))?, settings(js, Val::of(&options))?);
            let result = value_of(bridge.run_once(self.request.clone(), source, contents, run, settings))?;
            to_js::answer(js, local, Val::of(&figures), &result)
        })
    }
}

/// What opening takes besides the template.
struct Opening {
    source: Option<Vec<u8>>,
    contents: Contents,
    host: Option<Arc<dyn Host>>,
}

impl Opening {
    /// Reads source (or snapshot), files, packages and host.
    fn read(js: Js<'_>, local: &Local, given: [&Unknown<'_>; 4]) -> Outcome<Opening> {
        let [source, files, packages, host] = given.map(Val::of);
        Ok(Opening {
            source: optional(js, source, || bytes(js, source, "$.source"))?,
            contents: contents(js, files, packages)?,
            host: Callbacks::read(js, local, host)?.map(|host: Arc<JsHost>| host as Arc<dyn Host>),
        })
    }
}

fn contents(js: Js<'_>, given_files: Val<'_>, given_packages: Val<'_>) -> Outcome<Contents> {
    let read_files = || files(js, given_files, "$.files");
    let read_packages = || packages(js, given_packages, "$.packages");
    Ok(Contents {
        files: optional(js, given_files, read_files)?.unwrap_or_default(),
        packages: optional(js, given_packages, read_packages)?.unwrap_or_default(),
    })
}
