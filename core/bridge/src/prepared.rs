//! `PreparedCall`: an export resolved once and called on the caller's thread at the cost of one try-lock.

use crate::cancel::Ticket;
use crate::handle::Handle;
use crate::line::{Cell, Line};
use crate::options::CallSettings;
use crate::origin::Origin;
use crate::sync::too_small;
use crate::work::Call;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering::Acquire;
use wasm_sandbox_core::{Prepared, Sandbox, ScalarKind};
use wasm_sandbox_policy::{Error, ErrorCode, Result, Value};

/// Parameters or results that a prepared export has at most.
pub const MAX_SCALARS: usize = 16;

/// A numeric export of one sandbox, which it keeps open. It stays usable when the instance is replaced, and until the
/// sandbox is closed.
pub struct PreparedCall {
    guest: Handle,
    name: String,
    line: Arc<Line>,
    index: usize,
    stack: usize,
    brief: bool,
    params: Box<[ScalarKind]>,
    results: Box<[ScalarKind]>,
}

impl PreparedCall {
    /// Resolves `name` in the held cell; what was resolved before is used again.
    pub(crate) fn find(guest: Handle, line: &Arc<Line>, cell: &mut Cell, name: String) -> Result<PreparedCall> {
        let sandbox = cell.sandbox.as_mut().ok_or_else(crate::line::closed)?;
        let index = match cell.prepared.iter().position(|known| known.name() == name) {
            Some(index) => index,
            None => {
                cell.prepared.push(sandbox.prepare(&name)?);
                cell.prepared.len() - 1
            }
        };
        let found = &cell.prepared[index];
        let (params, results) = (found.params().into(), found.results().into());
        let (stack, brief) = (sandbox.stack_needed(), found.is_brief());
        Ok(PreparedCall { guest, name, line: line.clone(), index, stack, brief, params, results })
    }

    /// Types of the parameters.
    pub fn params(&self) -> &[ScalarKind] {
        &self.params
    }

    /// Types of the results.
    pub fn results(&self) -> &[ScalarKind] {
        &self.results
    }

    /// Puts the bits of `count` arguments into `slots`: told one by one, with what is there now. False where they do not
    /// fit, and the ordinary way has to say why.
    #[inline]
    pub fn fill(
        &self,
        slots: &mut [u64; MAX_SCALARS],
        count: usize,
        bits: impl Fn(usize, ScalarKind, u64) -> Option<u64>,
    ) -> bool {
        if count != self.params.len() {
            return false;
        }
        for (index, (slot, kind)) in slots.iter_mut().zip(&self.params).enumerate() {
            let Some(bits) = bits(index, *kind, *slot) else { return false };
            *slot = bits;
        }
        true
    }

    /// Calls it: `slots` holds the arguments' bits, then the results'; a 32-bit value is in the low half of its
    /// slot. `busy` while anything else runs or waits.
    #[inline]
    pub fn call(&self, slots: &mut [u64; MAX_SCALARS]) -> Result<()> {
        if too_small(self.stack) {
            return self.call_there(slots);
        }
        match self.call_if(slots, |_, _| true) {
            Some(outcome) => outcome.inspect_err(|_| self.clear()),
            None => Err(self.refusal()),
        }
    }

    /// Calls it if that is over within microseconds, whatever the arguments: for callers that hold a lock, and give it up
    /// for anything longer. `None` where it may take longer, or could not be told; nothing has happened then. After an
    /// error there is something to `clear`, without the lock.
    #[inline]
    pub fn call_brief(&self, slots: &mut [u64; MAX_SCALARS]) -> Option<Result<()>> {
        if !self.brief || too_small(self.stack) {
            return None;
        }
        self.call_if(slots, Sandbox::is_at_hand)
    }

    /// Gives back what a call that failed has left behind; whoever uses the guest next does so otherwise.
    #[cold]
    pub fn clear(&self) {
        let cell = self.line.cell.try_lock();
        cell.into_iter().for_each(|mut cell| cell.sandbox.iter_mut().for_each(Sandbox::clear));
    }

    #[cold]
    fn refusal(&self) -> Error {
        self.guest.still_lent().err().unwrap_or_else(|| self.line.refusal())
    }

    #[inline]
    fn call_if(
        &self,
        slots: &mut [u64; MAX_SCALARS],
        wanted: impl Fn(&Sandbox, &Prepared) -> bool,
    ) -> Option<Result<()>> {
        let line = &*self.line;
        // Who has nothing any more is in nobody's way; and once more when nothing can change any more.
        self.guest.still_lent().ok()?;
        let mut cell = line.cell.try_lock()?;
        if line.pending.load(Acquire) != 0 || self.guest.still_lent().is_err() {
            return None;
        }
        let Cell { sandbox: Some(sandbox), prepared, .. } = &mut *cell else { return None };
        let prepared = prepared.get_mut(self.index).filter(|prepared| wanted(sandbox, prepared))?;
        Some(match catch_unwind(AssertUnwindSafe(|| sandbox.call_prepared(prepared, slots))) {
            Ok(outcome) => outcome,
            Err(_) => {
                line.poison(&mut cell);
                Err(Error::new(ErrorCode::Internal, "a defect in wasm-sandbox: a prepared call panicked"))
            }
        })
    }

    /// The ordinary way, on the caller's thread as well: for what is no plain number of the right range. It knows every
    /// rule and every error.
    #[cold]
    pub fn call_values(&self, args: Vec<Value>) -> Result<Value> {
        let call = Call { function: self.name.clone(), args };
        self.guest.call_now(call, CallSettings::default(), Origin::default()).map(|result| result.value)
    }

    #[cold]
    fn call_there(&self, slots: &mut [u64; MAX_SCALARS]) -> Result<()> {
        let (mut moved, index) = (*slots, self.index);
        let work = move |cell: &mut Cell, _: &Arc<Ticket>| match &mut *cell {
            Cell { sandbox: Some(sandbox), prepared, .. } if index < prepared.len() => {
                let called = sandbox.call_prepared(&mut prepared[index], &mut moved).map(|()| moved);
                called.inspect_err(|_| sandbox.clear())
            }
            _ => Err(crate::line::closed()),
        };
        *slots = self.line.run_now(Some(self.stack), self.guest.ticket(Origin::default()), work)?;
        Ok(())
    }
}
