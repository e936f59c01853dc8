//! Policy documents and errors as text, the same for every language.
//!
//! What a document means is the policy crate's; only the order of steps is here.

use crate::options::parse_json;
use wasm_sandbox_policy::{AuditEvent, Capability, Error, Policy, Result};

/// Reads a policy document and cuts it down to a ceiling, which is an effective policy. The effective policy comes
/// back as JSON.
pub fn parse_policy(document: &str, ceiling: Option<&str>) -> Result<String> {
    let policy = Policy::from_json(document)?;
    Ok(match ceiling {
        Some(ceiling) => policy.intersect(&Policy::from_json(ceiling)?).to_json(),
        None => policy.to_json(),
    })
}

/// An effective policy with one rule more.
pub fn with_capability(policy: &str, capability: &str) -> Result<String> {
    let capability: Capability = parse_json(capability)?;
    Ok(Policy::from_json(policy)?.with_capability(capability)?.to_json())
}

/// An error as the JSON text that bindings carry to their own error classes.
pub fn error_text(error: &Error) -> String {
    error.to_json().to_string()
}

/// An audit event as JSON text.
pub fn audit_text(event: &AuditEvent) -> String {
    serde_json::to_string(event).unwrap_or_default()
}
