//! Threads of our own: elastic, named, with stacks for interpreters, at lowered priority.
//!
//! Owns how many guests run at once and how long the others wait for a thread. What a turn does, and what
//! becomes of those who waited too long, is the line's business (`line.rs`).

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wasm_sandbox_core::lock::{Condvar, Mutex};

/// Stack of a worker: interpreters take 4 MiB, host functions and conversions come on top.
const STACK: usize = 16 << 20;
/// A worker without work ends after this.
const IDLE: Duration = Duration::from_secs(10);
/// Workers give way to the threads that serve the host.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 5;

/// Something that has work in an order of its own, one piece at a time.
pub(crate) trait Turns: Send + Sync {
    /// Does the next piece. True: there is more.
    fn turn(self: Arc<Self>) -> bool;
    /// Refuses what has waited too long for a thread. When the rest is due, if there is a rest.
    fn expire(&self, now: Instant) -> Option<Instant>;
    /// Refuses everything: there is no thread to be had.
    fn refuse(&self);
}

/// Shared by all sandboxes of a process.
#[derive(Clone)]
pub(crate) struct Executor(Arc<Shared>);

struct Shared {
    concurrency: usize,
    patience: Duration,
    state: Mutex<State>,
    wake: Condvar,
    keeper_wake: Condvar,
}

#[derive(Default)]
struct State {
    /// Who waits for a thread, and when it has waited too long.
    waiting: VecDeque<(Arc<dyn Turns>, Instant)>,
    /// What runs at once whatever the load, because somebody's thread waits for it already.
    urgent: VecDeque<Box<dyn FnOnce() + Send>>,
    /// Turns going on.
    running: usize,
    /// Workers that wait for work.
    idle: usize,
    /// Workers among them that have been called.
    called: usize,
    /// Workers on their way to their first or next piece.
    waking: usize,
    keeper: bool,
}

impl Executor {
    /// At most `concurrency` turns at once; whoever waits longer than `patience` is refused.
    pub(crate) fn new(concurrency: usize, patience: Duration) -> Executor {
        let shared = Shared {
            concurrency,
            patience,
            state: Mutex::default(),
            wake: Condvar::new(),
            keeper_wake: Condvar::new(),
        };
        Executor(Arc::new(shared))
    }

    /// How long anybody waits for a thread at most.
    pub(crate) fn patience(&self) -> Duration {
        self.0.patience
    }

    /// `who` has work and is not waiting or having a turn already.
    pub(crate) fn submit(&self, who: Arc<dyn Turns>) {
        let shared = &self.0;
        let mut state = shared.state.lock();
        state.waiting.push_back((who, Instant::now() + shared.patience));
        shared.staff(&mut state);
        if state.running == 0 && state.waking == 0 {
            let refused: Vec<_> = state.waiting.drain(..).collect();
            drop(state);
            refused.iter().for_each(|(who, _)| who.refuse());
        } else if state.waiting.len() > state.waking {
            shared.call_keeper(&mut state);
        }
    }

    /// Runs `task` on a thread of ours now, however many run. False: there is none to be had, and `task` was dropped.
    pub(crate) fn urgent(&self, task: Box<dyn FnOnce() + Send>) -> bool {
        let mut state = self.0.state.lock();
        state.urgent.push_back(task);
        self.0.staff(&mut state);
        let unstaffed = if state.waking < state.urgent.len() { state.urgent.pop_back() } else { None };
        drop(state);
        unstaffed.is_none()
    }
}

impl Shared {
    /// Wakes or makes as many workers as there is work to begin now.
    fn staff(self: &Arc<Self>, state: &mut State) {
        let room = self.concurrency.saturating_sub(state.running);
        let wanted = state.urgent.len() + state.waiting.len().min(room);
        while state.waking < wanted && (self.call(state) || self.hire()) {
            state.waking += 1;
        }
    }

    /// Calls an idle worker, if there is one.
    fn call(&self, state: &mut State) -> bool {
        let some = state.called < state.idle;
        if some {
            state.called += 1;
            self.wake.notify_one();
        }
        some
    }

    fn hire(self: &Arc<Self>) -> bool {
        let shared = self.clone();
        let thread = std::thread::Builder::new().name("sandbox-worker".into()).stack_size(STACK);
        thread.spawn(move || shared.work()).is_ok()
    }

    /// While everything is busy, one more thread looks after those who wait.
    fn call_keeper(self: &Arc<Self>, state: &mut State) {
        if state.keeper {
            self.keeper_wake.notify_one();
            return;
        }
        let shared = self.clone();
        let thread = std::thread::Builder::new().name("sandbox-queue".into()).stack_size(256 << 10);
        state.keeper = thread.spawn(move || shared.keep()).is_ok();
    }

    /// A worker's life.
    fn work(self: Arc<Self>) {
        lower_priority();
        let mut state = self.state.lock();
        state.waking -= 1;
        loop {
            if let Some(task) = state.urgent.pop_front() {
                self.staff(&mut state);
                (state, ()) = self.state.unlocked(state, task);
            } else if state.running < self.concurrency
                && let Some((who, _)) = state.waiting.pop_front()
            {
                state.running += 1;
                self.staff(&mut state);
                let more;
                (state, more) = self.state.unlocked(state, || who.clone().turn());
                state.running -= 1;
                if more {
                    state.waiting.push_back((who, Instant::now() + self.patience));
                } else {
                    (state, ()) = self.state.unlocked(state, || drop(who));
                }
            } else {
                let until = Instant::now() + IDLE;
                state.idle += 1;
                // It may wake without a cause, and be called while its time runs out.
                while state.called == 0 && Instant::now() < until {
                    (state, _) = self.wake.wait_for(state, until.saturating_duration_since(Instant::now()));
                }
                state.idle -= 1;
                if state.called > 0 {
                    state.called -= 1;
                    state.waking -= 1;
                } else if state.urgent.is_empty() && (state.waiting.is_empty() || state.running >= self.concurrency) {
                    return;
                }
            }
        }
    }

    /// The keeper's life: refuses whoever has waited too long.
    fn keep(self: Arc<Self>) {
        let mut state = self.state.lock();
        loop {
            let now = Instant::now();
            match state.waiting.iter().map(|(_, due)| *due).min() {
                None => {
                    let over;
                    (state, over) = self.keeper_wake.wait_for(state, IDLE);
                    if over && state.waiting.is_empty() {
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
                    rest.into_iter().rev().for_each(|entry| state.waiting.push_front(entry));
                    self.staff(&mut state);
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
