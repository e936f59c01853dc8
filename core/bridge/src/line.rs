//! `Line`: one sandbox and the jobs that wait for it, in order, never two at once.
//!
//! Owns the order, the end and the cell in which the sandbox lives. Jobs run on the executor's threads;
//! synchronous calls (`sync.rs`) take the cell on their own thread while nothing is queued.

use crate::cancel::Ticket;
use crate::executor::{Executor, Left, Turned, Turns};
use crate::host::Switchboard;
use crate::lease::{Lease, still};
use crate::origin::reentrant;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Instant;
use wasm_sandbox_core::lock::{Mutex, MutexGuard};
use wasm_sandbox_core::{Prepared, Sandbox};
use wasm_sandbox_policy::{Error, ErrorCode, Usage};

/// Jobs that one sandbox lets wait; the next one is `busy`.
const LONGEST: usize = 100_000;

pub(crate) struct Line {
    pub(crate) executor: Executor,
    /// Held by whoever uses the sandbox.
    pub(crate) cell: Mutex<Cell>,
    state: Mutex<State>,
    /// Jobs queued or running, disposal included: meanwhile synchronous calls are `busy`.
    pub(crate) pending: AtomicUsize,
    pub(crate) facts: Mutex<Facts>,
    pub(crate) switchboard: Option<Arc<Switchboard>>,
}

/// The sandbox and what belongs to its instance.
#[derive(Default)]
pub(crate) struct Cell {
    /// None before it is opened and after it is closed.
    pub(crate) sandbox: Option<Sandbox>,
    /// Exports resolved for the fast path, one per name; `PreparedCall` holds the index.
    pub(crate) prepared: Vec<Prepared>,
    /// Given back with everything else.
    _seat: Option<Seat>,
}

/// One of the process's places for open sandboxes.
pub(crate) struct Seat(pub(crate) Arc<AtomicUsize>);

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

/// What can be told about a sandbox while somebody uses it.
#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) usage: Usage,
    pub(crate) memory: u64,
}

struct State {
    jobs: VecDeque<Job>,
    /// What runs now, on a thread of ours or a caller's, and the job that waits for a synchronous call to end.
    running: Vec<Arc<Ticket>>,
    /// Whether the executor knows of this line.
    scheduled: bool,
    /// Whether a thread of ours has a turn now; it sees to the end of a line that is closing.
    turning: bool,
    last_end: Instant,
    end: End,
}

enum End {
    Open,
    Closing(Vec<Finish>),
    Closed,
}

/// Told once, when everything else about a job is over, so that a new call may follow at once.
pub(crate) type Finish = Box<dyn FnOnce() + Send>;

/// One piece of work.
pub(crate) struct Job {
    pub(crate) ticket: Arc<Ticket>,
    pub(crate) queued: Instant,
    pub(crate) work: Work,
}

