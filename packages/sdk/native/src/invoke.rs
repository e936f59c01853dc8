//! Operations of the reference API by name: from JavaScript into the bridge and back.
//!
//! What an operation does, and which arguments it takes, is the bridge's (`ops`); here they are read, and told.

use crate::callbacks::Callbacks;
use crate::entry::{entry, promised, value_of};
use crate::from_js;
use crate::handle::JsHandle;
use crate::js::{Js, Outcome, Val};
use crate::local::{Local, Pending};
use crate::request::text;
use crate::template::JsStop;
use crate::to_js;
use napi::Env;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;
use std::sync::Arc;
use wasm_sandbox_bridge::Host;
use wasm_sandbox_bridge::ops::{self, Answer, Request};
use wasm_sandbox_bridge::policy::Value;

type Given<'e> = Unknown<'e>;
type Told<'e> = napi::Result<Unknown<'e>>;

/// Begins an operation on a guest that an operation opened, or on none: a promise of its answer, which is a value or a
/// handle. `host` is of what it opens, as `Template.open` takes it.
#[napi]
pub fn invoke<'e>(
    env: &'e Env,
    target: Option<&JsHandle>,
    operation: Given<'e>,
    arguments: Given<'e>,
    host: Given<'e>,
    stop: Option<&JsStop>,
) -> Told<'e> {
    let stop = stop.map(|stop| stop.stop.clone()).unwrap_or_default();
    promised(env, |js, local| {
        let target = target.map(JsHandle::guest).transpose()?;
        let Parts { operation, arguments, host } = Parts::read(js, local, [&operation, &arguments, &host])?;
        Ok(move |pending: Pending| {
            let request = Request { target, operation: &operation, arguments, host };
            ops::invoke(request, &stop, move |outcome| pending.settle(outcome, told));
        })
    })
}

/// The same on the caller's thread, which it blocks: calls and runs take place there, with their host functions; for
/// anything else there must be none.
#[napi]
pub fn invoke_sync<'e>(
    env: &'e Env,
    target: Option<&JsHandle>,
    operation: Given<'e>,
    arguments: Given<'e>,
    host: Given<'e>,
) -> Told<'e> {
    entry(env, |js, local| {
        let target = target.map(JsHandle::guest).transpose()?;
        let Parts { operation, arguments, host } = Parts::read(js, local, [&operation, &arguments, &host])?;
        told(js, local, value_of(ops::invoke_now(Request { target, operation: &operation, arguments, host }))?)
    })
}

/// What an operation is given besides its target.
struct Parts {
    operation: String,
    arguments: Value,
    host: Option<Arc<dyn Host>>,
}

impl Parts {
    fn read(js: Js<'_>, local: &Local, given: [&Unknown<'_>; 3]) -> Outcome<Parts> {
        let [operation, arguments, host] = given.map(Val::of);
        Ok(Parts {
            operation: text(js, operation, "$.operation")?,
            arguments: from_js::value(js, local, arguments, "$")?,
            host: Callbacks::read(js, local, host)?.map(|host| host as Arc<dyn Host>),
        })
    }
}

fn told<'s>(js: Js<'s>, local: &Local, answer: Answer) -> Outcome<Val<'s>> {
    match answer {
        Answer::Value(value) => to_js::value(js, local, &value),
        Answer::Guest(guest) => {
            local.opened(guest.handle());
            js.instance(JsHandle::of(guest))
        }
    }
}
