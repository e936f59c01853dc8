//! The host functions, output and audit listeners of one sandbox, called on their own thread.
//!
//! A guest on a thread of ours asks through the mailbox; during a synchronous call it is on the right thread
//! already and calls directly.

use crate::from_js::{self, refused};
use crate::js::{Js, Kept, Outcome, Thrown, Type, Val};
use crate::local::{Local, current};
use crate::mailbox::Mailbox;
use crate::to_js;
use napi::bindgen_prelude::{Function, JsValue, Unknown};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::ThreadId;
use wasm_sandbox_bridge::policy::{AuditEvent, ErrorCode, Value};
use wasm_sandbox_bridge::{
    Host, HostCall, HostError, HostReply, Reply, Stream, Within, audit_value, raised, raised_by,
};

type Answer = Result<Value, HostError>;

/// The functions that JavaScript gave one sandbox.
pub(crate) struct Callbacks {
    functions: BTreeMap<String, Kept>,
    stdout: Option<Kept>,
    stderr: Option<Kept>,
    audit: Option<Kept>,
    env: napi::sys::napi_env,
}

/// The same as the bridge sees it, from any thread.
pub(crate) struct JsHost {
    thread: ThreadId,
    mailbox: Arc<Mailbox>,
    id: u64,
    names: Vec<String>,
    output: bool,
    audit: bool,
}

impl Drop for JsHost {
    fn drop(&mut self) {
        let id = self.id;
        self.mailbox.post(Box::new(move |js, local| {
            let gone = local.callbacks.borrow_mut().remove(&id);
            gone.iter().flat_map(|callbacks| callbacks.all()).for_each(|kept| js.forget(kept));
        }));
    }
}

impl Callbacks {
    /// Reads `{functions?, onStdout?, onStderr?, onAudit?}`; `None` when there is nothing in it.
    pub(crate) fn read(js: Js<'_>, local: &Local, host: Val<'_>) -> Outcome<Option<Arc<JsHost>>> {
        if js.type_of(host)? == Type::Nothing {
            return Ok(None);
        }
        let listener = |name: &str| -> Outcome<Option<Kept>> {
            let value = js.property(host, js.make_text(name)?)?;
            match js.type_of(value)? {
                Type::Nothing => Ok(None),
                Type::Function => js.keep(value).map(Some),
                _ => Err(refused(&format!("$.{name}"), "this is not a function")),
            }
        };
        let (stdout, stderr, audit) = (listener("onStdout")?, listener("onStderr")?, listener("onAudit")?);
        let functions = functions(js, js.property(host, js.make_text("functions")?)?)?;
        if functions.is_empty() && stdout.is_none() && stderr.is_none() && audit.is_none() {
            return Ok(None);
        }
        let id = local.number();
        let of_bridge = JsHost {
            thread: std::thread::current().id(),
            mailbox: local.mailbox.clone(),
            id,
            names: functions.keys().cloned().collect(),
            output: stdout.is_some() || stderr.is_some(),
            audit: audit.is_some(),
        };
        local.callbacks.borrow_mut().insert(id, Rc::new(Callbacks { functions, stdout, stderr, audit, env: js.0 }));
        Ok(Some(Arc::new(of_bridge)))
    }

    fn all(&self) -> Vec<Kept> {
        let listeners = [self.stdout, self.stderr, self.audit].into_iter().flatten();
        self.functions.values().copied().chain(listeners).collect()
    }

