//! `Handle`: one open sandbox as bindings see it. Clones name the same one; the last one dropped disposes of it.

use crate::bridge::Open;
use crate::cancel::Ticket;
use crate::executor::Left;
use crate::lease::{Lease, still};
use crate::line::{Cell, Finish, Job, Line, Turn, closed};
use crate::options::CallSettings;
use crate::origin::{Origin, reentrant};
use crate::pool::Loan;
use crate::prepared::PreparedCall;
use crate::sync::OPENING;
use crate::work::{self, Call, with_sandbox};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Instant;
use wasm_sandbox_core::lock::Mutex;
use wasm_sandbox_core::{Run, SessionImage};
use wasm_sandbox_policy::{AuditEvent, Error, ErrorCode, Result, RunResult, Usage, Value};

#[derive(Clone)]
pub struct Handle(Arc<Inner>);

struct Inner {
    line: Arc<Line>,
    tickets: Mutex<HashMap<u32, Arc<Ticket>>>,
    next_token: AtomicU32,
    exports: Arc<OnceLock<String>>,
    /// Of a pool's sandbox, for as long as somebody has it.
    loan: Option<Loan>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        // What is lent goes back instead.
        if self.loan.is_none() {
            self.line.dispose(&None, Box::new(|| {}));
        }
    }
}

/// Names a handle without keeping it.
#[derive(Clone)]
pub struct WeakHandle(Weak<Inner>);

impl WeakHandle {
    /// Whether nobody keeps the handle any more.
    pub fn gone(&self) -> bool {
        self.0.strong_count() == 0
    }

    /// The handle, while anybody keeps it.
    pub fn upgrade(&self) -> Option<Handle> {
        self.0.upgrade().map(Handle)
    }
}

impl Handle {
    /// What it is a handle of, which others may have later.
    pub(crate) fn line(&self) -> &Arc<Line> {
        &self.0.line
    }

    /// A name for it that does not keep it.
    pub fn downgrade(&self) -> WeakHandle {
        WeakHandle(Arc::downgrade(&self.0))
    }

    pub(crate) fn new(line: Arc<Line>) -> Handle {
        Handle::of(line, Arc::default(), None)
    }

    /// The same sandbox for as long as it is lent: for whoever keeps this handle longer it is closed.
    pub(crate) fn lent(&self, loan: Loan) -> Handle {
        Handle::of(self.0.line.clone(), self.0.exports.clone(), Some(loan))
    }

    fn of(line: Arc<Line>, exports: Arc<OnceLock<String>>, loan: Option<Loan>) -> Handle {
        let next_token = AtomicU32::new(1);
        Handle(Arc::new(Inner { line, tickets: Mutex::default(), next_token, exports, loan }))
    }

    /// The number by which a pool takes it back; 0 is of no loan.
    pub(crate) fn loan(&self) -> u64 {
        self.0.loan.as_ref().map_or(0, |loan| loan.number)
    }

    /// `closed` when it has gone back.
    #[inline]
    pub(crate) fn still_lent(&self) -> Result<()> {
        self.0.loan.as_ref().map_or(Ok(()), |loan| still(&loan.term))
    }

    /// For work that comes from `origin`.
    pub(crate) fn ticket(&self, origin: Origin) -> Arc<Ticket> {
        Ticket::new(origin, self.lease().clone())
    }

    fn lease(&self) -> &Lease {
        self.0.loan.as_ref().map_or(&None, |loan| &loan.term)
    }

    pub(crate) fn open(&self, open: Open, token: u32, done: impl FnOnce(Result<()>) + Send + 'static) {
        let inner = self.0.clone();
        self.submit(token, move |cell, ticket| opened(cell, ticket, open, &inner), done);
    }

    /// Both in one turn: a run in a sandbox of its own waits for a thread once.
    pub(crate) fn open_and_run(
        &self,
        open: Open,
        run: Run,
        settings: CallSettings,
        token: u32,
        done: impl FnOnce(Result<RunResult>) + Send + 'static,
    ) {
        let inner = self.0.clone();
        let work = move |cell: &mut Cell, ticket: &Arc<Ticket>| {
            opened(cell, ticket, open, &inner)?;
            with_sandbox(cell, |s| work::run(s, ticket, run, &settings))
        };
        self.submit(token, work, done);
    }

