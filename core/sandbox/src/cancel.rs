//! Cancelling one run from any thread, before, while or after it runs.

use crate::lock::Mutex;
use crate::time::{Cancel, Slot};
use std::sync::Arc;
use wasm_sandbox_policy::{Error, ErrorCode, Result};

/// Names one run. Clones name the same one. Cancelling a run that has ended does nothing.
#[derive(Clone, Default)]
pub struct CancelToken(Arc<Mutex<State>>);

#[derive(Default)]
enum State {
    #[default]
    Waiting,
    Running(Arc<Slot>),
    Ended(Option<Cancel>),
}

impl CancelToken {
    /// Ends the run with `cancelled`.
    pub fn cancel(&self) {
        self.end(Cancel::Caller);
    }

    /// Ends the run with `closed`, because its sandbox is being disposed of.
    pub fn dispose(&self) {
        self.end(Cancel::Dispose);
    }

    fn end(&self, why: Cancel) {
        let mut state = self.0.lock();
        match &*state {
            State::Waiting => *state = State::Ended(Some(why)),
            State::Running(slot) => slot.cancel(why),
            State::Ended(_) => {}
        }
    }

    /// Whether the run was cancelled before it began.
    pub fn check(&self) -> Result<()> {
        self.0.lock().check()
    }

    /// The run begins on an armed slot. A token serves one run; a second run under it is not watched.
    pub(crate) fn begin(&self, slot: &Arc<Slot>) -> Result<()> {
        let mut state = self.0.lock();
        state.check()?;
        if matches!(*state, State::Waiting) {
            *state = State::Running(slot.clone());
        }
        Ok(())
    }

    /// The run has ended: nothing that happens later may touch the slot's next run.
    pub(crate) fn finish(&self) {
        *self.0.lock() = State::Ended(None);
    }
}

impl State {
    fn check(&self) -> Result<()> {
        match self {
            State::Ended(Some(Cancel::Dispose)) => {
                Err(Error::new(ErrorCode::Closed, "the sandbox was disposed of before this call began"))
            }
            State::Ended(Some(Cancel::Caller)) => {
                Err(Error::new(ErrorCode::Cancelled, "the caller cancelled this call before it began"))
            }
            _ => Ok(()),
        }
    }
}
