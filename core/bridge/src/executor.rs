//! Threads of our own: elastic, named, with stacks for interpreters, at lowered priority.
//!
//! Owns how many guests run at once and how long the others wait for a thread. What a turn does, and what
//! becomes of those who waited too long, is the line's business (`line.rs`). Work is handed to a thread before
//! it wakes, so that a thread that has just woken, and may not run for long, holds no lock that others need.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};
use std::sync::{Arc, Weak};
use std::thread::{Builder, Thread};
use std::time::{Duration, Instant};
use wasm_sandbox_core::lock::{Condvar, Mutex, MutexGuard};
use wasm_sandbox_core::{cores, taking_turns};

/// Stack of a worker: interpreters take 4 MiB, host functions and conversions come on top.
const STACK: usize = 16 << 20;
/// A worker without work ends after this.
const IDLE: Duration = Duration::from_secs(10);
/// One worker without work looks out for the next piece this long before it sleeps, where pieces have come within that
/// time: calls made one after the other are spared the time that waking a thread takes (25 to 80 us).
const LOOKOUT: Duration = Duration::from_micros(500);
/// As long where they have not.
const GLANCE: Duration = Duration::from_micros(50);

/// Workers give way to the threads that serve the host.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 5;

/// Something that has work in an order of its own, one piece at a time.
pub(crate) trait Turns: Send + Sync {
    /// Does the next piece.
    fn turn(self: Arc<Self>) -> Turned;
    /// Refuses what has waited too long for a thread. When the rest is due, if there is a rest.
    fn expire(&self, now: Instant) -> Option<Instant>;
    /// Refuses everything: there is no thread to be had.
    fn refuse(&self);
}

/// What became of a turn.
pub(crate) struct Turned {
    /// Whether there is more to do.
    pub(crate) more: bool,
    /// Dropped once the worker can be had for the next turn: whoever was answered may ask for that at once, and finds
    /// it awake.
    pub(crate) left: Option<Left>,
}

/// What is not needed any more.
pub(crate) type Left = Box<dyn Send>;

/// Something that has to be looked after at a time.
pub(crate) trait Alarm: Send + Sync {
    /// The time has come. When it has to be looked after again, if it has.
    fn ring(&self, due: Instant) -> Option<Instant>;
}

/// Shared by all sandboxes of a process.
#[derive(Clone)]
pub(crate) struct Executor(Arc<Shared>);

struct Shared {
    concurrency: usize,
    patience: Duration,
    state: Mutex<State>,
    keeper_wake: Condvar,
    /// Whether a worker is on the lookout.
    lookout: AtomicBool,
    /// How long workers were without work lately, in microseconds; a long time counts as `LONG_US`.
    gap_us: AtomicU32,
}

const LONG_US: u32 = 4 * LOOKOUT.as_micros() as u32;

#[derive(Default)]
struct State {
    /// Who waits for its turn, and when it has waited too long.
    waiting: VecDeque<(Arc<dyn Turns>, Instant)>,
    /// Who has its turn but no worker yet: the keeper makes one.
    unstaffed: VecDeque<Arc<dyn Turns>>,
    alarms: Vec<(Instant, Weak<dyn Alarm>)>,
    /// Turns going on, those without a worker yet among them.
    running: usize,
    /// Workers without work; the last one to have worked is the first to work again.
    idle: Vec<Arc<Desk>>,
    keeper: bool,
}

/// Where a worker finds its work.
struct Desk {
    worker: Thread,
    work: Mutex<Option<Work>>,
    /// Whether there is any, to be looked at without the lock.
    laid: AtomicBool,
}

enum Work {
    /// Counted among the turns that go on.
    Turn(Arc<dyn Turns>),
    /// Runs whatever the load, because somebody's thread waits for it already.
    Task(Box<dyn FnOnce() + Send>),
}

impl Executor {
    /// At most `concurrency` turns at once; whoever waits longer than `patience` is refused.
    pub(crate) fn new(concurrency: usize, patience: Duration) -> Executor {
        let (state, keeper_wake) = Default::default();
        Executor(Arc::new(Shared {
            concurrency,
            patience,
            state,
            keeper_wake,
            lookout: AtomicBool::new(false),
            gap_us: AtomicU32::new(0),
        }))
    }

    /// How long anybody waits for a thread at most.
    pub(crate) fn patience(&self) -> Duration {
        self.0.patience
    }

