//! The interpreter's end and the process's forks: when Python may be called from our threads, what is stopped before
//! the interpreter goes, and which process a handle belongs to.
//!
//! A child of `fork` has our memory and none of our threads: whatever it inherited is never touched and never dropped.

use pyo3::prelude::*;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use std::time::{Duration, Instant};
use wasm_sandbox_bridge::lock::Mutex;
use wasm_sandbox_bridge::ops::Stop;
use wasm_sandbox_bridge::policy::{Error, ErrorCode, Result};
use wasm_sandbox_bridge::{Handle, Roster};

/// How long the interpreter's end waits for guests, and then for our threads to be out of Python.
const FAREWELL: Duration = Duration::from_secs(3);

/// Our threads that are in Python now.
static INSIDE: AtomicUsize = AtomicUsize::new(0);
static CLOSED: AtomicBool = AtomicBool::new(false);
/// Counts forks: what was made under another number belongs to a parent.
static GENERATION: AtomicU32 = AtomicU32::new(0);
/// What has to be stopped at the interpreter's end.
static LIVE: Mutex<Option<Roster>> = Mutex::new(None);

/// The number of this process among those forked from the first.
pub(crate) fn generation() -> u32 {
    GENERATION.load(Relaxed)
}

/// What belongs to the process that made it: in one that was forked from it, it is forgotten instead of dropped.
pub(crate) struct Ours<T> {
    inner: Option<T>,
    made: u32,
}

impl<T> Ours<T> {
    pub(crate) fn new(inner: T) -> Ours<T> {
        Ours { inner: Some(inner), made: generation() }
    }

    /// It, once.
    pub(crate) fn take(&mut self) -> Option<T> {
        self.inner.take()
    }

    /// It; `closed` in a process that was forked.
    #[inline]
    pub(crate) fn here(&self) -> Result<&T> {
        self.inner.as_ref().filter(|_| self.made == generation()).ok_or_else(elsewhere)
    }
}

impl<T> Drop for Ours<T> {
    fn drop(&mut self) {
        if self.made != generation() {
            std::mem::forget(self.inner.take());
        }
    }
}

#[cold]
fn elsewhere() -> Error {
    let why = "this sandbox belongs to the process that this one was forked from; open one of its own here";
    Error::new(ErrorCode::Closed, why)
}

/// Does `work` attached to the interpreter, from a thread of ours; nothing once the interpreter is going.
pub(crate) fn attached<T>(work: impl FnOnce(Python<'_>) -> T) -> Option<T> {
    INSIDE.fetch_add(1, SeqCst);
    let done = if CLOSED.load(SeqCst) { None } else { Python::try_attach(work) };
    INSIDE.fetch_sub(1, SeqCst);
    done
}

/// Notes an operation that is under way, until `over`.
pub(crate) fn under_way(stop: &Stop) -> u64 {
    LIVE.lock().get_or_insert_default().under_way(stop)
}

/// The operation is over.
pub(crate) fn over(id: u64) {
    let gone = LIVE.lock().as_mut().and_then(|live| live.over(id));
    drop(gone);
}

/// Notes an open sandbox.
pub(crate) fn opened(handle: &Handle) {
    LIVE.lock().get_or_insert_default().opened(handle);
}

/// This process is a child that has just been forked.
#[pyfunction]
pub(crate) fn forked() {
    GENERATION.fetch_add(1, SeqCst);
    INSIDE.store(0, SeqCst);
    wasm_sandbox_bridge::forked();
    // Nobody in the parent holds this lock while Python forks: it is taken by threads attached to Python, or for
    // moments that a fork would have to hit. What is in it is the parent's.
    if let Some(mut live) = LIVE.try_lock() {
        std::mem::forget(live.take());
    }
}

/// The interpreter is about to go: guests are stopped, and after that none of our threads enters Python.
#[pyfunction]
pub(crate) fn shut_down(py: Python<'_>) {
    py.detach(|| {
        let live = LIVE.lock().take().unwrap_or_default();
        live.farewell(FAREWELL);
        CLOSED.store(true, SeqCst);
        let until = Instant::now() + FAREWELL;
        while INSIDE.load(SeqCst) > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
    });
}
