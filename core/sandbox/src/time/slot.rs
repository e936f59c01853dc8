//! One store's time: its deadline, its CPU budget, whether it was cancelled, and where it can wait.
//!
//! Only the thread that runs the store arms, checks and waits; any thread may cancel or notify.

use super::clock::asleep;
use super::poll::Page;
use super::turnstile::{self, SLICE_NS};
use super::{Watchdog, now_ns, thread_cpu_ns};
use crate::lock::{Condvar, Mutex};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::{Arc, Weak};
use std::time::Duration;
use wasm_sandbox_policy::{Error, ErrorCode, Result};

/// No deadline, or nothing running.
pub(super) const NEVER: u64 = u64::MAX;
/// No turn.
const OUTSIDE: u64 = 0;
/// A reading of the thread's CPU clock serves calls that begin within this many nanoseconds of it.
const FRESH_NS: u64 = 1_000_000;
/// A section of the host's that takes less was on the processor all the time.
const SHORT_NS: u64 = 20_000;
/// Waking a thread takes 25 to 60 us.
const LOOKOUT_NS: u64 = 60_000;

/// How long one run may last.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Budget {
    /// Milliseconds of elapsed time.
    pub(crate) wall_ms: Option<u64>,
    /// Milliseconds of CPU time.
    pub(crate) cpu_ms: Option<u64>,
}

/// Why somebody else ends a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cancel {
    /// The caller changed its mind: `cancelled`.
    Caller = 1,
    /// The sandbox is being disposed of: `closed`.
    Dispose = 2,
}

/// What one armed stretch used, in nanoseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    pub(crate) wall_ns: u64,
    pub(crate) cpu_ns: u64,
}

/// See the module's head. What every call touches is atomics, so that a slot can be shared without locks.
pub(crate) struct Slot {
    /// When the watchdog has to look at this store; `NEVER` while nothing runs.
    pub(super) due: AtomicU64,
    started: AtomicU64,
    wall_deadline: AtomicU64,
    wall_ms: AtomicU64,
    cpu_budget: AtomicU64,
    cpu_ms: AtomicU64,
    /// The thread's CPU clock when the run began, host sections since then added.
    cpu_base: AtomicU64,
    cancelled: AtomicU8,
    /// Whether the run takes turns with others.
    takes_turns: AtomicBool,
    /// When it has had its turn; `OUTSIDE` while it may not run.
    turn_ends: AtomicU64,
    /// Whether the host does something for the run on its thread. It may take long: see `lapse`.
    in_host: AtomicBool,
    /// Counts notifications, so that none is lost between looking and waiting.
    rung: AtomicU64,
    /// Whether the run sleeps until the next one, and has to be woken.
    sleeps: Mutex<bool>,
    ring: Condvar,
    /// What its run looks at, where it is one of a pack.
    page: Mutex<Weak<Page>>,
    watchdog: Arc<Watchdog>,
    me: Weak<Slot>,
}

thread_local! {
    /// The last reading of this thread's CPU clock: (monotonic, CPU).
    static LAST_CPU: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
}

/// The thread's CPU time at `now`, from a recent reading where there is one: at most `FRESH_NS` too early.
fn recent_cpu(now: u64) -> u64 {
    LAST_CPU.with(|last| {
        let (at, cpu) = last.get();
        if at != 0 && now.saturating_sub(at) < FRESH_NS {
            return cpu + now.saturating_sub(at);
        }
        read_cpu(now)
    })
}

fn read_cpu(now: u64) -> u64 {
    let cpu = thread_cpu_ns();
    LAST_CPU.with(|last| last.set((now, cpu)));
    cpu
}

impl Slot {
    /// A slot that the watchdog looks after until it is dropped.
    pub(crate) fn new(watchdog: &Arc<Watchdog>) -> Arc<Slot> {
        let slot = Arc::new_cyclic(|me| Slot {
            due: AtomicU64::new(NEVER),
            started: AtomicU64::new(0),
            wall_deadline: AtomicU64::new(NEVER),
            wall_ms: AtomicU64::new(0),
            cpu_budget: AtomicU64::new(NEVER),
            cpu_ms: AtomicU64::new(0),
            cpu_base: AtomicU64::new(0),
            cancelled: AtomicU8::new(0),
            rung: AtomicU64::new(0),
            sleeps: Mutex::default(),
            ring: Condvar::new(),
            takes_turns: AtomicBool::new(false),
            turn_ends: AtomicU64::new(OUTSIDE),
            in_host: AtomicBool::new(false),
            page: Mutex::default(),
            watchdog: watchdog.clone(),
            me: me.clone(),
        });
        watchdog.register(&slot);
        slot
    }

