//! The data of one store, and checked access to guest memory.

use super::Meter;
use crate::audit::AuditLog;
use crate::host::{HostState, extism::Extism};
use crate::kv::Grant;
use crate::output::Output;
use crate::state::WrittenPages;
use crate::time::{Poll, Slot};
use crate::wasi::{Stdin, Wasi, WasiOptions};
use std::collections::BTreeMap;
use std::sync::Arc;
use wasm_sandbox_policy::{Error, ErrorCode, Policy, Result};
use wasmtime::{Caller, Engine, Extern, Memory, Store, UpdateDeadline};

/// Everything that one store's host functions may touch.
pub(crate) struct StoreData {
    pub(crate) policy: Arc<Policy>,
    pub(crate) meter: Meter,
    pub(crate) slot: Arc<Slot>,
    pub(crate) output: Output,
    pub(crate) audit: AuditLog,
    /// WASI p1: descriptors, the in-memory file tree, arguments, environment, clocks, randomness.
    pub(crate) wasi: Wasi,
    /// Host functions, Extism's input and output, and what waits for an answer.
    pub(crate) host: HostState,
    /// The key-value store, where the policy grants one.
    pub(crate) kv: Option<Grant>,
    /// The guest's exported memory, known once it is instantiated.
    pub(crate) memory: Option<Memory>,
    /// What a pack's instance looks at to be stopped.
    pub(crate) poll: Option<Poll>,
    /// Pages of a pack's memory that may have been written, while no others can have been.
    pub(crate) written: Option<WrittenPages>,
}

impl StoreData {
    /// Data of a store that no user's sandbox stands behind: a pack's warm-up, the specification's tests.
    pub(crate) fn bare(policy: Arc<Policy>, slot: Arc<Slot>) -> Result<StoreData> {
        let mut meter = Meter::new(&policy.limits);
        let (clock, random) = (policy.capabilities.clock.clone(), policy.capabilities.random);
        let options =
            WasiOptions { argv: Vec::new(), env: Vec::new(), stdin: Stdin::Empty, clock, random, shared: None };
        let wasi = Wasi::new(options, &BTreeMap::new(), &policy.limits, &mut meter)?;
        Ok(StoreData {
            output: Output::new(&policy.limits, None),
            audit: AuditLog::new(&policy, "build".into(), None),
            host: HostState::new(None, slot.clone(), Extism::new(BTreeMap::new())),
            kv: None,
            memory: None,
            poll: None,
            written: None,
            policy,
            meter,
            slot,
            wasi,
        })
    }
}

/// A store whose growth asks the meter and whose time asks the slot.
pub(crate) fn new_store(engine: &Engine, data: StoreData) -> Store<StoreData> {
    let mut store = Store::new(engine, data);
    store.limiter(|data| &mut data.meter);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|store| {
        store.data().slot.check().map(|()| UpdateDeadline::Continue(1)).map_err(guest_error)
    });
    store
}

/// Turns a policy error into what a host function returns to end the run with that error.
pub(crate) fn guest_error(error: Error) -> wasmtime::Error {
    wasmtime::Error::new(error)
}

/// The guest's memory and the store's data at once, for host functions.
pub(crate) struct GuestMemory<'a> {
    pub(crate) bytes: &'a mut [u8],
    pub(crate) data: &'a mut StoreData,
}

impl<'a> GuestMemory<'a> {
    /// The exported memory of the calling module; a trap when it has none.
    pub(crate) fn of(caller: &'a mut Caller<'_, StoreData>) -> wasmtime::Result<GuestMemory<'a>> {
        let memory = match caller.data().memory {
            Some(memory) => memory,
            None => match caller.get_export("memory") {
                Some(Extern::Memory(memory)) => memory,
                _ => {
                    let why =
                        "the module calls a host function that needs memory, but exports no memory named `memory`";
                    return Err(guest_error(Error::new(ErrorCode::InvalidModule, why)));
                }
            },
        };
        let (bytes, data) = memory.data_and_store_mut(caller);
        Ok(GuestMemory { bytes, data })
    }

    /// `len` bytes at `ptr`, or `None` when they are not all inside the memory.
    pub(crate) fn slice(&self, ptr: u32, len: u32) -> Option<&[u8]> {
        self.bytes.get(ptr as usize..(ptr as usize).checked_add(len as usize)?)
    }

    /// As `slice`, for writing.
    pub(crate) fn slice_mut(&mut self, ptr: u32, len: u32) -> Option<&mut [u8]> {
        self.bytes.get_mut(ptr as usize..(ptr as usize).checked_add(len as usize)?)
    }

    /// Writes all of `bytes` at `ptr`; `None` when they do not fit.
    pub(crate) fn write(&mut self, ptr: u32, bytes: &[u8]) -> Option<()> {
        self.slice_mut(ptr, u32::try_from(bytes.len()).ok()?)?.copy_from_slice(bytes);
        Some(())
    }

    /// Four bytes at `ptr` as an integer.
    pub(crate) fn read_u32(&self, ptr: u32) -> Option<u32> {
        Some(u32::from_le_bytes(self.slice(ptr, 4)?.try_into().ok()?))
    }
}
