//! Bytes that cross: lent ones, and the few that the receiver owns.
//!
//! Lengths and nulls are checked here and nowhere else; what the bytes mean is decided by whoever asked for them.

use crate::entry::quietly;
use std::ptr::{null, null_mut};
use wasm_sandbox_bridge::policy::{Error, ErrorCode, Result};

/// Bytes that their owner keeps; they are there until the function that they are given to returns.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct WsBytes {
    pub data: *const u8,
    pub len: usize,
}

/// Bytes that the receiver owns; `ws_free` gives them back.
#[repr(C)]
pub struct WsBuffer {
    pub data: *mut u8,
    pub len: usize,
}

impl WsBytes {
    /// The bytes. `invalid_argument` for what no allocation can be.
    ///
    /// # Safety
    /// `data` is null or points at `len` bytes that nobody changes while they are used.
    pub(crate) unsafe fn read<'a>(self, what: &str) -> Result<&'a [u8]> {
        if self.len == 0 {
            return Ok(&[]);
        }
        if self.data.is_null() || self.len > isize::MAX as usize {
            let why =
                format_args!("{what}: {} bytes at {}", self.len, if self.data.is_null() { "null" } else { "a place" });
            return Err(Error::new(ErrorCode::InvalidArgument, why));
        }
        // SAFETY: not null, of a possible length, and the caller vouches for the rest.
        Ok(unsafe { std::slice::from_raw_parts(self.data, self.len) })
    }

    /// The same as text.
    ///
    /// # Safety
    /// As `read`.
    pub(crate) unsafe fn text<'a>(self, what: &str) -> Result<&'a str> {
        // SAFETY: the caller's.
        let bytes = unsafe { self.read(what) }?;
        std::str::from_utf8(bytes).map_err(|_| Error::new(ErrorCode::InvalidArgument, format_args!("{what}: no UTF-8")))
    }

    /// Lends `bytes`. Where nothing is, is null: not every language bears a pointer to nothing.
    pub(crate) fn of(bytes: &[u8]) -> WsBytes {
        WsBytes { data: if bytes.is_empty() { null() } else { bytes.as_ptr() }, len: bytes.len() }
    }
}

impl WsBuffer {
    pub(crate) const EMPTY: WsBuffer = WsBuffer { data: null_mut(), len: 0 };

    /// Hands `bytes` over.
    pub(crate) fn of(bytes: Vec<u8>) -> WsBuffer {
        if bytes.is_empty() {
            return WsBuffer::EMPTY;
        }
        let bytes = Box::leak(bytes.into_boxed_slice());
        WsBuffer { data: bytes.as_mut_ptr(), len: bytes.len() }
    }

    /// Takes back what `of` handed over.
    ///
    /// # Safety
    /// It came from `of` and was not taken back before.
    pub(crate) unsafe fn take(self) {
        if !self.data.is_null() && self.len > 0 {
            // SAFETY: a leaked boxed slice of this very length.
            drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(self.data, self.len)) });
        }
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
