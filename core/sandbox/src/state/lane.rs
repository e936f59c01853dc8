//! Lanes: instances of a pack that wait for the next run: spares, which never ran, and those that have run and are put
//! back to their beginning. Who takes which, and when, is in `language/interpreter.rs`.
//!
//! Putting back copies the pristine bytes over what differs in pages that were ever written. Whatever is not certain to be as it
//! was (it trapped, was cut off, grew, has run often) is dropped, and the next run gets an instance made anew.

use super::pristine::{globals, memory, set_bits};
use super::{PAGE, Pristine, Track, WrittenPages};
use crate::language::LanguageExports;
use crate::lock::Mutex;
use crate::store::{Charge, StoreData};
use std::ops::Range;
use wasm_sandbox_policy::Result;
use wasmtime::{Instance, Store};

/// Runs that one instance may have before it is dropped all the same.
pub(crate) const RUNS: u32 = 10_000;
/// Pages to copy beyond which an instance made anew is cheaper.
const PAGES: usize = 4_096;

/// Bytes of a line of the processor's caches.
const LINE: usize = 64;

/// Lanes of a kind wait at most as many as there are cores, and of clean ones so many more: the sweeper has some in hand, and on a busy machine does not get to them at once.
pub(crate) const IN_HAND: usize = 2;

/// An instance of a pack with its store.
pub(crate) struct Lane {
    pub(crate) store: Store<StoreData>,
    pub(crate) instance: Instance,
    pub(crate) language: LanguageExports,
    /// Of its memory's mapping, and its list while nobody has the lane.
    pub(crate) track: Track,
    pub(crate) written: Option<WrittenPages>,
    /// What its memory and tables take of the meter.
    pub(crate) charge: Charge,
    /// Sandboxes that had it before.
    pub(crate) runs: u32,
}

/// The lanes of one pack in one engine.
#[derive(Default)]
pub(crate) struct Lanes {
    /// Never run.
    pub(crate) spare: Mutex<Vec<Lane>>,
    /// As their last tenants left them.
    pub(crate) used: Mutex<Vec<Lane>>,
    /// Back at their beginning.
    pub(crate) clean: Mutex<Vec<Lane>>,
}

impl Lane {
    /// Puts it back to its beginning; `idle` is what its store holds meanwhile. None: that cannot be done.
    pub(crate) fn put_back(mut self, pristine: &Pristine, idle: StoreData) -> Option<Lane> {
        let old = self.store.data_mut();
        let (memory, poll) = (old.memory, old.poll.take());
        // What the last tenant's store held goes first: nothing of it may be left when the lane waits.
        *self.store.data_mut() = StoreData { memory, poll, ..idle };
        if !matches!(rewind(&mut self, pristine), Ok(true)) {
            return None;
        }
        self.written = self.track.take();
        Some(self)
    }
}

/// False: it cannot be put back.
fn rewind(lane: &mut Lane, pristine: &Pristine) -> Result<bool> {
    let memory = memory(&lane.instance, &mut lane.store)?;
    if !restore(memory.data_mut(&mut lane.store), pristine.memory(), PAGES, &lane.track) {
        return Ok(false);
    }
    let globals = globals(&lane.instance, &mut lane.store);
    if globals.len() != pristine.globals().len() {
        return Ok(false);
    }
    for (global, bits) in globals.into_iter().zip(pristine.globals()) {
        set_bits(global, &mut lane.store, *bits)?;
    }
    Ok(true)
}

/// Makes a memory what it was when it was made. False: it has grown, or more than `most` of its pages were written.
pub(super) fn restore(bytes: &mut [u8], clean: &[u8], most: usize, track: &Track) -> bool {
    let written = track.written(bytes);
    if bytes.len() != clean.len() || written.stretches.iter().map(Range::len).sum::<usize>() > most * PAGE {
        return false;
    }
    for stretch in &written.stretches {
        put_back(&mut bytes[stretch.clone()], &clean[stretch.clone()]);
    }
    track.keep(Some(written));
    true
}

/// Makes `bytes` what `clean` is. Only lines that differ are written: the others stay in the cache of the processor that
/// runs the next tenant, which is often another than this one.
fn put_back(bytes: &mut [u8], clean: &[u8]) {
    // Stretches are whole pages.
    let (lines, _) = bytes.as_chunks_mut::<LINE>();
    let (clean, _) = clean.as_chunks::<LINE>();
    for (line, clean) in lines.iter_mut().zip(clean) {
        if differ(line, clean) {
            *line = *clean;
        }
    }
}

/// Without a call and a branch for each word, as comparing with `!=` has them.
#[inline]
fn differ(a: &[u8; LINE], b: &[u8; LINE]) -> bool {
    let ((a, _), (b, _)) = (a.as_chunks(), b.as_chunks());
    a.iter().zip(b).fold(0, |all, (a, b)| all | (u64::from_ne_bytes(*a) ^ u64::from_ne_bytes(*b))) != 0
}
