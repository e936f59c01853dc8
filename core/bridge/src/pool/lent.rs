//! `Lent`: one guest on its way to whoever asked for it. Untaken it goes back by itself, so that a caller who has gone
//! in that very moment takes nothing with him.

use super::Pool;
use crate::ops::Guest;
use wasm_sandbox_policy::Result;

pub struct Lent {
    pool: Pool,
    number: u64,
    opened: Option<Guest>,
    taken: bool,
}

/// What whoever takes it gets.
pub struct Loan {
    /// By which it is given back.
    pub number: u64,
    /// The guest where it was opened for this caller; otherwise it was lent under this number before.
    pub opened: Option<Guest>,
    /// Numbers that will never be lent again.
    pub gone: Vec<u64>,
}

impl Lent {
    pub(super) fn new(pool: &Pool, number: u64, opened: Option<Guest>) -> Lent {
        Lent { pool: pool.clone(), number, opened, taken: false }
    }

    /// `closed` when the pool has ended on the way.
    pub fn take(mut self) -> Result<Loan> {
        let mut stock = self.pool.0.stock.lock();
        if stock.closed() {
            drop(stock);
            return Err(super::gone());
        }
        let gone = if self.opened.is_some() { stock.gone() } else { Vec::new() };
        drop(stock);
        self.taken = true;
        Ok(Loan { number: self.number, opened: self.opened.take(), gone })
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        match self.opened.take() {
            _ if self.taken => {}
            // Nobody knows of it yet.
            Some(guest) => self.pool.replace(self.number, guest, Box::new(drop)),
            None => self.pool.rest(self.number),
        }
    }
}
