//! Which process a thing belongs to.
//!
//! A child of `fork` has its parent's memory and none of its threads: what it inherited is never touched and never
//! dropped there.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed, Ordering::SeqCst};
use wasm_sandbox_policy::{Error, ErrorCode, Result};

/// Counts forks: what was made under another number belongs to a parent.
static GENERATION: AtomicU32 = AtomicU32::new(0);

/// This process is a child that was forked just now. Whoever binds a language whose programs fork tells it.
pub fn forked() {
    GENERATION.fetch_add(1, SeqCst);
    crate::lookout::forked();
}

/// What belongs to the process that made it: in one that was forked from it, it is forgotten instead of dropped.
pub struct Ours<T> {
    inner: Option<T>,
    made: u32,
}

impl<T> Ours<T> {
    pub fn new(inner: T) -> Ours<T> {
        Ours { inner: Some(inner), made: GENERATION.load(Relaxed) }
    }

    /// It, once; nothing in a process that was forked.
    pub fn take(&mut self) -> Option<T> {
        self.here().is_ok().then(|| self.inner.take()).flatten()
    }

    /// It; `closed` in a process that was forked.
    #[inline]
    pub fn here(&self) -> Result<&T> {
        self.inner.as_ref().filter(|_| self.made == GENERATION.load(Relaxed)).ok_or_else(elsewhere)
    }
}

impl<T> Drop for Ours<T> {
    fn drop(&mut self) {
        if self.made != GENERATION.load(Relaxed) {
            std::mem::forget(self.inner.take());
        }
    }
}

#[cold]
fn elsewhere() -> Error {
    let why = "this sandbox belongs to the process that this one was forked from; open one of its own here";
    Error::new(ErrorCode::Closed, why)
}
