//! Operations of the reference API by name: from JavaScript into the bridge and back.
//!
//! What an operation does, and which arguments it takes, is the bridge's (`ops`); here they are read, and told.

use crate::callbacks::Callbacks;
use crate::entry::{entry, promised, value_of};
use crate::fast;
use crate::from_js;
use crate::handle::JsHandle;
use crate::js::{Js, Outcome, Val};
use crate::local::{Local, Pending};
use crate::request::text;
use crate::template::JsStop;
use crate::to_js;
use napi::Env;
use napi::bindgen_prelude::{ClassInstance, Either, Unknown};
use napi_derive::napi;
use std::sync::Arc;
use wasm_sandbox_bridge::Host;
use wasm_sandbox_bridge::ops::{self, Answer, Guest, Pool, Request, Stop, Target};
use wasm_sandbox_bridge::policy::Value;

type Given<'e> = Unknown<'e>;
type Told<'e> = napi::Result<Unknown<'e>>;
type On<'e> = Option<Either<ClassInstance<'e, JsHandle>, ClassInstance<'e, JsPool>>>;

/// The class `Pool`: guests of one kind, kept open; a target of operations and nothing else.
#[napi(js_name = "Pool")]
pub struct JsPool {
    pool: Pool,
}

/// Begins an operation on a guest or a pool that an operation opened, or on neither: a promise of its answer, which is a
/// value, a handle, a pool or a prepared export's function. `host` is of what it opens, as `Template.open` takes it.
#[napi]
pub fn invoke<'e>(
    env: &'e Env,
    target: On<'e>,
    operation: Given<'e>,
    arguments: Given<'e>,
    host: Given<'e>,
    stop: Option<&JsStop>,
) -> Told<'e> {
    let stop = stop.map(|stop| stop.stop.clone()).unwrap_or_default();
    promised(env, |js, local| {
        let Parts { operation, arguments, host } = Parts::read(js, local, [&operation, &arguments, &host])?;
        let target = target_of(&target)?;
        Ok(move |pending: Pending| {
            let request = Request { target, operation: &operation, arguments, host };
            ops::invoke(request, &stop, false, move |outcome| pending.settle(outcome, told));
        })
    })
}

/// The same on the caller's thread, which it blocks: calls and runs take place there, with their host functions;
/// anything else must ask none before it is over.
#[napi]
pub fn invoke_sync<'e>(
    env: &'e Env,
    target: On<'e>,
    operation: Given<'e>,
    arguments: Given<'e>,
    host: Given<'e>,
) -> Told<'e> {
    entry(env, |js, local| {
        let Parts { operation, arguments, host } = Parts::read(js, local, [&operation, &arguments, &host])?;
        let request = Request { target: target_of(&target)?, operation: &operation, arguments, host };
        told(js, local, value_of(ops::invoke_now(request, &Stop::default()))?)
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
            arguments: from_js::parameters(js, local, arguments)?,
            host: Callbacks::read(js, local, host)?.map(|host| host as Arc<dyn Host>),
        })
    }
}

fn target_of<'a>(target: &'a On<'_>) -> Outcome<Option<Target<'a>>> {
    Ok(match target {
        Some(Either::A(handle)) => Some(Target::Guest(&handle.guest)),
        Some(Either::B(pool)) => Some(Target::Pool(&pool.pool)),
        None => None,
    })
}

fn told<'s>(js: Js<'s>, local: &Local, answer: Answer) -> Outcome<Val<'s>> {
    match answer {
        Answer::Value(value) => to_js::given(js, local, value),
        Answer::Guest(guest) => opened(js, local, guest),
        Answer::Pool(pool) => js.instance(JsPool { pool }),
        Answer::Prepared(call) => fast::function(js, call),
    }
}

fn opened<'s>(js: Js<'s>, local: &Local, guest: Guest) -> Outcome<Val<'s>> {
    local.opened(guest.handle());
    js.instance(JsHandle { guest })
}
