//! The plain data of wasm-sandbox: policy, limits, values, errors, results, audit events.
//!
//! Everything here is data that crosses a language boundary or stands in a file. This crate decides
//! what a document means; it never runs anything and knows neither wasmtime nor threads.

mod audit;
mod capability;
mod ceiling;
mod codes;
mod document;
mod error;
mod json;
mod limit_table;
mod limits;
mod policy;
mod presets;
mod result;
mod rules;
mod schema;
mod tagged;
mod time;
mod unsupported;
mod validate;
mod value;

pub use audit::{AuditEvent, AuditKind, AuditOutcome};
pub use capability::Capability;
pub use document::PolicyInput;
pub use error::{Details, Error, ErrorCode, ErrorFamily, Result};
pub use json::{ErrorDocument, ResultDocument};
pub use limit_table::LimitField;
pub use limits::{Limits, OutputLimitAction, StackClass};
pub use policy::{Audit, AuditLevel, Clock, Isolation, Policy, Preset, ProcessGrade, Random};
pub use result::{RunResult, Usage};
pub use rules::{Capabilities, Environment, FilesystemMode, FilesystemRule, Kv, NetworkRule, SecretRule};
pub use schema::{SchemaFile, schema_files};
pub use value::{DateTime, Value};
