//! Answers of operations, as C receives and gives them back.
//!
//! Reads no arguments; what an operation answers is the bridge's.

use crate::bytes::WsBuffer;
use crate::entry::{error_answer, guarded, quietly};
use crate::invoke::WsGuest;
use std::ptr::null_mut;
use wasm_sandbox_bridge::ops::Answer;

use wasm_sandbox_bridge::policy::{Result, Value};
use wasm_sandbox_bridge::wire;

/// What an answer is.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WsStatus {
    /// `bytes` is a value.
    Value = 0,
    /// `guest` is an open guest, or a pool.
    Guest = 1,
    /// `bytes` is an error's JSON document.
    Error = 2,
    /// `bytes` is the number under which a pool lends a guest: `guest`, or where that is null the last one that it lent
    /// under this number.
    Lent = 3,
}

/// An operation's answer. The receiver owns `bytes` (`ws_free`) and `guest` (`ws_guest_release`).
#[repr(C)]
pub struct WsAnswer {
    pub status: WsStatus,
    pub guest: *mut WsGuest,
    pub bytes: WsBuffer,
}

impl WsAnswer {
    pub(crate) fn of(outcome: Result<Answer>) -> WsAnswer {
        let made = guarded(|| match outcome? {
            Answer::Value(value) => {
                let bytes = WsBuffer::of(wire::encode(&value)?);
                Ok(WsAnswer { status: WsStatus::Value, guest: null_mut(), bytes })
            }
            Answer::Guest(guest) => {
                Ok(WsAnswer { status: WsStatus::Guest, guest: WsGuest::Guest(guest).given(), bytes: WsBuffer::EMPTY })
            }
            Answer::Pool(pool) => {
                Ok(WsAnswer { status: WsStatus::Guest, guest: WsGuest::Pool(pool).given(), bytes: WsBuffer::EMPTY })
            }
            Answer::Lent(lent) => {
                let (number, opened) = lent.take()?;
                let bytes = WsBuffer::of(wire::encode(&Value::Int(number as i64))?);
                let guest = opened.map_or_else(null_mut, |guest| WsGuest::Guest(guest).given());
                Ok(WsAnswer { status: WsStatus::Lent, guest, bytes })
            }
        });
        made.unwrap_or_else(|error| error_answer(&error))
    }
}

/// Gives a buffer back. One without data is allowed.
///
/// # Safety
/// The buffer came from this library and was not given back before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_free(buffer: WsBuffer) {
    // SAFETY: the caller's.
    quietly(|| unsafe { buffer.take() });
}
