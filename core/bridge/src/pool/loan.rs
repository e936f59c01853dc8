//! `Loan`: the time for which a guest is somebody's. Whoever keeps it longer has nothing, and a guest that nobody has any
//! more goes back by itself.

use super::{Inner, Pool};
use crate::cancel::Lease;
use std::sync::Arc;

pub(crate) struct Loan {
    /// It is kept as long as what it has lent.
    pub(super) pool: Arc<Inner>,
    /// Names it to its pool; no other has this number, nor had it before.
    pub(crate) number: u64,
    /// There is always one.
    pub(crate) over: Lease,
}

impl Drop for Loan {
    fn drop(&mut self) {
        Pool(self.pool.clone()).forsaken(self.number);
    }
}
