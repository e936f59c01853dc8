//! One exchange with an interpreter: a request into its buffer, a call, an outcome out of its memory.

use super::codec::{Decoded, Part, decode, message_size, write_message};
use crate::kv;
use crate::sandbox::{MAIN, Run};
use crate::store::{StoreData, guest_error};
use rand::RngCore;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use wasm_sandbox_policy::{Error, ErrorCode, Limits, Random, Result, StackClass, Value};
use wasmtime::{Instance, Memory, Store, TypedFunc};

/// The functions of a pack, resolved.
#[derive(Clone)]
pub(crate) struct LanguageExports {
    memory: Memory,
    buffer: TypedFunc<u32, u32>,
    run: TypedFunc<u32, u32>,
    collect: TypedFunc<(), ()>,
    /// Bytes of WebAssembly's own stack.
    stack: usize,
}

/// What an interpreter is asked to do.
pub(crate) struct Request<'a> {
    entries: Vec<(&'static str, Part<'a>)>,
    /// Bytes of source text, which is no value that crosses.
    code: u64,
}

/// What came of it.
pub(crate) enum Outcome {
    Value(Value),
    Error(Error),
    OutOfMemory,
}

impl<'a> Request<'a> {
    /// Runs source text, and calls a function afterwards where the run says so.
    pub(crate) fn run(run: Run) -> Request<'static> {
        let code = run.code.unwrap_or_default();
        let mut request = Request { entries: Vec::with_capacity(16), code: code.len() as u64 };
        request.add("op", "run");
        request.add("code", code);
        request.add("file", run.file.unwrap_or_else(|| MAIN.to_owned()));
        request.add("inputs", Value::object(run.inputs));
        if let Some((function, args)) = run.call {
            request.add("function", function);
            request.add("args", Value::List(args));
        }
        request
    }

    /// Calls a function that earlier code defined.
    pub(crate) fn call(function: &str, args: &'a [Value]) -> Request<'a> {
        let mut request = Request { entries: Vec::with_capacity(16), code: 0 };
        request.add("op", "call");
        request.add("function", function);
        request.entries.push(("args", Part::List(args)));
        request
    }

    fn add(&mut self, key: &'static str, value: impl Into<Value>) {
        self.entries.push((key, Part::Whole(value.into())));
    }

    /// Adds what every request carries: randomness, value limits, host functions, variables. Answers with the limits
    /// for all of it.
    fn complete(&mut self, data: &StoreData, stack: usize) -> Limits {
        let limits = &data.policy.limits;
        self.add("seed", Value::Bytes(seed(data).to_vec()));
        self.add("stack", Value::Int(stack as i64));
        self.add("maxDepth", Value::Int(i64::from(limits.value_depth)));
        self.add("maxBytes", Value::Int(limits.value_bytes.min(i64::MAX as u64) as i64));
        self.add("host", Value::List(data.host.names().iter().map(|name| Value::from(name.as_str())).collect()));
        self.add("env", Value::object(data.wasi.env().iter().map(|(k, v)| (k.as_str(), Value::from(v.as_str())))));
        self.add("argv", Value::List(data.wasi.argv().iter().map(|arg| Value::from(arg.as_str())).collect()));
        // The source text is no value that crosses, so the value limits get room for it.
        Limits {
            value_bytes: limits.value_bytes.saturating_add(self.code + (1 << 20)),
            value_depth: limits.value_depth + 3,
            ..limits.clone()
        }
    }
}

fn seed(data: &StoreData) -> [u8; 32] {
    match data.policy.capabilities.random {
        Random::Secure => rand::random(),
        Random::Seed(seed) => {
            let mut bytes = [0; 32];
            let mut generator = ChaCha20Rng::seed_from_u64(seed);
            generator.set_stream(data.host.runs());
            generator.fill_bytes(&mut bytes);
            bytes
        }
    }
}

