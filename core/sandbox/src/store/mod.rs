//! What every wasmtime store of ours carries: meter, time slot, output, files, host functions, audit.
//!
//! Host functions of every kind (WASI, Extism, `env`, `sbx`) reach their state through `StoreData` and
//! end a run by returning a policy error, which the call boundary in `trap.rs` takes out again.

mod data;
mod meter;
mod trap;

pub(crate) use data::{GuestMemory, StoreData, guest_error, new_store};
pub(crate) use meter::{Charge, Meter};
pub(crate) use trap::classify;
