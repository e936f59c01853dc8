//! The class `Handle`: one open sandbox.
//!
//! Reads arguments, hands the work to the bridge, settles promises. When nothing refers to it any more the
//! sandbox is disposed of, once its calls are over.

use crate::entry::{entry, promised, value_of};
use crate::from_js;
use crate::js::{Js, Outcome, Val};
use crate::local::{Local, Pending};
use crate::request::{origin, run, settings, text, token};
use crate::to_js;
use napi::Env;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;
use wasm_sandbox_bridge::ops::{Guest, calls};
use wasm_sandbox_bridge::{Call, Handle, Origin};

type Given<'e> = Unknown<'e>;
type Answer<'e> = napi::Result<Unknown<'e>>;

#[napi(js_name = "Handle")]
pub struct JsHandle {
    /// What operations by name are done with.
    pub(crate) guest: Guest,
}

impl JsHandle {
    fn handle(&self) -> &Handle {
        self.guest.handle()
    }
}

fn call_of(js: Js<'_>, local: &Local, name: &Unknown<'_>, args: &Unknown<'_>) -> Outcome<Call> {
    let function = text(js, Val::of(name), "$.name")?;
    Ok(Call { function, args: from_js::arguments(js, local, Val::of(args), "$")? })
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
            let (settings, token) = (settings(js, local, Val::of(&options))?, token(js, Val::of(&token_))?);
            Ok(move |pending: Pending| {
                self.handle().call(call, settings, token, move |outcome| {
                    pending.settle(outcome, |js, local, result| to_js::given(js, local, result.value));
                });
            })
        })
    }

    /// The value, on the caller's thread.
    #[napi]
    pub fn call_sync<'e>(&self, env: &'e Env, name: Given<'e>, args: Given<'e>, options: Given<'e>) -> Answer<'e> {
        entry(env, |js, local| {
            let call = call_of(js, local, &name, &args)?;
            let result =
                value_of(self.handle().call_now(call, settings(js, local, Val::of(&options))?, Origin::default()))?;
            to_js::given(js, local, result.value)
        })
    }

    /// A promise of the values, in order.
    #[napi]
    pub fn call_batch<'e>(&self, env: &'e Env, list: Given<'e>, options: Given<'e>, token_: Given<'e>) -> Answer<'e> {
        promised(env, |js, local| {
            let calls = value_of(calls(from_js::value(js, local, Val::of(&list), "$")?))?;
            let (settings, token) = (settings(js, local, Val::of(&options))?, token(js, Val::of(&token_))?);
            Ok(move |pending: Pending| {
                self.handle().call_batch(calls, settings, token, move |outcome| {
                    pending.settle(outcome, |js, local, values| to_js::list(js, local, &values));
                });
            })
        })
    }

    /// A promise of the whole result.
    #[napi]
    pub fn run<'e>(&self, env: &'e Env, code: Given<'e>, options: Given<'e>, token_: Given<'e>) -> Answer<'e> {
        promised(env, |js, local| {
            let (run, settings) = run(js, local, Val::of(&code), Val::of(&options))?;
            let token = token(js, Val::of(&token_))?;
            Ok(move |pending: Pending| {
                self.handle().run(run, settings, token, move |outcome| {
                    pending.settle(outcome, to_js::result);
                });
            })
        })
    }

    /// The result, on the caller's thread, as `Template.run_sync` gives it.
    #[napi]
    pub fn run_sync<'e>(&self, env: &'e Env, code: Given<'e>, options: Given<'e>, figures: Given<'e>) -> Answer<'e> {
        entry(env, |js, local| {
            let (run, settings) = run(js, local, Val::of(&code), Val::of(&options))?;
            let result = value_of(self.handle().run_now(run, settings, Origin::default()))?;
            to_js::answer(js, local, Val::of(&figures), result)
        })
    }

    /// A number by which one call can be cancelled, of what the host function `from` asks for.
    #[napi]
    pub fn new_token<'e>(&self, env: &'e Env, from: Given<'e>) -> Answer<'e> {
        entry(env, |js, _| js.make_number(f64::from(self.handle().new_token(origin(js, Val::of(&from))?))))
    }

    #[napi]
    pub fn cancel<'e>(&self, env: &'e Env, token_: Given<'e>) -> Answer<'e> {
        entry(env, |js, _| {
            self.handle().cancel(token(js, Val::of(&token_))?);
            js.undefined()
        })
    }

    /// Nothing was begun with a token that was asked for.
    #[napi]
    pub fn forget<'e>(&self, env: &'e Env, token_: Given<'e>) -> Answer<'e> {
        entry(env, |js, _| {
            self.handle().forget(token(js, Val::of(&token_))?);
            js.undefined()
        })
    }

    /// A promise that is settled when the guest has stopped.
    #[napi]
    pub fn dispose<'e>(&self, env: &'e Env) -> Answer<'e> {
        promised(env, |_, _| {
            Ok(|pending: Pending| self.handle().dispose(move || pending.settle(Ok(()), |js, _, ()| js.undefined())))
        })
    }

    #[napi(getter)]
    pub fn disposed<'e>(&self, env: &'e Env) -> Answer<'e> {
        entry(env, |js, _| js.make_bool(self.handle().disposed()))
    }
}
