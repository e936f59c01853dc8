//! Audit events: every decision the sandbox takes, as data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditEvent {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub time: u64,
    /// The sandbox's instance id.
    pub sandbox: String,
    /// What kind of decision it was.
    pub kind: AuditKind,
    /// Capability that was asked for: `network_access`, `filesystem_access`, `environment_access`, `host_function`; or the limit's field.
    pub capability: String,
    /// What it was asked for: a host name, a path, a function's name.
    pub target: String,
    /// The rule that decided, as a path into the policy.
    pub rule: String,
    /// How it was decided.
    pub outcome: AuditOutcome,
}

/// What kind of decision an event tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditKind {
    /// A capability was asked for.
    Access,
    /// A limit was reached.
    Limit,
    /// A run or call began or ended.
    Call,
}

/// How it was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditOutcome {
    /// It went ahead.
    Allowed,
    /// It was refused.
    Denied,
}
