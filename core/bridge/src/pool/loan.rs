//! `Loan`: the time for which a guest is somebody's. Whoever keeps it longer has nothing, and a guest that nobody has any
//! more goes back by itself.

use super::{Inner, Pool};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Weak};
use wasm_sandbox_policy::{Error, ErrorCode, Result};

pub(crate) struct Loan {
    pub(super) pool: Weak<Inner>,
    pub(super) number: u64,
    pub(super) over: Arc<AtomicBool>,
}

impl Loan {
    /// Names it to its pool; no other has this number, nor had it before.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Tells when it is over.
    pub(crate) fn end(&self) -> &Arc<AtomicBool> {
        &self.over
    }
}

/// `closed` when the guest has gone back: it may be somebody else's.
pub(crate) fn still(over: &AtomicBool) -> Result<()> {
    if over.load(Relaxed) {
        return Err(Error::new(ErrorCode::Closed, "this sandbox was given back to its pool; acquire one again"));
    }
    Ok(())
}

impl Drop for Loan {
    fn drop(&mut self) {
        if let Some(inner) = self.pool.upgrade() {
            Pool(inner).forsaken(self.number);
        }
    }
}
