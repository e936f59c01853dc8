//! What a binding offers the guests of one sandbox, and on which thread it is asked.
//!
//! A host function runs on the guest's thread. During a synchronous call that thread is the caller's own; when
//! the call had to be moved to a thread of ours, the waiting caller's thread is asked instead (`detour`).

use crate::origin::{Frames, Origin, Within};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Sender, SyncSender, sync_channel};
use wasm_sandbox_core::lock::Mutex;
use wasm_sandbox_core::{HostCall, HostError, HostFunctions, HostReply, OutputSink, Stream};
use wasm_sandbox_policy::{AuditEvent, Error, ErrorCode};

/// A binding's side of one sandbox. Every method is called on the caller's own thread during a synchronous
/// call, and on a thread of ours otherwise; it must not block for longer than its answer takes.
pub trait Host: Send + Sync {
    /// Names of the host functions.
    fn names(&self) -> Vec<String>;
    /// Calls one. A panic closes the sandbox.
    fn call(&self, call: HostCall, within: Within) -> HostReply;
    /// The guest wrote. `tag`: of the operation that it is at, 0 where it is one without.
    fn output(&self, _tag: u64, _stream: Stream, _bytes: &[u8]) {}
    /// A decision was taken and recorded.
    fn audit(&self, _tag: u64, _event: &AuditEvent) {}
    /// Whether `output` is of interest.
    fn wants_output(&self) -> bool {
        false
    }
    /// Whether `audit` is of interest.
    fn wants_audit(&self) -> bool {
        false
    }
}

/// An error of a host function, which the guest gets as an exception of this kind.
pub fn raised(kind: &str, message: impl Into<String>) -> HostError {
    HostError { kind: kind.into(), message: message.into(), ..HostError::default() }
}

/// The same of an error of ours: what cannot cross has the wrong type.
pub fn raised_by(error: Error) -> HostError {
    raised(if error.code == ErrorCode::InvalidArgument { "TypeError" } else { "Error" }, error.message)
}

/// What the caller's waiting thread does for a moved call.
pub(crate) enum Errand {
    Call(Box<HostCall>, Within, SyncSender<Answer>),
    Output(u64, Stream, Vec<u8>),
    Audit(u64, AuditEvent),
    /// The moved call is over.
    Over,
}

/// A host function's reply, or what it panicked with.
type Answer = std::thread::Result<HostReply>;

/// Stands between the core and the binding's host.
pub(crate) struct Switchboard {
    host: Arc<dyn Host>,
    detour: Mutex<Option<Sender<Errand>>>,
    frames: Arc<Frames>,
    /// The guest's number among all of the process: functions that it waited for may be at work when it has gone.
    guest: u64,
    /// Of the operation that the guest is at.
    origin: Mutex<Origin>,
}

impl Switchboard {
    pub(crate) fn new(host: Arc<dyn Host>, frames: Arc<Frames>) -> Arc<Switchboard> {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let guest = LAST.fetch_add(1, Relaxed);
        Arc::new(Switchboard { host, detour: Mutex::new(None), frames, guest, origin: Mutex::default() })
    }

    /// The guest is at an operation that comes from `origin`.
    pub(crate) fn serve(&self, origin: Origin) {
        *self.origin.lock() = origin;
    }

    /// Whether the guest waits for the host function `from`.
    pub(crate) fn inside(&self, from: u64) -> bool {
        self.frames.inside(self.guest, from)
    }

    fn tag(&self) -> u64 {
        self.origin.lock().tag
    }

    /// From now on errands go to `to`, or straight to the host when there is none.
    pub(crate) fn set_detour(&self, to: Option<Sender<Errand>>) {
        *self.detour.lock() = to;
    }

    /// Runs one errand on this thread. False: it was the last.
    pub(crate) fn run(&self, errand: Errand) -> bool {
        match errand {
            Errand::Call(call, within, answer) => {
                let reply = catch_unwind(AssertUnwindSafe(|| self.host.call(*call, within)));
                // The guest may have gone meanwhile; then nobody wants the answer.
                let _ = answer.send(reply);
            }
            Errand::Output(tag, stream, bytes) => self.host.output(tag, stream, &bytes),
            Errand::Audit(tag, event) => self.host.audit(tag, &event),
            Errand::Over => return false,
        }
        true
    }

    /// Sends an errand on its detour. `Err` gives it back when there is none.
    fn send(&self, errand: Errand) -> Result<(), Errand> {
        match self.detour.lock().as_ref() {
            Some(to) => to.send(errand).map_err(|unsent| unsent.0),
            None => Err(errand),
        }
    }
}

impl HostFunctions for Switchboard {
    fn names(&self) -> Vec<String> {
        self.host.names()
    }

    fn call(&self, mut call: HostCall) -> HostReply {
        let origin = *self.origin.lock();
        let entered = self.frames.enter(self.guest, origin.from);
        let within = Within { tag: origin.tag, frame: entered.number };
        call.reply.hold(entered);
        if self.detour.lock().is_none() {
            return self.host.call(call, within);
        }
        let (answer, reply) = sync_channel(1);
        match self.send(Errand::Call(Box::new(call), within, answer)) {
            Err(Errand::Call(call, within, _)) => self.host.call(*call, within),
            _ => match reply.recv() {
                Ok(Ok(reply)) => reply,
                // The core's own guard sees it and closes the sandbox.
                Ok(Err(panic)) => resume_unwind(panic),
                Err(_) => HostReply::Now(Err(raised("HostError", "the calling thread went away"))),
            },
        }
    }
}

impl OutputSink for Switchboard {
    fn write(&self, stream: Stream, bytes: &[u8]) {
        if self.detour.lock().is_none() {
            return self.host.output(self.tag(), stream, bytes);
        }
        let _ = self.send(Errand::Output(self.tag(), stream, bytes.to_vec()));
    }
}

impl Switchboard {
    pub(crate) fn host(&self) -> &dyn Host {
        self.host.as_ref()
    }

    /// Passes one recorded decision on.
    pub(crate) fn audited(&self, event: &AuditEvent) {
        let tag = self.tag();
        if self.send(Errand::Audit(tag, event.clone())).is_err() {
            self.host.audit(tag, event);
        }
    }
}
