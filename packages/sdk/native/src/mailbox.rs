//! Tasks for an environment, from any thread, and how its thread comes to them: the event loop is woken, or the thread
//! is looking out already, because an answer is about to come.
//!
//! Knows nothing of what the tasks do.

use crate::js::Js;
use crate::local::Local;
use crate::waker::Waker;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use wasm_sandbox_bridge::lock::Mutex;
use wasm_sandbox_bridge::look_out;

/// Something to be done on the environment's thread.
pub(crate) type Task = Box<dyn for<'s> FnOnce(Js<'s>, &Local) + Send>;

/// See the module's head.
pub(crate) struct Mailbox {
    letters: Mutex<Letters>,
    /// Whether something has come since the thread began to look out.
    come: AtomicBool,
}

struct Letters {
    letters: VecDeque<Letter>,
    /// None once the environment is going.
    waker: Option<Waker>,
    /// Whether the thread is looking out, so that nobody need wake it.
    watched: bool,
}

struct Letter {
    task: Task,
    /// Settles a promise, and calls nothing of the user's.
    answer: bool,
}

impl Mailbox {
    pub(crate) fn new(waker: Waker) -> Mailbox {
        let letters = Letters { letters: VecDeque::new(), waker: Some(waker), watched: false };
        Mailbox { letters: Mutex::new(letters), come: AtomicBool::new(false) }
    }

    /// Has `task` done soon. It is dropped when the environment is going.
    pub(crate) fn post(&self, task: Task) {
        self.put(Letter { task, answer: false });
    }

    /// The same for one that settles a promise.
    pub(crate) fn answer(&self, task: Task) {
        self.put(Letter { task, answer: true });
    }

    fn put(&self, letter: Letter) {
        let mut state = self.letters.lock();
        let Some(waker) = &state.waker else { return };
        // While some wait already the event loop knows.
        if state.letters.is_empty() && !state.watched {
            waker.wake();
        }
        state.letters.push_back(letter);
        self.come.store(true, Relaxed);
    }

    /// All that is there.
    pub(crate) fn take(&self) -> impl Iterator<Item = Task> + use<> {
        std::mem::take(&mut self.letters.lock().letters).into_iter().map(|letter| letter.task)
    }

    /// Looks out for an answer a moment. Anything else that comes is left to the event loop.
    pub(crate) fn look_out(&self) -> Option<Task> {
        let mut state = self.letters.lock();
        if !state.letters.is_empty() {
            return None;
        }
        state.watched = true;
        self.come.store(false, Relaxed);
        drop(state);
        look_out(|| self.come.load(Relaxed));
        let mut state = self.letters.lock();
        state.watched = false;
        let task = state.letters.pop_front_if(|letter| letter.answer).map(|letter| letter.task);
        if let (false, Some(waker)) = (state.letters.is_empty(), &state.waker) {
            waker.wake();
        }
        task
    }

    /// Has the event loop look into the mailbox although nothing is there.
    pub(crate) fn wake(&self) {
        if let Some(waker) = &self.letters.lock().waker {
            waker.wake();
        }
    }

    /// Whether the event loop stays alive for what may come; on the environment's thread only.
    pub(crate) fn keep_alive(&self, js: Js<'_>, alive: bool) {
        if let Some(waker) = &self.letters.lock().waker {
            waker.keep_alive(js, alive);
        }
    }

    /// The environment goes: nothing is taken any more, and what is there is dropped.
    pub(crate) fn close(&self) {
        let mut state = self.letters.lock();
        let (letters, waker) = (std::mem::take(&mut state.letters), state.waker.take());
        drop(state);
        // Unanswered host calls among them tell their guests so.
        drop(letters);
        if let Some(waker) = waker {
            waker.release();
        }
    }
}
