//! The rules of a policy as types: network, secrets, files, environment, host functions, key-value store.
//!
//! Only their shape; which of them are well formed is `validate`'s, what two have in common is `ceiling`'s.

use crate::{Clock, Random};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
    /// Environment variables that the guest sees.
    pub environment: Environment,
    /// What the guest's clocks show.
    pub clock: Clock,
    /// Where the guest's randomness comes from.
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
    /// Host names; `*.example.com` stands for every name below it, `*` for every public one. International names
    /// in their ASCII form, addresses written out.
    pub domains: Vec<String>,
    /// Ports; null: 443, and 80 too where http is allowed.
    #[serde(default)]
    pub ports: Option<Vec<u16>>,
    /// Whether http is refused.
    #[serde(default = "yes")]
    pub require_https: bool,
    /// Methods, in capitals; null: all.
    #[serde(default)]
    pub methods: Option<Vec<String>>,
    /// Bytes of a request's body; the smaller of this and the limit holds.
    #[serde(default)]
    pub max_request_size: Option<u64>,
    /// Bytes of a response's body; the smaller of this and the limit holds.
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
    /// Name of the secret; its value comes from the host.
    pub name: String,
    /// Header that carries it.
    pub header: String,
    /// The header's value; `{}` stands for the secret.
    #[serde(default = "bare")]
    pub format: String,
    /// Host names that may see it, as in network rules; `*` alone is refused.
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
    /// What the guest may do there.
    #[serde(default)]
    pub mode: FilesystemMode,
    /// Bytes of one file.
    #[serde(default)]
    pub max_file_size: Option<u64>,
}

/// What a guest may do below a mount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FilesystemMode {
    /// Read.
    #[default]
    Ro,
    /// Read, and write in memory; the host's files stay as they are.
    Overlay,
    /// Read and write.
    Rw,
}

/// Environment variables that the guest sees.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Environment {
    /// Variables with their values.
    pub variables: BTreeMap<String, String>,
    /// Names taken over from the host's environment.
    pub inherit: Vec<String>,
}

/// A key-value store for the guest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Kv {
    /// Which store: sandboxes with the same namespace share it.
    pub namespace: String,
    /// Bytes of all keys and values.
    #[serde(default = "kv_bytes")]
    pub max_bytes: u64,
    /// Number of keys.
    #[serde(default = "kv_keys")]
    pub max_keys: u64,
}

fn kv_bytes() -> u64 {
    1 << 20
}

fn kv_keys() -> u64 {
    1_000
}
