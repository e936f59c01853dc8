//! `Mapping`: address space of our own, into which a file can be shown. One of the few modules with `unsafe`: it makes
//! system calls of its own.

use super::PAGE;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::fd::AsRawFd;
use std::ptr::NonNull;

/// Whole pages; given back when this goes.
pub(super) struct Mapping {
    start: NonNull<u8>,
    bytes: usize,
}

// SAFETY: it is a range of addresses; whoever reads or writes there says why that is sound.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Nothing in it is accessible.
    pub(super) fn new(bytes: usize) -> io::Result<Mapping> {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a new mapping, wherever the system likes.
        let start = unsafe { libc::mmap(std::ptr::null_mut(), bytes, libc::PROT_NONE, flags, -1, 0) };
        match NonNull::new(start.cast::<u8>()) {
            Some(first) if start != libc::MAP_FAILED => Ok(Mapping { start: first, bytes }),
            _ => Err(io::Error::last_os_error()),
        }
    }

    pub(super) fn start(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Shows the beginning of `file` from `at` on; what is written there is this mapping's alone.
    pub(super) fn show(&self, at: usize, file: &File, bytes: usize, protection: i32) -> io::Result<()> {
        let place = self.place(&(at..at + bytes))?;
        let flags = libc::MAP_PRIVATE | libc::MAP_FIXED | libc::MAP_NORESERVE;
        // SAFETY: it replaces a part of this mapping, to which nothing refers yet.
        let start = unsafe { libc::mmap(place, bytes, protection, flags, file.as_raw_fd(), 0) };
        if start == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(()) }
    }

    /// Who uses the range is the caller.
    pub(super) fn protect(&self, range: Range<usize>, protection: i32) -> io::Result<()> {
        let place = self.place(&range)?;
        // SAFETY: a part of this mapping; who makes it inaccessible is its only user.
        done(unsafe { libc::mprotect(place, range.len(), protection) })
    }

    /// Whatever was written there is gone: the file's pages again, or zeros.
    pub(super) fn forget(&self, range: Range<usize>) -> io::Result<()> {
        let place = self.place(&range)?;
        // SAFETY: a part of this mapping, whose only user asks for it.
        done(unsafe { libc::madvise(place, range.len(), libc::MADV_DONTNEED) })
    }

    /// Whether the system keeps all of it in memory, as `mlockall` asks: then it has copied pages that nobody wrote.
    pub(super) fn locked(&self) -> bool {
        // SAFETY: the first page is never accessible and never had anything that could be lost.
        unsafe { libc::madvise(self.start.as_ptr().cast(), PAGE, libc::MADV_DONTNEED) != 0 }
    }

    fn place(&self, range: &Range<usize>) -> io::Result<*mut libc::c_void> {
        if range.start > range.end || range.end > self.bytes {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        Ok(self.start.as_ptr().wrapping_add(range.start).cast())
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping is this value's own, and whoever used it is gone.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.bytes) };
    }
}

fn done(outcome: i32) -> io::Result<()> {
    if outcome == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
