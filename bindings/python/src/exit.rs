//! The process: where its language packs are, its forks, and the interpreter's end: when Python may be called from our
//! threads, and what is stopped before the interpreter goes.
//!
//! Which process a handle belongs to is the bridge's business.

use pyo3::prelude::*;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};
use wasm_sandbox_bridge::{Bridge, Roster};

/// How long the interpreter's end waits for guests, and then for our threads to be out of Python.
const FAREWELL: Duration = Duration::from_secs(3);

/// Our threads that are in Python now.
static INSIDE: AtomicUsize = AtomicUsize::new(0);
static CLOSED: AtomicBool = AtomicBool::new(false);
/// What has to be stopped at the interpreter's end.
pub(crate) static LIVE: Roster = Roster::new();

/// Does `work` attached to the interpreter, from a thread of ours; nothing once the interpreter is going.
pub(crate) fn attached<T>(work: impl FnOnce(Python<'_>) -> T) -> Option<T> {
    INSIDE.fetch_add(1, SeqCst);
    let done = if CLOSED.load(SeqCst) { None } else { Python::try_attach(work) };
    INSIDE.fetch_sub(1, SeqCst);
    done
}

/// Where the language packs are.
#[pyfunction]
pub(crate) fn packs_in(folder: PathBuf) {
    Bridge::packs_in(folder);
}

/// This process is a child that has just been forked.
#[pyfunction]
pub(crate) fn forked() {
    INSIDE.store(0, SeqCst);
    wasm_sandbox_bridge::forked();
    LIVE.forked();
}

/// The interpreter is about to go: guests are stopped, and after that none of our threads enters Python.
#[pyfunction]
pub(crate) fn shut_down(py: Python<'_>) {
    py.detach(|| {
        LIVE.farewell(FAREWELL);
        CLOSED.store(true, SeqCst);
        let until = Instant::now() + FAREWELL;
        while INSIDE.load(SeqCst) > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
    });
}
