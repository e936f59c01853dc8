//! An answer that may come while the thread that asked for it looks out: then nobody has to be woken, and no thread of
//! ours has to enter Python.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use wasm_sandbox_bridge::lock::Mutex;
use wasm_sandbox_bridge::ops::Answer;
use wasm_sandbox_bridge::policy::Result;
use wasm_sandbox_bridge::{Lookout, look_out};

thread_local! {
    static LOOKOUT: Lookout = Lookout::default();
}

/// Operations that are not over.
static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);

/// Whether this thread should look out for the answer of what it begins now: where something else is under way, its
/// event loop may be waited for.
pub(crate) fn worth_while() -> bool {
    UNDER_WAY.load(Relaxed) == 0 && LOOKOUT.with(Lookout::worth_while)
}

/// This process is a child that has just been forked: what is under way is the parent's.
pub(crate) fn forked() {
    UNDER_WAY.store(0, Relaxed);
}

/// The answer, if it comes in a moment; otherwise whoever brings it has to tell.
pub(crate) fn wait(awaited: &Awaited) -> Option<Result<Answer>> {
    LOOKOUT.with(|lookout| {
        lookout.begins();
        look_out(|| awaited.come.load(Relaxed));
        let mut state = awaited.state.lock();
        match std::mem::replace(&mut *state, State::Left) {
            State::Come(outcome) => Some(outcome),
            State::Watched | State::Left => {
                lookout.in_vain();
                None
            }
        }
    })
}

/// Where an answer and who looks out for it meet.
pub(crate) struct Awaited {
    state: Mutex<State>,
    /// To be looked at without the lock.
    come: AtomicBool,
}

enum State {
    Watched,
    Come(Result<Answer>),
    /// Nobody looks out, or no more.
    Left,
}

impl Awaited {
    pub(crate) fn new(watched: bool) -> Awaited {
        UNDER_WAY.fetch_add(1, Relaxed);
        let state = if watched { State::Watched } else { State::Left };
        Awaited { state: Mutex::new(state), come: AtomicBool::new(false) }
    }

    /// It comes. It is given back where nobody looks out for it.
    pub(crate) fn come(&self, outcome: Result<Answer>) -> Option<Result<Answer>> {
        UNDER_WAY.fetch_sub(1, Relaxed);
        let mut state = self.state.lock();
        match *state {
            State::Watched => {
                *state = State::Come(outcome);
                self.come.store(true, Relaxed);
                None
            }
            _ => Some(outcome),
        }
    }
}
