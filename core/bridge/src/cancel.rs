//! `Ticket`: names one job, which may consist of several runs, so that it can be cancelled from any thread.
//!
//! The core's tokens serve one run each; a ticket hands out a fresh one per run and passes a cancellation on.

use crate::origin::Origin;
use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use wasm_sandbox_core::CancelToken;
use wasm_sandbox_core::lock::Mutex;
use wasm_sandbox_policy::{Error, ErrorCode, Result};

/// Of a pool's guest that somebody has; none of what is nobody's loan.
pub(crate) type Lease = Option<Arc<Term>>;

/// How long a guest is lent.
#[derive(Default)]
pub(crate) struct Term {
    over: AtomicBool,
    /// The pool, which is kept as long as what it has lent.
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

    /// It is over, the first time that this is said; with what it has kept.
    pub(crate) fn end(&self) -> Option<Option<Kept>> {
        (!self.over.swap(true, Relaxed)).then(|| self.keeps.lock().take())
    }
}

/// `closed` when a loan is over. Who looks holds the line's lock, or its cell: the guest is put back under both, after
/// this is set.
pub(crate) fn still(lease: &Lease) -> Result<()> {
    if lease.as_ref().is_some_and(|term| term.is_over()) {
        return Err(Error::new(ErrorCode::Closed, "this sandbox was given back to its pool; acquire one again"));
    }
    Ok(())
}

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
