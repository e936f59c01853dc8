//! What belongs to one environment and its thread: the mailbox, pending promises, callbacks, open handles.
//!
//! Everything of JavaScript that other threads need is named by number and looked up here, on its own thread.

use crate::callbacks::Callbacks;
use crate::js::{Deferred, Js, Kept, Outcome, Thrown, Val};
use crate::waker::Waker;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use wasm_sandbox_bridge::lock::Mutex;
use wasm_sandbox_bridge::policy::{Error, ErrorCode, Result as Sandboxed};
use wasm_sandbox_bridge::{Handle, Roster};

/// How long an environment that goes waits for its guests to stop.
const FAREWELL: Duration = Duration::from_secs(5);

/// Something to be done on the environment's thread.
pub(crate) type Task = Box<dyn for<'s> FnOnce(Js<'s>, &Local) + Send>;

/// Tasks for an environment, from any thread.
pub(crate) struct Mailbox(Mutex<Letters>);

struct Letters {
    tasks: VecDeque<Task>,
    /// None once the environment is going.
    waker: Option<Waker>,
}

impl Mailbox {
    /// Has `task` done soon. It is dropped when the environment is going.
    pub(crate) fn post(&self, task: Task) {
        let mut letters = self.0.lock();
        let Some(waker) = &letters.waker else { return };
        // While some wait already the event loop knows.
        if letters.tasks.is_empty() {
            waker.wake();
        }
        letters.tasks.push_back(task);
    }
}

/// See the module's head.
pub(crate) struct Local {
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) map: Kept,
    pub(crate) set: Kept,
    pub(crate) array_from: Kept,
    promises: RefCell<HashMap<u64, Deferred>>,
    pub(crate) callbacks: RefCell<HashMap<u64, Rc<Callbacks>>>,
    handles: RefCell<Roster>,
    next: Cell<u64>,
}

thread_local! {
    // Never dropped by the thread's end, where the environment may be gone: its clean-up hook empties it.
    static HERE: ManuallyDrop<RefCell<Option<Rc<Local>>>> = const { ManuallyDrop::new(RefCell::new(None)) };
}

/// This thread's, made at first use.
pub(crate) fn here(js: Js<'_>) -> Outcome<Rc<Local>> {
    match current() {
        Some(local) => Ok(local),
        None => Local::new(js),
    }
}

/// This thread's, if it has one.
pub(crate) fn current() -> Option<Rc<Local>> {
    HERE.with(|here| here.borrow().clone())
}

/// Does what is in the mailbox.
pub(crate) fn look(js: Js<'_>) {
    let Some(local) = current() else { return };
    // What comes meanwhile wakes the event loop again, so that others have their turn in between.
    let tasks = std::mem::take(&mut local.mailbox.0.lock().tasks);
    for task in tasks {
        let done = js.scoped(|js| {
            let _ = catch_unwind(AssertUnwindSafe(|| task(js, &local)));
            Ok(())
        });
        drop(done);
    }
}

impl Local {
    fn new(js: Js<'_>) -> Outcome<Rc<Local>> {
        let array = js.global("Array")?;
        let from = js.property(array, js.make_text("from")?)?;
        let bind = js.property(from, js.make_text("bind")?)?;
        let local = Rc::new(Local {
            mailbox: Arc::new(Mailbox(Mutex::new(Letters { tasks: VecDeque::new(), waker: Some(Waker::new(js)?) }))),
            map: js.keep(js.global("Map")?)?,
            set: js.keep(js.global("Set")?)?,
            array_from: js.keep(js.call(from, bind, &[array])?)?,
            promises: RefCell::default(),
            callbacks: RefCell::default(),
            handles: RefCell::default(),
            next: Cell::new(1),
        });
        // After the waker was made, so that this runs before the waker is done away with.
        napi::Env::from_raw(js.0)
            .add_env_cleanup_hook((), |()| farewell())
            .map_err(|error| Error::new(ErrorCode::Internal, error))?;
        HERE.with(|here| *here.borrow_mut() = Some(local.clone()));
        Ok(local)
    }

    pub(crate) fn number(&self) -> u64 {
        self.next.replace(self.next.get() + 1)
    }

    /// Notes an open sandbox, so that it is stopped when the environment goes.
    pub(crate) fn opened(&self, handle: &Handle) {
        self.handles.borrow_mut().opened(handle);
    }

    /// A promise, and the means to settle it from any thread. The event loop stays alive until it is settled.
    pub(crate) fn promise<'s>(&self, js: Js<'s>) -> Outcome<(Pending, Val<'s>)> {
        let (deferred, promise) = js.promise()?;
        let id = self.number();
        let mut promises = self.promises.borrow_mut();
        if promises.is_empty()
            && let Some(waker) = &self.mailbox.0.lock().waker
        {
            waker.keep_alive(js, true);
        }
        promises.insert(id, deferred);
        Ok((Pending { mailbox: self.mailbox.clone(), id: Some(id) }, promise))
    }

    fn settle(&self, js: Js<'_>, id: u64, outcome: Outcome<Val<'_>>) {
        let mut promises = self.promises.borrow_mut();
        let Some(deferred) = promises.remove(&id) else { return };
        if promises.is_empty()
            && let Some(waker) = &self.mailbox.0.lock().waker
        {
            waker.keep_alive(js, false);
        }
        drop(promises);
        let settled = match outcome {
            Ok(value) => js.settle(deferred, Ok(value)),
            Err(thrown) => js.error_of(thrown).and_then(|error| js.settle(deferred, Err(error))),
        };
        // It fails only when JavaScript can run no more.
        drop(settled);
    }
}

/// A promise that is settled once, from any thread.
pub(crate) struct Pending {
    mailbox: Arc<Mailbox>,
    id: Option<u64>,
}

impl Pending {
    /// Settles it on its own thread, where `convert` makes the value.
    pub(crate) fn settle<T: Send + 'static>(
        mut self,
        outcome: Sandboxed<T>,
        convert: impl for<'s> FnOnce(Js<'s>, &Local, T) -> Outcome<Val<'s>> + Send + 'static,
    ) {
        let Some(id) = self.id.take() else { return };
        self.mailbox.post(Box::new(move |js, local| {
            let made = catch_unwind(AssertUnwindSafe(|| {
                outcome.map_err(Thrown::from).and_then(|value| convert(js, local, value))
            }));
            local.settle(js, id, made.unwrap_or_else(|_| Err(defect())));
        }));
    }

    /// Settles it now: what was to be started did not start.
    pub(crate) fn fail(mut self, js: Js<'_>, local: &Local, thrown: Thrown) {
        if let Some(id) = self.id.take() {
            local.settle(js, id, Err(thrown));
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(id) = self.id.take() {
            self.mailbox.post(Box::new(move |js, local| local.settle(js, id, Err(defect()))));
        }
    }
}

/// What a panic in this crate is told as.
pub(crate) fn defect() -> Thrown {
    Error::new(ErrorCode::Internal, "a defect in the Node binding").into()
}

/// The environment goes: nothing is posted any more, and its guests are stopped before it is gone.
fn farewell() {
    let Some(local) = HERE.with(|here| here.borrow_mut().take()) else { return };
    let mut letters = local.mailbox.0.lock();
    let (tasks, waker) = (std::mem::take(&mut letters.tasks), letters.waker.take());
    drop(letters);
    // Unanswered host calls among them tell their guests so.
    drop(tasks);
    if let Some(waker) = waker {
        waker.release();
    }
    local.handles.take().farewell(FAREWELL);
}
