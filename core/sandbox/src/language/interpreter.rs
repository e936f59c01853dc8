//! A pack ready to be instantiated in one engine, and the instances of it that wait for the next run.
//!
//! What costs time and is not the next answer's business is left to the runtime's sweeper: putting instances back to
//! their beginning, dropping them, and making spare ones.

use super::LanguageExports;
use crate::module::Loaded;
use crate::state::{IN_HAND, Lane, Lanes, Origin, Pristine, RUNS, Sweeper, Track, Watch, WrittenPages};
use crate::store::{StoreData, classify, new_store};
use crate::time::{Poll, Slot, Watchdog, cores};
use std::sync::{Arc, OnceLock};
#[cfg(test)]
use wasm_sandbox_policy::Isolation;
use wasm_sandbox_policy::{Error, Policy};
use wasmtime::Store;

/// See the module's head.
pub(crate) struct Interpreter {
    pub(crate) loaded: Arc<Loaded>,
    /// The pack's digest, in hex.
    pub(crate) digest: String,
    /// Bytes of memory and elements of tables that all its instances share.
    pub(crate) shared: (u64, u64),
    /// Where its memories come from, unless wasmtime makes them.
    origin: Option<Arc<Origin>>,
    lanes: Lanes,
    pristine: OnceLock<Pristine>,
    sweeper: Sweeper,
    /// Policy and slot of instances that nobody has.
    idle: (Arc<Policy>, Arc<Slot>),
}

impl Interpreter {
    pub(super) fn new(
        loaded: Arc<Loaded>,
        digest: String,
        shared: (u64, u64),
        origin: Option<Arc<Origin>>,
        sweeper: Sweeper,
        watchdog: &Arc<Watchdog>,
    ) -> Interpreter {
        let mut policy = Policy::default();
        policy.limits.memory_bytes = u64::MAX;
        policy.limits.table_elements = u64::MAX;
        Interpreter {
            loaded,
            digest,
            shared,
            origin,
            lanes: Lanes::default(),
            pristine: OnceLock::new(),
            sweeper,
            idle: (Arc::new(policy), Slot::new(watchdog)),
        }
    }

    /// What every instance begins with; made when first asked for.
    pub(crate) fn pristine(&self) -> Result<&Pristine, Error> {
        if let Some(pristine) = self.pristine.get() {
            return Ok(pristine);
        }
        let (made, ..) = served(self.origin.as_ref(), || Pristine::of(&self.loaded, self.bare()?))?;
        Ok(self.pristine.get_or_init(|| made))
    }

    /// An instance for whoever wants one that never ran: a spare one, or one made now, within `data`'s limits.
    pub(crate) fn fresh(&self, data: StoreData) -> Result<Lane, Error> {
        let spare = self.lanes.spare.lock().pop();
        self.hand_over(spare, data)
    }

    /// An instance that may have served others, and is as it began.
    pub(crate) fn rewound(&self, data: StoreData) -> Result<Lane, Error> {
        let clean = self.lanes.clean.lock().pop();
        let lane = clean.or_else(|| {
            let used = self.lanes.used.lock().pop()?;
            self.put_back(used)
        });
        self.hand_over(lane, data)
    }

    fn hand_over(&self, waiting: Option<Lane>, data: StoreData) -> Result<Lane, Error> {
        match waiting {
            Some(lane) => lane.give(data),
            None => Ok(self.make(data)?.begin()),
        }
    }

    /// Takes an instance that has served, to put it back to its beginning soon.
    pub(crate) fn keep(self: &Arc<Self>, mut lane: Lane) {
        lane.runs += 1;
        if lane.runs >= RUNS {
            return self.sweeper.sweep(false, move || drop(lane));
        }
        let short = !grown(&lane.store);
        self.lanes.used.lock().push(lane);
        let interpreter = self.clone();
        self.sweeper.sweep(short, move || {
            // Whoever needed one at once may have taken it.
            let Some(used) = interpreter.lanes.used.lock().pop() else { return };
            let Some(clean) = interpreter.put_back(used) else { return };
            let mut waiting = interpreter.lanes.clean.lock();
            if waiting.len() < cores() + IN_HAND {
                waiting.push(clean);
            }
        });
    }

