//! `Sandbox`: one guest with its state, under one policy.
//!
//! Owns the life of the instance: built, called, thrown away after a trap or limit, built again. It is used by
//! one thread at a time; queues, threads and handles are the bridge's.

mod call;
mod fast;
mod live;
pub(crate) mod numeric;
mod options;
mod run;
mod scalar;
mod session;

pub use fast::{MAX_SCALARS, Prepared};
pub use options::{CallOptions, Run, SandboxOptions, Source};
pub(crate) use run::MAIN;
pub use scalar::{Scalar, ScalarKind};
pub use session::SessionImage;

use crate::audit::AuditLog;
use crate::cancel::CancelToken;
use crate::kv::{Grant, PREFIX};
use crate::language::{Interpreter, Language};
use crate::module::{Export, Loaded};
use crate::packages::{PackageSet, none_for_modules};
use crate::runtime::Runtime;
use crate::time::Slot;
use live::Live;
use std::sync::Arc;
use wasm_sandbox_policy::{AuditEvent, Error, ErrorCode, Policy, Result, RunResult, Usage};

/// One loaded module or language session with its state.
pub struct Sandbox {
    runtime: Runtime,
    loaded: Arc<Loaded>,
    /// What the policy grants of a key-value store.
    kv: Option<Grant>,
    /// Of a session: its language's pack.
    interpreter: Option<Arc<Interpreter>>,
    /// Of a session: what it can import besides its own files.
    packages: Option<Arc<PackageSet>>,
    policy: Arc<Policy>,
    options: SandboxOptions,
    slot: Arc<Slot>,
    audit: AuditLog,
    live: Option<Live>,
    /// What a prepared call has broken. It takes memory and a place of the engine until it is cleared.
    wreck: Option<Live>,
    /// Counts instances, so that what was prepared on an earlier one is resolved anew.
    generation: u64,
    state: State,
    totals: Usage,
    times: (u64, u64),
}

/// Whether calls may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    /// A session whose interpreter was lost; only `reset` helps.
    Lost,
    /// A panic went through it.
    Poisoned,
}

impl Sandbox {
    /// Loads the source and brings it to its first state, start functions included, within the policy's limits.
    pub fn open(runtime: &Runtime, options: SandboxOptions, cancel: &CancelToken) -> Result<Sandbox> {
        let mut sandbox = Sandbox::load(runtime, options, cancel)?;
        sandbox.build(cancel)?;
        (sandbox.totals, sandbox.times) = (Usage::default(), (0, 0));
        Ok(sandbox)
    }

    /// Opens, runs once, and gives everything back: what the first state takes is part of the run.
    pub fn run_once(runtime: &Runtime, options: SandboxOptions, run: Run, call: &CallOptions) -> Result<RunResult> {
        Sandbox::load(runtime, options, &call.cancel)?.run(run, call)
    }

