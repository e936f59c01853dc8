//! How a guest ends itself, and how it lets others run.

use super::guest::{Outcome, register};
use super::types::MODULE;
use crate::store::{GuestMemory, StoreData, guest_error};
use wasm_sandbox_policy::{Error, ErrorCode};
use wasmtime::{Caller, Linker};

pub(super) fn add_to_linker(linker: &mut Linker<StoreData>) -> wasmtime::Result<()> {
    // Neither of these two needs memory, so they work in modules that have none.
    linker.func_wrap(MODULE, "proc_exit", |status: i32| -> wasmtime::Result<()> {
        Err(wasmtime::Error::new(Exit(status)))
    })?;
    linker.func_wrap(MODULE, "sched_yield", |caller: Caller<'_, StoreData>| -> wasmtime::Result<i32> {
        std::thread::yield_now();
        caller.data().slot.check().map_err(guest_error)?;
        Ok(0)
    })?;
    register!(linker, proc_raise(signal: u32););
    Ok(())
}

/// What `proc_exit` unwinds with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exit(pub(super) i32);

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the guest ended with status {}", self.0)
    }
}

impl std::error::Error for Exit {}

/// There are no signals; a guest that raises one wants to end as if by a trap.
fn proc_raise(_guest: &mut GuestMemory<'_>, signal: u32) -> Outcome {
    Err(Error::new(ErrorCode::GuestTrap, format_args!("the guest raised signal {signal}"))
        .with("trap", "signal")
        .with("signal", signal)
        .into())
}
