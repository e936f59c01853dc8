//! Runs untrusted WebAssembly and script source under one policy, on wasmtime.
//!
//! `Runtime` owns what is shared by a process; `Sandbox` is one guest with its state. What guests can reach
//! is in `host/` and `wasi/`; what stops them is in `time/` and `store/`.

mod audit;
mod cancel;
mod engine;
mod files;
mod host;
mod kv;
mod language;
pub mod lock;
mod module;
mod output;
mod packages;
mod runtime;
mod sandbox;
pub mod spare;
#[cfg(test)]
mod spec;
mod stack;
mod state;
mod store;
mod time;
mod wasi;

pub use audit::AuditSink;
pub use cancel::CancelToken;
pub use host::{HostCall, HostError, HostFunctions, HostReply, OutputFormat, Reply};
pub use kv::KvStore;
pub use language::{Language, PackFiles, PackLocation, build_pack, wire};
pub use module::{Export, Report};
pub use output::{OutputSink, Stream};
pub use packages::{PackageSource, Packages};
pub use runtime::{Doctor, PackStatus, Runtime, RuntimeOptions};
pub use sandbox::{
    CallOptions, MAX_SCALARS, Prepared, Run, Sandbox, SandboxOptions, Scalar, ScalarKind, SessionImage, Source,
};
pub use stack::remaining_stack;
pub use time::{cores, taking_turns};
pub use wasi::Stdin;
pub use wasm_sandbox_policy as policy;