    /// `who` has work and is not waiting or having a turn already.
    pub(crate) fn submit(&self, who: Arc<dyn Turns>) {
        let mut state = self.0.state.lock();
        if state.running >= self.0.concurrency {
            state.waiting.push_back((who, Instant::now() + self.0.patience));
            return self.0.call_keeper(&mut state);
        }
        state.running += 1;
        if state.running <= cores()
            && let Some(desk) = state.idle.pop()
        {
            drop(state);
            return desk.lay(Work::Turn(who));
        }
        // Every thread that is woken takes the processor from this one: where many are, that is left to the keeper.
        if state.running > 1 {
            state.unstaffed.push_back(who.clone());
            self.0.call_keeper(&mut state);
            if !state.keeper && state.unstaffed.pop_back().is_some() {
                drop(self.0.unhired(state, who));
            }
            return;
        }
        // The first worker is made here, in the time that waking the keeper would take.
        drop(state);
        if !self.0.hire(Work::Turn(who.clone())) {
            drop(self.0.unhired(self.0.state.lock(), who));
        }
    }

    /// Has `whom` rung at `due`, unless it is gone by then.
    pub(crate) fn at(&self, due: Instant, whom: Weak<dyn Alarm>) {
        let mut state = self.0.state.lock();
        state.alarms.push((due, whom));
        self.0.call_keeper(&mut state);
    }

    /// Runs `task` on a thread of ours now, however many run. False: there is none to be had, and `task` was dropped.
    pub(crate) fn urgent(&self, task: Box<dyn FnOnce() + Send>) -> bool {
        let desk = self.0.state.lock().idle.pop();
        match desk {
            Some(desk) => {
                desk.lay(Work::Task(task));
                true
            }
            None => self.0.hire(Work::Task(task)),
        }
    }
}

impl Desk {
    /// Lays work before a worker that is not in the list of idle ones any more.
    fn lay(&self, work: Work) {
        *self.work.lock() = Some(work);
        self.laid.store(true, Release);
        self.worker.unpark();
    }

    fn take(&self) -> Option<Work> {
        if self.laid.swap(false, Acquire) { self.work.lock().take() } else { None }
    }
}

impl Shared {
    /// Makes a worker that begins with `work`.
    fn hire(self: &Arc<Self>, work: Work) -> bool {
        let shared = self.clone();
        let thread = Builder::new().name("sandbox-worker".into()).stack_size(STACK);
        thread.spawn(move || shared.work(work)).is_ok()
    }

    /// There is no thread to be had for `who`: it waits for a worker to come free, and if there is none, is refused.
    fn unhired<'a>(&'a self, mut state: MutexGuard<'a, State>, who: Arc<dyn Turns>) -> MutexGuard<'a, State> {
        state.running -= 1;
        state.waiting.push_front((who, Instant::now() + self.patience));
        if state.running > state.unstaffed.len() {
            return state;
        }
        state.running = 0;
        let (waiting, unstaffed) = (std::mem::take(&mut state.waiting), std::mem::take(&mut state.unstaffed));
        let refused = unstaffed.into_iter().chain(waiting.into_iter().map(|(who, _)| who));
        let (state, ()) = self.state.unlocked(state, || refused.for_each(|who| who.refuse()));
        state
    }

    /// One more thread makes workers and looks after those who wait.
    fn call_keeper(self: &Arc<Self>, state: &mut State) {
        if state.keeper {
            self.keeper_wake.notify_one();
            return;
        }
        let shared = self.clone();
        let thread = Builder::new().name("sandbox-queue".into()).stack_size(256 << 10);
        state.keeper = thread.spawn(move || shared.keep()).is_ok();
    }

    /// A worker's life.
    fn work(self: Arc<Self>, first: Work) {
        lower_priority();
        let desk =
            Arc::new(Desk { worker: std::thread::current(), work: Mutex::default(), laid: AtomicBool::new(false) });
        let mut work = Some(first);
        while let Some(piece) = work {
            let mut next = match piece {
                Work::Turn(who) => self.turns(who, &desk),
                Work::Task(task) => {
                    task();
                    self.state.lock().idle.push(desk.clone());
                    None
                }
            };
            if next.is_none() {
                next = self.rest(&desk);
            }
            work = next;
        }
    }

    /// Takes turns until nobody waits; the desk is then among the idle ones.
    fn turns(&self, mut who: Arc<dyn Turns>, desk: &Arc<Desk>) -> Option<Work> {
        loop {
            let Turned { more, left } = taking_turns(|| who.clone().turn());
            let mut state = self.state.lock();
            if more {
                state.waiting.push_back((who.clone(), Instant::now() + self.patience));
            }
            // Those who had a thread promised and got none are first.
            let next = match state.unstaffed.pop_front() {
                Some(next) => {
                    state.running -= 1;
                    Some(next)
                }
                None => state.waiting.pop_front().map(|(next, _)| next),
            };
            if next.is_none() {
                state.running -= 1;
                state.idle.push(desk.clone());
            }
            drop(state);
            taking_turns(|| drop(left));
            who = next?;
        }
    }

