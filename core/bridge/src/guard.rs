//! The panic guard: whatever panics below a binding becomes the error `internal`.
//!
//! Closing the handle through which the panic went is its owner's business.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use wasm_sandbox_policy::{Error, ErrorCode, Result};

/// Runs `work`; a panic is the error `internal` with the panic's message. The caller throws away
/// whatever `work` may have left half done.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T, Failure> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Failure::Error(error)),
        Err(panic) => Err(Failure::Panic(panicked(panic.as_ref()))),
    }
}

/// Runs `work` where nothing is left that a panic could have gone through: it is an error like any other.
pub fn contained<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    guarded(work).map_err(|failure| match failure {
        Failure::Error(error) | Failure::Panic(error) => error,
    })
}

/// How guarded work failed.
pub(crate) enum Failure {
    Error(Error),
    /// State that the work touched must not be used again.
    Panic(Error),
}

fn panicked(panic: &(dyn Any + Send)) -> Error {
    let said = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    // The place of a panic is a path of the build machine, so only its words are told.
    Error::new(ErrorCode::Internal, format_args!("a defect in wasm-sandbox: {}", said.unwrap_or("panic")))
}
