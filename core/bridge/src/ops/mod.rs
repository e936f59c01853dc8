//! The reference API's operations by name: what bindings without a layer of their own call.
//!
//! An operation is named as in the TypeScript declarations (`WasmSandbox.fromFile`, `Session.run`, `run`) and takes a map
//! of its parameters by their names there; its answer is a value with the keys of the declared type, or a new guest.
//! Callbacks come as a `Host`, cancellation as a `Stop`. Here names are matched; the files beside read and answer.

mod address;
mod answers;
mod arguments;
mod disk;
mod document;
mod download;
mod guests;
mod opening;
mod policies;
mod pools;
mod process;

use crate::bridge::Bridge;
use crate::guard::contained;
use crate::handle::Handle;
use crate::host::Host;
use crate::lookout::telling;
use crate::options::OpenRequest;
use crate::pool::Loan;
use crate::prepared::PreparedCall;
pub use crate::stop::Stop;
pub(crate) use answers::result as whole_result;
use arguments::Arguments;
pub use guests::calls;
pub use opening::{Load, call_settings, load, lone_run, one_run, request};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::channel;
use wasm_sandbox_policy::{Error, ErrorCode, Result, Value};

/// An open sandbox or session with what it was opened with. Clones name the same one; the last one dropped disposes of
/// it, or gives it back to the pool that has lent it.
#[derive(Clone)]
pub struct Guest {
    handle: Handle,
    opened: Arc<Opened>,
}

struct Opened {
    request: OpenRequest,
    host: Option<Arc<dyn Host>>,
}

impl Guest {
    /// One that was opened without an operation, and can do the same. `host` is its forks' as well.
    pub fn new(handle: Handle, request: OpenRequest, host: Option<Arc<dyn Host>>) -> Guest {
        Guest { handle, opened: Arc::new(Opened { request, host }) }
    }

    /// The same for as long as it is lent.
    pub(crate) fn lent(&self, loan: Loan) -> Guest {
        Guest { handle: self.handle.lent(loan), opened: self.opened.clone() }
    }

    /// What does it.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }
}

/// Guests of one kind, kept open. Clones name the same one; the last one dropped disposes of it.
#[derive(Clone)]
pub struct Pool {
    pool: crate::pool::Pool,
    plan: Arc<pools::Plan>,
}

impl Pool {
    /// Whether one of its guests waits for the host function `from`.
    pub fn inside(&self, from: u64) -> bool {
        self.pool.inside(from)
    }
}

/// What an operation answers.
pub enum Answer {
    Value(Value),
    Guest(Guest),
    Pool(Pool),
    Prepared(PreparedCall),
}

/// What an operation is done with.
#[derive(Clone, Copy)]
pub enum Target<'a> {
    Guest(&'a Guest),
    Pool(&'a Pool),
}

/// One operation.
pub struct Request<'a> {
    /// What it is about, if anything.
    pub target: Option<Target<'a>>,
    pub operation: &'a str,
    /// A map of the parameters by name. What is null is not given.
    pub arguments: Value,
    /// Callbacks of what is opened; where a guest or a pool opens it, they are its own.
    pub host: Option<Arc<dyn Host>>,
}

type Done = Box<dyn FnOnce(Result<Answer>) + Send>;

/// An operation that was understood.
enum Begun {
    Over(Answer),
    /// Goes on elsewhere and tells `Done` once.
    Under(Box<dyn FnOnce(Done)>),
}

impl Begun {
    fn value(value: Value) -> Result<Begun> {
        Ok(Begun::Over(Answer::Value(value)))
    }

    fn later(work: impl FnOnce(Done) + 'static) -> Result<Begun> {
        Ok(Begun::Under(Box::new(work)))
    }
}

/// Where an operation runs.
#[derive(Clone, Copy, PartialEq)]
enum Where {
    /// On the caller's thread.
    Here,
    /// On one of ours.
    There,
}

/// Who waits for an operation. Dropped untold, it tells of the defect: nobody must wait for ever.
struct Listener(Option<Done>);

impl Listener {
    fn tell(mut self, outcome: Result<Answer>) {
        if let Some(done) = self.0.take() {
            done(outcome);
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(done) = self.0.take() {
            done(Err(Error::new(
                ErrorCode::Internal,
                "a defect in wasm-sandbox: an operation ended without an answer",
            )));
        }
    }
}

/// Starts an operation. `done` is told once, whatever happens, on a thread of ours, or on this one when it takes no
/// time. With `look_out` this thread stays a moment, and tells an answer that comes meanwhile.
pub fn invoke(request: Request<'_>, stop: &Stop, look_out: bool, done: impl FnOnce(Result<Answer>) + Send + 'static) {
    telling(look_out, |done| start(request, stop, done), done);
}

fn start(request: Request<'_>, stop: &Stop, done: Done) {
    let listener = Listener(Some(done));
    match contained(|| begin(request, stop, Where::There)) {
        Ok(Begun::Over(answer)) => listener.tell(Ok(answer)),
        Ok(Begun::Under(work)) => {
            // What panics drops the listener.
            let _ = catch_unwind(AssertUnwindSafe(|| work(Box::new(move |outcome| listener.tell(outcome)))));
        }
        Err(error) => listener.tell(Err(error)),
    }
}

/// Does an operation and comes back when it is over. Calls and runs take place on the caller's own thread, and are `busy`
/// while others run or wait; everything else takes its turn. `stop` says where it comes from, and ends what takes its
/// turn.
pub fn invoke_now(request: Request<'_>, stop: &Stop) -> Result<Answer> {
    match begin(request, stop, Where::Here)? {
        Begun::Over(answer) => Ok(answer),
        Begun::Under(work) => {
            let (tell, outcome) = channel();
            work(Box::new(move |answer| {
                let _ = tell.send(answer);
            }));
            outcome
                .recv()
                .unwrap_or_else(|_| Err(Error::new(ErrorCode::Internal, "an operation ended without an answer")))
        }
    }
}

fn begin(request: Request<'_>, stop: &Stop, place: Where) -> Result<Begun> {
    let Request { target, operation, arguments, host } = request;
    let mut args = Arguments::of(arguments, "$")?;
    match target {
        Some(Target::Guest(guest)) => return guests::operation(guest, operation, args, stop, place),
        Some(Target::Pool(pool)) => return pools::operation(pool, operation, args, stop),
        None => {}
    }
    let plain = policies::operation(operation, &mut args).or_else(|| download::operation(operation, &mut args));
    if let Some(answer) = plain {
        return Begun::value(answer?);
    }
    process::operation(operation, args, host, stop, place)
}

/// No such operation: a binding that is newer or older than this part.
fn unknown(operation: &str) -> Error {
    Error::new(ErrorCode::Unsupported, format_args!("this build has no operation {operation:?}"))
        .with("operation", operation)
}

fn bridge() -> Result<Bridge> {
    Bridge::process().cloned()
}
