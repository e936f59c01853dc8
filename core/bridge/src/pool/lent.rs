//! `Lent`: one guest on its way to whoever asked for it. Untaken it goes back by itself, so that a caller who has gone
//! in that very moment takes nothing with him.

use super::{Pool, gone};
use crate::ops::Guest;
use wasm_sandbox_policy::Result;

pub struct Lent {
    pool: Pool,
    what: Option<What>,
}

pub(super) enum What {
    /// It has a number already.
    Known(u64),
    /// Opened for this caller, in a place that is taken.
    Opened(Guest),
}

impl Lent {
    pub(super) fn new(pool: &Pool, what: What) -> Lent {
        Lent { pool: pool.clone(), what: Some(what) }
    }

    /// The number by which it is given back, and the guest where it was opened for this caller; without one it is the
    /// last that had this number. `closed` when the pool has ended before.
    pub fn take(mut self) -> Result<(u64, Option<Guest>)> {
        let number = match &self.what {
            Some(What::Known(number)) => Some(*number),
            Some(What::Opened(guest)) => self.pool.0.stock.lock().opened(guest),
            None => None,
        };
        match (number, self.what.take()) {
            (Some(number), Some(What::Opened(guest))) => Ok((number, Some(guest))),
            (Some(number), _) => Ok((number, None)),
            (None, untaken) => {
                self.what = untaken;
                Err(gone())
            }
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        match self.what.take() {
            Some(What::Known(number)) => self.pool.rest(number),
            Some(What::Opened(guest)) => self.pool.replace(None, guest, Box::new(drop)),
            None => {}
        }
    }
}
