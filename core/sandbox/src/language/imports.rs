//! The `sbx` imports of language packs: host functions, waiting for them, output.
//!
//! Arguments and answers are encoded values in the guest's memory; sizes are the guest's word and checked here.

use super::codec::{decode, encode};
use super::modules::{self, How};
use crate::host::{Answer, HostError};
use crate::kv;
use crate::output::Stream;
use crate::store::{GuestMemory, StoreData, guest_error};
use wasm_sandbox_policy::{Error, ErrorCode, Result, Value};
use wasmtime::{Caller, Linker};

const MODULE: &str = "sbx";
/// Output is taken in pieces of at most this many bytes, so that a flood meets the clock.
const OUT_CHUNK: u32 = 64 << 10;

const VALUE: u64 = 0;
const ERROR: u64 = 1;
const PENDING: u64 = 2;

/// Defines the imports of module `sbx`.
pub(crate) fn add_to_linker(linker: &mut Linker<StoreData>) -> wasmtime::Result<()> {
    linker.func_wrap(MODULE, "host_call", host_call)?;
    linker.func_wrap(MODULE, "host_take", host_take)?;
    linker.func_wrap(MODULE, "host_wait", host_wait)?;
    linker.func_wrap(MODULE, "module_find", module_find)?;
    linker.func_wrap(MODULE, "module_read", module_read)?;
    linker.func_wrap(MODULE, "out", out)?;
    Ok(())
}

fn host_call(
    mut caller: Caller<'_, StoreData>,
    name: u32,
    name_len: u32,
    args: u32,
    args_len: u32,
) -> wasmtime::Result<u64> {
    let guest = GuestMemory::of(&mut caller)?;
    let name =
        guest.slice(name, name_len.min(1024)).map(String::from_utf8_lossy).map(String::from).ok_or_else(outside)?;
    let limits = &guest.data.policy.limits;
    let bytes =
        guest.bytes.get(args as usize..(args as usize).saturating_add(args_len as usize)).ok_or_else(outside)?;
    let decoded = decode(bytes, limits, &mut guest.data.meter).map_err(guest_error)?;
    let (args, named) = arguments(decoded.value).map_err(guest_error)?;
    if let Some(op) = name.strip_prefix(kv::PREFIX) {
        let answer = ask_kv(guest.data, op, &args, decoded.charged).map_err(guest_error);
        guest.data.meter.release(decoded.charged);
        return answer;
    }
    let policy = guest.data.policy.clone();
    let answer = guest.data.host.call(&policy, &guest.data.audit, &name, args, named, true);
    guest.data.meter.release(decoded.charged);
    let status = match answer.map_err(guest_error)? {
        Answer::Pending(id) => return Ok(PENDING << 32 | u64::from(id)),
        Answer::Value(value) => keep_reply(guest.data, &value, VALUE),
        Answer::Error(error) => keep_reply(guest.data, &error_map(&name, &error), ERROR),
    };
    status.map_err(guest_error)
}

/// Asks the key-value store; `bytes` is what the arguments were charged as, which their encoding takes once more.
fn ask_kv(data: &mut StoreData, op: &str, args: &[Value], bytes: u64) -> Result<u64> {
    data.meter.charge(bytes)?;
    let policy = data.policy.clone();
    let answer = kv::answer(data.kv.as_mut(), &data.audit, &policy.limits, &mut data.meter, op, args);
    data.meter.release(bytes);
    match answer? {
        Ok(encoded) => keep_encoded(data, encoded, VALUE),
        Err(error) => keep_reply(data, &error_map(&format!("{}{op}", kv::PREFIX), &error), ERROR),
    }
}

/// Encodes what the guest will take next, and says how long it is.
fn keep_reply(data: &mut StoreData, value: &Value, status: u64) -> Result<u64> {
    let encoded = encode(value, &data.policy.limits)?;
    keep_encoded(data, encoded, status)
}

fn keep_encoded(data: &mut StoreData, encoded: Vec<u8>, status: u64) -> Result<u64> {
    data.meter.charge(encoded.len() as u64)?;
    data.host.reply = encoded;
    Ok(status << 32 | data.host.reply.len() as u64)
}

fn host_take(mut caller: Caller<'_, StoreData>, dst: u32) -> wasmtime::Result<()> {
    let mut guest = GuestMemory::of(&mut caller)?;
    let reply = std::mem::take(&mut guest.data.host.reply);
    guest.data.meter.release(reply.len() as u64);
    guest.write(dst, &reply).ok_or_else(outside)
}

fn host_wait(mut caller: Caller<'_, StoreData>, timeout_us: i64) -> wasmtime::Result<u32> {
    let data = caller.data_mut();
    let timeout = u64::try_from(timeout_us).ok().map(|us| us.saturating_mul(1_000));
    if timeout.is_none() && !data.host.has_pending() {
        return Ok(0);
    }
    let policy = data.policy.clone();
    let Some((id, name, answer)) = data.host.wait_any(&policy, timeout).map_err(guest_error)? else { return Ok(0) };
    let (ok, value) = match answer {
        Ok(value) => (true, value),
        Err(error) => (false, error_map(&name, &error)),
    };
    let reply = Value::List(vec![Value::Int(i64::from(id)), Value::Bool(ok), value]);
    keep_reply(data, &reply, VALUE).map(|length| length as u32).map_err(guest_error)
}