    /// Takes an instance that nobody may have again, and makes spare ones.
    pub(crate) fn discard(self: &Arc<Self>, store: Store<StoreData>) {
        let interpreter = self.clone();
        self.sweeper.sweep(!grown(&store), move || {
            drop(store);
            while interpreter.lanes.spare.lock().len() < cores() {
                // Without a spare one the next sandbox makes its own, and says why it cannot.
                let Ok(spare) = interpreter.bare().and_then(|data| interpreter.make(data)) else { return };
                interpreter.lanes.spare.lock().push(spare);
            }
        });
    }

    fn put_back(&self, used: Lane) -> Option<Lane> {
        used.put_back(self.pristine().ok()?, self.bare().ok()?)
    }

    fn bare(&self) -> Result<StoreData, Error> {
        let mut data = StoreData::bare(self.idle.0.clone(), self.idle.1.clone())?;
        data.meter.set_free(self.shared.0, self.shared.1);
        Ok(data)
    }

    fn make(&self, data: StoreData) -> Result<Lane, Error> {
        let mut store = new_store(&self.loaded.set.engine, data);
        if self.loaded.set.key.metered() {
            // Only metered engines get here, so setting fuel cannot fail.
            let _ = store.set_fuel(u64::MAX);
        }
        let (before, watch) = (store.data().meter.clone(), Watch::begin());
        let made = served(self.origin.as_ref(), || self.loaded.pre.instantiate(&mut store));
        let (instance, track, written) = made.map_err(|error| classify(&error, store.data()))?;
        // Making it writes nothing; but that is wasmtime's business.
        let written = if watch.no_fault() { written } else { None };
        let language = LanguageExports::of(&instance, &mut store, self.loaded.set.key.stack)?;
        let memory = language.memory();
        store.data_mut().memory = Some(memory);
        let page = instance.get_memory(&mut store, super::polls::PAGE);
        if let Some(poll) = page.and_then(|page| Poll::of(page, &mut store)) {
            poll.serve(&store.data().slot);
            store.data_mut().poll = Some(poll);
        }
        let charge = store.data().meter.since(&before);
        Ok(Lane { store, instance, language, track, written, charge, runs: 0 })
    }

    /// One that waits for the next run, when everything is cleared up.
    #[cfg(test)]
    pub(crate) fn take_waiting(&self, isolation: Isolation) -> Option<Lane> {
        self.sweeper.settle();
        self.waiting(isolation).lock().pop()
    }

    #[cfg(test)]
    pub(crate) fn put_waiting(&self, isolation: Isolation, lane: Lane) {
        self.waiting(isolation).lock().push(lane);
    }

    #[cfg(test)]
    fn waiting(&self, isolation: Isolation) -> &crate::lock::Mutex<Vec<Lane>> {
        match isolation {
            Isolation::Fresh => &self.lanes.spare,
            Isolation::Rewind => &self.lanes.clean,
        }
    }
}

/// Whether an instance has more memory than it began with, which takes time to give back.
fn grown(store: &Store<StoreData>) -> bool {
    store.data().memory.is_some_and(|memory| memory.size(store) > memory.ty(store).minimum())
}

fn served<T, E: From<Error>>(
    origin: Option<&Arc<Origin>>,
    make: impl FnOnce() -> Result<T, E>,
) -> Result<(T, Track, Option<WrittenPages>), E> {
    match origin {
        Some(origin) => origin.serve(make),
        None => Ok((make()?, Track::default(), None)),
    }
}

impl Lane {
    /// What its next tenant's store holds; charged for the instance.
    fn give(mut self, mut data: StoreData) -> Result<Lane, Error> {
        data.meter.adopt(self.charge)?;
        let old = self.store.data_mut();
        (data.memory, data.poll) = (old.memory, old.poll.take());
        if let Some(poll) = &data.poll {
            poll.serve(&data.slot);
        }
        *self.store.data_mut() = data;
        Ok(self.begin())
    }

    /// From here on its tenant may write.
    fn begin(mut self) -> Lane {
        self.store.data_mut().written = self.written.take();
        self
    }
}
