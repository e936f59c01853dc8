//! How a plug-in begins, and how a call of it ends: its status, its error text, its output.

use super::decode::{OutputFormat, decode_output};
use super::encode::InputKind;
use crate::language::too_large;
use crate::store::StoreData;
use wasm_sandbox_policy::{Error, ErrorCode, Result, Value};
use wasmtime::{FuncType, Instance, Store, ValType};

/// Whether an export is called as plug-ins are: no parameters, and no result or a status.
pub(crate) fn is_plugin_export(ty: &FuncType) -> bool {
    ty.params().len() == 0 && ty.results().len() <= 1 && ty.results().all(|result| matches!(result, ValType::I32))
}

/// Runs what a new plug-in's language needs to have run before its exports: Haskell's start, C's constructors, or
/// the reactor's initialiser, in the way of Extism's own hosts.
pub(crate) fn initialize(instance: &Instance, store: &mut Store<StoreData>) -> wasmtime::Result<()> {
    if let Ok(haskell) = instance.get_typed_func::<(i32, i32), ()>(&mut *store, "hs_init") {
        if let Ok(reactor) = instance.get_typed_func::<(), ()>(&mut *store, "_initialize") {
            reactor.call(&mut *store, ())?;
        }
        return haskell.call(store, (0, 0));
    }
    let mut named = |name| instance.get_typed_func::<(), ()>(&mut *store, name).ok();
    match named("__wasm_call_ctors").or_else(|| named("_initialize")) {
        Some(constructors) => constructors.call(store, ()),
        None => Ok(()),
    }
}

/// The outcome of one call: `status` is what the export returned, or what cut it off. Forgets the call's blocks.
pub(crate) fn conclude(
    data: &mut StoreData,
    status: Result<i32>,
    input: InputKind,
    format: Option<OutputFormat>,
) -> Result<Value> {
    let outcome = judge(data, status).and_then(|()| {
        let limits = &data.policy.limits;
        let length = data.host.extism.output_length();
        if length > limits.value_bytes {
            return Err(too_large(limits, length));
        }
        Ok(data.host.extism.take_output())
    });
    data.host.extism.end_call(&mut data.meter);
    decode_output(outcome?, input, format, &data.policy.limits, &mut data.meter)
}

/// Some PDKs say why they failed and then trap, others return a status; both are the plug-in's own exception.
fn judge(data: &mut StoreData, status: Result<i32>) -> Result<()> {
    let text = data.host.extism.take_error();
    let (message, detail) = match (status, text) {
        (Ok(0), None) => return Ok(()),
        (Ok(status), Some(text)) => (text, ("status", serde_json::Value::from(status))),
        (Ok(status), None) => {
            let message = format!("the plug-in returned status {status} and no error text");
            (message, ("status", status.into()))
        }
        (Err(error), Some(text)) if error.code == ErrorCode::GuestTrap => {
            let trap = error.details.get("trap").cloned().unwrap_or_default();
            (text, ("trap", trap))
        }
        (Err(error), _) => return Err(error),
    };
    // A plug-in that was refused memory and then gave up has failed because of that.
    if let Some(refused) = data.meter.refusal() {
        return Err(refused.with("message", message));
    }
    let error = Error::new(ErrorCode::GuestException, &message);
    Err(error.with("type", "PluginError").with("message", message).with(detail.0, detail.1))
}
