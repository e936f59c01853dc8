//! The plain imports of module `env`: `log`, `time`, `random`, and AssemblyScript's `abort`.

use super::line::write_line;
use crate::store::{GuestMemory, StoreData, guest_error};
use wasm_sandbox_policy::{Error, ErrorCode};
use wasmtime::{Caller, Linker};

const MODULE: &str = "env";
/// Longest text of `abort` that is passed on, in UTF-16 units.
const ABORT_UNITS: usize = 1024;

/// Defines the imports of module `env`.
pub(super) fn add_to_linker(linker: &mut Linker<StoreData>) -> wasmtime::Result<()> {
    linker.func_wrap(MODULE, "log", log)?;
    linker.func_wrap(MODULE, "time", time)?;
    linker.func_wrap(MODULE, "random", random)?;
    linker.func_wrap(MODULE, "abort", abort)?;
    Ok(())
}

/// Writes one line to stderr. An empty message, or one outside the guest's memory, is ignored.
fn log(mut caller: Caller<'_, StoreData>, ptr: u32, len: u32) -> wasmtime::Result<()> {
    let guest = GuestMemory::of(&mut caller)?;
    let from = ptr as usize;
    let message = from.checked_add(len as usize).and_then(|to| guest.bytes.get(from..to)).unwrap_or_default();
    if message.is_empty() {
        return Ok(());
    }
    let (output, meter) = (&mut guest.data.output, &mut guest.data.meter);
    write_line(output, meter, "", message).map_err(guest_error)
}

/// Seconds since 1970, by the clock that the policy gives.
fn time(caller: Caller<'_, StoreData>) -> i64 {
    (caller.data().wasi.clocks().realtime() / 1_000_000_000) as i64
}

/// A number that is never negative.
fn random(mut caller: Caller<'_, StoreData>) -> wasmtime::Result<i32> {
    let data = caller.data_mut();
    let mut bytes = [0; 4];
    data.wasi.fill_random(&data.policy.limits, &mut bytes).map_err(guest_error)?;
    Ok((u32::from_le_bytes(bytes) >> 1) as i32)
}

/// AssemblyScript's way to give up: a message and a place, each a UTF-16 string with its byte length before it.
fn abort(mut caller: Caller<'_, StoreData>, message: u32, file: u32, line: u32, column: u32) -> wasmtime::Result<()> {
    let guest = GuestMemory::of(&mut caller)?;
    let text = |at: u32| {
        let bytes = at.checked_sub(4).and_then(|header| guest.read_u32(header)).and_then(|len| guest.slice(at, len));
        let units = bytes.unwrap_or_default().chunks_exact(2).take(ABORT_UNITS);
        char::decode_utf16(units.map(|unit| u16::from_le_bytes([unit[0], unit[1]])))
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect::<String>()
    };
    let why = match (text(message), text(file)) {
        (message, file) if file.is_empty() => format!("abort: {message}"),
        (message, file) => format!("abort: {message} at {file}:{line}:{column}"),
    };
    Err(guest_error(Error::new(ErrorCode::GuestTrap, &why).with("trap", why)))
}
