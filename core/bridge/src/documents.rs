//! Errors and audit events as values, the same for every language.
//!
//! What is in them is the policy crate's; how they cross is the binding's.

use crate::ops::whole_result;
use serde_json::json;
use wasm_sandbox_policy::{AuditEvent, Error, ErrorDocument, Value};

/// An error as bindings carry it to their own error classes: `{code, family, message, details, result?}`.
pub fn error_value(error: &Error) -> Value {
    let facts = ErrorDocument {
        code: error.code,
        family: error.code.family(),
        message: error.message.clone(),
        details: error.details.clone(),
        result: None,
    };
    let mut document = Value::from_json_plain(&json!(facts)).unwrap_or_default();
    if let (Value::Map(entries), Some(result)) = (&mut document, error.result.as_deref()) {
        entries.push((Value::from("result"), whole_result(result.clone()).unwrap_or_default()));
    }
    document
}

/// An audit event with the keys of the reference API.
pub fn audit_value(event: &AuditEvent) -> Value {
    Value::from_json_plain(&json!(event)).unwrap_or_default()
}
