//! `Ticket`: names one job, which may consist of several runs, so that it can be cancelled from any thread.
//!
//! The core's tokens serve one run each; a ticket hands out a fresh one per run and passes a cancellation on.

use crate::lease::Lease;
use crate::origin::Origin;
use std::sync::Arc;
use wasm_sandbox_core::CancelToken;
use wasm_sandbox_core::lock::Mutex;

/// One job. Cancelling one that has ended does nothing.
#[derive(Default)]
pub struct Ticket {
    state: Mutex<State>,
    pub(crate) origin: Origin,
    pub(crate) lease: Lease,
}

#[derive(Default)]
struct State {
    ended: Option<Why>,
    current: Option<CancelToken>,
}

#[derive(Clone, Copy)]
enum Why {
    Cancelled,
    Disposed,
}

impl Ticket {
    /// A ticket for a job yet to come.
    pub(crate) fn new(origin: Origin, lease: Lease) -> Arc<Ticket> {
        Arc::new(Ticket { state: Mutex::default(), origin, lease })
    }

    /// Ends the job with `cancelled`, its run as soon as the guest can be stopped.
    pub fn cancel(&self) {
        self.end(Why::Cancelled);
    }

    /// Whether it was cancelled, perhaps before it stood in any line.
    pub(crate) fn cancelled(&self) -> bool {
        matches!(self.state.lock().ended, Some(Why::Cancelled))
    }

    /// Ends the job with `closed`, because its sandbox is being disposed of.
    pub(crate) fn dispose(&self) {
        self.end(Why::Disposed);
    }

    /// The token of the job's next run.
    pub(crate) fn begin(&self) -> CancelToken {
        let mut state = self.state.lock();
        let token = CancelToken::default();
        if let Some(why) = state.ended {
            forward(&token, why);
        }
        state.current = Some(token.clone());
        token
    }

    fn end(&self, why: Why) {
        let mut state = self.state.lock();
        state.ended.get_or_insert(why);
        if let Some(token) = &state.current {
            forward(token, why);
        }
    }
}

fn forward(token: &CancelToken, why: Why) {
    match why {
        Why::Cancelled => token.cancel(),
        Why::Disposed => token.dispose(),
    }
}
