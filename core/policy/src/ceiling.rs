//! A tenant's policy under the host's ceiling: the result allows only what both allow.

use crate::{Capabilities, Clock, Environment, FilesystemMode, FilesystemRule, Isolation, Kv, Limits, NetworkRule, OutputLimitAction, Policy, ProcessGrade, Random};

impl Policy {
    /// What both this policy and `ceiling` allow: each limit the smaller, each rule narrowed or dropped.
    #[must_use]
    pub fn intersect(&self, ceiling: &Policy) -> Policy {
        Policy {
            version: self.version,
            preset: self.preset,
            limits: limits(&self.limits, &ceiling.limits),
            capabilities: capabilities(&self.capabilities, &ceiling.capabilities),
            audit: crate::Audit { enabled: self.audit.enabled || ceiling.audit.enabled, level: stronger(self, ceiling) },
            isolation: if [self.isolation, ceiling.isolation].contains(&Isolation::Fresh) { Isolation::Fresh } else { Isolation::Rewind },
            process: if [self.process, ceiling.process].contains(&ProcessGrade::Worker) { ProcessGrade::Worker } else { ProcessGrade::Shared },
        }
    }
}

fn stronger(a: &Policy, b: &Policy) -> crate::AuditLevel {
    let level = |p: &Policy| p.audit.enabled.then_some(p.audit.level);
    level(a).max(level(b)).unwrap_or(a.audit.level)
}

