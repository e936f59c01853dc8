//! The page that a running interpreter looks at, where faults cannot be answered: there is none, and packs are compiled
//! with epochs. The same names as poll.rs, so that nothing else has to know.

use super::Slot;
use std::sync::Arc;
use wasm_sandbox_policy::Error;
use wasmtime::{Memory, Store};

/// There is none.
pub(crate) enum Poll {}

/// There is none.
pub(crate) enum Page {}

impl Poll {
    /// Never asked: no pack has such a memory here.
    pub(crate) fn of<T>(_: Memory, _: &mut Store<T>) -> Option<Poll> {
        None
    }

    pub(crate) fn serve(&self, _: &Arc<Slot>) {
        match *self {}
    }

    pub(crate) fn ended(&self) -> Option<Error> {
        match *self {}
    }
}

impl Page {
    pub(super) fn take_away(&self) {
        match *self {}
    }
}