    /// Begins a run. An earlier cancellation is forgotten: whoever cancels names the run (see `CancelToken`).
    pub(crate) fn arm(&self, budget: Budget) {
        let now = now_ns();
        self.cancelled.store(0, Relaxed);
        self.started.store(now, Relaxed);
        let wall = budget.wall_ms.map_or(NEVER, |ms| now.saturating_add(ms.saturating_mul(1_000_000)));
        self.wall_deadline.store(wall, Relaxed);
        self.wall_ms.store(budget.wall_ms.unwrap_or(NEVER), Relaxed);
        let cpu = budget.cpu_ms.map_or(NEVER, |ms| ms.saturating_mul(1_000_000));
        self.cpu_budget.store(cpu, Relaxed);
        self.cpu_ms.store(budget.cpu_ms.unwrap_or(NEVER), Relaxed);
        self.cpu_base.store(recent_cpu(now), Relaxed);
        self.takes_turns.store(turnstile::here_turns_are_taken(), Relaxed);
        self.watch(wall.min(now.saturating_add(cpu)));
    }

    /// Begins a run that ends by itself within microseconds: it has no deadline and takes no turns.
    pub(crate) fn arm_brief(&self) {
        self.cancelled.store(0, Relaxed);
        self.started.store(now_ns(), Relaxed);
        self.wall_deadline.store(NEVER, Relaxed);
        self.cpu_budget.store(NEVER, Relaxed);
        self.takes_turns.store(false, Relaxed);
    }

    /// Ends it. What it took, it computed, unless another program had the processor meanwhile.
    pub(crate) fn disarm_brief(&self) -> Spent {
        self.due.store(NEVER, Relaxed);
        let wall_ns = now_ns().saturating_sub(self.started.load(Relaxed));
        Spent { wall_ns, cpu_ns: wall_ns.min(SHORT_NS) }
    }

    /// Ends the run's turn at the latest when it goes out of scope: a defect must not cost the others a core.
    pub(crate) fn guard(self: &Arc<Slot>) -> impl Drop + use<> {
        struct Guard(Arc<Slot>);
        impl Drop for Guard {
            fn drop(&mut self) {
                self.0.leave();
            }
        }
        Guard(self.clone())
    }

    /// Waits for the run's first turn, on a thread whose guests take turns.
    pub(crate) fn enter(&self) -> Result<()> {
        if self.takes_turns.load(Relaxed)
            && let Some(me) = self.me.upgrade()
            && !self.watchdog.turnstile.enter(&me)
        {
            return self.await_turn();
        }
        Ok(())
    }

    fn await_turn(&self) -> Result<()> {
        self.wait_outside(0, NEVER, || (self.turn_ends.load(SeqCst) != OUTSIDE).then_some(())).map(drop)
    }

    /// Gives up the run's turn, or its place among those who wait for one.
    fn leave(&self) {
        if self.takes_turns.load(Relaxed)
            && let Some(me) = self.me.upgrade()
        {
            self.watchdog.turnstile.leave(&me);
        }
    }

    /// The turnstile lets the run through.
    pub(super) fn let_through(&self) {
        self.turn_ends.store(now_ns() + SLICE_NS, SeqCst);
    }

    /// Others wait: the run is to look when its turn ends.
    pub(super) fn hasten(&self) {
        let ends = self.turn_ends.load(SeqCst);
        if ends != OUTSIDE && self.due.fetch_min(ends, SeqCst) > ends {
            self.watchdog.expect(ends);
        }
    }

    /// The watchdog fired. While the host takes its time over something, others have the run's turn; where the host has
    /// just finished, the run notices at its next check.
    pub(super) fn lapse(&self) {
        let ends = self.turn_ends.load(SeqCst);
        if ends != OUTSIDE && self.in_host.load(SeqCst) && now_ns() >= ends && self.watchdog.turnstile.contended() {
            self.leave();
        }
    }