fn smaller(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn limits(a: &Limits, b: &Limits) -> Limits {
    let fails = [a.on_output_limit, b.on_output_limit].contains(&OutputLimitAction::Fail);
    Limits {
        memory_bytes: a.memory_bytes.min(b.memory_bytes),
        wall_time_ms: smaller(a.wall_time_ms, b.wall_time_ms),
        cpu_time_ms: smaller(a.cpu_time_ms, b.cpu_time_ms),
        fuel: smaller(a.fuel, b.fuel),
        stack: match (a.stack, b.stack) {
            (Some(a), Some(b)) if a.bytes() > b.bytes() => Some(b),
            (a, b) => a.or(b),
        },
        table_elements: a.table_elements.min(b.table_elements),
        instances: a.instances.min(b.instances),
        memories: a.memories.min(b.memories),
        tables: a.tables.min(b.tables),
        output_bytes: a.output_bytes.min(b.output_bytes),
        on_output_limit: if fails { OutputLimitAction::Fail } else { OutputLimitAction::Truncate },
        value_bytes: a.value_bytes.min(b.value_bytes),
        value_depth: a.value_depth.min(b.value_depth),
        host_calls: a.host_calls.min(b.host_calls),
        host_call_time_ms: smaller(a.host_call_time_ms, b.host_call_time_ms),
        files: a.files.min(b.files),
        file_bytes: a.file_bytes.min(b.file_bytes),
        open_files: a.open_files.min(b.open_files),
        http_requests: a.http_requests.min(b.http_requests),
        http_concurrency: a.http_concurrency.min(b.http_concurrency),
        http_request_bytes: a.http_request_bytes.min(b.http_request_bytes),
        http_response_bytes: a.http_response_bytes.min(b.http_response_bytes),
        random_bytes: a.random_bytes.min(b.random_bytes),
        module_bytes: a.module_bytes.min(b.module_bytes),
        compile_time_ms: a.compile_time_ms.min(b.compile_time_ms),
    }
}

fn capabilities(asked: &Capabilities, allowed: &Capabilities) -> Capabilities {
    let network = asked.network.iter().flat_map(|a| allowed.network.iter().filter_map(|b| network(a, b))).collect();
    let secrets = asked.secrets.iter().filter(|secret| allowed.secrets.contains(secret)).cloned().collect();
    let mounts = asked.filesystem.iter().flat_map(|a| allowed.filesystem.iter().find_map(|b| mount(a, b))).collect();
    Capabilities {
        network,
        secrets,
        filesystem: mounts,
        environment: environment(&asked.environment, &allowed.environment),
        clock: clock(&asked.clock, &allowed.clock),
        random: match (asked.random, allowed.random) {
            (_, fixed @ Random::Seed(_)) | (fixed, Random::Secure) => fixed,
        },
        host_functions: match (&asked.host_functions, &allowed.host_functions) {
            (Some(a), Some(b)) => Some(a.iter().filter(|name| b.contains(name)).cloned().collect()),
            (a, b) => a.clone().or_else(|| b.clone()),
        },
        kv: match (&asked.kv, &allowed.kv) {
            (Some(a), Some(b)) if a.namespace == b.namespace => {
                Some(Kv { namespace: a.namespace.clone(), max_bytes: a.max_bytes.min(b.max_bytes), max_keys: a.max_keys.min(b.max_keys) })
            }
            _ => None,
        },
    }
}

/// The requests that match both rules.
fn network(a: &NetworkRule, b: &NetworkRule) -> Option<NetworkRule> {
    let domains: Vec<String> = a.domains.iter().flat_map(|x| b.domains.iter().filter_map(|y| narrower(x, y))).collect();
    let both = |a: &Option<Vec<String>>, b: &Option<Vec<String>>| match (a, b) {
        (Some(a), Some(b)) => Some(a.iter().filter(|x| b.iter().any(|y| x.eq_ignore_ascii_case(y))).cloned().collect::<Vec<_>>()),
        (a, b) => a.clone().or_else(|| b.clone()),
    };
    let ports = match (&a.ports, &b.ports) {
        (Some(a), Some(b)) => Some(a.iter().filter(|port| b.contains(port)).copied().collect::<Vec<_>>()),
        (a, b) => a.clone().or_else(|| b.clone()),
    };
    let methods = both(&a.methods, &b.methods);
    let nothing = domains.is_empty() || ports.as_ref().is_some_and(Vec::is_empty) || methods.as_ref().is_some_and(Vec::is_empty);
    (!nothing).then(|| NetworkRule {
        domains,
        ports,
        methods,
        require_https: a.require_https || b.require_https,
        max_request_size: smaller(a.max_request_size, b.max_request_size),
        max_response_size: smaller(a.max_response_size, b.max_response_size),
        allow_private: a.allow_private && b.allow_private,
    })
}

/// The narrower of two domain patterns where one lies within the other.
fn narrower(a: &str, b: &str) -> Option<String> {
    if covers(b, a) {
        Some(a.to_owned())
    } else if covers(a, b) {
        Some(b.to_owned())
    } else {
        None
    }
}

/// Whether every name of pattern `inner` matches `outer`.
fn covers(outer: &str, inner: &str) -> bool {
    let (outer, inner) = (outer.to_ascii_lowercase(), inner.to_ascii_lowercase());
    if outer == "*" || outer == inner {
        return true;
    }
    let name = inner.strip_prefix("*.").unwrap_or(&inner);
    outer.strip_prefix('*').is_some_and(|suffix| name.ends_with(suffix) || (inner.starts_with("*.") && inner[1..].ends_with(suffix)))
}

/// A mount survives where it lies within a mount of the ceiling, on the host and in the guest alike.
fn mount(a: &FilesystemRule, b: &FilesystemRule) -> Option<FilesystemRule> {
    let within = |inner: &str, outer: &str| {
        let outer = outer.trim_end_matches('/');
        let up = inner.split('/').any(|part| part == "..");
        !up && (inner.trim_end_matches('/') == outer || inner.starts_with(&format!("{outer}/")))
    };
    let strict = |mode: FilesystemMode| match mode {
        FilesystemMode::Ro => 0,
        FilesystemMode::Overlay => 1,
        FilesystemMode::Rw => 2,
    };
    (within(&a.host, &b.host) && within(&a.guest, &b.guest)).then(|| FilesystemRule {
        mode: if strict(a.mode) <= strict(b.mode) { a.mode } else { b.mode },
        max_file_size: smaller(a.max_file_size, b.max_file_size),
        ..a.clone()
    })
}

/// Values that a tenant writes itself tell it nothing new, so they stay; the host's own are the ceiling's to give.
fn environment(asked: &Environment, allowed: &Environment) -> Environment {
    let inherit = asked.inherit.iter().filter(|name| allowed.inherit.contains(name)).cloned().collect();
    Environment { variables: asked.variables.clone(), inherit }
}

/// The clock that tells less.
fn clock(a: &Clock, b: &Clock) -> Clock {
    match (a, b) {
        (_, Clock::Frozen(_)) => b.clone(),
        (Clock::Frozen(_), _) => a.clone(),
        (Clock::Coarse, _) | (_, Clock::Coarse) => Clock::Coarse,
        (Clock::Real, Clock::Real) => Clock::Real,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Capability;

    fn with_domains(domains: &[&str]) -> Policy {
        let domains = domains.iter().map(|d| (*d).to_owned()).collect();
        let access = Capability::NetworkAccess { domains, allowed_ports: None, require_https: None, methods: None, max_request_size: None, max_response_size: None, allow_private: Some(true) };
        Policy::strict().with_capability(access).unwrap()
    }

    #[test]
    fn limits_and_rules_only_shrink() {
        let asked = Policy::from_json(r#"{"preset":"permissive","limits":{"wallTimeMs":null},"capabilities":{"environment":{"variables":{"A":"1"},"inherit":["PATH","LANG"]},"hostFunctions":["a","b"]}}"#).unwrap();
        let ceiling = Policy::from_json(r#"{"limits":{"memoryBytes":1048576},"capabilities":{"environment":{"inherit":["LANG"]},"hostFunctions":["b","c"]}}"#).unwrap();
        let both = asked.intersect(&ceiling);
        assert_eq!((both.limits.memory_bytes, both.limits.wall_time_ms), (1 << 20, Some(30_000)));
        assert!(both.capabilities.network.is_empty());
        assert_eq!(both.capabilities.environment.inherit, ["LANG"]);
        assert_eq!(both.capabilities.host_functions, Some(vec!["b".to_owned()]));
        assert_eq!(both.capabilities.clock, Clock::Coarse);
        both.validate().unwrap();
        assert_eq!(both.intersect(&ceiling), both);
    }

    #[test]
    fn domains_narrow_and_never_widen() {
        let cases = [
            (&["api.example.com"][..], &["*.example.com"][..], &["api.example.com"][..]),
            (&["*"], &["*.example.com"], &["*.example.com"]),
            (&["example.com"], &["*.example.com"], &[]),
            (&["evil-example.com"], &["*.example.com"], &[]),
            (&["*.a.example.com"], &["*.example.com"], &["*.a.example.com"]),
            (&["*.example.com"], &["*.a.example.com"], &["*.a.example.com"]),
            (&["API.example.com"], &["api.example.com"], &["API.example.com"]),
        ];
        for (asked, ceiling, expected) in cases {
            let both = with_domains(asked).intersect(&with_domains(ceiling));
            let domains: Vec<&str> = both.capabilities.network.iter().flat_map(|r| r.domains.iter().map(String::as_str)).collect();
            assert_eq!(domains, expected, "{asked:?} under {ceiling:?}");
        }
    }

    #[test]
    fn mounts_cannot_climb_out() {
        let files = |path: &str, read_only: bool| Capability::FilesystemAccess { paths: vec![path.to_owned()], read_only: Some(read_only), max_file_size: None };
        let ceiling = Policy::strict().with_capability(files("/data", true)).unwrap();
        for (path, survives) in [("/data", true), ("/data/x", true), ("/database", false), ("/", false)] {
            let both = Policy::strict().with_capability(files(path, false)).unwrap().intersect(&ceiling);
            assert_eq!(both.capabilities.filesystem.len(), usize::from(survives), "{path}");
            assert!(both.capabilities.filesystem.iter().all(|m| m.mode == FilesystemMode::Ro));
        }
    }
}
