//! `Waker`: how any thread asks the event loop to look into the mailbox. One threadsafe function per environment,
//! raw, because it has to be referenced and unreferenced and napi's own wrapper cannot be shared for that.
//!
//! Knows nothing of what is in the mailbox.

use crate::js::{Js, Outcome, get, tell};
use napi::sys;
use std::ffi::c_void;
use std::ptr::null_mut;

/// A threadsafe function without data. The mailbox uses it under its lock and only while it is open, and closes
/// before the environment does away with it.
pub(crate) struct Waker(sys::napi_threadsafe_function);

// SAFETY: a threadsafe function is made to be called from any thread.
unsafe impl Send for Waker {}

impl Waker {
    /// One that does not keep the event loop alive.
    pub(crate) fn new(js: Js<'_>) -> Outcome<Waker> {
        let name = js.make_text("wasm-sandbox")?;
        let raw = get!(
            null_mut(),
            napi_create_threadsafe_function(
                js.0,
                null_mut(),
                null_mut(),
                name.0,
                0,
                1,
                null_mut(),
                None,
                null_mut(),
                Some(woken),
            )
        )?;
        tell!(napi_unref_threadsafe_function(js.0, raw))?;
        Ok(Waker(raw))
    }

    /// Makes the event loop look into the mailbox soon.
    pub(crate) fn wake(&self) {
        let mode = sys::ThreadsafeFunctionCallMode::nonblocking;
        // SAFETY: it is not released yet, or there would be no `self`. A queue without bound refuses only when the
        // environment is going, and then nobody waits any more.
        let _ = unsafe { sys::napi_call_threadsafe_function(self.0, null_mut(), mode) };
    }

    /// Whether the event loop stays alive for it; on the environment's thread only.
    pub(crate) fn keep_alive(&self, js: Js<'_>, alive: bool) {
        // Both only set a flag of the event loop.
        let _ = match alive {
            true => tell!(napi_ref_threadsafe_function(js.0, self.0)),
            false => tell!(napi_unref_threadsafe_function(js.0, self.0)),
        };
    }

    /// Gives it up.
    pub(crate) fn release(self) {
        // SAFETY: `self` was the only one to use it.
        let _ = unsafe { sys::napi_release_threadsafe_function(self.0, sys::ThreadsafeFunctionReleaseMode::abort) };
    }
}

/// Called by the event loop, with null where the environment is going.
unsafe extern "C" fn woken(env: sys::napi_env, _function: sys::napi_value, _context: *mut c_void, _data: *mut c_void) {
    if env.is_null() {
        return;
    }
    let env = napi::Env::from_raw(env);
    let looked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| crate::local::look(Js::of(&env))));
    // Each task guards itself; there is nobody here to tell.
    drop(looked);
}
