//! What types alone do not say: ranges, names, paths, combinations. Each refusal names its JSON path.

use crate::document::invalid;
use crate::{Clock, DateTime, FilesystemRule, Limits, NetworkRule, Policy, Result, SecretRule};
use std::collections::BTreeSet;
use std::fmt::Display;

/// The deepest nesting that any codec follows.
const MAX_DEPTH: u32 = 128;
/// Memories and tables that an instance slot holds.
const MAX_PER_MODULE: u32 = 100;
/// Headers that belong to the connection, not to a request.
const HOP_BY_HOP: &[&str] = &["connection", "content-length", "host", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"];

impl Policy {
    /// Checks everything that the types leave open.
    pub fn validate(&self) -> Result<()> {
        if self.version != 1 {
            return Err(invalid("$.version", format_args!("version {} is not known; this is version 1", self.version)));
        }
        limits(&self.limits)?;
        let capabilities = &self.capabilities;
        each("$.capabilities.network", &capabilities.network, network)?;
        each("$.capabilities.secrets", &capabilities.secrets, secret)?;
        each("$.capabilities.filesystem", &capabilities.filesystem, mount)?;
        for (name, value) in &capabilities.environment.variables {
            let at = format!("$.capabilities.environment.variables.{name}");
            variable(&at, name)?;
            check(!value.contains('\0'), &at, "a value cannot contain NUL")?;
        }
        each("$.capabilities.environment.inherit", &capabilities.environment.inherit, |at, name| variable(at, name))?;
        if let Clock::Frozen(moment) = &capabilities.clock {
            check(DateTime::from_rfc3339(moment).is_some(), "$.capabilities.clock.frozen", "this is no moment as RFC 3339 writes it, such as 2026-01-01T00:00:00Z")?;
        }
        if let Some(names) = &capabilities.host_functions {
            let mut seen = BTreeSet::new();
            for (i, name) in names.iter().enumerate() {
                let at = format!("$.capabilities.hostFunctions[{i}]");
                check(!name.is_empty(), &at, "a name cannot be empty")?;
                check(seen.insert(name), &at, format_args!("`{name}` stands twice"))?;
            }
        }
        if let Some(kv) = &capabilities.kv {
            let word = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            check(!kv.namespace.is_empty() && kv.namespace.chars().all(word), "$.capabilities.kv.namespace", "a namespace is made of letters, digits, `-`, `_` and `.`")?;
        }
        Ok(())
    }
}

fn limits(limits: &Limits) -> Result<()> {
    let at = |field: &str| format!("$.limits.{field}");
    let positive = |field: &str, value: u64| check(value > 0, &at(field), "0 would allow nothing to run");
    check(limits.memory_bytes >= 65_536, &at("memoryBytes"), "less than one page of 65,536 bytes runs nothing")?;
    check(limits.wall_time_ms.is_some() || limits.cpu_time_ms.is_some(), &at("wallTimeMs"), "wallTimeMs and cpuTimeMs cannot both be null: nothing would end an endless loop")?;
    for (field, value) in [("wallTimeMs", limits.wall_time_ms), ("cpuTimeMs", limits.cpu_time_ms), ("hostCallTimeMs", limits.host_call_time_ms), ("fuel", limits.fuel)] {
        value.map_or(Ok(()), |value| positive(field, value))?;
    }
    positive("instances", limits.instances.into())?;
    positive("moduleBytes", limits.module_bytes)?;
    positive("compileTimeMs", limits.compile_time_ms)?;
    positive("valueBytes", limits.value_bytes)?;
    for (field, value) in [("memories", limits.memories), ("tables", limits.tables)] {
        check(value <= MAX_PER_MODULE, &at(field), format_args!("at most {MAX_PER_MODULE} fit an instance"))?;
    }
    check((1..=MAX_DEPTH).contains(&limits.value_depth), &at("valueDepth"), format_args!("a depth is between 1 and {MAX_DEPTH}"))
}

fn network(at: &str, rule: &NetworkRule) -> Result<()> {
    check(!rule.domains.is_empty(), &format!("{at}.domains"), "a rule without domains allows nothing")?;
    each(&format!("{at}.domains"), &rule.domains, |at, name| domain(at, name))?;
    if let Some(ports) = &rule.ports {
        check(!ports.is_empty(), &format!("{at}.ports"), "a rule without ports allows nothing; leave ports out for those of the scheme")?;
        each(&format!("{at}.ports"), ports, |at, port| check(*port != 0, at, "a port is between 1 and 65535"))?;
    }
    if let Some(methods) = &rule.methods {
        each(&format!("{at}.methods"), methods, |at, method| check(is_token(method), at, "a method is a word such as GET"))?;
    }
    Ok(())
}

fn domain(at: &str, name: &str) -> Result<()> {
    let host = name.strip_prefix("*.").unwrap_or(name);
    if name == "*" || host.parse::<std::net::Ipv4Addr>().is_ok() || ipv6(host) {
        return Ok(());
    }
    check(!host.contains("://"), at, "a domain has no scheme; write api.example.com")?;
    check(!host.contains('/'), at, "a domain has no path, and ranges of addresses are not rules")?;
    check(!host.contains(':'), at, "a domain has no port; use `ports`")?;
    check(!host.contains('*'), at, "`*` stands alone or in front: *.example.com")?;
    check(host.is_ascii(), at, "write international names in their ASCII form (xn--…)")?;
    let label = |label: &str| {
        let inner = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        inner && !label.is_empty() && label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-')
    };
    check(host.len() <= 253 && host.split('.').all(label), at, format_args!("`{name}` is no domain name"))
}

fn ipv6(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
    bare.parse::<std::net::Ipv6Addr>().is_ok()
}

fn secret(at: &str, rule: &SecretRule) -> Result<()> {
    check(!rule.name.is_empty(), &format!("{at}.name"), "a secret needs a name")?;
    let header = rule.header.to_ascii_lowercase();
    check(is_token(&header) && !HOP_BY_HOP.contains(&header.as_str()), &format!("{at}.header"), "this header cannot carry a secret")?;
    check(rule.format.matches("{}").count() == 1, &format!("{at}.format"), "a format contains {} once, where the value goes")?;
    check(!rule.format.contains(['\r', '\n', '\0']), &format!("{at}.format"), "a header is one line")?;
    check(!rule.domains.is_empty(), &format!("{at}.domains"), "a secret without domains is never sent")?;
    each(&format!("{at}.domains"), &rule.domains, |at, name| domain(at, name))
}

fn mount(at: &str, rule: &FilesystemRule) -> Result<()> {
    let guest = format!("{at}.guest");
    check(rule.guest.starts_with('/'), &guest, "a guest path is absolute: /data")?;
    check(!rule.guest.contains('\0'), &guest, "a path cannot contain NUL")?;
    let normal = rule.guest == "/" || rule.guest[1..].split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    check(normal, &guest, "a guest path has no empty parts, no `.` and no `..`")?;
    check(!rule.host.is_empty() && !rule.host.contains('\0'), &format!("{at}.host"), "a mount needs a host path")
}

fn variable(at: &str, name: &str) -> Result<()> {
    check(!name.is_empty() && !name.contains(['=', '\0']), at, "a variable's name is not empty and has no `=` and no NUL")
}

/// A token as HTTP defines it.
fn is_token(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

fn each<T>(at: &str, items: &[T], mut rule: impl FnMut(&str, &T) -> Result<()>) -> Result<()> {
    items.iter().enumerate().try_for_each(|(i, item)| rule(&format!("{at}[{i}]"), item))
}

fn check(holds: bool, at: &str, why: impl Display) -> Result<()> {
    if holds { Ok(()) } else { Err(invalid(at, why)) }
}