    /// Calls a host function: with its number, whether this is its caller's own thread, and its arguments.
    /// `Ok(Err(promise))`: it has returned a promise, or something like one.
    fn call<'s>(
        &self,
        js: Js<'s>,
        local: &Local,
        call: &HostCall,
        (frame, here): (u64, bool),
    ) -> Outcome<Result<Value, Val<'s>>> {
        let Some(function) = self.functions.get(&call.name) else { return Ok(Ok(Value::Null)) };
        let mut args = vec![js.make_number(frame as f64)?, js.make_bool(here)?];
        for arg in &call.args {
            args.push(to_js::value(js, local, arg)?);
        }
        if !call.named.is_empty() {
            let named = call.named.iter().map(|(name, value)| (name.as_str(), value.clone()));
            args.push(to_js::value(js, local, &Value::object(named))?);
        }
        let answer = js.call(js.undefined()?, js.kept(*function)?, &args)?;
        match then_of(js, answer)? {
            Some(_) => Ok(Err(answer)),
            None => from_js::value(js, local, answer, "$").map(Ok),
        }
    }

    fn tell(&self, js: Js<'_>, listener: Option<Kept>, make: impl for<'i> FnOnce(Js<'i>) -> Outcome<Val<'i>>) {
        let Some(listener) = listener else { return };
        let told = js.scoped(|js| js.call(js.undefined()?, js.kept(listener)?, &[make(js)?]).map(drop));
        if let Err(thrown) = told {
            js.uncaught(thrown);
        }
    }
}

fn functions(js: Js<'_>, object: Val<'_>) -> Outcome<BTreeMap<String, Kept>> {
    let mut functions = BTreeMap::new();
    if js.type_of(object)? == Type::Nothing {
        return Ok(functions);
    }
    let keys = js.keys(object)?;
    for index in 0..js.length(keys)? {
        let key = js.element(keys, index)?;
        let name = js.text(key)?.ok_or_else(|| refused("$.functions", "a name has a lone surrogate"))?;
        let function = js.property(object, key)?;
        if js.type_of(function)? != Type::Function {
            return Err(refused(&format!("$.functions.{name}"), "this is not a function"));
        }
        functions.insert(name, js.keep(function)?);
    }
    Ok(functions)
}

/// The method `then` of a promise or of something like one.
fn then_of<'s>(js: Js<'s>, value: Val<'_>) -> Outcome<Option<Val<'s>>> {
    if !matches!(js.type_of(value)?, Type::Object | Type::Function) {
        return Ok(None);
    }
    let then = js.property(value, js.make_text("then")?)?;
    Ok((js.type_of(then)? == Type::Function).then_some(then))
}

/// What a host function threw, as the guest will see it. Nothing stays pending.
fn host_error(js: Js<'_>, thrown: Thrown) -> HostError {
    match thrown {
        Thrown::Error(error) => raised_by(*error),
        Thrown::Pending => match js.error_of(Thrown::Pending) {
            Ok(error) => error_from(js, error),
            Err(_) => raised("Error", "the environment is going"),
        },
    }
}

/// Name and message of an error, or whatever else was thrown or rejected with.
fn error_from(js: Js<'_>, error: Val<'_>) -> HostError {
    let read = || -> Outcome<HostError> {
        let part = |name: &str| -> Outcome<Option<String>> {
            if js.type_of(error)? != Type::Object {
                return Ok(None);
            }
            let value = js.property(error, js.make_text(name)?)?;
            if js.type_of(value)? == Type::String { js.text(value) } else { Ok(None) }
        };
        let (kind, message) = (part("name")?, part("message")?);
        let message = match message {
            Some(message) => message,
            None => js.text(js.to_string(error)?)?.unwrap_or_default(),
        };
        Ok(raised(kind.as_deref().unwrap_or("Error"), message))
    };
    read().unwrap_or_else(|thrown| {
        // One of its getters threw in turn.
        drop(js.error_of(thrown));
        raised("Error", "the host function threw something unreadable")
    })
}

