//! The plain data of wasm-sandbox: policy, limits, values, errors, results, audit events.
//!
//! Everything here is data that crosses a language boundary or stands in a file. This crate decides
//! what a document means; it never runs anything and knows neither wasmtime nor threads.

mod audit;
mod error;
mod limits;
mod policy;
mod presets;
mod result;
mod time;
mod unsupported;
mod value;

pub use audit::{AuditEvent, AuditKind, AuditOutcome};
pub use error::{Details, Error, ErrorCode, ErrorFamily, Result};
pub use limits::{Limits, OutputLimitAction, StackClass};
pub use policy::{
    Audit, AuditLevel, Capabilities, Clock, Environment, FilesystemMode, FilesystemRule, Isolation, Kv, NetworkRule,
    Policy, Preset, ProcessGrade, Random, SecretRule,
};
pub use result::{RunResult, Usage};
pub use value::{DateTime, Value};
