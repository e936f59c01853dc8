//! How a WASI function runs: its outcome as an error number or the end of the run, and access to strings and
//! arrays of buffers in guest memory. Every range is checked before anything is done with it.

use crate::files::{Errno, Terms, Tree};
use crate::store::{GuestMemory, StoreData, guest_error};
use crate::wasi::descriptors::Descriptors;
use wasm_sandbox_policy::Error;
use wasmtime::Caller;

/// Buffers that one call may name.
const BUFFERS_MAX: u32 = 1024;
/// Bytes that are moved between two looks at the deadline.
const STRETCH: usize = 1 << 20;
/// Bytes that the host takes or gives at once.
pub(super) const CHUNK: usize = 64 << 10;

/// Why a function did not succeed.
#[derive(Debug)]
pub(super) enum Fail {
    /// The guest sees this number.
    Errno(Errno),
    /// The run ends.
    End(wasmtime::Error),
}

impl From<Errno> for Fail {
    fn from(errno: Errno) -> Fail {
        Fail::Errno(errno)
    }
}

impl From<Error> for Fail {
    fn from(error: Error) -> Fail {
        Fail::End(guest_error(error))
    }
}

pub(super) type Outcome<T = ()> = Result<T, Fail>;

/// Runs one function: its result for the guest, or the error that ends the run.
pub(super) fn call(
    caller: &mut Caller<'_, StoreData>,
    body: impl FnOnce(&mut GuestMemory<'_>) -> Outcome,
) -> wasmtime::Result<i32> {
    let mut guest = GuestMemory::of(caller)?;
    let outcome = body(&mut guest);
    while let Some(field) = guest.data.wasi.refusals.take_news() {
        guest.data.audit.limit(field, "file_limit");
    }
    match outcome {
        Ok(()) => Ok(0),
        Err(Fail::Errno(errno)) => Ok(errno as i32),
        Err(Fail::End(error)) => Err(error),
    }
}

/// Registers one function under its own name.
macro_rules! register {
    ($linker:ident, $($name:ident($($arg:ident: $kind:ty),*);)*) => {
        $($linker.func_wrap(
            crate::wasi::types::MODULE,
            stringify!($name),
            |mut caller: wasmtime::Caller<'_, crate::store::StoreData>, $($arg: $kind),*| {
                crate::wasi::guest::call(&mut caller, |guest| $name(guest, $($arg),*))
            },
        )?;)*
    };
}
pub(super) use register;

/// What a function on files works with: memory, descriptors, the tree, and the terms of changing it.
pub(super) struct Desk<'a> {
    pub(super) bytes: &'a mut [u8],
    pub(super) descriptors: &'a mut Descriptors,
    pub(super) tree: &'a mut Tree,
    pub(super) terms: Terms<'a>,
}

/// Opens the file tree for one operation and counts it.
pub(super) fn desk<'a>(guest: &'a mut GuestMemory<'_>) -> Desk<'a> {
    guest.data.wasi.filesystem_ops += 1;
    same_desk(guest)
}

/// As `desk`, for a further step of the same operation.
pub(super) fn same_desk<'a>(guest: &'a mut GuestMemory<'_>) -> Desk<'a> {
    let StoreData { wasi, meter, policy, .. } = &mut *guest.data;
    let now = wasi.clocks.realtime();
    let tree = wasi.tree.get_or_insert_with(|| Box::new(Tree::new(now)));
    let terms = Terms { meter, limits: &policy.limits, refusals: &mut wasi.refusals, now };
    Desk { bytes: guest.bytes, descriptors: &mut wasi.descriptors, tree, terms }
}

/// The bytes at `ptr`, or `Fault`.
pub(super) fn slice(bytes: &[u8], ptr: u32, len: u32) -> Result<&[u8], Errno> {
    let end = (ptr as usize).checked_add(len as usize).ok_or(Errno::Fault)?;
    bytes.get(ptr as usize..end).ok_or(Errno::Fault)
}

/// As `slice`, for writing.
pub(super) fn slice_mut(bytes: &mut [u8], ptr: u32, len: u32) -> Result<&mut [u8], Errno> {
    let end = (ptr as usize).checked_add(len as usize).ok_or(Errno::Fault)?;
    bytes.get_mut(ptr as usize..end).ok_or(Errno::Fault)
}

/// Writes a record or number at `ptr`.
pub(super) fn put<const N: usize>(bytes: &mut [u8], ptr: u32, value: [u8; N]) -> Result<(), Errno> {
    slice_mut(bytes, ptr, N as u32)?.copy_from_slice(&value);
    Ok(())
}

/// A path or other text.
pub(super) fn text(bytes: &[u8], ptr: u32, len: u32) -> Result<&str, Errno> {
    std::str::from_utf8(slice(bytes, ptr, len)?).map_err(|_| Errno::IllegalSequence)
}

/// An array of buffers in guest memory, checked as a whole.
#[derive(Clone, Copy)]
pub(super) struct Buffers {
    array: u32,
    count: u32,
    /// Bytes of all buffers together, at most what a result can say.
    pub(super) total: u32,
}

impl Buffers {
    /// Checks that the array and every buffer in it lie inside the memory.
    pub(super) fn check(bytes: &[u8], array: u32, count: u32) -> Result<Buffers, Errno> {
        if count > BUFFERS_MAX {
            return Err(Errno::Invalid);
        }
        slice(bytes, array, count * 8)?;
        let mut total = 0u32;
        for index in 0..count {
            let (ptr, len) = Self::entry(bytes, array, index)?;
            slice(bytes, ptr, len)?;
            total = total.saturating_add(len);
        }
        Ok(Buffers { array, count, total })
    }

    fn entry(bytes: &[u8], array: u32, index: u32) -> Result<(u32, u32), Errno> {
        let entry = slice(bytes, array, (index + 1) * 8)?;
        let number = |at: usize| {
            entry.get(at..at + 4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes).ok_or(Errno::Fault)
        };
        let at = index as usize * 8;
        Ok((number(at)?, number(at + 4)?))
    }

    /// Hands the buffers to `step` in pieces of at most `CHUNK` bytes, until all are done, one is done only in
    /// part, or one fails. Whatever was moved before a failure counts. Looks at the deadline now and then.
    ///
    /// The array is read again for each buffer: a guest may let buffers overlap the array, and then gets what it
    /// asked for, with each range checked anew.
    pub(super) fn each(
        self,
        guest: &mut GuestMemory<'_>,
        mut step: impl FnMut(&mut GuestMemory<'_>, u32, u32) -> Outcome<usize>,
    ) -> Outcome<u32> {
        let (mut moved, mut since) = (0u32, 0usize);
        for index in 0..self.count {
            let (ptr, len) = Self::entry(guest.bytes, self.array, index)?;
            slice(guest.bytes, ptr, len)?;
            let mut at = 0u32;
            while at < len && moved < self.total {
                let want = (len - at).min(CHUNK as u32).min(self.total - moved);
                let done = match step(guest, ptr + at, want) {
                    Ok(done) => done as u32,
                    Err(Fail::Errno(_)) if moved > 0 => return Ok(moved),
                    Err(fail) => return Err(fail),
                };
                (at, moved, since) = (at + done, moved + done, since + done as usize);
                if done < want {
                    return Ok(moved);
                }
                if since >= STRETCH {
                    since = 0;
                    guest.data.slot.check()?;
                }
            }
        }
        Ok(moved)
    }
}
