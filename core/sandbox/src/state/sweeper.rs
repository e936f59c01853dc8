//! The sweeper: one thread of a runtime that clears up after sandboxes, off the path of whoever waits for an answer.
//!
//! It begins with the first chore and ends when there were none for a while. Where it does not keep up, whoever brings
//! the next chore does it: what is used up never piles up. A thread that only waits for an answer may do a short one
//! meanwhile: with two cores there is none left for the sweeper while that thread looks out and a worker works.

use crate::lock::{Condvar, Mutex};
use crate::time::{cores, here_turns_are_taken};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

/// Chores that wait at most.
const BACKLOG: usize = 8;
/// How long the thread waits for a chore before it ends.
const IDLE: Duration = Duration::from_secs(10);
/// How long it sleeps after a chore before it looks by itself, and the longest that it sleeps so, twice as long each time.
/// Until then a short chore waits rather than have whoever brings it wake the thread (15 to 25 us).
const NAP: Duration = Duration::from_micros(150);
const LONGEST_NAP: Duration = Duration::from_millis(100);
/// Short chores that wait for the end of a nap at most.
const LEFT: usize = 1;
/// How long it looks out for the next chore before it sleeps: waking it costs the caller as much as a short run.
/// With one core, whoever would bring it cannot run meanwhile.
const LOOKOUT: Duration = Duration::from_micros(150);

/// How long a short chore that a worker brings is left to whoever waits for the worker's next answer.
const GRACE: Duration = Duration::from_micros(50);

struct Chore {
    work: Box<dyn FnOnce() + Send>,
    /// Whether it takes no longer than a short run.
    short: bool,
    /// When the sweeper takes it.
    due: Instant,
}

/// See the module's head. Clones are the same one.
#[derive(Clone, Default)]
pub(crate) struct Sweeper(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// As many as in `state`, to be looked at without its lock.
    waiting: AtomicUsize,
    ring: Condvar,
}

#[derive(Default)]
struct State {
    chores: VecDeque<Chore>,
    /// Whether there is a thread, and whether it does something or looks out, so that nobody need wake it.
    staffed: bool,
    awake: bool,
    stopped: bool,
}

impl Sweeper {
    /// Has `work` done soon, on the sweeper's thread or, where that does not keep up, now. It is `short` where it takes no
    /// longer than a short run does.
    pub(crate) fn sweep(&self, short: bool, work: impl FnOnce() + Send + 'static) {
        let mut state = self.0.state.lock();
        if state.stopped || state.chores.len() >= BACKLOG {
            drop(state);
            return work();
        }
        let grace = if short && cores() > 1 && here_turns_are_taken() { GRACE } else { Duration::ZERO };
        state.chores.push_back(Chore { work: Box::new(work), short, due: Instant::now() + grace });
        self.0.waiting.store(state.chores.len(), SeqCst);
        if state.staffed {
            let wake = !state.awake && (!short || state.chores.len() > LEFT);
            drop(state);
            if wake {
                self.0.ring.notify_one();
            }
            return;
        }
        (state.staffed, state.awake) = (true, true);
        drop(state);
        let shared = self.0.clone();
        let thread = std::thread::Builder::new().name("sandbox-sweep".into()).spawn(move || shared.work());
        if thread.is_err() {
            self.0.state.lock().staffed = false;
            while let Some(chore) = self.0.next(|_| true) {
                (chore.work)();
            }
        }
    }

    /// Does a short chore, if one waits.
    pub(crate) fn help(&self) -> bool {
        if self.0.waiting.load(SeqCst) == 0 {
            return false;
        }
        let chore = self.0.next(|chore| chore.short);
        chore.map(done).is_some()
    }

    /// The thread ends when what waits is done; chores that come later are done by whoever brings them.
    pub(crate) fn stop(&self) {
        self.0.state.lock().stopped = true;
        self.0.ring.notify_one();
    }

    /// Waits until nothing is left to do.
    #[cfg(test)]
    pub(crate) fn settle(&self) {
        let (done, wait) = std::sync::mpsc::channel();
        self.sweep(false, move || done.send(()).unwrap());
        wait.recv().unwrap();
    }
}

impl Shared {
    /// Takes the first chore of a kind.
    fn next(&self, of: impl Fn(&Chore) -> bool) -> Option<Chore> {
        let mut state = self.state.lock();
        let chore = state.chores.iter().position(of).and_then(|at| state.chores.remove(at));
        self.waiting.store(state.chores.len(), SeqCst);
        chore
    }

