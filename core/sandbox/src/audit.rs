//! The audit log of one sandbox: a bounded buffer of decisions, and a sink that gets each as it is taken.

use crate::lock::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use wasm_sandbox_policy::{AuditEvent, AuditKind, AuditLevel, AuditOutcome, Policy};

/// Gets every recorded event as it happens, on the guest's thread.
pub type AuditSink = Arc<dyn Fn(&AuditEvent) + Send + Sync>;

/// Events kept until they are taken; older ones are dropped and counted.
const CAPACITY: usize = 1_000;
/// Longest target that is recorded; a guest chooses some of them.
const TARGET_CHARS: usize = 256;

/// A handle to one sandbox's log; clones share it.
#[derive(Clone)]
pub(crate) struct AuditLog(Arc<Inner>);

struct Inner {
    sandbox: String,
    level: Option<AuditLevel>,
    sink: Option<AuditSink>,
    buffer: Mutex<Buffer>,
}

#[derive(Default)]
struct Buffer {
    events: VecDeque<AuditEvent>,
    dropped: u64,
}

impl AuditLog {
    pub(crate) fn new(policy: &Policy, sandbox: String, sink: Option<AuditSink>) -> AuditLog {
        let level = policy.audit.enabled.then_some(policy.audit.level);
        AuditLog(Arc::new(Inner { sandbox, level, sink, buffer: Mutex::default() }))
    }

    /// A capability was asked for. Denials are recorded at every level, grants from `decisions` on.
    pub(crate) fn access(&self, capability: &str, target: &str, rule: &str, outcome: AuditOutcome) {
        let needed = if outcome == AuditOutcome::Denied { AuditLevel::Denials } else { AuditLevel::Decisions };
        self.record(needed, AuditKind::Access, capability, target, rule, outcome);
    }

    /// A limit ended or refused something.
    pub(crate) fn limit(&self, field: &str, target: &str) {
        // Quotas of a capability stand with it.
        let rule = if field.contains('.') { field.to_owned() } else { format!("limits.{field}") };
        self.record(AuditLevel::Denials, AuditKind::Limit, field, target, &rule, AuditOutcome::Denied);
    }

    /// A run or call began; recorded at level `all` only.
    pub(crate) fn call(&self, function: &str) {
        self.record(AuditLevel::All, AuditKind::Call, "call", function, "", AuditOutcome::Allowed);
    }

    fn record(
        &self,
        needed: AuditLevel,
        kind: AuditKind,
        capability: &str,
        target: &str,
        rule: &str,
        outcome: AuditOutcome,
    ) {
        if self.0.level.is_none_or(|level| level < needed) {
            return;
        }
        let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_millis() as u64);
        let event = AuditEvent {
            time,
            sandbox: self.0.sandbox.clone(),
            kind,
            capability: capability.to_owned(),
            target: target.chars().take(TARGET_CHARS).collect(),
            rule: rule.to_owned(),
            outcome,
        };
        if let Some(sink) = &self.0.sink {
            sink(&event);
        }
        let mut buffer = self.0.buffer.lock();
        if buffer.events.len() == CAPACITY {
            buffer.events.pop_front();
            buffer.dropped += 1;
        }
        buffer.events.push_back(event);
    }

    /// Takes the recorded events out, with the number of dropped ones so far.
    pub(crate) fn take(&self) -> (Vec<AuditEvent>, u64) {
        let mut buffer = self.0.buffer.lock();
        (buffer.events.drain(..).collect(), buffer.dropped)
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.0.buffer.lock().dropped
    }
}
