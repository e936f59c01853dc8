//! The policy document as types. A value of `Policy` is always complete: the preset's defaults are filled in.

use crate::Limits;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What untrusted code may do and use. Everything not granted is denied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Policy {
    /// Version of the document's format: 1.
    pub version: u32,
    pub preset: Preset,
    pub limits: Limits,
    pub capabilities: Capabilities,
    pub audit: Audit,
    pub isolation: Isolation,
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
    Strict,
    Moderate,
    Permissive,
}

/// What is granted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Capabilities {
    /// A request must match one rule wholly; none: no network.
    pub network: Vec<NetworkRule>,
    /// Secrets that the host adds to requests; names only.
    pub secrets: Vec<SecretRule>,
    /// Host folders mounted into the guest's file tree.
    pub filesystem: Vec<FilesystemRule>,
    pub environment: Environment,
    pub clock: Clock,
    pub random: Random,
    /// Host functions that the guest may call; null: every one that the host gives.
    pub host_functions: Option<Vec<String>>,
    /// Key-value store; null: none.
    pub kv: Option<Kv>,
}

/// Which requests may go out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NetworkRule {
    /// Host names; `*.example.com` stands for every name below it, `*` for every public one.
    pub domains: Vec<String>,
    /// Ports; null: those of the allowed schemes.
    #[serde(default)]
    pub ports: Option<Vec<u16>>,
    #[serde(default = "yes")]
    pub require_https: bool,
    /// Methods; null: all.
    #[serde(default)]
    pub methods: Option<Vec<String>>,
    /// Bytes; the smaller of this and the limit holds.
    #[serde(default)]
    pub max_request_size: Option<u64>,
    #[serde(default)]
    pub max_response_size: Option<u64>,
    /// Whether loopback, private and link-local addresses may be dialled.
    #[serde(default)]
    pub allow_private: bool,
}

fn yes() -> bool {
    true
}

/// A secret that the host adds to matching requests after the decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretRule {
    pub name: String,
    pub header: String,
    /// `{}` stands for the value.
    #[serde(default = "bare")]
    pub format: String,
    pub domains: Vec<String>,
}

fn bare() -> String {
    "{}".to_owned()
}

/// A host folder in the guest's file tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FilesystemRule {
    /// Absolute path that the guest sees.
    pub guest: String,
    /// Path on the host.
    pub host: String,
    #[serde(default)]
    pub mode: FilesystemMode,
    /// Bytes of one file.
    #[serde(default)]
    pub max_file_size: Option<u64>,
}

/// What a guest may do below a mount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FilesystemMode {
    #[default]
    Ro,
    Rw,
    /// Writes stay in memory.
    Overlay,
}

/// Environment variables that the guest sees.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Environment {
    pub variables: BTreeMap<String, String>,
    /// Names taken over from the host's environment.
    pub inherit: Vec<String>,
}

/// What the guest's clocks show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Clock {
    Real,
    /// Rounded down to 1 ms.
    #[default]
    Coarse,
    /// Stands still at this moment (RFC 3339).
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

/// A key-value store for the guest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Kv {
    pub namespace: String,
    #[serde(default = "kv_bytes")]
    pub max_bytes: u64,
    #[serde(default = "kv_keys")]
    pub max_keys: u64,
}

fn kv_bytes() -> u64 {
    1 << 20
}

fn kv_keys() -> u64 {
    1_000
}

/// Which decisions are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Audit {
    pub enabled: bool,
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
    Denials,
    Decisions,
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

/// Which operating system process runs the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProcessGrade {
    Shared,
    /// A process of its own.
    Worker,
}
