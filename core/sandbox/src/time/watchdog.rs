//! The one thread that keeps every deadline: it sleeps until the earliest slot is due, then makes
//! the runs ask: all modules' by the epoch of their engines, a session's by its page. There is no periodic tick; an idle process has an idle watchdog.

use super::now_ns;
use super::slot::{NEVER, Slot};
use super::turnstile::{Turnstile, cores};
use crate::lock::{Condvar, Mutex};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::{Arc, Weak};
use std::time::Duration;
use wasmtime::Engine;

/// How long after one call a run that did not react is called again.
const AGAIN_NS: u64 = 2_000_000;

/// Looks after all slots of one runtime.
pub(crate) struct Watchdog {
    /// Where the guests of this runtime take turns.
    pub(super) turnstile: Turnstile,
    /// When the thread will wake by itself; 0 while it is awake and will look again before it sleeps.
    next_wake: AtomicU64,
    slots: Mutex<Vec<Weak<Slot>>>,
    engines: Mutex<Vec<Engine>>,
    alarm: Mutex<bool>,
    ring: Condvar,
    stop: AtomicBool,
}

impl Watchdog {
    /// Starts the thread; it ends when the last handle but its own is gone.
    pub(crate) fn start() -> std::io::Result<Arc<Watchdog>> {
        let watchdog = Arc::new(Watchdog {
            turnstile: Turnstile::new(cores()),
            next_wake: AtomicU64::new(NEVER),
            slots: Mutex::default(),
            engines: Mutex::default(),
            alarm: Mutex::new(false),
            ring: Condvar::new(),
            stop: AtomicBool::new(false),
        });
        let thread = watchdog.clone();
        std::thread::Builder::new()
            .name("wasm-sandbox-watchdog".into())
            .stack_size(256 << 10)
            .spawn(move || thread.run())?;
        Ok(watchdog)
    }

    /// Ends the thread.
    pub(crate) fn stop(&self) {
        self.stop.store(true, SeqCst);
        self.sound();
    }

    /// Makes an engine's stores answer to this watchdog.
    pub(crate) fn add_engine(&self, engine: &Engine) {
        self.engines.lock().push(engine.clone());
    }

    pub(super) fn register(&self, slot: &Arc<Slot>) {
        let mut slots = self.slots.lock();
        if slots.len() == slots.capacity() {
            slots.retain(|slot| slot.strong_count() > 0);
        }
        slots.push(Arc::downgrade(slot));
    }

    /// A slot has just been set to `due`. Wakes the thread only when it would sleep past that.
    pub(super) fn expect(&self, due: u64) {
        if due < self.next_wake.load(SeqCst) {
            self.sound();
        }
    }

    /// Makes every running guest ask its slot whether it may go on.
    pub(super) fn bump(&self) {
        for engine in self.engines.lock().iter() {
            engine.increment_epoch();
        }
    }

    fn sound(&self) {
        *self.alarm.lock() = true;
        self.ring.notify_one();
    }

    /// The earliest due time, and whether any is due now. A run that is told in the moment between its own check
    /// and going on would miss it: it is told again after `AGAIN_NS`, until it has re-armed itself or ended.
    fn scan(&self, now: u64) -> (u64, bool) {
        let (mut earliest, mut fire) = (NEVER, false);
        self.slots.lock().retain(|slot| {
            let Some(slot) = slot.upgrade() else { return false };
            let mut due = slot.due.load(SeqCst);
            if due <= now && slot.due.compare_exchange(due, now + AGAIN_NS, SeqCst, Relaxed).is_ok() {
                slot.lapse();
                slot.interrupt();
                fire = true;
                due = now + AGAIN_NS;
            }
            // Where it was set anew meanwhile, whoever set it sees that this thread is awake, and rings.
            earliest = earliest.min(due);
            true
        });
        (earliest, fire)
    }

    fn run(&self) {
        while !self.stop.load(SeqCst) {
            self.next_wake.store(0, SeqCst);
            let (earliest, fire) = self.scan(now_ns());
            if fire {
                self.bump();
            }
            // Publish, then look once more: a slot that was armed in between either sees the new time and
            // rings, or is seen here.
            self.next_wake.store(earliest, SeqCst);
            let (again, fire) = self.scan(now_ns());
            if fire {
                self.bump();
            }
            if again < earliest {
                continue;
            }
            let mut alarm = self.alarm.lock();
            if !*alarm {
                if earliest == NEVER {
                    alarm = self.ring.wait(alarm);
                } else {
                    let pause = Duration::from_nanos(earliest.saturating_sub(now_ns()));
                    (alarm, _) = self.ring.wait_for(alarm, pause);
                }
            }
            *alarm = false;
        }
    }
}