    fn load(runtime: &Runtime, mut options: SandboxOptions, cancel: &CancelToken) -> Result<Sandbox> {
        crate::time::fault::in_front();
        if let Some(unsupported) = options.policy.unsupported() {
            return Err(unsupported);
        }
        let packages = std::mem::take(&mut options.packages);
        let packages = match &options.source {
            Source::Language(language) => packages.load(*language, cancel)?,
            Source::Wasm(_) if packages.is_empty() => None,
            Source::Wasm(_) => return Err(none_for_modules()),
        };
        let policy = options.policy.clone();
        let names = options.functions.as_ref().map_or_else(Vec::new, |f| f.names());
        if matches!(options.source, Source::Language(_))
            && let Some(name) = names.iter().find(|name| name.starts_with(PREFIX) || *name == "kv")
        {
            let why = format_args!("a host function cannot be named `{name}`: `{PREFIX}` is the key-value store's");
            return Err(Error::new(ErrorCode::InvalidArgument, why).with("path", format!("$.host.{name}")));
        }
        let rule = policy.capabilities.kv.as_ref();
        if let (Source::Wasm(_), Some(unsupported)) = (&options.source, policy.unsupported_by_modules()) {
            return Err(unsupported);
        }
        let kv = rule.map(|rule| Ok(Grant::new(runtime.kv(&rule.namespace)?, rule))).transpose()?;
        let (loaded, interpreter) = match &options.source {
            Source::Wasm(bytes) => (runtime.loader().load(bytes, &policy, &names, cancel)?, None),
            Source::Language(language) => {
                let interpreter = runtime.packs().load(*language, &policy)?;
                (interpreter.loaded.clone(), Some(interpreter))
            }
        };
        // The bytes have served; a sandbox that lives on need not keep them.
        if let Source::Wasm(bytes) = &mut options.source {
            *bytes = Arc::from([]);
        }
        let id = options.instance_id.clone().unwrap_or_else(|| runtime.next_instance_id());
        let audit = AuditLog::new(&policy, id, options.audit.clone());
        let slot = Slot::new(runtime.watchdog());
        Ok(Sandbox {
            runtime: runtime.clone(),
            loaded,
            kv,
            interpreter,
            packages,
            policy,
            options,
            slot,
            audit,
            live: None,
            wreck: None,
            generation: 0,
            state: State::Open,
            totals: Usage::default(),
            times: (0, 0),
        })
    }

    /// Back to exactly the state after `open`; policy and limits stay.
    pub fn reset(&mut self, cancel: &CancelToken) -> Result<()> {
        if self.state == State::Poisoned {
            return Err(closed("a panic in a host function closed this sandbox"));
        }
        self.give_up();
        self.state = State::Open;
        self.build(cancel)
    }

    /// The source language of a session.
    pub fn language(&self) -> Option<Language> {
        match self.options.source {
            Source::Language(language) => Some(language),
            Source::Wasm(_) => None,
        }
    }

    /// Names, kinds and types of what the module exports.
    pub fn exports(&self) -> &[Export] {
        &self.loaded.exports
    }

    /// Bytes that memories, tables and host-held data take now.
    pub fn memory_usage(&self) -> u64 {
        self.live.as_ref().map_or(0, |live| live.store.data().meter.used())
    }

    /// What all calls since `open` used together.
    pub fn stats(&self) -> Usage {
        let mut totals = self.totals.clone();
        totals.audit_dropped = self.audit.dropped();
        totals
    }

    /// Takes the recorded audit events out, oldest first.
    pub fn take_audit(&self) -> Vec<AuditEvent> {
        self.audit.take().0
    }

    /// Bytes of native stack that a caller's thread must have free for this sandbox's calls.
    pub fn stack_needed(&self) -> usize {
        self.loaded.set.key.stack.bytes() + STACK_MARGIN
    }

    /// The policy in force, complete.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The policy's and the caller's time limits, whichever is tighter.
    fn budget(&self, options: &CallOptions) -> crate::time::Budget {
        let limits = &self.policy.limits;
        let wall_ms = match (limits.wall_time_ms, options.wall_time_ms) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        crate::time::Budget { wall_ms, cpu_ms: limits.cpu_time_ms }
    }

    fn ready(&self) -> Result<()> {
        match self.state {
            State::Open => {}
            State::Lost => {
                return Err(closed("this session ended when its last run was stopped; call reset() to begin anew"));
            }
            State::Poisoned => return Err(closed("a panic in a host function closed this sandbox")),
        }
        match crate::stack::remaining_stack() {
            Some(left) if left < self.stack_needed() => {
                let why = format_args!(
                    "the calling thread has {left} bytes of stack left, this sandbox needs {}",
                    self.stack_needed()
                );
                Err(Error::new(ErrorCode::StackOverflow, why).with("field", "stack"))
            }
            _ => Ok(()),
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.give_up();
    }
}

/// Native stack for host functions above what wasm frames may use.
const STACK_MARGIN: usize = 256 << 10;

fn closed(why: &str) -> Error {
    Error::new(ErrorCode::Closed, why)
}
