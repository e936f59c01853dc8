//! Granting one capability through an API: it appends a rule of its own and never widens another.

use crate::document::{capability_from, invalid};
use crate::{FilesystemMode, FilesystemRule, NetworkRule, Policy, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One capability, as the languages' builders make it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Capability {
    /// Requests to these domains.
    NetworkAccess {
        domains: Vec<String>,
        #[serde(default)]
        allowed_ports: Option<Vec<u16>>,
        #[serde(default)]
        require_https: Option<bool>,
        #[serde(default)]
        methods: Option<Vec<String>>,
        #[serde(default)]
        max_request_size: Option<u64>,
        #[serde(default)]
        max_response_size: Option<u64>,
        #[serde(default)]
        allow_private: Option<bool>,
    },
    /// Host folders, seen by the guest under the same paths.
    FilesystemAccess {
        paths: Vec<String>,
        #[serde(default)]
        read_only: Option<bool>,
        #[serde(default)]
        max_file_size: Option<u64>,
    },
    /// Variables taken over from the host's environment.
    EnvironmentAccess { variables: Vec<String> },
}

impl Capability {
    /// Reads a capability as strictly as a policy is read.
    ///
    /// # Errors
    /// `invalid_policy` with `details.path`.
    pub fn from_json(text: &str) -> Result<Capability> {
        capability_from(text)
    }
}

impl Policy {
    /// This policy with a rule more: https only, read-only and public addresses only where nothing else is said.
    ///
    /// # Errors
    /// `invalid_policy` with the path at which the new rule would stand.
    pub fn with_capability(&self, capability: Capability) -> Result<Policy> {
        let mut policy = self.clone();
        let capabilities = &mut policy.capabilities;
        match capability {
            Capability::NetworkAccess {
                domains,
                allowed_ports,
                require_https,
                methods,
                max_request_size,
                max_response_size,
                allow_private,
            } => capabilities.network.push(NetworkRule {
                domains,
                ports: allowed_ports,
                require_https: require_https.unwrap_or(true),
                methods,
                max_request_size,
                max_response_size,
                allow_private: allow_private.unwrap_or(false),
            }),
            Capability::FilesystemAccess { paths, read_only, max_file_size } => {
                let at = format!("$.capabilities.filesystem[{}]", capabilities.filesystem.len());
                if paths.is_empty() {
                    return Err(invalid(&at, "a capability for files names at least one path"));
                }
                let mode = if read_only.unwrap_or(true) { FilesystemMode::Ro } else { FilesystemMode::Rw };
                let rule = |path: String| FilesystemRule { guest: path.clone(), host: path, mode, max_file_size };
                capabilities.filesystem.extend(paths.into_iter().map(rule));
            }
            Capability::EnvironmentAccess { variables } => {
                let known = &mut capabilities.environment.inherit;
                for name in variables {
                    if !known.contains(&name) {
                        known.push(name);
                    }
                }
            }
        }
        policy.validate()?;
        Ok(policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(policy: &Policy, json: &str) -> Result<Policy> {
        policy.with_capability(Capability::from_json(json)?)
    }

    fn refused(json: &str) -> String {
        added(&Policy::strict(), json).unwrap_err().details["path"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_capability_appends_and_widens_nothing() {
        let permissive = Policy::permissive();
        let network = r#"{"type":"network_access","domains":["api.example.com"],"allowedPorts":[443.0]}"#;
        let policy = added(&permissive, network).unwrap();
        assert_eq!(policy.capabilities.network.len(), 2);
        assert_eq!(policy.capabilities.network[0], permissive.capabilities.network[0]);
        assert!(policy.capabilities.network[1].require_https);
        assert_eq!(policy.capabilities.network[1].ports, Some(vec![443]));
        let files = r#"{"type":"filesystem_access","paths":["/data","/tmp"],"readOnly":false}"#;
        let mounts = added(&Policy::strict(), files).unwrap().capabilities.filesystem;
        assert_eq!((mounts.len(), mounts[1].mode, mounts[1].guest.as_str()), (2, FilesystemMode::Rw, "/tmp"));
        let twice = r#"{"type":"environment_access","variables":["LANG","LANG"]}"#;
        assert_eq!(added(&Policy::strict(), twice).unwrap().capabilities.environment.inherit, ["LANG"]);
    }

    #[test]
    fn a_capability_is_read_strictly() {
        assert_eq!(
            refused(r#"{"type":"network_access","domains":["https://x"]}"#),
            "$.capabilities.network[0].domains[0]"
        );
        assert_eq!(
            refused(r#"{"type":"network_access","domains":["a.example.com"],"allowedPort":[1]}"#),
            "$.allowedPort"
        );
        assert_eq!(refused(r#"{"type":"network_access"}"#), "$.domains");
        assert_eq!(refused(r#"{"type":"network_access","domains":[],"domains":["*"]}"#), "$.domains");
        assert_eq!(refused(r#"{"type":"disk_access","paths":[]}"#), "$.type");
        assert_eq!(refused(r#"{"type":"filesystem_access","paths":[]}"#), "$.capabilities.filesystem[0]");
        assert_eq!(refused(r#"{"type":"filesystem_access","paths":["./data"]}"#), "$.capabilities.filesystem[0].guest");
        assert_eq!(
            refused(r#"{"type":"environment_access","variables":["A=B"]}"#),
            "$.capabilities.environment.inherit[0]"
        );
        assert_eq!(refused(r#"{"type":"filesystem_access","paths":["/a"],"maxFileSize":-1}"#), "$");
    }
}