    /// Waits for work, or `None` after a while.
    fn rest(&self, desk: &Arc<Desk>) -> Option<Work> {
        let began = Instant::now();
        let work = self.wait(desk, began);
        let gap = u32::try_from(began.elapsed().as_micros()).map_or(LONG_US, |gap| gap.min(LONG_US));
        // Of the last few, the latest counts most. What another worker notes at the same time may be lost.
        self.gap_us.store((3 * self.gap_us.load(Relaxed) + gap) / 4, Relaxed);
        work
    }

    fn wait(&self, desk: &Arc<Desk>, began: Instant) -> Option<Work> {
        // With one core, whoever would lay work cannot run meanwhile.
        if cores() > 1 && !self.lookout.swap(true, Relaxed) {
            let often = self.gap_us.load(Relaxed) <= LOOKOUT.as_micros() as u32;
            let patience = if often { LOOKOUT } else { GLANCE };
            while !desk.laid.load(Relaxed) && began.elapsed() < patience {
                // Whoever has something to do on this processor goes first.
                std::thread::yield_now();
            }
            self.lookout.store(false, Relaxed);
        }
        let until = began + IDLE;
        loop {
            if let Some(work) = desk.take() {
                return Some(work);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let mut state = self.state.lock();
                if let Some(at) = state.idle.iter().position(|other| Arc::ptr_eq(other, desk)) {
                    state.idle.remove(at);
                    return None;
                }
                // Somebody has just taken it off the list and is about to lay work on it.
                drop(state);
                std::thread::park();
            } else {
                std::thread::park_timeout(left);
            }
        }
    }

    /// The keeper's life: makes workers, so that nobody else, above all no event loop, spends the time, refuses whoever
    /// has waited too long, and rings alarms.
    fn keep(self: Arc<Self>) {
        let mut state = self.state.lock();
        loop {
            while let Some(who) = state.unstaffed.pop_front() {
                if let Some(desk) = state.idle.pop() {
                    (state, ()) = self.state.unlocked(state, || desk.lay(Work::Turn(who)));
                    continue;
                }
                let hired;
                (state, hired) = self.state.unlocked(state, || self.hire(Work::Turn(who.clone())));
                if !hired {
                    state = self.unhired(state, who);
                }
            }
            let now = Instant::now();
            if let Some(at) = state.alarms.iter().position(|(due, _)| *due <= now) {
                let (due, whom) = state.alarms.swap_remove(at);
                let again;
                (state, again) = self.state.unlocked(state, || whom.upgrade().and_then(|whom| whom.ring(due)));
                state.alarms.extend(again.map(|due| (due, whom)));
                continue;
            }
            let alarms = state.alarms.iter().map(|(due, _)| *due);
            match state.waiting.iter().map(|(_, due)| *due).chain(alarms).min() {
                None => {
                    let over;
                    (state, over) = self.keeper_wake.wait_for(state, IDLE);
                    let State { waiting, unstaffed, alarms, .. } = &*state;
                    if over && waiting.is_empty() && unstaffed.is_empty() && alarms.is_empty() {
                        state.keeper = false;
                        return;
                    }
                }
                Some(due) if due > now => (state, _) = self.keeper_wake.wait_for(state, due - now),
                Some(_) => {
                    let all = std::mem::take(&mut state.waiting);
                    let (late, patient): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, due)| *due <= now);
                    state.waiting = patient.into();
                    let rest;
                    (state, rest) = self.state.unlocked(state, || {
                        late.into_iter()
                            .filter_map(|(who, _)| who.expire(now).map(|due| (who, due)))
                            .collect::<Vec<_>>()
                    });
                    // Whoever came free meanwhile found nobody waiting.
                    for (who, due) in rest.into_iter().rev() {
                        if state.running < self.concurrency {
                            state.running += 1;
                            state.unstaffed.push_front(who);
                        } else {
                            state.waiting.push_front((who, due));
                        }
                    }
                }
            }
        }
    }
}

#[cfg(target_os = "linux")]
fn lower_priority() {
    // On Linux priorities belong to threads. Where it is refused, the worker runs at the priority it has.
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICENESS);
}

#[cfg(not(target_os = "linux"))]
fn lower_priority() {}
