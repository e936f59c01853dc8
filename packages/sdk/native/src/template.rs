//! The class `Template`: what sandboxes are opened with, read and checked once, and the opening.
//!
//! Reads arguments, hands the work to the bridge, settles promises.

use crate::callbacks::Callbacks;
use crate::entry::{entry, promised, value_of};
use crate::from_js;
use crate::handle::JsHandle;
use crate::js::{Js, Outcome, Val};
use crate::local::{Local, Pending, current};
use crate::request::{lone, origin};
use crate::to_js;
use napi::Env;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;
use std::sync::Arc;
use wasm_sandbox_bridge::ops::{Guest, Load, load};
use wasm_sandbox_bridge::{Bridge, Given as Loaded, Handle, Host, OpenRequest, Origin, Stop};

type Given<'e> = Unknown<'e>;
type Answer<'e> = napi::Result<Unknown<'e>>;

#[napi(js_name = "Template")]
pub struct JsTemplate {
    pub(crate) request: OpenRequest,
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

/// One that nothing has been given yet, for what the host function `from` asks for.
#[napi(js_name = "stop")]
pub fn stop<'e>(env: &'e Env, from: Given<'e>) -> Answer<'e> {
    entry(env, |js, _| js.instance(JsStop { stop: Stop::of(origin(js, Val::of(&from))?) }))
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
        stop: Option<&JsStop>,
    ) -> Answer<'e> {
        let stop = stop.map(|stop| stop.stop.clone()).unwrap_or_default();
        promised(env, |js, local| {
            let bridge = value_of(Bridge::process())?;
            let Opening { load, host } = self.opening(js, local, [&source, &files, &packages, &host])?;
            let (request, kept, callbacks) = (self.request.clone(), self.request.clone(), host.clone());
            Ok(move |pending: Pending| {
                let opening = bridge.open(request, load, host, &stop, move |outcome| {
                    pending.settle(outcome, |js, _, handle| handle_of(js, handle, kept, callbacks));
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
            let Opening { load, host } = self.opening(js, local, [&source, &files, &packages, &host])?;
            let Loaded { source, contents } = value_of(load())?;
            let handle = value_of(bridge.open_now(self.request.clone(), source, contents, host.clone()))?;
            local.opened(&handle);
            handle_of(js, handle, self.request.clone(), host)
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
        code: Given<'e>,
        options: Given<'e>,
        stop: Option<&JsStop>,
    ) -> Answer<'e> {
        let stop = stop.map(|stop| stop.stop.clone()).unwrap_or_default();
        promised(env, |js, local| {
            let bridge = value_of(Bridge::process())?;
            let Opening { load, host } = self.opening(js, local, [&source, &files, &packages, &host])?;
            let (request, run, settings) = lone(js, local, &self.request, Val::of(&code), Val::of(&options))?;
            Ok(move |pending: Pending| {
                let opening = bridge.run(request, load, host, run, settings, &stop, move |outcome| {
                    pending.settle(outcome, to_js::result);
                });
                if let (Some(opening), Some(local)) = (opening, current()) {
                    local.opened(&opening);
                }
            })
        })
    }

    /// Opens, runs once and gives everything back, on the caller's thread. Figures go into `figures`; where its first is 1
    /// the answer is the value alone, since the result has nothing else.
    #[napi]
    #[allow(clippy::too_many_arguments, reason = "one crossing with everything costs less than a crossing for each")]
    pub fn run_sync<'e>(
        &self,
        env: &'e Env,
        source: Given<'e>,
        files: Given<'e>,
        packages: Given<'e>,
        host: Given<'e>,
        code: Given<'e>,
        options: Given<'e>,
        figures: Given<'e>,
    ) -> Answer<'e> {
        entry(env, |js, local| {
            let bridge = value_of(Bridge::process())?;
            let Opening { load, host } = self.opening(js, local, [&source, &files, &packages, &host])?;
            let Loaded { source, contents } = value_of(load())?;
            let (request, run, settings) = lone(js, local, &self.request, Val::of(&code), Val::of(&options))?;
            let result = match host {
                None => bridge.run_once(request, source, contents, run, settings),
                host => {
                    let handle = value_of(bridge.open_now(request, source, contents, host))?;
                    local.opened(&handle);
                    let result = handle.run_now(run, settings, Origin::default());
                    handle.dispose(|| {});
                    result
                }
            };
            to_js::answer(js, local, Val::of(&figures), value_of(result)?)
        })
    }
}

/// What opening takes besides the template.
struct Opening {
    load: Load,
    host: Option<Arc<dyn Host>>,
}

impl JsTemplate {
    /// Reads source, files, packages and host.
    fn opening(&self, js: Js<'_>, local: &Local, given: [&Unknown<'_>; 4]) -> Outcome<Opening> {
        let [source, files, packages, host] = given.map(Val::of);
        Ok(Opening {
            load: self.load(js, local, [source, files, packages])?,
            host: Callbacks::read(js, local, host)?.map(|host| host as Arc<dyn Host>),
        })
    }

    /// A module is bytes or a path, as packages may be: what takes long to read is read where it is opened.
    fn load(&self, js: Js<'_>, local: &Local, given: [Val<'_>; 3]) -> Outcome<Load> {
        let read = |value, at| from_js::value(js, local, value, at);
        let [source, files, packages] = given;
        let given = [read(source, "$.source")?, read(files, "$.files")?, read(packages, "$.packages")?];
        value_of(load(given, self.request.policy.limits.module_bytes))
    }
}

fn handle_of(js: Js<'_>, handle: Handle, request: OpenRequest, host: Option<Arc<dyn Host>>) -> Outcome<Val<'_>> {
    js.instance(JsHandle { guest: Guest::new(handle, request, host) })
}
