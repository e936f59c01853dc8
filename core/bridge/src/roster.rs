//! `Roster`: what is open and under way for somebody who may have to go before it does: an interpreter, an environment.
//!
//! Keeps nothing alive; what it does not name is nobody's to stop.

use crate::handle::{Handle, WeakHandle};
use crate::stop::Stop;
use std::collections::HashMap;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// See the module's head.
#[derive(Default)]
pub struct Roster {
    handles: Vec<WeakHandle>,
    stops: HashMap<u64, Stop>,
    next: u64,
}

impl Roster {
    /// Notes an open sandbox.
    pub fn opened(&mut self, handle: &Handle) {
        if self.handles.len() == self.handles.capacity() {
            self.handles.retain(|handle| handle.upgrade().is_some());
        }
        self.handles.push(handle.downgrade());
    }

    /// Notes an operation that is under way, until `over`.
    pub fn under_way(&mut self, stop: &Stop) -> u64 {
        self.next += 1;
        self.stops.insert(self.next, stop.clone());
        self.next
    }

    /// The operation is over.
    pub fn over(&mut self, id: u64) -> Option<Stop> {
        self.stops.remove(&id)
    }

    /// Stops operations and guests, and waits for these, not longer than `patience`.
    pub fn farewell(self, patience: Duration) {
        self.stops.values().for_each(Stop::stop);
        let (done, stopped) = channel();
        let handles: Vec<_> = self.handles.iter().filter_map(WeakHandle::upgrade).collect();
        for handle in &handles {
            let done = done.clone();
            handle.dispose(move || {
                let _ = done.send(());
            });
        }
        let until = Instant::now() + patience;
        for _ in &handles {
            if stopped.recv_timeout(until.saturating_duration_since(Instant::now())).is_err() {
                return;
            }
        }
    }
}
