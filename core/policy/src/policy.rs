//! The policy document as types: its outer shape and its choices. The rules that grant something are in `rules.rs`.
//!
//! A value of `Policy` is always complete: the preset's defaults are filled in. What types cannot say is `validate`'s.

use crate::{Capabilities, Limits};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What untrusted code may do and use. Everything not granted is denied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Policy {
    /// Version of the document's format: 1.
    pub version: u32,
    /// The base that all other keys override.
    pub preset: Preset,
    /// What may be used.
    pub limits: Limits,
    /// What is granted.
    pub capabilities: Capabilities,
    /// Which decisions are recorded.
    pub audit: Audit,
    /// How runs are kept apart.
    pub isolation: Isolation,
    /// Which process of the operating system runs the guest.
    pub process: ProcessGrade,
}

impl Default for Policy {
    /// The strict preset.
    fn default() -> Policy {
        Policy {
            version: 1,
            preset: Preset::Strict,
            limits: Limits::default(),
            capabilities: Capabilities::default(),
            audit: Audit::default(),
            isolation: Isolation::Fresh,
            process: ProcessGrade::Shared,
        }
    }
}

/// The base that a document's other keys override.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// 64 MiB, 30 s, 10 s of CPU time, a coarse clock, nothing granted.
    Strict,
    /// 128 MiB, 60 s, 30 s of CPU time, a real clock, nothing granted.
    Moderate,
    /// 512 MiB, 300 s, 300 s of CPU time, a real clock, public network addresses.
    Permissive,
}

/// What the guest's clocks show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Clock {
    /// The host's clock.
    Real,
    /// The host's clock, rounded down to 1 ms.
    #[default]
    Coarse,
    /// Stands still at this moment, written as RFC 3339 does, from 1970 to 2500.
    Frozen(String),
}

/// Where the guest's randomness comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Random {
    /// The operating system's generator.
    #[default]
    Secure,
    /// The same sequence for the same seed.
    Seed(u64),
}

/// Which decisions are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Audit {
    /// Whether anything is recorded.
    pub enabled: bool,
    /// How much is recorded.
    pub level: AuditLevel,
}

impl Default for Audit {
    fn default() -> Audit {
        Audit { enabled: true, level: AuditLevel::Denials }
    }
}

/// How much the audit records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AuditLevel {
    /// What was refused.
    Denials,
    /// What was refused and what was allowed.
    Decisions,
    /// Decisions, and the beginning and end of every call.
    All,
}

/// How runs are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Isolation {
    /// A new store and instance per run.
    Fresh,
    /// The same instance, put back to its first state.
    Rewind,
}

/// Which process of the operating system runs the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProcessGrade {
    /// The caller's.
    Shared,
    /// A process of its own.
    Worker,
}