    pub(crate) fn open_now(&self, open: Open, origin: Origin) -> Result<()> {
        let inner = self.0.clone();
        let work = move |cell: &mut Cell, ticket: &Arc<Ticket>| opened(cell, ticket, open, &inner);
        self.0.line.run_now(Some(OPENING), self.ticket(origin), work)
    }

    /// Calls an export or a defined function.
    pub fn call(
        &self,
        call: Call,
        settings: CallSettings,
        token: u32,
        done: impl FnOnce(Result<RunResult>) + Send + 'static,
    ) {
        self.submit(token, move |cell, ticket| with_sandbox(cell, |s| work::call(s, ticket, call, &settings)), done);
    }

    /// The same, with what was recorded meanwhile.
    pub fn call_audited(
        &self,
        call: Call,
        settings: CallSettings,
        token: u32,
        done: impl FnOnce(Result<(RunResult, Vec<AuditEvent>)>) + Send + 'static,
    ) {
        self.submit(token, move |cell, ticket| with_sandbox(cell, |s| work::audited(s, ticket, call, &settings)), done);
    }

    /// Several calls in one crossing: results in order; the first failure is the batch's, with `details.index`.
    pub fn call_batch(
        &self,
        calls: Vec<Call>,
        settings: CallSettings,
        token: u32,
        done: impl FnOnce(Result<Vec<Value>>) + Send + 'static,
    ) {
        self.submit(token, move |cell, ticket| with_sandbox(cell, |s| work::batch(s, ticket, calls, &settings)), done);
    }

    /// Runs source text or a command.
    pub fn run(
        &self,
        run: Run,
        settings: CallSettings,
        token: u32,
        done: impl FnOnce(Result<RunResult>) + Send + 'static,
    ) {
        self.submit(token, move |cell, ticket| with_sandbox(cell, |s| work::run(s, ticket, run, &settings)), done);
    }

    /// Back to the state after opening.
    pub fn reset(&self, token: u32, done: impl FnOnce(Result<()>) + Send + 'static) {
        self.submit(token, |cell, ticket| with_sandbox(cell, |s| s.reset(&ticket.begin())), done);
    }

    /// The session as a sealed file. `key` defaults to this installation's.
    pub fn snapshot(&self, key: Option<Vec<u8>>, token: u32, done: impl FnOnce(Result<Vec<u8>>) + Send + 'static) {
        self.submit(token, move |cell, _| with_sandbox(cell, |s| s.snapshot(key.as_deref())), done);
    }

    pub(crate) fn image(&self, token: u32, done: impl FnOnce(Result<SessionImage>) + Send + 'static) {
        self.submit(token, |cell, _| with_sandbox(cell, |s| s.image()), done);
    }

    /// Gives unused pages back; bytes freed.
    pub fn collect_garbage(&self, token: u32, done: impl FnOnce(Result<u64>) + Send + 'static) {
        let settings = CallSettings::default();
        self.submit(
            token,
            move |cell, ticket| with_sandbox(cell, |s| s.collect_garbage(&work::options(ticket, &settings))),
            done,
        );
    }

    /// `call` on the caller's thread; `busy` while anything runs or waits.
    pub fn call_now(&self, call: Call, settings: CallSettings, origin: Origin) -> Result<RunResult> {
        self.now(origin, move |cell, ticket| with_sandbox(cell, |s| work::call(s, ticket, call, &settings)))
    }

    /// `run` on the caller's thread; `busy` while anything runs or waits.
    pub fn run_now(&self, run: Run, settings: CallSettings, origin: Origin) -> Result<RunResult> {
        self.now(origin, move |cell, ticket| with_sandbox(cell, |s| work::run(s, ticket, run, &settings)))
    }

    /// Resolves a numeric export for the fast path, on the caller's thread.
    pub fn prepare(&self, name: String) -> Result<PreparedCall> {
        let (guest, line) = (self.clone(), self.0.line.clone());
        self.now(Origin::default(), move |cell, _| PreparedCall::find(guest, &line, cell, name))
    }

    /// Ends it: running and waiting calls fail with `closed`; `done` is told when the guest has stopped. It may be
    /// called again. What a pool has back is left alone.
    pub fn dispose(&self, done: impl FnOnce() + Send + 'static) {
        self.0.line.dispose(self.lease(), Box::new(done));
    }

    /// Whether it was disposed of, closed by a panic, or given back to its pool.
    pub fn disposed(&self) -> bool {
        self.still_lent().is_err() || self.0.line.disposed()
    }

