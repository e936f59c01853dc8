//! The plain imports of module `env`: `log`, `time`, `random`, and AssemblyScript's `abort`.

use crate::output::Stream;
use crate::store::{GuestMemory, StoreData, guest_error};
use wasm_sandbox_policy::{Error, ErrorCode};
use wasmtime::{Caller, Linker};

const MODULE: &str = "env";
/// Longest message of `abort` that is passed on, in UTF-16 units.
const ABORT_UNITS: usize = 1024;

/// Defines the imports of module `env`.
pub(crate) fn add_to_linker(linker: &mut Linker<StoreData>) -> wasmtime::Result<()> {
    linker.func_wrap(MODULE, "log", log)?;
    linker.func_wrap(MODULE, "time", |caller: Caller<'_, StoreData>| (caller.data().wasi.clocks().realtime() / 1_000_000_000) as i64)?;
    linker.func_wrap(MODULE, "random", random)?;
    linker.func_wrap(MODULE, "abort", abort)?;
    Ok(())
}

/// Writes one line to stderr. A message outside the guest's memory is ignored, as it always was.
fn log(mut caller: Caller<'_, StoreData>, ptr: u32, len: u32) -> wasmtime::Result<()> {
    let guest = GuestMemory::of(&mut caller)?;
    let Some(message) = guest.bytes.get(ptr as usize..(ptr as usize).saturating_add(len as usize)) else { return Ok(()) };
    let (output, meter) = (&mut guest.data.output, &mut guest.data.meter);
    output.write(meter, Stream::Stderr, message).map_err(guest_error)?;
    output.write(meter, Stream::Stderr, b"\n").map_err(guest_error)
}

/// A number that is never negative.
fn random(mut caller: Caller<'_, StoreData>) -> wasmtime::Result<i32> {
    let data = caller.data_mut();
    let mut bytes = [0; 4];
    data.wasi.fill_random(&data.policy.limits, &mut bytes).map_err(guest_error)?;
    Ok((u32::from_le_bytes(bytes) >> 1) as i32)
}

/// AssemblyScript's way to give up: a message and a place, as UTF-16 strings with their length before them.
fn abort(mut caller: Caller<'_, StoreData>, message: u32, file: u32, line: u32, column: u32) -> wasmtime::Result<()> {
    let guest = GuestMemory::of(&mut caller)?;
    let text = |at: u32| {
        let bytes = at.checked_sub(4).and_then(|header| guest.read_u32(header)).and_then(|len| guest.slice(at, len));
        let units = bytes.unwrap_or_default().chunks_exact(2).take(ABORT_UNITS).map(|u| u16::from_le_bytes([u[0], u[1]]));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>()
    };
    let why = format!("abort: {} at {}:{line}:{column}", text(message), text(file));
    Err(guest_error(Error::new(ErrorCode::GuestTrap, &why).with("trap", why)))
}
