//! Standard input: nothing, bytes, or a reader of the host's.
//!
//! A reader blocks, and a blocked read cannot be interrupted. So it is read on a thread of its own, one chunk
//! ahead at most and only when the guest asks, while the run waits in its slot, where deadline and cancel reach
//! it. A thread that is stuck in a read when its run ends stays until that read returns, and then ends too.

use super::guest::CHUNK;
use crate::files::Errno;
use crate::lock::{Condvar, Mutex};
use crate::time::Slot;
use std::fmt;
use std::io::{ErrorKind, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};

/// What a guest reads as standard input.
#[derive(Clone, Debug, Default)]
pub enum Stdin {
    /// Nothing: the end comes at once.
    #[default]
    Empty,
    Bytes(Vec<u8>),
    /// See `Stdin::reader`. Clones share it: what one run has taken, no later one gets.
    Reader(StdinReader),
}

impl Stdin {
    /// Input that is read as the guest asks for it, on a thread of its own.
    pub fn reader(reader: impl Read + Send + 'static) -> Stdin {
        let state = State { reader: Some(Box::new(reader)), ..State::default() };
        let feed = Arc::new(Feed { state: Mutex::new(state), ring: Condvar::new() });
        Stdin::Reader(StdinReader(Arc::new(Handle(feed))))
    }
}

/// A handle to a reader; made by `Stdin::reader`.
#[derive(Clone)]
pub struct StdinReader(Arc<Handle>);

impl fmt::Debug for StdinReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StdinReader")
    }
}

/// Tells the thread when the last user is gone.
struct Handle(Arc<Feed>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.state.lock().closed = true;
        self.0.ring.notify_all();
    }
}

/// Between the guest's thread and the reading one.
struct Feed {
    state: Mutex<State>,
    ring: Condvar,
}

#[derive(Default)]
struct State {
    /// Here until the thread takes it.
    reader: Option<Box<dyn Read + Send>>,
    chunk: Vec<u8>,
    taken: usize,
    ended: bool,
    failed: bool,
    wanted: bool,
    closed: bool,
    waiter: Weak<Slot>,
}

/// What can be read without waiting.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ready {
    pub(super) bytes: u64,
    /// Nothing follows these.
    pub(super) ended: bool,
}

/// One run's standard input.
pub(super) enum Input {
    Bytes { bytes: Vec<u8>, taken: usize },
    Reader(StdinReader),
}

impl Input {
    pub(super) fn new(stdin: &Stdin) -> Input {
        match stdin {
            Stdin::Empty => Input::Bytes { bytes: Vec::new(), taken: 0 },
            Stdin::Bytes(bytes) => Input::Bytes { bytes: bytes.clone(), taken: 0 },
            Stdin::Reader(reader) => Input::Reader(reader.clone()),
        }
    }

    /// What is there, if anything is known; otherwise it is asked for, and `slot` is notified when it comes.
    pub(super) fn ready(&self, slot: &Arc<Slot>) -> Option<Result<Ready, Errno>> {
        match self {
            Input::Bytes { bytes, taken } => Some(Ok(Ready { bytes: (bytes.len() - taken) as u64, ended: true })),
            Input::Reader(reader) => reader.0.0.ready(slot),
        }
    }

    /// Takes what is there, as much as `out` holds.
    pub(super) fn take(&mut self, out: &mut [u8]) -> usize {
        match self {
            Input::Bytes { bytes, taken } => take(bytes, taken, out),
            Input::Reader(reader) => {
                let state = &mut *reader.0.0.state.lock();
                take(&state.chunk, &mut state.taken, out)
            }
        }
    }
}

fn take(bytes: &[u8], taken: &mut usize, out: &mut [u8]) -> usize {
    let rest = bytes.get(*taken..).unwrap_or_default();
    let count = rest.len().min(out.len());
    out[..count].copy_from_slice(&rest[..count]);
    *taken += count;
    count
}

impl Feed {
    fn ready(self: &Arc<Feed>, slot: &Arc<Slot>) -> Option<Result<Ready, Errno>> {
        let mut state = self.state.lock();
        let bytes = (state.chunk.len() - state.taken) as u64;
        if bytes > 0 || state.ended {
            return Some(if state.failed && bytes == 0 {
                Err(Errno::Io)
            } else {
                Ok(Ready { bytes, ended: state.ended })
            });
        }
        state.waiter = Arc::downgrade(slot);
        state.wanted = true;
        if let Some(reader) = state.reader.take() {
            let feed = self.clone();
            let thread = std::thread::Builder::new().name("wasm-sandbox-stdin".into());
            if thread.spawn(move || feed.run(reader)).is_err() {
                (state.ended, state.failed) = (true, true);
                return Some(Err(Errno::Io));
            }
        }
        self.ring.notify_all();
        None
    }

    /// The reading thread.
    fn run(&self, mut reader: Box<dyn Read + Send>) {
        let mut chunk = vec![0; CHUNK];
        loop {
            let mut state = self.state.lock();
            while !state.wanted && !state.closed {
                state = self.ring.wait(state);
            }
            if state.closed {
                return;
            }
            drop(state);
            let outcome = catch_unwind(AssertUnwindSafe(|| read(&mut reader, &mut chunk)));
            let mut state = self.state.lock();
            state.wanted = false;
            match outcome {
                Ok(Ok(0)) => state.ended = true,
                Ok(Ok(count)) => (state.chunk, state.taken) = (chunk[..count.min(CHUNK)].to_vec(), 0),
                _ => (state.ended, state.failed) = (true, true),
            }
            let (ended, waiter) = (state.ended, state.waiter.upgrade());
            drop(state);
            if let Some(slot) = waiter {
                slot.notify();
            }
            if ended {
                return;
            }
        }
    }
}

fn read(reader: &mut dyn Read, chunk: &mut [u8]) -> std::io::Result<usize> {
    loop {
        match reader.read(chunk) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