    /// Whether nothing runs or waits.
    pub(crate) fn at_rest(&self) -> bool {
        self.0.line.at_rest()
    }

    /// Whether it waits for the host function `from`, whose calls of it could never begin.
    pub fn inside(&self, from: u64) -> bool {
        self.0.line.inside(from)
    }

    /// Refuses such a call.
    pub(crate) fn outside(&self, from: u64) -> Result<()> {
        if self.inside(from) { Err(reentrant()) } else { Ok(()) }
    }

    /// A number by which the next work that is given it can be cancelled, and which says where that comes from; 0 stands
    /// for none.
    pub fn new_token(&self, origin: Origin) -> u32 {
        let token = self.0.next_token.fetch_update(Relaxed, Relaxed, |n| Some(n.wrapping_add(1).max(1))).unwrap_or(1);
        self.0.tickets.lock().insert(token, self.ticket(origin));
        token
    }

    /// A token is not needed after all: nothing was begun with it.
    pub fn forget(&self, token: u32) {
        self.0.tickets.lock().remove(&token);
    }

    /// Cancels the call with this token, waiting or running; nothing happens when it is over.
    pub fn cancel(&self, token: u32) {
        let ticket = self.0.tickets.lock().get(&token).cloned();
        if let Some(ticket) = ticket {
            self.0.line.cancel(&ticket);
        }
    }

    /// Bytes that the guest holds now, or held before the call that runs now.
    pub fn memory_usage(&self) -> u64 {
        if self.still_lent().is_err() {
            return 0;
        }
        self.refresh();
        self.0.line.facts.lock().memory
    }

    /// What all calls together have used; the one that runs now is not in it.
    pub fn stats(&self) -> Usage {
        if self.still_lent().is_err() {
            return Usage::default();
        }
        self.refresh();
        self.0.line.facts.lock().usage.clone()
    }

    /// What the module exports, as JSON.
    pub fn exports(&self) -> Result<&str> {
        self.still_lent()?;
        if self.0.line.disposed() {
            return Err(closed());
        }
        Ok(self.0.exports.get().map_or("[]", String::as_str))
    }

    /// Takes the figures over unless somebody is changing them.
    fn refresh(&self) {
        if let Some(cell) = self.0.line.cell.try_lock() {
            self.0.line.note(&cell);
        }
    }

    fn now<T: Send + 'static>(
        &self,
        origin: Origin,
        work: impl FnOnce(&mut Cell, &Arc<Ticket>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.outside(origin.from)?;
        self.0.line.run_now(None, self.ticket(origin), work)
    }

    /// Queues `work`. The handle lives at least until it is done.
    fn submit<T: Send + 'static>(
        &self,
        token: u32,
        work: impl FnOnce(&mut Cell, &Arc<Ticket>) -> Result<T> + Send + 'static,
        done: impl FnOnce(Result<T>) + Send + 'static,
    ) {
        let known =
            if token == 0 { Some(self.ticket(Origin::default())) } else { self.0.tickets.lock().get(&token).cloned() };
        let Some(ticket) = known else {
            return done(Err(Error::new(
                ErrorCode::InvalidArgument,
                format_args!("token {token} is not one of this sandbox, or was used"),
            )));
        };
        let (held, own) = (self.clone(), ticket.clone());
        let work = move |turn: Turn<'_>| -> (Finish, Left) {
            let line = &held.0.line;
            let outcome = match turn {
                Turn::Run(cell) => line.run_in(cell, &own, work),
                Turn::Refused(error) => Err(error),
            };
            if token != 0 {
                held.0.tickets.lock().remove(&token);
            }
            (Box::new(move || done(outcome)), Box::new(held))
        };
        self.0.line.push(Job { ticket, queued: Instant::now(), work: Box::new(work) });
    }
}

/// Puts the opened sandbox into its cell; after a failure there is nothing to be used.
fn opened(cell: &mut Cell, ticket: &Arc<Ticket>, open: Open, inner: &Inner) -> Result<()> {
    match open(&ticket.begin()) {
        Ok(sandbox) => {
            let exports =
                serde_json::to_string(sandbox.exports()).map_err(|error| Error::new(ErrorCode::Internal, error))?;
            let _ = inner.exports.set(exports);
            cell.sandbox = Some(sandbox);
            inner.line.note(cell);
            Ok(())
        }
        Err(error) => {
            inner.line.poison(cell);
            Err(error)
        }
    }
}
