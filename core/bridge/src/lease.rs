//! `Lease`: whether who asks for something still has the guest that a pool has lent to him.
//!
//! The pool ends it and puts the guest back after that, under its line's lock and in its cell. So a look under one of these
//! is exact; a look without them is for not getting in the way of whoever has the guest next.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use wasm_sandbox_core::lock::Mutex;
use wasm_sandbox_policy::{Error, ErrorCode, Result};

/// None for what no pool has lent.
pub(crate) type Lease = Option<Arc<Term>>;

/// How long a guest is lent.
#[derive(Default)]
pub(crate) struct Term {
    over: AtomicBool,
    /// The pool, which lives as long as what it has lent.
    keeps: Mutex<Option<Kept>>,
}

pub(crate) type Kept = Arc<dyn Any + Send + Sync>;

impl Term {
    pub(crate) fn keep(&self, pool: Kept) {
        *self.keeps.lock() = Some(pool);
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Relaxed)
    }

    /// Ends it, and gives what it has kept; none when it was over already.
    pub(crate) fn end(&self) -> Option<Option<Kept>> {
        (!self.over.swap(true, Relaxed)).then(|| self.keeps.lock().take())
    }
}

/// `closed` when the guest has gone back.
#[inline]
pub(crate) fn still(lease: &Lease) -> Result<()> {
    match lease {
        Some(term) if term.is_over() => Err(given_back()),
        _ => Ok(()),
    }
}

#[cold]
fn given_back() -> Error {
    Error::new(ErrorCode::Closed, "this sandbox was given back to its pool; acquire one again")
}
