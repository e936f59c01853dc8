//! `Origin`: who asks for an operation, and from within which host function.
//!
//! A call that its own guest waits for, perhaps by way of others, would never begin: it is `busy` instead. Which host
//! functions are at work is known here; bindings carry their numbers along with whatever a language calls its context.

use std::collections::HashMap;
use std::sync::Arc;
use wasm_sandbox_core::lock::Mutex;
use wasm_sandbox_policy::{Error, ErrorCode};

/// Where an operation comes from; of each, 0 is none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Origin {
    /// What its binding knows the operation by. Host functions and listeners that it leads to are told.
    pub tag: u64,
    /// The host function that it comes from within, by its number.
    pub from: u64,
}

/// A call of a host function, as its binding is told of it.
#[derive(Clone, Copy, Debug)]
pub struct Within {
    /// Of the operation that the guest is at; 0 where it is one without, on the caller's own thread.
    pub tag: u64,
    /// The function's number for as long as it is at work: the `from` of what it asks for.
    pub frame: u64,
}

/// The host functions at work in a process.
#[derive(Default)]
pub(crate) struct Frames(Mutex<State>);

#[derive(Default)]
struct State {
    at_work: HashMap<u64, Frame>,
    last: u64,
}

#[derive(Clone, Copy)]
struct Frame {
    /// The guest that waits for it.
    guest: usize,
    outer: u64,
}

impl Frames {
    /// A host function of `guest` begins. Numbers of different processes differ, and are whole numbers of a float's.
    pub(crate) fn enter(self: &Arc<Self>, guest: usize, outer: u64) -> Entered {
        let mut state = self.0.lock();
        state.last = if state.last == 0 { (u64::from(std::process::id()) << 28) + 1 } else { state.last + 1 };
        let number = state.last;
        state.at_work.insert(number, Frame { guest, outer: earlier(outer, number) });
        Entered { frames: self.clone(), number }
    }

    /// What came without an operation was asked for from within `outer`, as its binding finds out.
    pub(crate) fn set_outer(&self, number: u64, outer: u64) {
        if let Some(frame) = self.0.lock().at_work.get_mut(&number) {
            frame.outer = earlier(outer, number);
        }
    }

    /// Whether `guest` waits for the host function `from`.
    pub(crate) fn inside(&self, guest: usize, from: u64) -> bool {
        if from == 0 {
            return false;
        }
        let state = self.0.lock();
        let mut next = state.at_work.get(&from);
        while let Some(frame) = next {
            if frame.guest == guest {
                return true;
            }
            next = state.at_work.get(&frame.outer);
        }
        false
    }
}

/// A function begins after those around it: so there is no circle, whatever a binding says.
fn earlier(outer: u64, number: u64) -> u64 {
    if outer < number { outer } else { 0 }
}

/// One host function at work, until it is dropped.
pub(crate) struct Entered {
    frames: Arc<Frames>,
    pub(crate) number: u64,
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.frames.0.lock().at_work.remove(&self.number);
    }
}

/// The refusal of a call that its own guest waits for.
pub(crate) fn reentrant() -> Error {
    let why = "a host function may not call the sandbox that waits for it; return first, or use another sandbox";
    Error::new(ErrorCode::Busy, why).with("reentrant", true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_waits_for_what_was_called_from_within_its_functions() {
        let frames = Arc::new(Frames::default());
        let outer = frames.enter(1, 0);
        let inner = frames.enter(2, outer.number);
        let inside = |from: u64| [1, 2, 3].map(|guest| frames.inside(guest, from));
        assert_eq!(inside(inner.number), [true, true, false]);
        assert_eq!(inside(outer.number), [true, false, false]);
        assert_eq!(inside(0), [false; 3]);
        let number = inner.number;
        drop(inner);
        assert_eq!(inside(number), [false; 3], "what is over waits for nobody");
        assert!(number < 1 << 53, "a float can say it");
    }

    #[test]
    fn the_function_around_a_call_may_be_told_later_and_a_circle_ends() {
        let frames = Arc::new(Frames::default());
        let (outer, inner) = (frames.enter(1, 0), frames.enter(2, 0));
        frames.set_outer(inner.number, outer.number);
        assert!(frames.inside(1, inner.number));
        frames.set_outer(outer.number, inner.number);
        assert!(!frames.inside(2, outer.number));
    }
}
