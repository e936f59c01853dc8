//! Granting one capability through an API: it appends a rule of its own and never widens another.

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

impl Policy {
    /// This policy with a rule more.
    pub fn with_capability(&self, capability: Capability) -> Result<Policy> {
        let mut policy = self.clone();
        let capabilities = &mut policy.capabilities;
        match capability {
            Capability::NetworkAccess { domains, allowed_ports, require_https, methods, max_request_size, max_response_size, allow_private } => {
                capabilities.network.push(NetworkRule {
                    domains,
                    ports: allowed_ports,
                    require_https: require_https.unwrap_or(true),
                    methods,
                    max_request_size,
                    max_response_size,
                    allow_private: allow_private.unwrap_or(false),
                });
            }
            Capability::FilesystemAccess { paths, read_only, max_file_size } => {
                let mode = if read_only.unwrap_or(true) { FilesystemMode::Ro } else { FilesystemMode::Rw };
                capabilities.filesystem.extend(paths.into_iter().map(|path| FilesystemRule { guest: path.clone(), host: path, mode, max_file_size }));
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

    #[test]
    fn a_capability_appends_and_is_checked() {
        let read = |json: &str| serde_json::from_str::<Capability>(json).unwrap();
        let network = read(r#"{"type":"network_access","domains":["api.example.com"],"allowedPorts":[443]}"#);
        let policy = Policy::permissive().with_capability(network).unwrap();
        assert_eq!(policy.capabilities.network.len(), 2);
        assert!(policy.capabilities.network[1].require_https);
        let files = read(r#"{"type":"filesystem_access","paths":["/data"],"readOnly":false}"#);
        assert_eq!(Policy::strict().with_capability(files).unwrap().capabilities.filesystem[0].mode, FilesystemMode::Rw);
        let bad = read(r#"{"type":"network_access","domains":["https://x"]}"#);
        assert_eq!(Policy::strict().with_capability(bad).unwrap_err().details["path"], "$.capabilities.network[0].domains[0]");
        let twice = read(r#"{"type":"environment_access","variables":["LANG","LANG"]}"#);
        assert_eq!(Policy::strict().with_capability(twice).unwrap().capabilities.environment.inherit, ["LANG"]);
    }
}
