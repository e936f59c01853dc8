//! Lanes: instances of a pack that have run, were put back to their beginning, and wait for the next run.
//!
//! Putting back copies the pristine bytes over every page that was ever written. Whatever is not certain to be as it
//! was (it trapped, was cut off, grew, has run often) is dropped, and the next run gets an instance made anew.

use super::pristine::{globals, memory, set_bits};
use super::written::written;
use super::{PAGE, Pristine};
use crate::language::LanguageExports;
use crate::lock::Mutex;
use crate::store::{Charge, StoreData};
use std::ops::Range;
use std::sync::LazyLock;
use wasm_sandbox_policy::Result;
use wasmtime::{Instance, Store};

/// Runs that one instance may have before it is dropped all the same.
const RUNS: u32 = 10_000;
/// Pages to copy beyond which an instance made anew is cheaper.
const PAGES: usize = 4_096;

/// Lanes that wait at most: one for each core.
static MOST: LazyLock<usize> = LazyLock::new(|| std::thread::available_parallelism().map_or(1, usize::from));

/// An instance at its beginning.
pub(crate) struct Lane {
    pub(crate) store: Store<StoreData>,
    pub(crate) instance: Instance,
    pub(crate) language: LanguageExports,
    /// What its memory and tables take of the meter.
    pub(crate) charge: Charge,
    pub(crate) runs: u32,
}

/// The lanes of one pack in one engine.
#[derive(Default)]
pub(crate) struct Lanes(Mutex<Vec<Lane>>);

impl Lanes {
    /// One that waits, if there is any.
    pub(crate) fn take(&self) -> Option<Lane> {
        self.0.lock().pop()
    }

    /// Puts a lane that has run back to its beginning and keeps it, unless there are enough, or it has changed in a way
    /// that cannot be undone. `idle` is what its store holds meanwhile.
    pub(crate) fn put_back(&self, mut lane: Lane, pristine: &Pristine, idle: StoreData) {
        if self.0.lock().len() >= *MOST || lane.runs >= RUNS {
            return;
        }
        // What the last tenant's store held goes first: nothing of it may be left when the lane waits.
        *lane.store.data_mut() = idle;
        if let Ok(true) = rewind(&mut lane, pristine) {
            let mut waiting = self.0.lock();
            if waiting.len() < *MOST {
                waiting.push(lane);
            }
        }
    }
}

/// False: it cannot be put back.
fn rewind(lane: &mut Lane, pristine: &Pristine) -> Result<bool> {
    let memory = memory(&lane.instance, &mut lane.store)?;
    let bytes = memory.data_mut(&mut lane.store);
    if bytes.len() != pristine.memory().len() {
        return Ok(false);
    }
    let stretches = written(bytes);
    if stretches.iter().map(Range::len).sum::<usize>() > PAGES * PAGE {
        return Ok(false);
    }
    for stretch in stretches {
        let Some(clean) = pristine.memory().get(stretch.clone()) else { return Ok(false) };
        bytes[stretch].copy_from_slice(clean);
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