impl LanguageExports {
    /// Resolves a pack's functions in a new instance.
    pub(crate) fn of(instance: &Instance, store: &mut Store<StoreData>, stack: StackClass) -> Result<LanguageExports> {
        let missing = |what: &str| Error::new(ErrorCode::Internal, format_args!("the language pack lacks {what}"));
        Ok(LanguageExports {
            memory: instance.get_memory(&mut *store, "memory").ok_or_else(|| missing("memory"))?,
            buffer: instance.get_typed_func(&mut *store, "sbx_buf").map_err(|_| missing("sbx_buf"))?,
            run: instance.get_typed_func(&mut *store, "sbx_run").map_err(|_| missing("sbx_run"))?,
            collect: instance.get_typed_func(&mut *store, "sbx_gc").map_err(|_| missing("sbx_gc"))?,
            stack: stack.bytes(),
        })
    }

    pub(crate) fn memory(&self) -> Memory {
        self.memory
    }

    /// Hands a request over and reads the outcome. An `Err` is a trap: the interpreter was cut off.
    pub(crate) fn speak(&self, store: &mut Store<StoreData>, mut request: Request<'_>) -> wasmtime::Result<Outcome> {
        let limits = request.complete(store.data(), self.stack);
        let size = match message_size(&request.entries, &limits) {
            Ok(size) => size,
            Err(error) => return Ok(Outcome::Error(error)),
        };
        let length = u32::try_from(size).map_err(|_| protocol())?;
        let buffer = self.buffer.call(&mut *store, length)? as usize;
        if buffer == 0 {
            return Ok(Outcome::OutOfMemory);
        }
        let memory = self.memory.data_mut(&mut *store);
        let room = memory.get_mut(buffer..buffer.saturating_add(size)).ok_or_else(protocol)?;
        // Straight into the guest: a large value is copied once on its way in.
        write_message(&request.entries, &limits, room).map_err(guest_error)?;
        let at = self.run.call(&mut *store, length)? as usize;
        let (memory, data) = self.memory.data_and_store_mut(&mut *store);
        let head: [u8; 12] =
            memory.get(at..at.saturating_add(12)).and_then(|b| b.try_into().ok()).ok_or_else(protocol)?;
        let word = |i: usize| u32::from_le_bytes([head[i], head[i + 1], head[i + 2], head[i + 3]]);
        let (status, ptr, len) = (word(0), word(4) as usize, word(8) as usize);
        if status == 4 {
            return Ok(Outcome::OutOfMemory);
        }
        let bytes = memory.get(ptr..ptr.saturating_add(len)).ok_or_else(protocol)?;
        match decode(bytes, &data.policy.limits, &mut data.meter) {
            Ok(Decoded { value, charged }) => {
                data.meter.release(charged);
                Ok(outcome(status, value, data))
            }
            Err(error) if error.code == ErrorCode::ValueLimit => Ok(Outcome::Error(error)),
            Err(error) => Err(guest_error(error)),
        }
    }

    /// Runs the collector; bytes by which the heap shrank are given back by the guest's own allocator.
    pub(crate) fn collect(&self, store: &mut Store<StoreData>) -> wasmtime::Result<u64> {
        let before = store.data().meter.used();
        self.collect.call(&mut *store, ())?;
        Ok(before.saturating_sub(store.data().meter.used()))
    }
}

fn outcome(status: u32, value: Value, data: &StoreData) -> Outcome {
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    match status {
        0 => Outcome::Value(value),
        // What CPython says when memory ran out while it told of that.
        1 if text("type") == "SystemError" && data.meter.refusal().is_some() => Outcome::OutOfMemory,
        1 if text("code") == "ENOSPC" && value.get("hostError").is_none() => Outcome::Error(no_space(&value, data)),
        1 => Outcome::Error(exception(&value, data)),
        2 => {
            let code = if let Value::Int(code) = value { code as i32 } else { 1 };
            Outcome::Error(
                Error::new(ErrorCode::GuestExit, format_args!("the guest ended with status {code}"))
                    .with("exitCode", code),
            )
        }
        3 => Outcome::Error(refused(&text("path"), &text("message"), &text("limit"), data)),
        5 => {
            let message = "a top-level await never settles: nothing is left to run";
            Outcome::Error(
                Error::new(ErrorCode::GuestException, message)
                    .with("type", "UnsettledPromise")
                    .with("message", message)
                    .with("stack", ""),
            )
        }
        6 => {
            let name = text("name");
            Outcome::Error(
                Error::new(ErrorCode::NotFound, format_args!("the code defines no function `{name}`"))
                    .with("name", name),
            )
        }
        _ => Outcome::Error(Error::new(
            ErrorCode::Internal,
            format_args!("the interpreter gave the unknown status {status}"),
        )),
    }
}

