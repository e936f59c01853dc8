//! What a sandbox is opened with, and what one run or call is given.

use crate::audit::AuditSink;
use crate::cancel::CancelToken;
use crate::host::{HostFunctions, OutputFormat};
use crate::language::Language;
use crate::output::OutputSink;
use crate::packages::Packages;
use crate::wasi::Stdin;
use std::collections::BTreeMap;
use std::sync::Arc;
use wasm_sandbox_policy::{Policy, Value};

/// What is run.
#[derive(Clone)]
pub enum Source {
    /// A module in binary form.
    Wasm(Arc<[u8]>),
    /// A session of a source language.
    Language(Language),
}

/// What a sandbox is opened with.
pub struct SandboxOptions {
    pub source: Source,
    pub policy: Arc<Policy>,
    /// Name in audit events; a number when not given.
    pub instance_id: Option<String>,
    pub argv: Vec<String>,
    /// Variables given by the host, besides those of the policy.
    pub env: Vec<(String, String)>,
    /// Files of the in-memory tree, by path.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What a session can import, read-only: below /site-packages or /node_modules.
    pub packages: Packages,
    /// Configuration of an Extism plug-in.
    pub config: BTreeMap<String, String>,
    pub functions: Option<Arc<dyn HostFunctions>>,
    pub output: Option<Arc<dyn OutputSink>>,
    pub audit: Option<AuditSink>,
}

impl SandboxOptions {
    /// A source under a policy, with nothing else given.
    pub fn new(source: Source, policy: impl Into<Arc<Policy>>) -> SandboxOptions {
        SandboxOptions {
            source,
            policy: policy.into(),
            instance_id: None,
            argv: Vec::new(),
            env: Vec::new(),
            files: BTreeMap::new(),
            packages: Packages::default(),
            config: BTreeMap::new(),
            functions: None,
            output: None,
            audit: None,
        }
    }
}

/// What one call may have of its own.
#[derive(Clone, Default)]
pub struct CallOptions {
    /// A tighter limit on elapsed time, in milliseconds.
    pub wall_time_ms: Option<u64>,
    /// What an Extism plug-in's output is taken for; by default it follows the input.
    pub output: Option<OutputFormat>,
    pub cancel: CancelToken,
}

/// One run: source text for a session, or a whole program for a module.
#[derive(Default)]
pub struct Run {
    /// Source text; for sessions only.
    pub code: Option<String>,
    /// Name of the source in traces.
    pub file: Option<String>,
    /// Values visible as global variables; for sessions only.
    pub inputs: Vec<(String, Value)>,
    /// Exported or defined function to call (after the code, where there is any), with its arguments.
    pub call: Option<(String, Vec<Value>)>,
    /// Arguments, input and files of this run; those of the sandbox where not given.
    pub argv: Option<Vec<String>>,
    pub env: Vec<(String, String)>,
    pub stdin: Stdin,
    pub files: BTreeMap<String, Vec<u8>>,
}