    fn work(&self) {
        let mut nap = NAP;
        let mut asleep = Duration::ZERO;
        loop {
            if self.waiting.load(SeqCst) > 0 {
                (nap, asleep) = (NAP, Duration::ZERO);
            }
            while self.waiting.load(SeqCst) > 0 {
                let now = Instant::now();
                match self.next(|chore| chore.due <= now) {
                    Some(chore) => done(chore),
                    None => std::thread::yield_now(),
                }
            }
            let until = Instant::now() + if cores() > 1 { LOOKOUT } else { Duration::ZERO };
            while self.waiting.load(SeqCst) == 0 && Instant::now() < until {
                // Whoever has something to do on this processor goes first.
                std::thread::yield_now();
            }
            let mut state = self.state.lock();
            if !state.chores.is_empty() {
                continue;
            }
            if !state.stopped {
                state.awake = false;
                (state, _) = self.ring.wait_for(state, nap);
                state.awake = true;
                asleep += nap;
                nap = (nap * 2).min(LONGEST_NAP);
            }
            if state.chores.is_empty() && (asleep >= IDLE || state.stopped) {
                (state.staffed, state.awake) = (false, false);
                return;
            }
        }
    }
}

fn done(chore: Chore) {
    // A panic in what a tenant left must not end the clearing up.
    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(chore.work));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn chores_are_done_in_order_and_panics_end_nothing() {
        let sweeper = Sweeper::default();
        let (done, told) = channel();
        for number in 0..100 {
            let done = done.clone();
            sweeper.sweep(false, move || {
                done.send(number).unwrap();
                assert!(number % 10 != 3, "what a tenant left panics");
            });
            // Whoever finds the backlog full does its own chore, panic and all.
            sweeper.settle();
        }
        assert_eq!(told.try_iter().collect::<Vec<_>>(), (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn what_waits_is_bounded() {
        let sweeper = Sweeper::default();
        let (go, gate) = channel::<()>();
        sweeper.sweep(false, move || gate.recv().unwrap());
        let (done, told) = channel();
        for _ in 0..100 {
            let done = done.clone();
            sweeper.sweep(false, move || done.send(std::thread::current().id()).unwrap());
        }
        let here = told.try_iter().filter(|id| *id == std::thread::current().id()).count();
        assert!((92..=100).contains(&here), "{here}");
        go.send(()).unwrap();
        for _ in here..100 {
            told.recv_timeout(Duration::from_secs(10)).unwrap();
        }
    }

    #[test]
    fn after_the_end_chores_are_done_at_once() {
        let sweeper = Sweeper::default();
        sweeper.stop();
        let (done, told) = channel();
        sweeper.sweep(false, move || done.send(std::thread::current().id()).unwrap());
        assert_eq!(told.try_recv().unwrap(), std::thread::current().id());
    }

    #[test]
    fn whoever_waits_does_short_chores_and_no_others() {
        let sweeper = Sweeper::default();
        let (go, gate) = channel::<()>();
        sweeper.sweep(false, move || gate.recv().unwrap());
        let (done, told) = channel();
        for short in [false, true, false, true] {
            let done = done.clone();
            sweeper.sweep(short, move || done.send((short, std::thread::current().id())).unwrap());
        }
        let here = std::thread::current().id();
        assert_eq!([sweeper.help(), sweeper.help(), sweeper.help()], [true, true, false]);
        assert_eq!(told.try_iter().collect::<Vec<_>>(), [(true, here), (true, here)]);
        go.send(()).unwrap();
        sweeper.settle();
        assert!(told.try_iter().all(|(short, thread)| !short && thread != here));
    }

    #[test]
    fn a_short_chore_is_done_after_a_nap_that_nobody_ends() {
        let sweeper = Sweeper::default();
        let (done, told) = channel();
        for pause in [0, 5, 50] {
            std::thread::sleep(Duration::from_millis(pause));
            let done = done.clone();
            sweeper.sweep(true, move || done.send(()).unwrap());
            told.recv_timeout(Duration::from_secs(10)).unwrap();
        }
    }

    #[test]
    fn a_chore_that_nobody_else_does_is_the_sweeper_s_all_the_same() {
        let sweeper = Sweeper::default();
        let (done, told) = channel();
        crate::time::taking_turns(|| sweeper.sweep(true, move || done.send(std::thread::current().id()).unwrap()));
        assert_ne!(told.recv_timeout(Duration::from_secs(10)).unwrap(), std::thread::current().id());
    }
}
