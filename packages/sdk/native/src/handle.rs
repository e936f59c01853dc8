//! The class `Handle`: one open sandbox.
//!
//! Reads arguments, hands the work to the bridge, settles promises. When nothing refers to it any more the
//! sandbox is disposed of, once its calls are over.

use crate::callbacks::Callbacks;
use crate::entry::{entry, promised, value_of};
use crate::from_js;
use crate::js::{Js, Outcome, Val};
use crate::local::{Local, Pending};
use crate::request::{bytes, calls, optional, run, settings, text, token};
use crate::template::JsTemplate;
use crate::{fast, to_js};
use napi::Env;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;
use std::sync::Arc;
use wasm_sandbox_bridge::ops::Guest;
use wasm_sandbox_bridge::policy::{Error, ErrorCode};
use wasm_sandbox_bridge::{Bridge, Call, Handle, Host, Stop};

type Given<'e> = Unknown<'e>;
type Answer<'e> = napi::Result<Unknown<'e>>;

#[napi(js_name = "Handle")]
pub struct JsHandle {
    handle: Handle,
    /// Where an operation opened it: what operations on it need.
    guest: Option<Guest>,
}

impl JsHandle {
    pub(crate) fn new(handle: Handle) -> JsHandle {
        JsHandle { handle, guest: None }
    }

    pub(crate) fn of(guest: Guest) -> JsHandle {
        JsHandle { handle: guest.handle().clone(), guest: Some(guest) }
    }

    pub(crate) fn guest(&self) -> Outcome<&Guest> {
        let why = "operations by name take a handle that one of them opened";
        value_of(self.guest.as_ref().ok_or_else(|| Error::new(ErrorCode::Unsupported, why)))
    }
}

fn call_of(js: Js<'_>, local: &Local, name: &Unknown<'_>, args: &Unknown<'_>) -> Outcome<Call> {
    let function = text(js, Val::of(name), "$.name")?;
    Ok(Call { function, args: from_js::arguments(js, local, Val::of(args), "$")? })
}

fn json<'s>(js: Js<'s>, data: &impl serde::Serialize) -> Outcome<Val<'s>> {
    js.make_text(&serde_json::to_string(data).unwrap_or_default())
}

