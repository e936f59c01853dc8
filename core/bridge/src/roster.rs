//! `Roster`: what is open and under way for somebody who may have to go before it does: an interpreter, an environment.
//!
//! Keeps nothing alive; what it does not name is nobody's to stop.

use crate::handle::Handle;
use crate::line::Line;
use crate::stop::Stop;
use std::collections::BTreeMap;
use std::sync::mpsc::channel;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use wasm_sandbox_core::lock::Mutex;

/// See the module's head.
#[derive(Default)]
pub struct Roster(Mutex<State>);

#[derive(Default)]
struct State {
    /// By their addresses, so that each is there once, however often a pool lends it.
    lines: BTreeMap<usize, Weak<Line>>,
    /// So many are there when those that are gone are looked for.
    full: usize,
    stops: BTreeMap<u64, Stop>,
    next: u64,
}

impl Roster {
    /// Nobody is on it.
    pub const fn new() -> Roster {
        Roster(Mutex::new(State { lines: BTreeMap::new(), full: 0, stops: BTreeMap::new(), next: 0 }))
    }

    /// Notes an open sandbox.
    pub fn opened(&self, handle: &Handle) {
        let mut state = self.0.lock();
        if state.lines.len() >= state.full {
            state.lines.retain(|_, line| line.strong_count() > 0);
            state.full = (2 * state.lines.len()).max(16);
        }
        let line = Arc::downgrade(handle.line());
        state.lines.insert(line.as_ptr().addr(), line);
    }

    /// Notes an operation that is under way, until `over`.
    pub fn under_way(&self, stop: &Stop) -> u64 {
        let mut state = self.0.lock();
        state.next += 1;
        let id = state.next;
        state.stops.insert(id, stop.clone());
        id
    }

    /// The operation is over.
    pub fn over(&self, id: u64) {
        let gone = self.0.lock().stops.remove(&id);
        // What it kept goes without the lock.
        drop(gone);
    }

    /// In a forked child: all that is on it is the parent's, and neither touched nor dropped. Nobody holds the lock then,
    /// unless a fork hits one of the moments in which that is held; what is on it stays on it for ever in that case.
    pub fn forked(&self) {
        if let Some(mut state) = self.0.try_lock() {
            std::mem::forget(std::mem::take(&mut *state));
        }
    }

    /// Stops operations and guests, and waits for these, not longer than `patience`.
    pub fn farewell(&self, patience: Duration) {
        let State { lines, stops, .. } = std::mem::take(&mut *self.0.lock());
        stops.values().for_each(Stop::stop);
        let (done, stopped) = channel();
        let lines: Vec<_> = lines.values().filter_map(Weak::upgrade).collect();
        for line in &lines {
            let done = done.clone();
            let tell = move || {
                let _ = done.send(());
            };
            line.dispose(&None, Box::new(tell));
        }
        let until = Instant::now() + patience;
        for _ in &lines {
            if stopped.recv_timeout(until.saturating_duration_since(Instant::now())).is_err() {
                return;
            }
        }
    }
}
