//! The functions that plug-ins import from the kernel. Offsets and lengths are the guest's word, checked in `blocks.rs`.

use super::KERNEL_MODULE;
use super::blocks::Blocks;
use crate::output::Stream;
use crate::store::{Meter, StoreData, guest_error};
use std::collections::BTreeMap;
use wasm_sandbox_policy::{AuditOutcome, Error, ErrorCode, Result, Value};
use wasmtime::{Caller, Linker};

/// Longest name of a variable or configuration key.
const KEY_BYTES: u64 = 4096;

/// The kernel's state of one plug-in.
#[derive(Debug, Default)]
pub(crate) struct Extism {
    config: BTreeMap<String, String>,
    /// Kept from call to call, and charged.
    vars: BTreeMap<String, Vec<u8>>,
    blocks: Blocks,
    input: u64,
    output: (u64, u64),
    error: u64,
}

impl Extism {
    pub(crate) fn new(config: BTreeMap<String, String>) -> Extism {
        Extism { config, ..Extism::default() }
    }

    /// A call begins: its input is the only block.
    pub(crate) fn begin_call(&mut self, meter: &mut Meter, input: &[u8]) -> Result<()> {
        self.end_call(meter);
        self.input = self.blocks.give(meter, input)?;
        Ok(())
    }

    /// What the call has set as its output.
    pub(crate) fn take_output(&mut self) -> Vec<u8> {
        let (offset, length) = std::mem::take(&mut self.output);
        self.blocks.range(offset, length).map(<[u8]>::to_vec).unwrap_or_default()
    }

    /// What the call has set as its error.
    pub(crate) fn take_error(&mut self) -> Option<String> {
        let offset = std::mem::take(&mut self.error);
        (offset != 0).then(|| String::from_utf8_lossy(self.blocks.block(offset)).into_owned())
    }

    /// Forgets everything but configuration and variables.
    pub(crate) fn end_call(&mut self, meter: &mut Meter) {
        self.blocks.clear(meter);
        (self.input, self.output, self.error) = (0, (0, 0), 0);
    }

    /// A block's content as a value: text where it is text.
    pub(crate) fn block_value(&self, offset: u64) -> Value {
        let bytes = self.blocks.block(offset);
        std::str::from_utf8(bytes).map_or_else(|_| Value::Bytes(bytes.to_vec()), Value::from)
    }

    /// A new block with these bytes.
    pub(crate) fn give(&mut self, meter: &mut Meter, bytes: &[u8]) -> Result<u64> {
        self.blocks.give(meter, bytes)
    }

    fn key(&self, offset: u64) -> Result<String> {
        if self.blocks.length(offset) > KEY_BYTES {
            return Err(Error::new(ErrorCode::GuestTrap, "a variable's name is longer than 4096 bytes").with("trap", "name too long"));
        }
        Ok(String::from_utf8_lossy(self.blocks.block(offset)).into_owned())
    }

    fn set_var(&mut self, meter: &mut Meter, name: u64, value: u64) -> Result<()> {
        let name = self.key(name)?;
        if let Some(old) = self.vars.remove(&name) {
            meter.release((name.len() + old.len()) as u64);
        }
        if value == 0 {
            return Ok(());
        }
        let bytes = self.blocks.block(value);
        meter.charge((name.len() + bytes.len()) as u64)?;
        let bytes = bytes.to_vec();
        self.vars.insert(name, bytes);
        Ok(())
    }
}

/// Runs `f` on the kernel's state with the meter beside it; its error ends the run.
fn kernel<T>(caller: &mut Caller<'_, StoreData>, f: impl FnOnce(&mut Extism, &mut Meter) -> Result<T>) -> wasmtime::Result<T> {
    let data = caller.data_mut();
    f(&mut data.host.extism, &mut data.meter).map_err(guest_error)
}

type Guest<'a> = Caller<'a, StoreData>;