/// Longer names of modules are cut off, and found nowhere.
const NAME_BYTES: u32 = 4096;

/// Where an import leads: `[true, path]` or `[false, type, message, code]` to take. `how`: 1 for `require`.
fn module_find(
    mut caller: Caller<'_, StoreData>,
    base: u32,
    base_len: u32,
    name: u32,
    name_len: u32,
    how: u32,
) -> wasmtime::Result<u32> {
    let guest = GuestMemory::of(&mut caller)?;
    let how = if how == 1 { How::Require } else { How::Import };
    let text = |at, len: u32| guest.slice(at, len.min(NAME_BYTES)).map(String::from_utf8_lossy).ok_or_else(outside);
    let (base, name) = (text(base, base_len)?.into_owned(), text(name, name_len)?.into_owned());
    keep_module(guest.data, |data| {
        let path = modules::find(&data.wasi, &base, &name, how)?;
        Ok(vec![Value::String(path)])
    })
}

/// A module that was found: `[true, text, format]` or `[false, type, message, code]` to take.
fn module_read(mut caller: Caller<'_, StoreData>, path: u32, path_len: u32) -> wasmtime::Result<u32> {
    let guest = GuestMemory::of(&mut caller)?;
    let path =
        guest.slice(path, path_len.min(NAME_BYTES)).map(String::from_utf8_lossy).ok_or_else(outside)?.into_owned();
    keep_module(guest.data, |data| {
        let source = modules::read(&data.wasi, &path, &data.policy.limits)?;
        Ok(vec![Value::String(source.text), Value::from(source.format)])
    })
}

fn keep_module(
    data: &mut StoreData,
    work: impl FnOnce(&StoreData) -> std::result::Result<Vec<Value>, modules::Refused>,
) -> wasmtime::Result<u32> {
    let (ok, parts) = match work(data) {
        Ok(found) => (true, found),
        Err(refused) => {
            let code = refused.code.map_or(Value::Null, Value::from);
            (false, vec![Value::String(refused.kind), Value::String(refused.message), code])
        }
    };
    let reply = Value::List(std::iter::once(Value::Bool(ok)).chain(parts).collect());
    keep_reply(data, &reply, VALUE).map(|length| length as u32).map_err(guest_error)
}

fn out(mut caller: Caller<'_, StoreData>, fd: u32, ptr: u32, len: u32) -> wasmtime::Result<()> {
    let guest = GuestMemory::of(&mut caller)?;
    let bytes = guest.bytes.get(ptr as usize..(ptr as usize).saturating_add(len as usize)).ok_or_else(outside)?;
    let stream = if fd == 2 { Stream::Stderr } else { Stream::Stdout };
    for chunk in bytes.chunks(OUT_CHUNK as usize) {
        guest.data.output.write(&mut guest.data.meter, stream, chunk).map_err(guest_error)?;
        guest.data.slot.check().map_err(guest_error)?;
    }
    Ok(())
}

/// Arguments by keyword.
type Named = Vec<(String, Value)>;

/// `[positional, named]` as the guest sends it.
fn arguments(value: Value) -> Result<(Vec<Value>, Named)> {
    let Value::List(parts) = value else { return Err(broken()) };
    let mut parts = parts.into_iter();
    let (Some(Value::List(args)), named) = (parts.next(), parts.next()) else { return Err(broken()) };
    let named = match named {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Map(entries)) => {
            let entry = |(key, value)| if let Value::String(key) = key { Ok((key, value)) } else { Err(broken()) };
            entries.into_iter().map(entry).collect::<Result<_>>()?
        }
        Some(_) => return Err(broken()),
    };
    Ok((args, named))
}

/// What the guest raises: type and message for its programs, the rest for the error outside.
fn error_map(function: &str, error: &HostError) -> Value {
    let code = error.code.map_or(Value::Null, |code| Value::from(code.as_str()));
    let plain = |value: &serde_json::Value| match value.as_i64() {
        Some(number) => Value::Int(number),
        None => Value::from(value.as_str().unwrap_or_default()),
    };
    let details = error.details.iter().map(|(key, value)| (key.as_str(), plain(value)));
    let kind = if error.kind.is_empty() { "Error" } else { &error.kind };
    Value::object([
        ("type", Value::from(kind)),
        ("message", Value::from(error.message.as_str())),
        ("code", code),
        ("details", Value::object(details)),
        ("function", Value::from(function)),
    ])
}

fn outside() -> wasmtime::Error {
    guest_error(
        Error::new(ErrorCode::GuestTrap, "the interpreter named memory that it does not have")
            .with("trap", "out of bounds"),
    )
}

fn broken() -> Error {
    Error::new(ErrorCode::GuestTrap, "the interpreter broke its own protocol").with("trap", "malformed call")
}
