//! Calling the host's functions: permission, counting, waiting on (answer | cancel | deadline), panics.

use crate::audit::AuditLog;
use crate::lock::Mutex;
use crate::time::Slot;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use wasm_sandbox_policy::{AuditOutcome, Details, Error, ErrorCode, Policy, Result, Value};

/// The functions that a host offers to one sandbox.
pub trait HostFunctions: Send + Sync {
    /// Names under which the guest finds them.
    fn names(&self) -> Vec<String>;

    /// Calls one of them, on the guest's thread. `HostReply::Later` means that `call.reply` will be used,
    /// from any thread.
    fn call(&self, call: HostCall) -> HostReply;
}

/// One call of a host function.
pub struct HostCall {
    pub name: String,
    pub args: Vec<Value>,
    /// Arguments by keyword, from languages that have them.
    pub named: Vec<(String, Value)>,
    pub reply: Reply,
}

/// What a host function answered at once.
pub enum HostReply {
    Now(Result<Value, HostError>),
    /// The answer comes through the call's `Reply`.
    Later,
}

/// An error of a host function, raised in the guest as an exception of this type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HostError {
    pub kind: String,
    pub message: String,
    /// Set for errors of the sandbox itself (`access_denied`, `unsupported`).
    pub code: Option<ErrorCode>,
    pub details: Details,
}

/// Where a later answer goes. Dropping it unanswered is an error in the guest, never a hang.
pub struct Reply {
    id: u32,
    inbox: Arc<Inbox>,
    sent: bool,
    held: Option<Box<dyn Send>>,
}

impl Reply {
    /// The answer.
    pub fn settle(mut self, answer: Result<Value, HostError>) {
        self.send(State::Settled(answer));
    }

    /// Keeps `guard` until the call is answered, at once or later.
    pub fn hold(&mut self, guard: impl Send + 'static) {
        self.held = Some(Box::new(guard));
    }

    /// The function has returned a promise: the guest may go on, `settle` follows.
    pub fn defer(&self) {
        self.inbox.set(self.id, State::Deferred);
    }

    fn send(&mut self, state: State) {
        self.sent = true;
        self.held = None;
        self.inbox.set(self.id, state);
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if !self.sent {
            self.send(State::Dropped);
        }
    }
}

enum State {
    Deferred,
    Settled(Result<Value, HostError>),
    /// Nobody will answer. Said in words only where somebody waits: most functions answer at once and need no reply.
    Dropped,
}

fn dropped() -> HostError {
    let message = "the host dropped this call without an answer".to_owned();
    HostError { kind: "HostError".into(), message, ..HostError::default() }
}

/// Answers that arrive from other threads, until the guest's thread takes them.
struct Inbox {
    slot: Arc<Slot>,
    states: Mutex<HashMap<u32, State>>,
}

impl Inbox {
    fn set(&self, id: u32, state: State) {
        self.states.lock().insert(id, state);
        self.slot.notify();
    }
}

/// What a call came to, as the guest's convention sees it.
pub(crate) enum Answer {
    Value(Value),
    Error(HostError),
    /// Still going on under this number; only where the caller accepts promises.
    Pending(u32),
}

/// A call that has been answered: its number, its function, its answer.
pub(crate) type Settled = (u32, String, Result<Value, HostError>);

/// One store's side of the host functions.
pub(crate) struct HostState {
    functions: Option<Arc<dyn HostFunctions>>,
    names: Vec<String>,
    inbox: Arc<Inbox>,
    /// Calls that the guest waits for: number, function, when its time is up.
    pending: Vec<(u32, String, u64)>,
    next_id: u32,
    calls: u64,
    runs: u64,
    /// The encoded reply that a pack takes next.
    pub(crate) reply: Vec<u8>,
    pub(crate) extism: super::extism::Extism,
}

impl HostState {
    pub(crate) fn new(
        functions: Option<Arc<dyn HostFunctions>>,
        slot: Arc<Slot>,
        extism: super::extism::Extism,
    ) -> HostState {
        let names = functions.as_ref().map_or_else(Vec::new, |f| f.names());
        let inbox = Arc::new(Inbox { slot, states: Mutex::default() });
        HostState {
            functions,
            names,
            inbox,
            pending: Vec::new(),
            next_id: 1,
            calls: 0,
            runs: 0,
            reply: Vec::new(),
            extism,
        }
    }

    /// Names of all functions that the host gave, allowed or not: calling one that is not allowed is a denial.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// A run begins: its count starts at zero and nothing of an earlier run is pending.
    pub(crate) fn begin_run(&mut self) {
        self.runs += 1;
        if self.functions.is_some() {
            self.calls = 0;
            self.pending.clear();
            self.inbox.states.lock().clear();
        }
    }

    /// Runs begun on this instance.
    pub(crate) fn runs(&self) -> u64 {
        self.runs
    }

    /// Goes on counting where another instance was.
    pub(crate) fn set_runs(&mut self, runs: u64) {
        self.runs = runs;
    }

    pub(crate) fn calls(&self) -> u64 {
        self.calls
    }