#[napi]
impl JsHandle {
    /// A promise of the value.
    #[napi]
    pub fn call<'e>(
        &self,
        env: &'e Env,
        name: Given<'e>,
        args: Given<'e>,
        options: Given<'e>,
        token_: Given<'e>,
    ) -> Answer<'e> {
        promised(env, |js, local| {
            let call = call_of(js, local, &name, &args)?;
            let (settings, token) = (settings(js, Val::of(&options))?, token(js, Val::of(&token_))?);
            Ok(move |pending: Pending| {
                self.handle.call(call, settings, token, move |outcome| {
                    pending.settle(outcome, |js, local, result| to_js::value(js, local, &result.value));
                });
            })
        })
    }

    /// The value, on the caller's thread.
    #[napi]
    pub fn call_sync<'e>(&self, env: &'e Env, name: Given<'e>, args: Given<'e>, options: Given<'e>) -> Answer<'e> {
        entry(env, |js, local| {
            let call = call_of(js, local, &name, &args)?;
            let result = value_of(self.handle.call_now(call, settings(js, Val::of(&options))?))?;
            to_js::value(js, local, &result.value)
        })
    }

    /// A promise of the whole result.
    #[napi]
    pub fn call_result<'e>(
        &self,
        env: &'e Env,
        name: Given<'e>,
        args: Given<'e>,
        options: Given<'e>,
        token_: Given<'e>,
    ) -> Answer<'e> {
        promised(env, |js, local| {
            let call = call_of(js, local, &name, &args)?;
            let (settings, token) = (settings(js, Val::of(&options))?, token(js, Val::of(&token_))?);
            Ok(move |pending: Pending| {
                self.handle.call(call, settings, token, move |outcome| {
                    pending.settle(outcome, |js, local, result| to_js::result(js, local, &result));
                });
            })
        })
    }

    /// A promise of the values, in order.
    #[napi]
    pub fn call_batch<'e>(&self, env: &'e Env, list: Given<'e>, options: Given<'e>, token_: Given<'e>) -> Answer<'e> {
        promised(env, |js, local| {
            let calls = calls(js, local, Val::of(&list))?;
            let (settings, token) = (settings(js, Val::of(&options))?, token(js, Val::of(&token_))?);
            Ok(move |pending: Pending| {
                self.handle.call_batch(calls, settings, token, move |outcome| {
                    pending.settle(outcome, |js, local, values| to_js::list(js, local, &values));
                });
            })
        })
    }

    /// A promise of the whole result.
    #[napi]
    pub fn run<'e>(&self, env: &'e Env, request: Given<'e>, options: Given<'e>, token_: Given<'e>) -> Answer<'e> {
        promised(env, |js, local| {
            let run = run(js, local, Val::of(&request))?;
            let (settings, token) = (settings(js, Val::of(&options))?, token(js, Val::of(&token_))?);
            Ok(move |pending: Pending| {
                self.handle.run(run, settings, token, move |outcome| {
                    pending.settle(outcome, |js, local, result| to_js::result(js, local, &result));
                });
            })
        })
    }

    /// The result, on the caller's thread, as `Template.run_sync` gives it.
    #[napi]
    pub fn run_sync<'e>(&self, env: &'e Env, request: Given<'e>, options: Given<'e>, figures: Given<'e>) -> Answer<'e> {
        entry(env, |js, local| {
            let run = run(js, local, Val::of(&request))?;
            let result = value_of(self.handle.run_now(run, settings(js, Val::of(&options))?))?;
            to_js::answer(js, local, Val::of(&figures), &result)
        })
    }

    /// A numeric export as a function.
    #[napi]
    pub fn prepare<'e>(&self, env: &'e Env, name: Given<'e>) -> Answer<'e> {
        entry(env, |js, _| fast::prepare(js, &self.handle, text(js, Val::of(&name), "$.name")?))
    }

    /// A number by which one call can be cancelled.
    #[napi]
    pub fn new_token<'e>(&self, env: &'e Env) -> Answer<'e> {
        entry(env, |js, _| js.make_number(f64::from(self.handle.new_token())))
    }

    #[napi]
    pub fn cancel<'e>(&self, env: &'e Env, token_: Given<'e>) -> Answer<'e> {
        entry(env, |js, _| {
            self.handle.cancel(token(js, Val::of(&token_))?);
            js.undefined()
        })
    }

    #[napi]
    pub fn reset<'e>(&self, env: &'e Env) -> Answer<'e> {
        promised(env, |_, _| {
            Ok(|pending: Pending| {
                self.handle.reset(0, move |outcome| pending.settle(outcome, |js, _, ()| js.undefined()))
            })
        })
    }

    /// A promise of the session's bytes. A key of nothing is this installation's.
    #[napi]
    pub fn snapshot<'e>(&self, env: &'e Env, key: Given<'e>) -> Answer<'e> {
        promised(env, |js, _| {
            let key = Val::of(&key);
            let key = optional(js, key, || bytes(js, key, "$.snapshotKey"))?;
            Ok(move |pending: Pending| {
                self.handle
                    .snapshot(key, 0, move |outcome| pending.settle(outcome, |js, _, image| js.make_bytes(&image)))
            })
        })
    }

    /// A promise of the handle of a second session that begins where this one is.
    #[napi]
    pub fn fork<'e>(&self, env: &'e Env, template: &JsTemplate, host: Given<'e>) -> Answer<'e> {
        promised(env, |js, local| {
            let bridge = value_of(Bridge::process())?;
            let request = template.request.clone();
            let host = Callbacks::read(js, local, Val::of(&host))?.map(|host| host as Arc<dyn Host>);
            Ok(move |pending: Pending| {
                bridge.fork(&self.handle, request, host, &Stop::default(), move |outcome| {
                    pending.settle(outcome, |js, local, handle| {
                        local.opened(&handle);
                        js.instance(JsHandle::new(handle))
                    });
                });
            })
        })
    }

    /// A promise of the number of bytes freed.
    #[napi]
    pub fn collect_garbage<'e>(&self, env: &'e Env) -> Answer<'e> {
        promised(env, |_, _| {
            Ok(|pending: Pending| {
                self.handle.collect_garbage(0, move |outcome| {
                    pending.settle(outcome, |js, _, freed| js.make_number(freed as f64))
                })
            })
        })
    }

    /// A promise that is settled when the guest has stopped.
    #[napi]
    pub fn dispose<'e>(&self, env: &'e Env) -> Answer<'e> {
        promised(env, |_, _| {
            Ok(|pending: Pending| self.handle.dispose(move || pending.settle(Ok(()), |js, _, ()| js.undefined())))
        })
    }

    /// Disposal that nobody waits for.
    #[napi]
    pub fn release<'e>(&self, env: &'e Env) -> Answer<'e> {
        entry(env, |js, _| {
            self.handle.dispose(|| {});
            js.undefined()
        })
    }

    #[napi]
    pub fn memory_usage<'e>(&self, env: &'e Env) -> Answer<'e> {
        entry(env, |js, _| js.make_number(self.handle.memory_usage() as f64))
    }

    #[napi]
    pub fn stats<'e>(&self, env: &'e Env) -> Answer<'e> {
        entry(env, |js, _| json(js, &self.handle.stats()))
    }

    #[napi]
    pub fn exports<'e>(&self, env: &'e Env) -> Answer<'e> {
        entry(env, |js, _| js.make_text(value_of(self.handle.exports())?))
    }

    #[napi]
    pub fn take_audit<'e>(&self, env: &'e Env) -> Answer<'e> {
        entry(env, |js, _| json(js, &self.handle.take_audit()))
    }

    #[napi(getter)]
    pub fn disposed<'e>(&self, env: &'e Env) -> Answer<'e> {
        entry(env, |js, _| js.make_bool(self.handle.disposed()))
    }
}