/// Defines the kernel's functions.
pub(crate) fn add_to_linker(linker: &mut Linker<StoreData>) -> wasmtime::Result<()> {
    let m = KERNEL_MODULE;
    linker.func_wrap(m, "alloc", |mut c: Guest<'_>, n: u64| kernel(&mut c, |k, meter| k.blocks.alloc(meter, n)))?;
    linker.func_wrap(m, "free", |mut c: Guest<'_>, at: u64| {
        kernel(&mut c, |k, meter| {
            k.blocks.free(meter, at);
            Ok(())
        })
    })?;
    for name in ["length", "length_unsafe"] {
        linker.func_wrap(m, name, |mut c: Guest<'_>, at: u64| kernel(&mut c, |k, _| Ok(k.blocks.length(at))))?;
    }
    linker.func_wrap(m, "load_u8", |mut c: Guest<'_>, at: u64| kernel(&mut c, |k, _| load_u8(&k.blocks, at)))?;
    linker.func_wrap(m, "load_u64", |mut c: Guest<'_>, at: u64| kernel(&mut c, |k, _| load_u64(&k.blocks, at)))?;
    linker.func_wrap(m, "store_u8", |mut c: Guest<'_>, at: u64, v: u32| kernel(&mut c, |k, _| k.blocks.store(at, &[v as u8])))?;
    linker.func_wrap(m, "store_u64", |mut c: Guest<'_>, at: u64, v: u64| kernel(&mut c, |k, _| k.blocks.store(at, &v.to_le_bytes())))?;
    linker.func_wrap(m, "input_offset", |mut c: Guest<'_>| kernel(&mut c, |k, _| Ok(k.input)))?;
    linker.func_wrap(m, "input_length", |mut c: Guest<'_>| kernel(&mut c, |k, _| Ok(k.blocks.length(k.input))))?;
    linker.func_wrap(m, "input_load_u8", |mut c: Guest<'_>, at: u64| kernel(&mut c, |k, _| load_u8(&k.blocks, k.input.saturating_add(at))))?;
    linker.func_wrap(m, "input_load_u64", |mut c: Guest<'_>, at: u64| kernel(&mut c, |k, _| load_u64(&k.blocks, k.input.saturating_add(at))))?;
    linker.func_wrap(m, "output_set", |mut c: Guest<'_>, at: u64, n: u64| {
        kernel(&mut c, |k, _| {
            k.blocks.range(at, n)?;
            k.output = (at, n);
            Ok(())
        })
    })?;
    linker.func_wrap(m, "output_offset", |mut c: Guest<'_>| kernel(&mut c, |k, _| Ok(k.output.0)))?;
    linker.func_wrap(m, "output_length", |mut c: Guest<'_>| kernel(&mut c, |k, _| Ok(k.output.1)))?;
    linker.func_wrap(m, "error_set", |mut c: Guest<'_>, at: u64| {
        kernel(&mut c, |k, _| {
            k.error = at;
            Ok(())
        })
    })?;
    linker.func_wrap(m, "error_get", |mut c: Guest<'_>| kernel(&mut c, |k, _| Ok(k.error)))?;
    linker.func_wrap(m, "memory_bytes", |mut c: Guest<'_>| kernel(&mut c, |_, meter| Ok(meter.used())))?;
    linker.func_wrap(m, "reset", |mut c: Guest<'_>| {
        kernel(&mut c, |k, meter| {
            k.end_call(meter);
            Ok(())
        })
    })?;
    linker.func_wrap(m, "config_get", |mut c: Guest<'_>, at: u64| {
        kernel(&mut c, |k, meter| match k.config.get(&k.key(at)?) {
            Some(value) => k.blocks.give(meter, value.as_bytes()),
            None => Ok(0),
        })
    })?;
    linker.func_wrap(m, "var_get", |mut c: Guest<'_>, at: u64| {
        kernel(&mut c, |k, meter| match k.vars.get(&k.key(at)?) {
            Some(value) => k.blocks.give(meter, value),
            None => Ok(0),
        })
    })?;
    linker.func_wrap(m, "var_set", |mut c: Guest<'_>, name: u64, value: u64| kernel(&mut c, |k, meter| k.set_var(meter, name, value)))?;
    for (name, level) in [("log_trace", "trace"), ("log_debug", "debug"), ("log_info", "info"), ("log_warn", "warn"), ("log_error", "error")] {
        linker.func_wrap(m, name, move |mut c: Guest<'_>, at: u64| log(&mut c, level, at))?;
    }
    // Everything is passed on; the host filters.
    linker.func_wrap(m, "get_log_level", || 0_i32)?;
    linker.func_wrap(m, "http_request", |mut c: Guest<'_>, request: u64, _body: u64| deny_request(&mut c, request))?;
    linker.func_wrap(m, "http_status_code", || 0_i32)?;
    linker.func_wrap(m, "http_headers", || 0_i64)?;
    Ok(())
}

fn load_u8(blocks: &Blocks, at: u64) -> Result<u32> {
    blocks.range(at, 1).map(|bytes| u32::from(bytes[0]))
}

fn load_u64(blocks: &Blocks, at: u64) -> Result<u64> {
    let bytes = blocks.range(at, 8)?;
    Ok(bytes.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b)))
}

/// A plug-in's log goes to stderr, a line each with its level.
fn log(caller: &mut Caller<'_, StoreData>, level: &str, at: u64) -> wasmtime::Result<()> {
    let data = caller.data_mut();
    let text = data.host.extism.blocks.block(at);
    let line = [format!("[{level}] ").as_bytes(), text, b"\n"].concat();
    data.output.write(&mut data.meter, Stream::Stderr, &line).map_err(guest_error)
}

/// Requests have no way to report a refusal to the plug-in, so a denied one ends the run.
fn deny_request(caller: &mut Caller<'_, StoreData>, request: u64) -> wasmtime::Result<u64> {
    let data = caller.data_mut();
    let request: serde_json::Value = serde_json::from_slice(data.host.extism.blocks.block(request)).unwrap_or_default();
    let url = request.get("url").and_then(|url| url.as_str()).unwrap_or_default();
    let authority = url.split("://").nth(1).unwrap_or(url).split(['/', '?', '#']).next().unwrap_or_default();
    let target: String = authority.rsplit('@').next().unwrap_or_default().chars().take(256).collect();
    data.audit.access("network_access", &target, "capabilities.network", AuditOutcome::Denied);
    let message = format!("Network access denied: the plug-in asked for {target}, and no rule of capabilities.network allows it");
    let error = Error { code: ErrorCode::AccessDenied, message, details: Default::default(), result: None };
    Err(guest_error(error.with("capability", "network_access").with("target", target).with("rule", "capabilities.network")))
}