    /// The run looks at this page from now on.
    #[cfg(unix)]
    pub(super) fn watch_over(&self, page: &Arc<Page>) {
        *self.page.lock() = Arc::downgrade(page);
    }

    /// Makes a run that looks at a page ask whether it may go on.
    pub(super) fn interrupt(&self) {
        if let Some(page) = self.page.lock().upgrade() {
            page.take_away();
        }
    }

    /// The turnstile has stopped the run; whether it had a turn.
    pub(super) fn stopped(&self) -> bool {
        self.turn_ends.swap(OUTSIDE, SeqCst) != OUTSIDE
    }

    /// Ends a run and says what it used. CPU time of stretches under a millisecond comes from readings up to a
    /// millisecond apart, so that the clock need not be read; of one under a microsecond it is the elapsed time.
    pub(crate) fn disarm(&self) -> Spent {
        self.leave();
        self.due.store(NEVER, Relaxed);
        let now = now_ns();
        let wall_ns = now.saturating_sub(self.started.load(Relaxed));
        let base = self.cpu_base.load(Relaxed);
        let cpu_ns = if wall_ns < FRESH_NS {
            recent_cpu(now).saturating_sub(base).clamp(wall_ns.min(1_000), wall_ns)
        } else {
            read_cpu(now).saturating_sub(base)
        };
        Spent { wall_ns, cpu_ns }
    }

    /// Asks the watchdog to look at this slot at `due`.
    fn watch(&self, due: u64) {
        self.due.store(due, SeqCst);
        self.watchdog.expect(due);
    }

    /// Whether the run may go on; called on the run's own thread whenever the engine asks. Where others wait and the
    /// run has had its turn, it returns when the next one comes.
    pub(crate) fn check(&self) -> Result<()> {
        self.go_on()?;
        if !self.takes_turns.load(Relaxed) {
            return Ok(());
        }
        let ends = self.turn_ends.load(SeqCst);
        if ends == OUTSIDE {
            return self.enter();
        }
        if now_ns() >= ends
            && self.watchdog.turnstile.contended()
            && let Some(me) = self.me.upgrade()
            && self.watchdog.turnstile.yield_turn(&me)
        {
            self.await_turn()?;
        }
        Ok(())
    }

    /// Whether neither a limit nor a caller ends the run.
    fn go_on(&self) -> Result<()> {
        match self.cancelled.load(SeqCst) {
            0 => {}
            c if c == Cancel::Dispose as u8 => {
                return Err(Error::new(ErrorCode::Closed, "the sandbox was disposed of while this call ran"));
            }
            _ => return Err(Error::new(ErrorCode::Cancelled, "the caller cancelled this call")),
        }
        let now = now_ns();
        let wall = self.wall_deadline.load(Relaxed);
        if now >= wall {
            let (limit, used) = (self.wall_ms.load(Relaxed), (now - self.started.load(Relaxed)) / 1_000_000);
            return Err(Error::limit(
                ErrorCode::WallTimeout,
                "wallTimeMs",
                limit,
                used,
                format_args!("the call ran for {used} ms, the policy allows {limit} ms (wallTimeMs)"),
            ));
        }
        let budget = self.cpu_budget.load(Relaxed);
        let mut due = wall;
        if budget != NEVER {
            let used = read_cpu(now).saturating_sub(self.cpu_base.load(Relaxed));
            if used >= budget {
                let (limit, used) = (self.cpu_ms.load(Relaxed), used / 1_000_000);
                return Err(Error::limit(
                    ErrorCode::CpuTimeout,
                    "cpuTimeMs",
                    limit,
                    used,
                    format_args!("the guest computed for {used} ms, the policy allows {limit} ms (cpuTimeMs)"),
                ));
            }
            due = due.min(now + (budget - used));
        }
        self.watch(due);
        // What came since the looks above had its own time overwritten by the line before.
        if self.takes_turns.load(Relaxed) && self.watchdog.turnstile.contended() {
            self.hasten();
        }
        if self.cancelled.load(SeqCst) == 0 { Ok(()) } else { self.go_on() }
    }

