//! Synchronous calls: on the caller's own thread, or, where its stack is too small, on one of ours while the
//! caller's thread waits and runs the host functions.

use crate::cancel::Ticket;
use crate::guard::{Failure, guarded};
use crate::host::{Errand, Switchboard};
use crate::lease::still;
use crate::line::{Cell, Line, closed};
use crate::origin::Origin;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::mpsc::{Receiver, channel};
use wasm_sandbox_core::lock::MutexGuard;
use wasm_sandbox_policy::{Error, ErrorCode, Result};

/// Stack that our own frames take between here and the core's check.
const OWN_FRAMES: usize = 64 << 10;
/// What opening may take, when the kind of source is not known yet.
pub(crate) const OPENING: usize = 5 << 20;

/// Whether this thread has less than `needed` bytes of stack left.
pub(crate) fn too_small(needed: usize) -> bool {
    wasm_sandbox_core::remaining_stack().is_some_and(|left| left < needed + OWN_FRAMES)
}

impl Line {
    /// Runs `work` now, or fails with `busy` while anything else runs or waits. `needed`: bytes of stack, by
    /// default what the sandbox says.
    pub(crate) fn run_now<T: Send + 'static>(
        self: &Arc<Self>,
        needed: Option<usize>,
        ticket: Arc<Ticket>,
        work: impl FnOnce(&mut Cell, &Arc<Ticket>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        // Who has nothing any more is in nobody's way.
        still(&ticket.lease)?;
        let Some(mut cell) = self.cell.try_lock() else {
            return Err(self.refusal());
        };
        if self.pending.load(SeqCst) != 0 {
            return Err(self.refusal());
        }
        still(&ticket.lease)?;
        let needed = needed.or_else(|| cell.sandbox.as_ref().map(|sandbox| sandbox.stack_needed()));
        if needed.is_some_and(too_small) {
            return self.run_there(cell, ticket, work);
        }
        self.run_in(&mut cell, &ticket, work)
    }

    /// Runs `work` on a thread of ours, to which the cell goes, and lends the caller's thread to the host functions
    /// meanwhile.
    fn run_there<T: Send + 'static>(
        self: &Arc<Self>,
        cell: MutexGuard<'_, Cell>,
        ticket: Arc<Ticket>,
        work: impl FnOnce(&mut Cell, &Arc<Ticket>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        if self.pending.compare_exchange(0, 1, SeqCst, SeqCst).is_err() {
            return Err(self.refusal());
        }
        // From now on nobody else takes it.
        drop(cell);
        let (errands, to_do) = channel();
        let (outcome, result) = channel();
        if let Some(switchboard) = &self.switchboard {
            switchboard.set_detour(Some(errands.clone()));
        }
        let line = self.clone();
        let staffed = self.executor.urgent(Box::new(move || {
            let mut cell = line.cell.lock();
            let _ = outcome.send(line.run_in(&mut cell, &ticket, work));
            drop(cell);
            let _ = errands.send(Errand::Over);
        }));
        if staffed {
            serve(self.switchboard.as_deref(), &to_do);
        }
        if let Some(switchboard) = &self.switchboard {
            switchboard.set_detour(None);
        }
        self.pending.fetch_sub(1, SeqCst);
        result.recv().unwrap_or_else(|_| Err(Error::new(ErrorCode::Busy, "the process gets no further threads")))
    }

    /// Runs `work` in the held cell. A panic empties it and closes the line.
    pub(crate) fn run_in<T>(
        &self,
        cell: &mut Cell,
        ticket: &Arc<Ticket>,
        work: impl FnOnce(&mut Cell, &Arc<Ticket>) -> Result<T>,
    ) -> Result<T> {
        self.enter(ticket)?;
        self.switchboard.iter().for_each(|switchboard| switchboard.serve(ticket.origin));
        let outcome = guarded(|| work(cell, ticket));
        self.switchboard.iter().for_each(|switchboard| switchboard.serve(Origin::default()));
        self.leave(ticket);
        outcome.map_err(|failure| match failure {
            Failure::Error(error) => error,
            Failure::Panic(error) => {
                self.poison(cell);
                error
            }
        })
    }

    /// Why a synchronous call cannot be made now.
    #[cold]
    pub(crate) fn refusal(&self) -> Error {
        if self.disposed() {
            return closed();
        }
        Error::new(
            ErrorCode::Busy,
            "another call of this sandbox runs or waits; wait for it, or use the asynchronous API, which queues",
        )
    }
}

/// Runs errands until the moved call is over.
fn serve(switchboard: Option<&Switchboard>, to_do: &Receiver<Errand>) {
    while let Ok(errand) = to_do.recv() {
        match switchboard {
            Some(switchboard) if switchboard.run(errand) => {}
            _ => return,
        }
    }
}
