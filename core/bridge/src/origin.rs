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
    frames: HashMap<u64, Frame>,
    last: u64,
    /// Those that are over and are kept, because one around them is still at work.
    over: usize,
}

#[derive(Clone, Copy)]
struct Frame {
    /// The guest that waits for it.
    guest: u64,
    outer: u64,
    at_work: bool,
}

impl Frames {
    /// A host function of `guest` begins. Numbers of different processes differ, and are whole numbers of a float's.
    pub(crate) fn enter(self: &Arc<Self>, guest: u64, outer: u64) -> Entered {
        let mut state = self.0.lock();
        let first = || (u64::from(std::process::id() & 0xff_ffff) << 28) + 1;
        state.last = if state.last == 0 { first() } else { state.last + 1 };
        let number = state.last;
        state.frames.insert(number, Frame { guest, outer: earlier(outer, number), at_work: true });
        Entered { frames: self.clone(), number }
    }

    /// What came without an operation was asked for from within `outer`, as its binding finds out.
    pub(crate) fn set_outer(&self, number: u64, outer: u64) {
        if let Some(frame) = self.0.lock().frames.get_mut(&number) {
            frame.outer = earlier(outer, number);
        }
    }

    /// Whether `guest` waits for the host function `from`, or for one around it: what a function leaves running when it
    /// is over may be what one around it waits for.
    pub(crate) fn inside(&self, guest: u64, from: u64) -> bool {
        if from == 0 {
            return false;
        }
        let state = self.0.lock();
        let mut next = state.frames.get(&from);
        while let Some(frame) = next {
            if frame.at_work && frame.guest == guest {
                return true;
            }
            next = state.frames.get(&frame.outer);
        }
        false
    }
}

impl State {
    /// A function is over: it is forgotten, unless one around it is still known; and with it those within it that wait for
    /// nothing else.
    fn leave(&mut self, number: u64) {
        let Some(frame) = self.frames.get_mut(&number) else { return };
        frame.at_work = false;
        let outer = frame.outer;
        if self.frames.contains_key(&outer) {
            self.over += 1;
            return;
        }
        self.frames.remove(&number);
        let mut gone = vec![number];
        while let (Some(outer), 1..) = (gone.pop(), self.over) {
            let within = self.frames.iter().filter(|(_, frame)| frame.outer == outer && !frame.at_work);
            let within: Vec<_> = within.map(|(number, _)| *number).collect();
            self.frames.retain(|number, _| !within.contains(number));
            self.over -= within.len();
            gone.extend(within);
        }
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
        self.frames.0.lock().leave(self.number);
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
        assert!(inner.number < 1 << 53, "a float can say it");
    }

    #[test]
    fn what_is_over_waits_for_nobody_and_is_kept_no_longer_than_those_around_it() {
        let frames = Arc::new(Frames::default());
        let known = || {
            let state = frames.0.lock();
            (state.frames.len(), state.over)
        };
        let outer = frames.enter(1, 0);
        let middle = frames.enter(2, outer.number);
        let inner = frames.enter(3, middle.number);
        let numbers = [outer.number, middle.number, inner.number];
        let inside = |guest: u64| numbers.map(|from| frames.inside(guest, from));
        drop(middle);
        drop(inner);
        assert_eq!((inside(1), inside(2), inside(3)), ([true; 3], [false; 3], [false; 3]));
        assert_eq!(known(), (3, 2));
        let other = frames.enter(1, 0);
        drop(outer);
        assert_eq!((inside(1), known()), ([false; 3], (1, 0)));
        drop(other);
        assert_eq!(known(), (0, 0));
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
