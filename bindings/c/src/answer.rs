//! Answers of operations, as they are told: lent, but for a handle, which is the receiver's.
//!
//! Reads no arguments; what an operation answers is the bridge's.

use crate::invoke::WsHandle;
use crate::value::{WsValue, lend};
use std::ffi::c_void;
use std::ptr::null_mut;
use wasm_sandbox_bridge::ops::Answer;
use wasm_sandbox_bridge::policy::Result;
use wasm_sandbox_bridge::wire::{self, Split};
use wasm_sandbox_bridge::{contained, error_value};

/// What an answer is.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WsStatus {
    /// `value` is the answer.
    Value = 0,
    /// `handle` is what was opened, the receiver's to release.
    Handle = 1,
    /// `value` is an error: a map `{code, family, message, details, result?}`.
    Error = 2,
}

/// An operation's answer.
#[repr(C)]
pub struct WsAnswer {
    pub status: WsStatus,
    pub handle: *mut WsHandle,
    pub value: WsValue,
}

/// Told an operation's answer, once, on a thread of the library or at once on the caller's.
pub type WsDone = Option<unsafe extern "C" fn(context: *mut c_void, answer: WsAnswer)>;

/// The caller's context, on its way to the thread that tells the answer.
pub(crate) struct Listener {
    done: WsDone,
    context: *mut c_void,
}

// SAFETY: the header says that the answer may be told on any thread, so the context must bear that.
unsafe impl Send for Listener {}

impl Listener {
    pub(crate) fn new(done: WsDone, context: *mut c_void) -> Listener {
        Listener { done, context }
    }

    pub(crate) fn tell(self, outcome: Result<Answer>) {
        let Some(done) = self.done else { return };
        let made = contained(|| {
            let opened = match outcome? {
                Answer::Value(value) => return Ok((WsStatus::Value, null_mut(), wire::split(value)?)),
                Answer::Guest(guest) => WsHandle::Guest(guest),
                Answer::Pool(pool) => WsHandle::Pool(pool),
                Answer::Prepared(call) => WsHandle::Prepared(call),
            };
            Ok((WsStatus::Handle, Box::into_raw(Box::new(opened)), Split::default()))
        });
        let (status, handle, value) = made.unwrap_or_else(|error| {
            (WsStatus::Error, null_mut(), wire::split(error_value(&error)).unwrap_or_default())
        });
        // SAFETY: the caller's function with the caller's context, once.
        lend(value, |value| unsafe { done(self.context, WsAnswer { status, handle, value }) });
    }
}
