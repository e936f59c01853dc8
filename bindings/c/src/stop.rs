//! Stop tokens: they end an operation from any thread, at any time, and say where it comes from.
//!
//! A token outlives the operations that it was given to, and they outlive it.

use crate::entry::{quietly, release};
use wasm_sandbox_bridge::Origin;
use wasm_sandbox_bridge::ops::Stop;

/// Ends the operations that it was given to.
pub struct WsStop(pub(crate) Stop);

/// A token for an operation yet to come. `tag` is what host functions and listeners are told of it, `from` the frame of
/// the host function that asks for it; 0 is none. A call that its own guest waits for is `busy` when `from` says so, and
/// waits for ever when it does not.
#[unsafe(no_mangle)]
pub extern "C" fn ws_stop_new(tag: u64, from: u64) -> *mut WsStop {
    Box::into_raw(Box::new(WsStop(Stop::of(Origin { tag, from }))))
}

/// What an operation is stopped by; null is one that nobody has.
///
/// # Safety
/// `stop` is null or a token that was not released.
pub(crate) unsafe fn given(stop: *const WsStop) -> Stop {
    // SAFETY: the caller's.
    unsafe { stop.as_ref() }.map_or_else(Stop::default, |stop| stop.0.clone())
}

/// Ends its operations; each settles when its guest has stopped. Null, and what has ended, is left alone.
///
/// # Safety
/// `stop` is null or a token that was not released.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_stop(stop: *const WsStop) {
    // SAFETY: the caller's.
    if let Some(stop) = unsafe { stop.as_ref() } {
        quietly(|| stop.0.stop());
    }
}

/// Gives the token back; operations that have it go on.
///
/// # Safety
/// `stop` is null or a token that was not released.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_stop_release(stop: *mut WsStop) {
    // SAFETY: made by this library, and released once.
    unsafe { release(stop) }
}
