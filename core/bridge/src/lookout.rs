//! Looking out for an answer on the thread that asked: one that is about to come costs no waking of two threads (25 to
//! 80 us each).

use crate::bridge::Bridge;
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};
use wasm_sandbox_core::cores;
use wasm_sandbox_core::lock::Mutex;

/// How long.
const LOOKOUT: Duration = Duration::from_micros(500);
/// Calls that do not look out after one that did so in vain.
const DISCOURAGED: u32 = 15;
/// Answers are given without the event loop for so long at most; then it has its turn first.
const TURN: Duration = Duration::from_millis(2);
/// Looks between which the thread does something else.
const LOOKS: u32 = 64;

/// When it is worth while, for a thread with an event loop.
#[derive(Default)]
pub struct Lookout {
    /// Calls that are not going to.
    discouraged: Cell<u32>,
    /// Since when answers were given without a turn of the event loop.
    unturned: Cell<Option<Instant>>,
}

impl Lookout {
    /// Whether a call that has just begun should look out for its answer. If not, the event loop has its turn before the
    /// next one asks.
    pub fn worth_while(&self) -> bool {
        // With one core, whoever answers cannot run meanwhile.
        if cores() == 1 {
            return false;
        }
        if let Some(fewer) = self.discouraged.get().checked_sub(1) {
            self.discouraged.set(fewer);
            return false;
        }
        if self.unturned.get().is_some_and(|since| since.elapsed() >= TURN) {
            self.unturned.set(None);
            return false;
        }
        true
    }

    /// A call looks out. True: it is the first one since the event loop had its turn.
    pub fn begins(&self) -> bool {
        let first = self.unturned.get().is_none();
        if first {
            self.unturned.set(Some(Instant::now()));
        }
        first
    }

    /// The event loop has its turn.
    pub fn turned(&self) {
        self.unturned.set(None);
    }

    /// A call looked out in vain.
    pub fn in_vain(&self) {
        self.discouraged.set(DISCOURAGED);
    }
}

/// Waits a moment until `come`, and does a little of what has to be done anyway meanwhile.
pub fn look_out(come: impl Fn() -> bool) -> bool {
    // What made none needs none: settings may still be chosen.
    let bridge = Bridge::made();
    let began = Instant::now();
    while began.elapsed() < LOOKOUT {
        for _ in 0..LOOKS {
            if come() {
                return true;
            }
            std::hint::spin_loop();
        }
        if !bridge.is_some_and(Bridge::clear_up) {
            std::thread::yield_now();
        }
    }
    come()
}

thread_local! {
    /// Of threads whose binding has no look-out of its own.
    static HERE: Lookout = Lookout::default();
}

/// What was begun with `telling` and is not over.
static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);

/// Begins something that tells its outcome once, on whatever thread. With `here` this thread looks out for it, unless
/// something else is under way, for which it may be waited: what comes in a moment is told on this thread.
pub(crate) fn telling<T: Send + 'static>(
    here: bool,
    begin: impl FnOnce(Box<dyn FnOnce(T) + Send>),
    done: impl FnOnce(T) + Send + 'static,
) {
    let alone = UNDER_WAY.fetch_add(1, Relaxed) == 0;
    let looks = here && alone && HERE.with(Lookout::worth_while);
    let done: Box<dyn FnOnce(T) + Send> = Box::new(done);
    let meeting = Arc::new(Meeting {
        state: Mutex::new(if looks { State::Awaited(done) } else { State::Left(done) }),
        come: AtomicBool::new(false),
    });
    let other = meeting.clone();
    begin(Box::new(move |outcome| {
        UNDER_WAY.fetch_sub(1, Relaxed);
        other.come(outcome);
    }));
    if looks {
        HERE.with(|lookout| {
            lookout.begins();
            if !look_out(|| meeting.come.load(Relaxed)) {
                lookout.in_vain();
            }
        });
        meeting.leave();
    }
}

/// In a child that was forked just now: what is under way is its parent's.
pub(crate) fn forked() {
    UNDER_WAY.store(0, Relaxed);
}

/// Where an outcome and who looks out for it meet.
struct Meeting<T> {
    state: Mutex<State<T>>,
    /// Whether it has come; to be looked at without the lock.
    come: AtomicBool,
}

enum State<T> {
    /// Somebody looks out, and will tell.
    Awaited(Box<dyn FnOnce(T) + Send>),
    /// Whoever brings it tells.
    Left(Box<dyn FnOnce(T) + Send>),
    Come(T, Box<dyn FnOnce(T) + Send>),
    Over,
}

impl<T> Meeting<T> {
    fn come(&self, outcome: T) {
        let mut state = self.state.lock();
        match std::mem::replace(&mut *state, State::Over) {
            State::Awaited(done) => {
                *state = State::Come(outcome, done);
                self.come.store(true, Relaxed);
            }
            State::Left(done) => {
                drop(state);
                done(outcome);
            }
            State::Come(..) | State::Over => {}
        }
    }

    /// Nobody looks out any more.
    fn leave(&self) {
        let mut state = self.state.lock();
        match std::mem::replace(&mut *state, State::Over) {
            State::Come(outcome, done) => {
                drop(state);
                done(outcome);
            }
            State::Awaited(done) => *state = State::Left(done),
            other => *state = other,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn after_one_in_vain_some_calls_do_without() {
        let lookout = Lookout::default();
        assert_eq!(lookout.worth_while(), cores() > 1);
        lookout.in_vain();
        let refused = (0..100).take_while(|_| !lookout.worth_while()).count();
        assert_eq!(refused, if cores() > 1 { DISCOURAGED as usize } else { 100 });
    }

    #[test]
    fn the_event_loop_has_its_turn() {
        let lookout = Lookout::default();
        assert!(lookout.begins() && !lookout.begins());
        lookout.turned();
        assert!(lookout.begins());
        std::thread::sleep(TURN);
        assert!(!lookout.worth_while(), "it is the event loop's turn");
        assert_eq!(lookout.worth_while(), cores() > 1);
        assert!(lookout.begins());
    }

    #[test]
    fn it_ends_when_the_answer_comes_or_after_a_moment() {
        assert!(look_out(|| true));
        let began = Instant::now();
        assert!(!look_out(|| false));
        assert!(began.elapsed() >= LOOKOUT);
    }

    #[test]
    fn what_comes_at_once_is_told_here_and_what_comes_late_elsewhere() {
        let (tell, told) = std::sync::mpsc::channel();
        let begin = |delay: Duration| {
            move |done: Box<dyn FnOnce(u8) + Send>| {
                std::thread::spawn(move || {
                    std::thread::sleep(delay);
                    done(7);
                });
            }
        };
        let mut threads = Vec::new();
        for delay in [Duration::ZERO, Duration::from_millis(20)] {
            let tell = tell.clone();
            telling(true, begin(delay), move |seven| tell.send((seven, std::thread::current().id())).unwrap());
            let (seven, thread) = told.recv().unwrap();
            assert_eq!(seven, 7);
            threads.push(thread);
        }
        // Making a thread may take longer than anybody looks out for; what is late is never told here.
        assert_ne!(threads[1], std::thread::current().id());
        let tell = tell.clone();
        telling(true, |done| done(8), move |eight| tell.send((eight, std::thread::current().id())).unwrap());
        assert_eq!(told.recv().unwrap(), (8, std::thread::current().id()));
    }
}