/// A value that cannot leave: of the wrong kind, or beyond a value limit.
fn refused(path: &str, message: &str, limit: &str, data: &StoreData) -> Error {
    let limits = &data.policy.limits;
    let error = match limit {
        "depth" => Error::limit(
            ErrorCode::ValueLimit,
            "valueDepth",
            limits.value_depth.into(),
            u64::from(limits.value_depth) + 1,
            format_args!("{path}: {message}"),
        ),
        "bytes" => Error::limit(
            ErrorCode::ValueLimit,
            "valueBytes",
            limits.value_bytes,
            limits.value_bytes + 1,
            format_args!("{path}: {message}"),
        ),
        _ => Error::new(ErrorCode::InvalidArgument, format_args!("{path}: {message}")),
    };
    error.with("path", path)
}

/// An uncaught exception: the guest's own, or the very error of a host function.
fn exception(value: &Value, data: &StoreData) -> Error {
    let text = |from: &Value, key: &str| from.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (kind, message, stack) = (text(value, "type"), text(value, "message"), text(value, "stack"));
    // A wrong key is the guest's own mistake.
    let own = |host: &Value| text(host, "function").starts_with(kv::PREFIX) && text(host, "code").is_empty();
    let Some(host @ Value::Map(_)) = value.get("hostError").filter(|host| !own(host)) else {
        let shown = if message.is_empty() { kind.clone() } else { format!("{kind}: {message}") };
        return Error::new(ErrorCode::GuestException, shown)
            .with("type", kind)
            .with("message", message)
            .with("stack", stack);
    };
    let function = text(host, "function");
    if text(host, "code") == ErrorCode::AccessDenied.as_str() {
        let mut error = Error {
            code: ErrorCode::AccessDenied,
            message: text(host, "message"),
            details: Default::default(),
            result: None,
        };
        for key in ["capability", "target", "rule"] {
            if let Some(detail) = host.get("details").and_then(|d| d.get(key)).and_then(Value::as_str) {
                error = error.with(key, detail);
            }
        }
        return error.with("stack", stack);
    }
    let refusal = data.kv.as_ref().and_then(|grant| grant.refusal());
    if let (true, Some(refusal)) = (text(host, "code") == ErrorCode::FileLimit.as_str(), refusal) {
        return refusal.clone().with("stack", stack);
    }
    if text(host, "code") == ErrorCode::Unsupported.as_str() {
        return Error::new(ErrorCode::Unsupported, text(host, "message")).with("function", function);
    }
    let (kind, message) = (text(host, "type"), text(host, "message"));
    Error::new(ErrorCode::HostFunctionFailed, format_args!("`{function}` threw {kind}: {message}"))
        .with("function", function)
        .with("type", kind)
        .with("message", message)
        .with("stack", stack)
}

/// A program that gave up because it could not write: the quota that stopped it, where one did.
fn no_space(value: &Value, data: &StoreData) -> Error {
    let Some(refused) = data.wasi.refused().or_else(|| data.meter.refusal()) else { return exception(value, data) };
    let stack = value.get("stack").and_then(Value::as_str).unwrap_or_default();
    refused.with("stack", stack)
}

fn protocol() -> wasmtime::Error {
    guest_error(
        Error::new(ErrorCode::GuestTrap, "the interpreter broke its own protocol").with("trap", "malformed result"),
    )
}