/// Gives what is to be told when it is over, and what is to be dropped after that.
pub(crate) type Work = Box<dyn FnOnce(Turn<'_>) -> (Finish, Left) + Send>;

/// What a job gets.
pub(crate) enum Turn<'a> {
    Run(&'a mut Cell),
    Refused(Error),
}

impl State {
    fn over(&mut self, ticket: &Arc<Ticket>) {
        self.running.retain(|other| !Arc::ptr_eq(other, ticket));
        self.last_end = Instant::now();
    }
}

impl Line {
    pub(crate) fn new(executor: Executor, switchboard: Option<Arc<Switchboard>>, seat: Seat) -> Arc<Line> {
        let state = State {
            jobs: VecDeque::new(),
            running: Vec::new(),
            scheduled: false,
            turning: false,
            last_end: Instant::now(),
            end: End::Open,
        };
        Arc::new(Line {
            executor,
            cell: Mutex::new(Cell { _seat: Some(seat), ..Cell::default() }),
            state: Mutex::new(state),
            pending: AtomicUsize::new(0),
            facts: Mutex::default(),
            switchboard,
        })
    }

    pub(crate) fn disposed(&self) -> bool {
        !matches!(self.state.lock().end, End::Open)
    }

    /// Whether the guest waits for the host function `from`.
    pub(crate) fn inside(&self, from: u64) -> bool {
        self.switchboard.as_ref().is_some_and(|switchboard| switchboard.inside(from))
    }

    pub(crate) fn at_rest(&self) -> bool {
        self.pending.load(SeqCst) == 0 && self.state.lock().running.is_empty()
    }

    /// Puts a job at the end of the line.
    pub(crate) fn push(self: &Arc<Self>, job: Job) {
        let mut state = self.state.lock();
        let over = still(&job.ticket.lease).err();
        let refusal = match state.end {
            // Whoever cancels it from now on finds it in the line.
            End::Open if job.ticket.cancelled() => cancelled(),
            End::Open if over.is_some() => over.unwrap_or_else(closed),
            End::Open if self.inside(job.ticket.origin.from) => reentrant(),
            End::Open if state.jobs.len() < LONGEST => {
                self.pending.fetch_add(1, SeqCst);
                state.jobs.push_back(job);
                if !std::mem::replace(&mut state.scheduled, true) {
                    drop(state);
                    self.executor.submit(self.clone());
                }
                return;
            }
            End::Open => Error::new(ErrorCode::Busy, format_args!("{LONGEST} calls wait for this sandbox already")),
            _ => closed(),
        };
        drop(state);
        refuse(job, refusal);
    }

    /// Cancels a job: at once while it waits, as soon as the guest has stopped when it runs.
    pub(crate) fn cancel(&self, ticket: &Arc<Ticket>) {
        ticket.cancel();
        let mut state = self.state.lock();
        let at = state.jobs.iter().position(|job| Arc::ptr_eq(&job.ticket, ticket));
        let job = at.and_then(|at| state.jobs.remove(at));
        drop(state);
        if let Some(job) = job {
            self.pending.fetch_sub(1, SeqCst);
            refuse(job, cancelled());
        }
    }

    /// Ends everything: waiting and running jobs fail with `closed`; `done` is told when the guest has stopped
    /// and its memory is given back. A loan that is over ends nothing.
    pub(crate) fn dispose(self: &Arc<Self>, lease: &Lease, done: Finish) {
        let mut state = self.state.lock();
        if still(lease).is_err() {
            drop(state);
            return tell(done);
        }
        match &mut state.end {
            End::Closing(waiters) => return waiters.push(done),
            End::Closed => {
                drop(state);
                return tell(done);
            }
            End::Open => {}
        }
        state.end = End::Closing(vec![done]);
        self.pending.fetch_add(1, SeqCst);
        let jobs = std::mem::take(&mut state.jobs);
        state.running.iter().for_each(|ticket| ticket.dispose());
        let turning = state.turning;
        drop(state);
        self.refuse_all(jobs, &closed());
        if turning {
            return;
        }
        match self.cell.try_lock() {
            Some(cell) => self.close(cell),
            None => self.close_later(),
        }
    }

    /// A synchronous call holds the cell, perhaps the very one from whose host function the disposal comes.
    fn close_later(self: &Arc<Self>) {
        let line = self.clone();
        if !self.executor.urgent(Box::new(move || line.close(line.cell.lock()))) {
            // Without a thread to wait on: nothing runs any more after that call, and its memory goes with the line.
            self.closed();
        }
    }

    /// The guest has stopped: gives everything back and tells those who wait for that.
    fn close(&self, mut cell: MutexGuard<'_, Cell>) {
        let held = std::mem::take(&mut *cell);
        drop(cell);
        let _ = crate::guard::guarded(|| {
            drop(held);
            Ok(())
        });
        self.facts.lock().memory = 0;
        self.closed();
    }

    fn closed(&self) {
        let end = std::mem::replace(&mut self.state.lock().end, End::Closed);
        if let End::Closing(waiters) = end {
            waiters.into_iter().for_each(tell);
        }
    }

    /// After a panic nothing of the sandbox is used again.
    pub(crate) fn poison(&self, cell: &mut Cell) {
        let held = std::mem::take(cell);
        let _ = crate::guard::guarded(|| {
            drop(held);
            Ok(())
        });
        let mut state = self.state.lock();
        if matches!(state.end, End::Open) {
            state.end = End::Closed;
        }
        let jobs = std::mem::take(&mut state.jobs);
        drop(state);
        self.refuse_all(jobs, &closed());
    }

    /// A run begins on the caller's thread or ours. `Err`: the sandbox is being disposed of.
    pub(crate) fn enter(&self, ticket: &Arc<Ticket>) -> Result<(), Error> {
        let mut state = self.state.lock();
        if !matches!(state.end, End::Open) {
            return Err(closed());
        }
        state.running.push(ticket.clone());
        Ok(())
    }

    /// The run is over.
    pub(crate) fn leave(&self, ticket: &Arc<Ticket>) {
        self.state.lock().over(ticket);
    }

    /// Notes what can be told while somebody else uses the sandbox.
    pub(crate) fn note(&self, cell: &Cell) {
        if let Some(sandbox) = &cell.sandbox {
            let mut facts = self.facts.lock();
            (facts.usage, facts.memory) = (sandbox.stats(), sandbox.memory_usage());
        }
    }

    fn refuse_all(&self, jobs: VecDeque<Job>, why: &Error) {
        self.pending.fetch_sub(jobs.len(), SeqCst);
        jobs.into_iter().for_each(|job| refuse(job, why.clone()));
    }
}

impl Turns for Line {
    fn turn(self: Arc<Self>) -> Turned {
        let mut state = self.state.lock();
        let Some(job) = state.jobs.pop_front() else {
            state.scheduled = false;
            return Turned { more: false, left: None };
        };
        let ticket = job.ticket.clone();
        state.turning = true;
        state.running.push(ticket.clone());
        drop(state);
        let mut cell = self.cell.lock();
        let (finish, left) = (job.work)(Turn::Run(&mut cell));
        self.note(&cell);
        drop(cell);
        let mut state = self.state.lock();
        state.over(&ticket);
        state.turning = false;
        let more = !state.jobs.is_empty();
        state.scheduled = more;
        let closing = matches!(state.end, End::Closing(_));
        drop(state);
        self.pending.fetch_sub(1, SeqCst);
        tell(finish);
        if closing {
            self.close(self.cell.lock());
        }
        Turned { more, left: Some(left) }
    }

    fn expire(&self, now: Instant) -> Option<Instant> {
        let patience = self.executor.patience();
        let mut state = self.state.lock();
        let last_end = state.last_end;
        let due = |job: &Job| job.queued.max(last_end) + patience;
        let late = state.jobs.iter().take_while(|job| due(job) <= now).count();
        let rest = state.jobs.split_off(late);
        let late = std::mem::replace(&mut state.jobs, rest);
        let next = state.jobs.front().map(due);
        state.scheduled = next.is_some();
        drop(state);
        let why = format_args!("no thread was free within {} ms (queueTimeoutMs)", patience.as_millis());
        self.refuse_all(late, &Error::new(ErrorCode::Busy, why).with("field", "queueTimeoutMs"));
        next
    }

    fn refuse(&self) {
        let mut state = self.state.lock();
        state.scheduled = false;
        let jobs = std::mem::take(&mut state.jobs);
        drop(state);
        self.refuse_all(jobs, &Error::new(ErrorCode::Busy, "the process gets no further threads"));
    }
}

fn refuse(job: Job, why: Error) {
    let (finish, _left) = (job.work)(Turn::Refused(why));
    tell(finish);
}

/// A panic of the binding's own callback must not take a worker with it.
pub(crate) fn tell(finish: Finish) {
    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(finish));
}

/// The error of what never began.
pub(crate) fn cancelled() -> Error {
    Error::new(ErrorCode::Cancelled, "the caller cancelled this call before it began")
}

/// The error of whatever comes too late.
pub(crate) fn closed() -> Error {
    Error::new(ErrorCode::Closed, "this sandbox was disposed of")
}