    /// Runs host code on the guest's thread without charging its CPU time to the guest, then checks the deadline. Of a
    /// short section the elapsed time is taken for its CPU time, so that the thread's clock need not be read.
    pub(crate) fn host_section<T>(&self, host: impl FnOnce() -> T) -> Result<T> {
        let began = now_ns();
        let before = recent_cpu(began);
        self.in_host.store(true, SeqCst);
        let value = turnstile::within_a_turn(host);
        self.in_host.store(false, SeqCst);
        let now = now_ns();
        let took = match now - began {
            short if short < SHORT_NS => short,
            _ => read_cpu(now).saturating_sub(before),
        };
        self.cpu_base.fetch_add(took, Relaxed);
        if !self.clearly_goes_on(now) {
            self.check()?;
        }
        Ok(value)
    }

    /// Whether nothing ends the run or its turn, by what can be told without a system call. The watchdog may look too
    /// early, as it was asked before: the run then asks it anew.
    fn clearly_goes_on(&self, now: u64) -> bool {
        let ends = self.turn_ends.load(SeqCst);
        self.cancelled.load(SeqCst) == 0
            && now < self.wall_deadline.load(Relaxed)
            && recent_cpu(now).saturating_sub(self.cpu_base.load(Relaxed)) < self.cpu_budget.load(Relaxed)
            && (!self.takes_turns.load(Relaxed) || (ends != OUTSIDE && now < ends))
    }

    /// Ends the run that is going on now. Not for a slot at rest: the watchdog would never let go of it.
    pub(crate) fn cancel(&self, why: Cancel) {
        self.cancelled.fetch_max(why as u8, SeqCst);
        self.watch(now_ns());
        self.watchdog.bump();
        self.interrupt();
        self.notify();
    }

    /// Wakes the run if it waits: something it may be waiting for has happened.
    pub(crate) fn notify(&self) {
        self.rung.fetch_add(1, SeqCst);
        if *self.sleeps.lock() {
            self.ring.notify_all();
        }
    }

    /// Waits until `ready` gives a value, `timeout_ns` ends (then `None`), or the run has to end (then its error).
    /// Others have their turns meanwhile.
    pub(crate) fn wait<T>(&self, timeout_ns: Option<u64>, ready: impl FnMut() -> Option<T>) -> Result<Option<T>> {
        self.wait_awake(0, timeout_ns, ready)
    }

    /// The same for what is most likely to come within microseconds: where nobody else wants the processor it is looked
    /// out for before the thread sleeps.
    pub(crate) fn wait_soon<T>(&self, timeout_ns: Option<u64>, ready: impl FnMut() -> Option<T>) -> Result<Option<T>> {
        let alone = turnstile::cores() > 1 && !self.watchdog.turnstile.contended();
        self.wait_awake(if alone { LOOKOUT_NS } else { 0 }, timeout_ns, ready)
    }

    fn wait_awake<T>(
        &self,
        lookout_ns: u64,
        timeout_ns: Option<u64>,
        mut ready: impl FnMut() -> Option<T>,
    ) -> Result<Option<T>> {
        if let Some(value) = ready() {
            return Ok(Some(value));
        }
        self.leave();
        let until = timeout_ns.map_or(NEVER, |ns| now_ns().saturating_add(ns));
        let value = self.wait_outside(lookout_ns, until, ready)?;
        self.enter()?;
        Ok(value)
    }

    fn wait_outside<T>(&self, lookout_ns: u64, until: u64, mut ready: impl FnMut() -> Option<T>) -> Result<Option<T>> {
        loop {
            let seen = self.rung.load(SeqCst);
            if let Some(value) = ready() {
                return Ok(Some(value));
            }
            self.go_on()?;
            let now = now_ns();
            if now >= until {
                return Ok(None);
            }
            let wake = until.min(self.wall_deadline.load(Relaxed));
            if lookout_ns > 0 {
                let (mut at, until) = (now, now.saturating_add(lookout_ns).min(wake));
                while self.rung.load(SeqCst) == seen && at < until {
                    // Whoever has something to do on this processor goes first: it may be the answer.
                    std::thread::yield_now();
                    at = now_ns();
                }
                // To look out is the host's idea.
                self.cpu_base.fetch_add(at - now, Relaxed);
            }
            let mut sleeps = self.sleeps.lock();
            if self.rung.load(SeqCst) == seen {
                *sleeps = true;
                sleeps = asleep(|| match wake {
                    NEVER => self.ring.wait(sleeps),
                    _ => self.ring.wait_for(sleeps, Duration::from_nanos(wake.saturating_sub(now_ns()))).0,
                });
                *sleeps = false;
            }
        }
    }
}
