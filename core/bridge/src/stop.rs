//! `Stop`: ends whatever an operation is doing, from any thread, before it begins or while it runs.

use crate::Origin;
use crate::handle::{Handle, WeakHandle};
use std::sync::Arc;
use wasm_sandbox_core::lock::Mutex;

/// One operation's. Stopping it makes the operation fail with `cancelled` as soon as its guest has stopped; one that is
/// over is left alone. It says where the operation comes from, too.
#[derive(Clone, Default)]
pub struct Stop {
    state: Arc<Mutex<State>>,
    pub(crate) origin: Origin,
}

#[derive(Default)]
struct State {
    stopped: bool,
    now: Option<Now>,
}

/// What it is about now.
enum Now {
    Call(WeakHandle, u32),
    /// Waiting for something else, which this ends.
    Wait(Box<dyn FnOnce() + Send>),
}

impl Stop {
    /// Of an operation that comes from `origin`.
    pub fn of(origin: Origin) -> Stop {
        Stop { state: Arc::default(), origin }
    }

    pub fn stop(&self) {
        let now = {
            let mut state = self.state.lock();
            state.stopped = true;
            state.now.take()
        };
        match now {
            Some(Now::Call(handle, token)) => handle.upgrade().into_iter().for_each(|handle| handle.cancel(token)),
            Some(Now::Wait(end)) => end(),
            None => {}
        }
    }

    pub fn stopped(&self) -> bool {
        self.state.lock().stopped
    }

    /// A token for the operation's next call on this handle.
    pub(crate) fn token(&self, handle: &Handle) -> u32 {
        let token = handle.new_token(self.origin);
        let mut state = self.state.lock();
        if state.stopped {
            drop(state);
            handle.cancel(token);
        } else {
            state.now = Some(Now::Call(handle.downgrade(), token));
        }
        token
    }

    /// The operation waits, until `end` ends that or it goes on.
    pub(crate) fn then(&self, end: impl FnOnce() + Send + 'static) {
        let mut state = self.state.lock();
        if state.stopped {
            drop(state);
            end();
        } else {
            state.now = Some(Now::Wait(Box::new(end)));
        }
    }
}