    pub(crate) fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Calls `name`. An `Err` ends the run; an `Answer::Error` is the guest's to handle.
    pub(crate) fn call(
        &mut self,
        policy: &Policy,
        audit: &AuditLog,
        name: &str,
        args: Vec<Value>,
        named: Vec<(String, Value)>,
        promises: bool,
    ) -> Result<Answer> {
        self.count(policy)?;
        if let Some(denial) = self.permit(policy, audit, name) {
            return Ok(Answer::Error(denial));
        }
        let Some(functions) = self.functions.clone() else { return Ok(Answer::Error(missing(name))) };
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1).max(1);
        let slot = self.inbox.slot.clone();
        let reply = Reply { id, inbox: self.inbox.clone(), sent: false, held: None };
        let call = HostCall { name: name.to_owned(), args, named, reply };
        let started = crate::time::now_ns();
        let outcome = slot.host_section(|| catch_unwind(AssertUnwindSafe(|| functions.call(call))))?;
        let Ok(outcome) = outcome else {
            return Err(Error::new(
                ErrorCode::Internal,
                format_args!("the host function `{name}` panicked; this sandbox is closed"),
            ));
        };
        match outcome {
            HostReply::Now(answer) => {
                self.inbox.states.lock().remove(&id);
                Ok(answer.map_or_else(Answer::Error, Answer::Value))
            }
            HostReply::Later => self.wait_first(policy, id, name, started, promises),
        }
    }

    /// Waits until call `id` is settled, or deferred where the guest accepts promises.
    fn wait_first(&mut self, policy: &Policy, id: u32, name: &str, started: u64, promises: bool) -> Result<Answer> {
        let until =
            policy.limits.host_call_time_ms.map_or(u64::MAX, |ms| started.saturating_add(ms.saturating_mul(1_000_000)));
        let inbox = self.inbox.clone();
        let timeout = (until != u64::MAX).then(|| until.saturating_sub(crate::time::now_ns()));
        let arrived = inbox.slot.wait_soon(timeout, || {
            let mut states = inbox.states.lock();
            match states.get(&id)? {
                State::Deferred if !promises => None,
                _ => states.remove(&id),
            }
        })?;
        match arrived {
            Some(State::Settled(answer)) => Ok(answer.map_or_else(Answer::Error, Answer::Value)),
            Some(State::Dropped) => Ok(Answer::Error(dropped())),
            Some(State::Deferred) => {
                self.pending.push((id, name.to_owned(), until));
                Ok(Answer::Pending(id))
            }
            None => Err(too_slow(policy, name)),
        }
    }

    /// Waits until any pending call settles: its number, function and answer; `None` when `timeout_ns` ended first or
    /// nothing is pending.
    pub(crate) fn wait_any(&mut self, policy: &Policy, timeout_ns: Option<u64>) -> Result<Option<Settled>> {
        let inbox = self.inbox.clone();
        let asked = crate::time::now_ns();
        let until = timeout_ns.map(|ns| asked.saturating_add(ns));
        let first = self.pending.iter().map(|(_, _, until)| *until).min().unwrap_or(u64::MAX);
        let wake = until.unwrap_or(u64::MAX).min(first);
        let pending = &self.pending;
        let arrived = inbox.slot.wait_soon((wake != u64::MAX).then(|| wake.saturating_sub(asked)), || {
            let mut states = inbox.states.lock();
            let id = pending
                .iter()
                .map(|(id, _, _)| *id)
                .find(|id| matches!(states.get(id), Some(State::Settled(_) | State::Dropped)))?;
            states.remove(&id).map(|state| (id, state))
        })?;
        match arrived {
            Some((id, state @ (State::Settled(_) | State::Dropped))) => {
                let answer = if let State::Settled(answer) = state { answer } else { Err(dropped()) };
                let at = self.pending.iter().position(|(pending, _, _)| *pending == id);
                let name = at.map_or_else(String::new, |at| self.pending.swap_remove(at).1);
                Ok(Some((id, name, answer)))
            }
            Some((_, State::Deferred)) => Ok(None),
            None => match self.pending.iter().find(|(_, _, until)| *until <= crate::time::now_ns()) {
                Some((_, name, _)) => Err(too_slow(policy, name)),
                None => Ok(None),
            },
        }
    }

    fn count(&mut self, policy: &Policy) -> Result<()> {
        self.calls += 1;
        let limit = policy.limits.host_calls;
        if self.calls > limit {
            let why = format_args!("the guest called host functions more than {limit} times in one run (hostCalls)");
            return Err(Error::limit(ErrorCode::HostCallLimit, "hostCalls", limit, self.calls, why));
        }
        Ok(())
    }

    fn permit(&self, policy: &Policy, audit: &AuditLog, name: &str) -> Option<HostError> {
        let (rule, outcome) = match &policy.capabilities.host_functions {
            Some(allowed) if !allowed.iter().any(|a| a == name) => ("capabilities.hostFunctions", AuditOutcome::Denied),
            Some(_) => ("capabilities.hostFunctions", AuditOutcome::Allowed),
            None => ("host", AuditOutcome::Allowed),
        };
        audit.access("host_function", name, rule, outcome);
        (outcome == AuditOutcome::Denied).then(|| {
            let message = format!("Access denied: the policy does not list the host function `{name}`; add it to capabilities.hostFunctions to allow it");
            let mut details = Details::new();
            for (key, value) in [("capability", "host_function"), ("target", name), ("rule", rule)] {
                details.insert(key.into(), value.into());
            }
            HostError { kind: "AccessDenied".into(), message, code: Some(ErrorCode::AccessDenied), details }
        })
    }
}

fn missing(name: &str) -> HostError {
    HostError {
        kind: "ReferenceError".into(),
        message: format!("the host gives no function named `{name}`"),
        ..HostError::default()
    }
}

fn too_slow(policy: &Policy, name: &str) -> Error {
    let limit = policy.limits.host_call_time_ms.unwrap_or(0);
    let why = format_args!("the host function `{name}` gave no answer within {limit} ms (hostCallTimeMs)");
    Error::limit(ErrorCode::HostCallLimit, "hostCallTimeMs", limit, limit, why)
}
