//! What belongs to one environment and its thread: the mailbox, pending promises, callbacks, open handles.
//!
//! Everything of JavaScript that other threads need is named by number and looked up here, on its own thread.

use crate::callbacks::Callbacks;
use crate::js::{Deferred, Js, Kept, Outcome, Thrown, Val};
use crate::mailbox::{Mailbox, Task};
use crate::waker::Waker;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use wasm_sandbox_bridge::policy::{Error, ErrorCode, Result as Sandboxed};
use wasm_sandbox_bridge::{Handle, Lookout, Roster};

/// How long an environment that goes waits for its guests to stop.
const FAREWELL: Duration = Duration::from_secs(5);

/// See the module's head.
pub(crate) struct Local {
    pub(crate) mailbox: Arc<Mailbox>,
    /// `Object.prototype`.
    pub(crate) plain: Kept,
    pub(crate) map: Kept,
    pub(crate) set: Kept,
    pub(crate) array_from: Kept,
    /// While one of our callbacks is on the stack, as it is whenever this thread does something here.
    env: napi::sys::napi_env,
    promises: RefCell<HashMap<u64, Deferred>>,
    pub(crate) callbacks: RefCell<HashMap<u64, Rc<Callbacks>>>,
    handles: Roster,
    next: Cell<u64>,
    lookout: Lookout,
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
    local.lookout.turned();
    for task in local.mailbox.take() {
        local.perform(js, task);
    }
}

impl Local {
    fn new(js: Js<'_>) -> Outcome<Rc<Local>> {
        let array = js.global("Array")?;
        let from = js.property(array, js.make_text("from")?)?;
        let bind = js.property(from, js.make_text("bind")?)?;
        let local = Rc::new(Local {
            mailbox: Arc::new(Mailbox::new(Waker::new(js)?)),
            plain: js.keep(js.property(js.global("Object")?, js.make_text("prototype")?)?)?,
            map: js.keep(js.global("Map")?)?,
            set: js.keep(js.global("Set")?)?,
            array_from: js.keep(js.call(from, bind, &[array])?)?,
            env: js.0,
            promises: RefCell::default(),
            callbacks: RefCell::default(),
            handles: Roster::new(),
            next: Cell::new(1),
            lookout: Lookout::default(),
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
        self.handles.opened(handle);
    }

    /// A promise, and the means to settle it from any thread. The event loop stays alive until it is settled.
    pub(crate) fn promise<'s>(&self, js: Js<'s>) -> Outcome<(Pending, Val<'s>)> {
        let (deferred, promise) = js.promise()?;
        let id = self.number();
        let mut promises = self.promises.borrow_mut();
        if promises.is_empty() {
            self.mailbox.keep_alive(js, true);
        }
        promises.insert(id, deferred);
        Ok((Pending { mailbox: self.mailbox.clone(), id: Some(id) }, promise))
    }

    fn perform(&self, js: Js<'_>, task: Task) {
        let done = js.scoped(|js| {
            let _ = catch_unwind(AssertUnwindSafe(|| task(js, self)));
            Ok(())
        });
        drop(done);
    }

    /// Something has just begun: where nothing else is going on and such things take no time, waits for its answer a
    /// moment. The event loop has its turn all the same, now and then.
    pub(crate) fn look_out(&self, js: Js<'_>) {
        if self.promises.borrow().len() != 1 || !self.lookout.worth_while() {
            return;
        }
        if self.lookout.begins() {
            self.mailbox.wake();
        }
        match self.mailbox.look_out() {
            Some(answer) => self.perform(js, answer),
            None => self.lookout.in_vain(),
        }
    }

    fn settle(&self, js: Js<'_>, id: u64, outcome: Outcome<Val<'_>>) {
        let mut promises = self.promises.borrow_mut();
        let Some(deferred) = promises.remove(&id) else { return };
        if promises.is_empty() {
            self.mailbox.keep_alive(js, false);
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
    /// Settles it on its own thread, where `convert` makes the value: at once, when that is this one.
    pub(crate) fn settle<T: Send + 'static>(
        mut self,
        outcome: Sandboxed<T>,
        convert: impl for<'s> FnOnce(Js<'s>, &Local, T) -> Outcome<Val<'s>> + Send + 'static,
    ) {
        let Some(id) = self.id.take() else { return };
        let settle = move |js: Js<'_>, local: &Local| {
            let made = catch_unwind(AssertUnwindSafe(|| {
                outcome.map_err(Thrown::from).and_then(|value| convert(js, local, value))
            }));
            local.settle(js, id, made.unwrap_or_else(|_| Err(defect())));
        };
        match current().filter(|local| Arc::ptr_eq(&local.mailbox, &self.mailbox)) {
            Some(local) => {
                let env = napi::Env::from_raw(local.env);
                let _ = Js::of(&env).scoped(|js| {
                    settle(js, &local);
                    Ok(())
                });
            }
            None => self.mailbox.answer(Box::new(settle)),
        }
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
            self.mailbox.answer(Box::new(move |js, local| local.settle(js, id, Err(defect()))));
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
    local.mailbox.close();
    local.handles.farewell(FAREWELL);
}
