//! Operations by name, and the guests that they open and work on.
//!
//! What an operation does is the bridge's; here arguments are read, and answers told exactly once.

use crate::answer::WsAnswer;
use crate::bytes::WsBytes;
use crate::entry::{error_answer, guarded, null, quietly};
use crate::host::{CHost, WsHost};
use crate::stop::WsStop;
use std::ffi::c_void;
use std::sync::Arc;
use wasm_sandbox_bridge::ops::{self, Guest, Pool, Request, Stop, Target};
use wasm_sandbox_bridge::policy::{Error, ErrorCode, Result};
use wasm_sandbox_bridge::{Host, wire};

/// An open guest: a sandbox or a session. Or a pool of guests, for the operations of pools.
#[derive(Clone)]
pub enum WsGuest {
    Guest(Guest),
    Pool(Pool),
}

impl WsGuest {
    /// Hands it over; `ws_guest_release` takes it back.
    pub(crate) fn given(self) -> *mut WsGuest {
        Box::into_raw(Box::new(self))
    }

    pub(crate) fn guest(&self) -> Result<&Guest> {
        match self {
            WsGuest::Guest(guest) => Ok(guest),
            WsGuest::Pool(_) => Err(Error::new(ErrorCode::InvalidArgument, "this is a pool, and not a guest")),
        }
    }
}

/// Told an operation's answer, once, on a thread of the library or at once on the caller's. It owns the answer.
pub type WsDone = Option<unsafe extern "C" fn(context: *mut c_void, answer: WsAnswer)>;

/// The caller's context, on its way to the thread that tells the answer. Dropped untold, it tells of the defect: a
/// caller that waits must never wait for ever.
struct Listener {
    done: Option<unsafe extern "C" fn(*mut c_void, WsAnswer)>,
    context: *mut c_void,
}

// SAFETY: the header says that the answer may be told on any thread, so the context must bear that.
unsafe impl Send for Listener {}

impl Listener {
    fn tell(mut self, answer: WsAnswer) {
        if let Some(done) = self.done.take() {
            // SAFETY: the caller's function with the caller's context, once.
            unsafe { done(self.context, answer) }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(done) = self.done.take() {
            let error =
                Error::new(ErrorCode::Internal, "a defect in wasm-sandbox: an operation ended without an answer");
            // SAFETY: as above.
            unsafe { done(self.context, error_answer(&error)) }
        }
    }
}

/// Begins `operation` with its arguments, an encoded map, on `target` (null for none). `done` must not be null.
/// `host` and `stop` may be null; both may be given back when this returns, and `host`'s context is released when
/// the library needs it no more.
///
/// # Safety
/// The pointers are null or valid, and the bytes are there until this returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_invoke(
    target: *const WsGuest,
    operation: WsBytes,
    arguments: WsBytes,
    host: *const WsHost,
    stop: *const WsStop,
    done: WsDone,
    context: *mut c_void,
) {
    // SAFETY: the caller's; taken over first, so that its context is released whatever happens.
    let host = unsafe { CHost::of(host) };
    if done.is_none() {
        return;
    }
    let listener = Listener { done, context };
    // SAFETY: the caller's.
    let stop = unsafe { stop.as_ref() }.map_or_else(Stop::default, |stop| stop.0.clone());
    // SAFETY: the caller's.
    match guarded(|| unsafe { request(target, operation, arguments, host) }) {
        Ok(request) => quietly(|| ops::invoke(request, &stop, move |outcome| listener.tell(WsAnswer::of(outcome)))),
        Err(error) => listener.tell(error_answer(&error)),
    }
}

/// The same on the caller's thread, which it blocks. `busy` while anything else runs or waits on the target.
///
/// # Safety
/// As `ws_invoke`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_invoke_now(
    target: *const WsGuest,
    operation: WsBytes,
    arguments: WsBytes,
    host: *const WsHost,
) -> WsAnswer {
    // SAFETY: the caller's.
    let host = unsafe { CHost::of(host) };
    // SAFETY: the caller's.
    let outcome = guarded(|| unsafe { request(target, operation, arguments, host) }.and_then(ops::invoke_now));
    WsAnswer::of(outcome)
}

/// # Safety
/// As `ws_invoke`; the bytes are there as long as the request.
unsafe fn request<'a>(
    target: *const WsGuest,
    operation: WsBytes,
    arguments: WsBytes,
    host: Option<Arc<dyn Host>>,
) -> Result<Request<'a>> {
    // SAFETY: the caller's.
    let (operation, arguments) = unsafe { (operation.text("operation")?, arguments.read("arguments")?) };
    if operation.is_empty() {
        return Err(null("operation"));
    }
    // SAFETY: the caller's.
    let target = unsafe { target.as_ref() }.map(|target| match target {
        WsGuest::Guest(guest) => Target::Guest(guest),
        WsGuest::Pool(pool) => Target::Pool(pool),
    });
    Ok(Request { target, operation, arguments: wire::decode(arguments)?, host })
}

/// A second handle of the same guest; each is released once.
///
/// # Safety
/// `guest` is null or a guest that was not released.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_guest_retain(guest: *const WsGuest) -> *mut WsGuest {
    // SAFETY: the caller's.
    match unsafe { guest.as_ref() } {
        Some(guest) => guest.clone().given(),
        None => std::ptr::null_mut(),
    }
}

/// Gives a handle back. With the last one the guest is ended, without waiting for that.
///
/// # Safety
/// `guest` is null or a guest that was not released.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_guest_release(guest: *mut WsGuest) {
    if !guest.is_null() {
        // SAFETY: made by this library, and released once.
        let guest = unsafe { Box::from_raw(guest) };
        quietly(|| drop(guest));
    }
}
