//! The functions that plug-ins import from the kernel: the host ABI of Extism 1.x, all offsets and lengths 64 bits.
//!
//! Offsets and lengths are the guest's word, checked in `blocks.rs`. Nothing here knows a sandbox: the state is in
//! the store. Logs of all levels are passed on; whoever reads stderr filters.

use super::state::Extism;
use super::{KERNEL_MODULE, request};
use crate::host::line::write_line;
use crate::store::{Meter, StoreData, guest_error};
use wasm_sandbox_policy::{ErrorCode, Result};
use wasmtime::{Caller, Linker};

type Guest<'a> = Caller<'a, StoreData>;

/// Log levels by the name of their function; the least is what `get_log_level` answers.
const LEVELS: [(&str, &str); 5] = [
    ("log_trace", "[trace] "),
    ("log_debug", "[debug] "),
    ("log_info", "[info] "),
    ("log_warn", "[warn] "),
    ("log_error", "[error] "),
];
const LEAST_LEVEL: i32 = 0;

/// Runs `f` on the kernel's state with the meter beside it; its error ends the run. A stray access after a refused
/// allocation is the fault of the refusal.
fn kernel<T>(caller: &mut Guest<'_>, f: impl FnOnce(&mut Extism, &mut Meter) -> Result<T>) -> wasmtime::Result<T> {
    let data = caller.data_mut();
    f(&mut data.host.extism, &mut data.meter).map_err(|error| {
        let refused = data.meter.refusal().filter(|_| error.code == ErrorCode::GuestTrap);
        guest_error(refused.unwrap_or(error))
    })
}

/// Defines the kernel's functions.
pub(crate) fn add_to_linker(linker: &mut Linker<StoreData>) -> wasmtime::Result<()> {
    memory(linker)?;
    input_and_output(linker)?;
    config_and_vars(linker)?;
    logs(linker)?;
    request::add_to_linker(linker)
}

fn memory(linker: &mut Linker<StoreData>) -> wasmtime::Result<()> {
    let m = KERNEL_MODULE;
    // Plug-ins are told of a refusal by offset 0, as by the kernel they know.
    linker.func_wrap(m, "alloc", |mut c: Guest<'_>, n: u64| {
        kernel(&mut c, |k, meter| Ok(k.blocks.alloc(meter, n).unwrap_or(0)))
    })?;
    linker.func_wrap(m, "free", |mut c: Guest<'_>, at: u64| {
        kernel(&mut c, |k, meter| {
            k.free(meter, at);
            Ok(())
        })
    })?;
    for name in ["length", "length_unsafe"] {
        linker.func_wrap(m, name, |mut c: Guest<'_>, at: u64| kernel(&mut c, |k, _| Ok(k.blocks.length(at))))?;
    }
    linker.func_wrap(m, "load_u8", |mut c: Guest<'_>, at: u64| {
        kernel(&mut c, |k, _| Ok(number(k.blocks.range(at, 1)?) as u32))
    })?;
    linker.func_wrap(m, "load_u64", |mut c: Guest<'_>, at: u64| {
        kernel(&mut c, |k, _| Ok(number(k.blocks.range(at, 8)?)))
    })?;
    linker.func_wrap(m, "store_u8", |mut c: Guest<'_>, at: u64, value: u32| {
        kernel(&mut c, |k, _| k.blocks.store(at, &[value as u8]))
    })?;
    linker.func_wrap(m, "store_u64", |mut c: Guest<'_>, at: u64, value: u64| {
        kernel(&mut c, |k, _| k.blocks.store(at, &value.to_le_bytes()))
    })?;
    linker.func_wrap(m, "memory_bytes", |mut c: Guest<'_>| kernel(&mut c, |k, _| Ok(k.blocks.charged())))?;
    linker.func_wrap(m, "reset", |mut c: Guest<'_>| {
        kernel(&mut c, |k, meter| {
            k.end_call(meter);
            Ok(())
        })
    })?;
    Ok(())
}

fn input_and_output(linker: &mut Linker<StoreData>) -> wasmtime::Result<()> {
    let m = KERNEL_MODULE;
    linker.func_wrap(m, "input_offset", |mut c: Guest<'_>| kernel(&mut c, |k, _| Ok(k.input.0)))?;
    linker.func_wrap(m, "input_length", |mut c: Guest<'_>| kernel(&mut c, |k, _| Ok(k.input.1)))?;
    linker.func_wrap(m, "input_load_u8", |mut c: Guest<'_>, at: u64| {
        kernel(&mut c, |k, _| Ok(number(k.input_range(at, 1)?) as u32))
    })?;
    linker.func_wrap(m, "input_load_u64", |mut c: Guest<'_>, at: u64| {
        kernel(&mut c, |k, _| Ok(number(k.input_range(at, 8)?)))
    })?;
    linker.func_wrap(m, "input_set", |mut c: Guest<'_>, at: u64, n: u64| {
        kernel(&mut c, |k, _| {
            k.blocks.range(at, n)?;
            k.input = (at, n);
            Ok(())
        })
    })?;
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
            k.blocks.block(at)?;
            k.error = at;
            Ok(())
        })
    })?;
    linker.func_wrap(m, "error_get", |mut c: Guest<'_>| kernel(&mut c, |k, _| Ok(k.error)))?;
    Ok(())
}

fn config_and_vars(linker: &mut Linker<StoreData>) -> wasmtime::Result<()> {
    let m = KERNEL_MODULE;
    linker
        .func_wrap(m, "config_get", |mut c: Guest<'_>, key: u64| kernel(&mut c, |k, meter| k.config_get(meter, key)))?;
    linker.func_wrap(m, "var_get", |mut c: Guest<'_>, key: u64| kernel(&mut c, |k, meter| k.var_get(meter, key)))?;
    linker.func_wrap(m, "var_set", |mut c: Guest<'_>, key: u64, value: u64| {
        kernel(&mut c, |k, meter| k.var_set(meter, key, value))
    })?;
    Ok(())
}

fn logs(linker: &mut Linker<StoreData>) -> wasmtime::Result<()> {
    for (name, level) in LEVELS {
        linker.func_wrap(KERNEL_MODULE, name, move |mut c: Guest<'_>, at: u64| {
            let data = c.data_mut();
            let text = data.host.extism.blocks.block(at).map_err(guest_error)?;
            write_line(&mut data.output, &mut data.meter, level, text).map_err(guest_error)
        })?;
    }
    linker.func_wrap(KERNEL_MODULE, "get_log_level", || LEAST_LEVEL)?;
    Ok(())
}

/// Little-endian bytes as a number.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |n, byte| n << 8 | u64::from(*byte))
}
