//! What every entry shares: the guard against panics, and errors.
//!
//! Knows no operation and no handle; `guarded` is for what is answered, `quietly` for what is given back.

use crate::bytes::WsBuffer;
use std::panic::{AssertUnwindSafe, catch_unwind};
use wasm_sandbox_bridge::policy::{Error, ErrorCode};
use wasm_sandbox_bridge::{error_value, wire};

/// Runs `work`, of which nobody waits for an outcome.
pub(crate) fn quietly(work: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(work));
}

/// Drops what a handle stands for.
///
/// # Safety
/// `handle` is null, or was made by `Box::into_raw` and is released once.
pub(crate) unsafe fn release<T>(handle: *mut T) {
    if !handle.is_null() {
        // SAFETY: the caller's.
        let inner = unsafe { Box::from_raw(handle) };
        quietly(|| drop(inner));
    }
}

pub(crate) fn error_buffer(error: &Error) -> WsBuffer {
    WsBuffer::of(wire::encode(&error_value(error)).unwrap_or_default())
}

/// The error of a null where there has to be something.
pub(crate) fn null(what: &str) -> Error {
    Error::new(ErrorCode::InvalidArgument, format_args!("{what} is null"))
}
