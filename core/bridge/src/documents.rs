//! Errors and audit events as text, the same for every language.
//!
//! What is in them is the policy crate's.

use wasm_sandbox_policy::{AuditEvent, Error};

/// An error as the JSON text that bindings carry to their own error classes.
pub fn error_text(error: &Error) -> String {
    error.to_json().to_string()
}

/// An audit event as JSON text.
pub fn audit_text(event: &AuditEvent) -> String {
    serde_json::to_string(event).unwrap_or_default()
}
