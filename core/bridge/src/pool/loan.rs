//! `Loan`: the time for which a guest is somebody's. Whoever keeps it longer has nothing, and a guest that nobody has any
//! more goes back by itself.

use super::{Inner, Pool};
use crate::lease::Lease;
use std::sync::Weak;

pub(crate) struct Loan {
    pub(super) pool: Weak<Inner>,
    /// Names it to its pool; no other has this number, nor had it before.
    pub(crate) number: u64,
    /// There is always one.
    pub(crate) term: Lease,
}

impl Drop for Loan {
    fn drop(&mut self) {
        if let Some(inner) = self.pool.upgrade() {
            Pool(inner).forsaken(self.number);
        }
    }
}
