//! The page that a running interpreter looks at, and that is taken away to stop it.
//!
//! A pack's code is full of loads from this page (`language/polls.rs`), which cost next to nothing while it is there.
//! Without it the next load faults; wasmtime's handler asks here, on the run's own thread, and the run goes on, waits
//! for its turn, or ends. One of the few modules with `unsafe`: it changes the page's protection and answers faults.

use super::Slot;
use crate::lock::Mutex;
use std::sync::{Arc, Weak};
use wasm_sandbox_policy::Error;
use wasmtime::Store;
use wasmtime::unix::StoreExt;

/// The page of one instance, for its store's data. When this goes, the page is no more taken away: wasmtime drops a
/// store's data before it gives the store's memories to others.
pub(crate) struct Poll(Arc<Page>);

/// What the watchdog's side and the fault's side know of it.
pub(crate) struct Page {
    start: usize,
    bytes: usize,
    state: Mutex<State>,
    /// Whose run it is now.
    slot: Mutex<Weak<Slot>>,
    /// Why the run was ended, until somebody asks.
    ended: Mutex<Option<Error>>,
}

#[derive(PartialEq)]
enum State {
    There,
    TakenAway,
    /// The memory may be somebody else's.
    Gone,
}

impl Poll {
    /// Has the store's faults on this memory, its own and untouched otherwise, answered here.
    pub(crate) fn of<T>(memory: wasmtime::Memory, store: &mut Store<T>) -> Option<Poll> {
        let page = Arc::new(Page {
            start: memory.data_ptr(&*store) as usize,
            bytes: memory.data_size(&*store),
            state: Mutex::new(State::There),
            slot: Mutex::default(),
            ended: Mutex::default(),
        });
        let known = page.clone();
        // SAFETY: the handler has to be safe where a signal may arrive. It answers only faults at this page's addresses,
        // which only the pack's own looks read: they happen in wasm code, on the run's thread, between two instructions
        // of ours to it, and never while that thread holds a lock or is inside the allocator.
        unsafe {
            store.set_signal_handler(move |_, info, _| {
                // And a memory fault's `siginfo_t`, which the system gives a handler, has the address.
                let at = (*info).si_addr() as usize;
                at.wrapping_sub(known.start) < known.bytes && known.looked()
            });
        }
        // The fault of a page that was never touched is taken here, and not in a run.
        std::hint::black_box(memory.data(&*store).first());
        Some(Poll(page))
    }

    /// Whose run the instance serves from now on.
    pub(crate) fn serve(&self, slot: &Arc<Slot>) {
        *self.0.slot.lock() = Arc::downgrade(slot);
        *self.0.ended.lock() = None;
        slot.watch_over(&self.0);
    }

    /// Why the run was ended here, if it was.
    pub(crate) fn ended(&self) -> Option<Error> {
        self.0.ended.lock().take()
    }
}

impl Drop for Poll {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        if *state == State::TakenAway {
            self.0.protect(libc::PROT_READ | libc::PROT_WRITE);
        }
        *state = State::Gone;
    }
}

impl Page {
    /// Makes the run ask its slot at its next look.
    pub(super) fn take_away(&self) {
        let mut state = self.state.lock();
        if *state != State::There {
            return;
        }
        super::fault::in_front();
        if self.protect(libc::PROT_NONE) {
            *state = State::TakenAway;
        }
    }

    /// The run has looked at a page that was not there; whether it may look again.
    fn looked(&self) -> bool {
        let mut state = self.state.lock();
        if *state == State::TakenAway {
            if !self.protect(libc::PROT_READ | libc::PROT_WRITE) {
                return false;
            }
            *state = State::There;
        }
        drop(state);
        // From here on whatever takes the page away again is seen at the next look.
        let Some(slot) = self.slot.lock().upgrade() else { return true };
        match slot.check() {
            Ok(()) => true,
            Err(error) => {
                *self.ended.lock() = Some(error);
                false
            }
        }
    }

    fn protect(&self, protection: libc::c_int) -> bool {
        // SAFETY: the range is the whole of a memory of an instance that lives (see `Poll`), which nothing but the pack's
        // looks ever reads: without it these fault and are answered above.
        unsafe { libc::mprotect(self.start as *mut libc::c_void, self.bytes, protection) == 0 }
    }
}

#[cfg(test)]
#[path = "poll_tests.rs"]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
