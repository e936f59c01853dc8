//! `Stop`: ends whatever an operation is doing, from any thread, before it begins or while it runs.

use crate::handle::{Handle, WeakHandle};
use std::sync::Arc;
use wasm_sandbox_core::lock::Mutex;

/// One operation's. Stopping it makes the operation fail with `cancelled` as soon as its guest has stopped; one that is
/// over is left alone.
#[derive(Clone, Default)]
pub struct Stop(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    stopped: bool,
    /// The call that it is about now.
    call: Option<(WeakHandle, u32)>,
}

impl Stop {
    pub fn stop(&self) {
        let call = {
            let mut state = self.0.lock();
            state.stopped = true;
            state.call.take()
        };
        if let Some((handle, token)) = call
            && let Some(handle) = handle.upgrade()
        {
            handle.cancel(token);
        }
    }

    pub fn stopped(&self) -> bool {
        self.0.lock().stopped
    }

    /// A token for the operation's next call on this handle.
    pub(crate) fn token(&self, handle: &Handle) -> u32 {
        let token = handle.new_token();
        let mut state = self.0.lock();
        if state.stopped {
            drop(state);
            handle.cancel(token);
        } else {
            state.call = Some((handle.downgrade(), token));
        }
        token
    }
}
