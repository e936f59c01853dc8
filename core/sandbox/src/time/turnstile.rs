//! Shares the processor out among the guests of many threads: as many run at once as there are cores, each for a
//! slice of time, then whoever has waited longest.
//!
//! Left to the system's scheduler, dozens of busy threads on a few cores keep the host's own threads, and whoever
//! waits for a lock that one of them holds, from running for tens of milliseconds.

use super::Slot;
use crate::lock::Mutex;
use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, LazyLock};

/// How long a guest runs before another has its turn.
pub(super) const SLICE_NS: u64 = 5_000_000;

thread_local! {
    static TAKES_TURNS: Cell<bool> = const { Cell::new(false) };
}

/// Does `work`; the guests that it runs on this thread take turns with those of other threads that do so too. Guests
/// of other threads run whenever the system lets them.
pub fn taking_turns<T>(work: impl FnOnce() -> T) -> T {
    with(true, work)
}

/// Does what a guest that has its turn asks of the host. A guest that this runs in turn, on the same thread, waits for
/// none: the turn that would come free for it might be the one it is part of.
pub(super) fn within_a_turn<T>(work: impl FnOnce() -> T) -> T {
    with(false, work)
}

fn with<T>(takes_turns: bool, work: impl FnOnce() -> T) -> T {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            TAKES_TURNS.set(self.0);
        }
    }
    let _restore = Restore(TAKES_TURNS.replace(takes_turns));
    work()
}

/// How many threads this process can run at once, as far as the system says.
pub fn cores() -> usize {
    static CORES: LazyLock<usize> = LazyLock::new(|| std::thread::available_parallelism().map_or(1, usize::from));
    *CORES
}

/// Whether guests on this thread take turns.
pub(crate) fn here_turns_are_taken() -> bool {
    TAKES_TURNS.get()
}

pub(super) struct Turnstile {
    state: Mutex<State>,
    /// How many wait; to be looked at without the lock.
    waiting: AtomicUsize,
}

struct State {
    free: usize,
    running: Vec<Arc<Slot>>,
    /// Those who have not run yet, and those who have had a slice: short runs need not wait for all the long ones.
    fresh: VecDeque<Arc<Slot>>,
    worn: VecDeque<Arc<Slot>>,
    /// Whose turn it is, so that neither keeps the other from running.
    worn_next: bool,
}

impl Turnstile {
    /// Lets `cores` through at once.
    pub(super) fn new(cores: usize) -> Turnstile {
        let (running, fresh, worn) = Default::default();
        let state = State { free: cores, running, fresh, worn, worn_next: false };
        Turnstile { state: Mutex::new(state), waiting: AtomicUsize::new(0) }
    }

    /// Whether somebody waits.
    pub(super) fn contended(&self) -> bool {
        self.waiting.load(SeqCst) > 0
    }

    /// Lets `slot` through now (true), or queues it: it is notified when it may go on.
    pub(super) fn enter(&self, slot: &Arc<Slot>) -> bool {
        let mut state = self.state.lock();
        if state.free > 0 {
            state.free -= 1;
            slot.let_through();
            state.running.push(slot.clone());
            return true;
        }
        state.fresh.push_back(slot.clone());
        self.waiting.fetch_add(1, SeqCst);
        // Those who run have been asked for nothing so far.
        state.running.iter().for_each(|other| other.hasten());
        false
    }

    /// `slot`, which runs, stands behind the others. False: there are none, and it runs on.
    pub(super) fn yield_turn(&self, slot: &Arc<Slot>) -> bool {
        let mut state = self.state.lock();
        let Some(next) = state.next() else { return false };
        state.running.retain(|other| !Arc::ptr_eq(other, slot));
        slot.stopped();
        state.worn.push_back(slot.clone());
        state.begin(next);
        true
    }

    /// `slot` runs no more, or no longer wants to.
    pub(super) fn leave(&self, slot: &Arc<Slot>) {
        let mut state = self.state.lock();
        if !slot.stopped() {
            let State { fresh, worn, .. } = &mut *state;
            let before = fresh.len() + worn.len();
            fresh.retain(|other| !Arc::ptr_eq(other, slot));
            worn.retain(|other| !Arc::ptr_eq(other, slot));
            self.waiting.fetch_sub(before - fresh.len() - worn.len(), SeqCst);
            return;
        }
        state.running.retain(|other| !Arc::ptr_eq(other, slot));
        match state.next() {
            Some(next) => {
                self.waiting.fetch_sub(1, SeqCst);
                state.begin(next);
            }
            None => state.free += 1,
        }
    }
}

impl State {
    fn next(&mut self) -> Option<Arc<Slot>> {
        let (first, second) =
            if self.worn_next { (&mut self.worn, &mut self.fresh) } else { (&mut self.fresh, &mut self.worn) };
        self.worn_next = !self.worn_next;
        first.pop_front().or_else(|| second.pop_front())
    }

    fn begin(&mut self, slot: Arc<Slot>) {
        slot.let_through();
        slot.notify();
        self.running.push(slot);
    }
}

#[cfg(test)]
#[path = "turnstile_tests.rs"]
mod tests;
