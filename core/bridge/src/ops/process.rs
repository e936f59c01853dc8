//! Operations without a guest: opening one, one-shot runs, key-value stores, what can be told about modules and machines.

use super::arguments::Arguments;
use super::disk::Module;
use super::document::{parsed, to_json};
use super::opening::{Built, Opening, policy_of, whole_run};
use super::{Answer, Begun, Done, Guest, Stop, Where, answers, bridge, unknown};
use crate::bridge::{Bridge, Open};
use crate::handle::Handle;
use crate::host::Host;
use crate::options::OpenRequest;
use serde_json::Value as Json;
use std::sync::Arc;
use wasm_sandbox_policy::{Error, ErrorCode, Result, RunResult, Value};

pub(super) fn operation(
    operation: &str,
    mut args: Arguments,
    host: Option<Arc<dyn Host>>,
    stop: &Stop,
    place: Where,
) -> Result<Begun> {
    let opening = match operation {
        "WasmSandbox.fromFile" => Opening::module(args.need("path")?, "$.path", args.options("options")?)?,
        "WasmSandbox.fromBytes" => Opening::module(args.need("bytes")?, "$.bytes", args.options("options")?)?,
        "WasmSandbox.python" => Opening::session("python", args.options("options")?)?,
        "WasmSandbox.javascript" => Opening::session("javascript", args.options("options")?)?,
        "WasmSandbox.typescript" => Opening::session("typescript", args.options("options")?)?,
        "SandboxBuilder.build" => Opening::built(&mut args)?,
        // What the builder's policy is, for a binding that opens or fetches itself.
        "SandboxBuilder.policy" => return Begun::value(Built::of(&mut args)?.policy.to_value()),
        "SandboxPool.constructor" => return super::pools::made(args, host),
        "WasmSandbox.restore" => return restore(args, host, stop, place),
        "run" => return run(args, host, stop, place, |outcome| answers::result(outcome?)),
        "execute" => return run(args, host, stop, place, answers::record),
        "verify" => return verify(args),
        "doctor" => return Begun::value(parsed(&bridge()?.doctor()?)?),
        "configure" => return configure(args),
        _ => return kv(operation, args),
    };
    open(opening, host, stop, place)
}

fn open(opening: Opening, host: Option<Arc<dyn Host>>, stop: &Stop, place: Where) -> Result<Begun> {
    let Opening { request, load } = opening;
    let begun = bridge()?.begin_given(request.clone(), load, host.clone())?;
    opened(begun, request, host, stop, place)
}

fn restore(mut args: Arguments, host: Option<Arc<dyn Host>>, stop: &Stop, place: Where) -> Result<Begun> {
    let snapshot = super::arguments::bytes(args.need("snapshot")?, "$.snapshot")?;
    let (Opening { request, load }, key) = Opening::snapshot(args.options("options")?)?;
    let begun = bridge()?.begin_restoring(request.clone(), snapshot, key, load, host.clone())?;
    opened(begun, request, host, stop, place)
}

/// Has it opened, here or there; the guest keeps what it was opened with.
fn opened(
    (handle, open): (Handle, Open),
    request: OpenRequest,
    host: Option<Arc<dyn Host>>,
    stop: &Stop,
    place: Where,
) -> Result<Begun> {
    let guest = Guest::new(handle.clone(), request, host);
    if place == Where::Here {
        handle.open_now(open, stop.origin)?;
        return Ok(Begun::Over(Answer::Guest(guest)));
    }
    let stop = stop.clone();
    Begun::later(move |done| {
        let token = stop.token(&handle);
        handle.open(open, token, move |outcome| done(outcome.map(|()| Answer::Guest(guest))));
    })
}

/// Opens, runs once and gives everything back.
fn run(
    mut args: Arguments,
    host: Option<Arc<dyn Host>>,
    stop: &Stop,
    place: Where,
    answer: fn(Result<RunResult>) -> Result<Value>,
) -> Result<Begun> {
    let (Opening { request, load }, run, settings) = whole_run(args.options("options")?)?;
    let (bridge, stop) = (bridge()?, stop.clone());
    if place == Where::Here && host.is_none() {
        let given = load()?;
        return Begun::value(answer(bridge.run_once(request, given.source, given.contents, run, settings))?);
    }
    let (handle, open) = bridge.begin_given(request, load, host)?;
    if place == Where::Here {
        let outcome = handle.open_now(open, stop.origin).and_then(|()| handle.run_now(run, settings, stop.origin));
        return Begun::value(answer(outcome)?);
    }
    Begun::later(move |done: Done| {
        let token = stop.token(&handle);
        handle.open_and_run(open, run, settings, token, move |outcome| done(answer(outcome).map(Answer::Value)));
    })
}

fn verify(mut args: Arguments) -> Result<Begun> {
    let module = Module::of(args.need("source")?, "$.source")?;
    let mut options = args.options("options")?.only(&["policy"], "verify")?;
    let (chosen, bridge) = (policy_of(&mut options)?, bridge()?);
    Begun::later(move |done: Done| {
        let reader = bridge.clone();
        let look = move || {
            let report = reader.verify(module.read(chosen.module_bytes()), &chosen.policy)?;
            parsed(&report).map(Answer::Value)
        };
        bridge.elsewhere(look, done);
    })
}

/// Chooses settings of the process; `invalid_argument` when a sandbox has been opened already.
fn configure(mut args: Arguments) -> Result<Begun> {
    // What a policy could not say, settings cannot say either.
    let options = to_json(&args.options("options")?.rest(), "$").map_err(|error| {
        let why = error.message.split_once(": ").map_or_else(String::new, |(_, why)| why.to_owned());
        Error { details: error.details, ..Error::new(ErrorCode::InvalidArgument, why) }
    })?;
    if let Json::Object(settings) = options {
        Bridge::configure(settings.into_iter().collect())?;
    }
    Begun::value(Value::Null)
}

fn kv(operation: &str, mut args: Arguments) -> Result<Begun> {
    let Some(method) = operation.strip_prefix("KvStore.") else { return Err(unknown(operation)) };
    let store = bridge()?.kv(&args.needed_text("namespace")?)?;
    let count = |n: u64| Value::Int(i64::try_from(n).unwrap_or(i64::MAX));
    Begun::value(match method {
        "constructor" => Value::Null,
        "get" => Value::List(store.get(&args.needed_text("key")?)?.into_iter().collect()),
        "set" => {
            store.set(&args.needed_text("key")?, &args.take("value").unwrap_or_default())?;
            Value::Null
        }
        "delete" => Value::Bool(store.delete(&args.needed_text("key")?)),
        "keys" => {
            let prefix = args.text("prefix")?.unwrap_or_default();
            Value::List(store.keys(&prefix).into_iter().map(Value::String).collect())
        }
        "clear" => {
            store.clear();
            Value::Null
        }
        "stats" => {
            let (keys, bytes) = store.stats();
            Value::object([("keys", count(keys)), ("bytes", count(bytes))])
        }
        _ => return Err(unknown(operation)),
    })
}