/// Has `reply` answered when the promise settles.
fn defer(js: Js<'_>, promise: Val<'_>, reply: Reply) -> Outcome<()> {
    reply.defer();
    let reply = Rc::new(RefCell::new(Some(reply)));
    let env = napi::Env::from_raw(js.0);
    let settler = |failed: bool| {
        let reply = reply.clone();
        let made: napi::Result<Function<'_, Unknown<'_>, ()>> =
            env.create_function_from_closure("settle", move |context| {
                let (Some(reply), Some(local)) = (reply.borrow_mut().take(), current()) else { return Ok(()) };
                let (js, value) = (Js::of(context.env), context.get::<Unknown<'_>>(0)?);
                reply.settle(settled(js, &local, Val::of(&value), failed));
                Ok(())
            });
        made.map_err(|error| Thrown::from(wasm_sandbox_bridge::policy::Error::new(ErrorCode::Internal, error)))
    };
    let (resolve, reject) = (settler(false)?, settler(true)?);
    let Some(then) = then_of(js, promise)? else { return Ok(()) };
    js.call(promise, then, &[Val::of(&resolve.to_unknown()), Val::of(&reject.to_unknown())]).map(drop)
}

fn settled(js: Js<'_>, local: &Local, value: Val<'_>, failed: bool) -> Answer {
    if failed {
        return Err(error_from(js, value));
    }
    from_js::value(js, local, value, "$").map_err(|thrown| host_error(js, thrown))
}

impl JsHost {
    /// The callbacks, when this thread is theirs.
    fn direct(&self) -> Option<(Rc<Local>, Rc<Callbacks>)> {
        if std::thread::current().id() != self.thread {
            return None;
        }
        let local = current()?;
        let callbacks = local.callbacks.borrow().get(&self.id).cloned()?;
        Some((local, callbacks))
    }

    fn post(&self, task: impl for<'s> FnOnce(Js<'s>, &Local, &Callbacks) + Send + 'static) {
        let id = self.id;
        self.mailbox.post(Box::new(move |js, local| {
            let callbacks = local.callbacks.borrow().get(&id).cloned();
            if let Some(callbacks) = callbacks {
                task(js, local, &callbacks);
            }
        }));
    }

    fn listen(&self, task: impl for<'s> FnOnce(Js<'s>, &Local, &Callbacks) + Send + 'static) {
        match self.direct() {
            Some((local, callbacks)) => {
                let env = napi::Env::from_raw(callbacks.env);
                task(Js::of(&env), &local, &callbacks);
            }
            None => self.post(task),
        }
    }
}

impl Host for JsHost {
    fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    fn call(&self, call: HostCall, within: Within) -> HostReply {
        let Some((local, callbacks)) = self.direct() else {
            self.post(move |js, local, callbacks| {
                let answer = match callbacks.call(js, local, &call, (within.frame, false)) {
                    Ok(Err(promise)) => match defer(js, promise, call.reply) {
                        Ok(()) => return,
                        // The reply went with `defer`, which tells the guest; what was thrown is taken out.
                        Err(thrown) => return drop(host_error(js, thrown)),
                    },
                    Ok(Ok(value)) => Ok(value),
                    Err(thrown) => Err(host_error(js, thrown)),
                };
                call.reply.settle(answer);
            });
            return HostReply::Later;
        };
        let env = napi::Env::from_raw(callbacks.env);
        let js = Js::of(&env);
        let answer = js.scoped(|js| match callbacks.call(js, &local, &call, (within.frame, true)) {
            Ok(Ok(value)) => Ok(Ok(value)),
            Ok(Err(_)) => {
                let message = format!(
                    "`{}` returned a promise, which a synchronous call cannot wait for; use the asynchronous API",
                    call.name
                );
                Ok(Err(HostError { code: Some(ErrorCode::Unsupported), ..raised("Error", message) }))
            }
            Err(thrown) => Ok(Err(host_error(js, thrown))),
        });
        HostReply::Now(answer.unwrap_or_else(|thrown| Err(host_error(js, thrown))))
    }

    fn output(&self, _: u64, stream: Stream, bytes: &[u8]) {
        let bytes = bytes.to_vec();
        self.listen(move |js, _, callbacks| {
            let listener = if stream == Stream::Stdout { callbacks.stdout } else { callbacks.stderr };
            callbacks.tell(js, listener, |js| js.make_bytes(&bytes));
        });
    }

    fn audit(&self, _: u64, event: &AuditEvent) {
        let event = audit_value(event);
        self.listen(move |js, local, callbacks| {
            callbacks.tell(js, callbacks.audit, |js| to_js::document(js, local, event));
        });
    }

    fn wants_output(&self) -> bool {
        self.output
    }

    fn wants_audit(&self) -> bool {
        self.audit
    }
}
