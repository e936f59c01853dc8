//! Network rules and secrets: host names, ports, methods, headers.

use super::check::{at_most, check, distinct, each};
use super::whole::exact;
use crate::document::path;
use crate::{NetworkRule, Result, SecretRule};
use std::net::{Ipv4Addr, Ipv6Addr};

/// Most host names in one rule; ports and methods have the same bound.
pub(crate) const MAX_DOMAINS: usize = 100;
/// Longest secret name, header or format.
const MAX_TEXT: usize = 256;
/// Headers that belong to the connection or to its other end, not to a request.
const NOT_OURS: &[&str] = &[
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

pub(super) fn rule(at: &str, rule: &NetworkRule) -> Result<()> {
    domains(&path::key(at, "domains"), &rule.domains, "a rule without domains allows nothing")?;
    if let Some(ports) = &rule.ports {
        let at = path::key(at, "ports");
        check(!ports.is_empty(), &at, "a rule without ports allows nothing; leave ports out for those of the scheme")?;
        at_most(MAX_DOMAINS, &at, ports.len())?;
        each(&at, ports, |at, port| check(*port != 0, at, "a port is a number from 1 to 65535"))?;
    }
    if let Some(methods) = &rule.methods {
        let at = path::key(at, "methods");
        check(!methods.is_empty(), &at, "a rule without methods allows nothing; leave methods out for all of them")?;
        at_most(MAX_DOMAINS, &at, methods.len())?;
        each(&at, methods, |at, name| method(at, name))?;
    }
    exact(&path::key(at, "maxRequestSize"), rule.max_request_size)?;
    exact(&path::key(at, "maxResponseSize"), rule.max_response_size)
}

pub(super) fn secret(at: &str, rule: &SecretRule) -> Result<()> {
    let name = !rule.name.is_empty() && rule.name.len() <= MAX_TEXT && !rule.name.contains(|c: char| c.is_control());
    check(name, &path::key(at, "name"), format_args!("a secret has a name of at most {MAX_TEXT} bytes"))?;
    let header = is_token(&rule.header) && rule.header.len() <= MAX_TEXT;
    check(header, &path::key(at, "header"), "a header's name is a word such as authorization")?;
    let free = !NOT_OURS.contains(&rule.header.to_ascii_lowercase().as_str());
    check(free, &path::key(at, "header"), "this header belongs to the connection and cannot carry a secret")?;
    let format = path::key(at, "format");
    check(rule.format.matches("{}").count() == 1, &format, "a format has {} once, where the value goes")?;
    let line = rule.format.len() <= MAX_TEXT && rule.format.bytes().all(|b| (b' '..=b'~').contains(&b));
    check(line, &format, format_args!("a format is at most {MAX_TEXT} printable ASCII characters"))?;
    let at = path::key(at, "domains");
    domains(&at, &rule.domains, "a secret without domains is never sent")?;
    each(&at, &rule.domains, |at, name| check(name != "*", at, "a secret goes to named hosts, not to every one"))
}

fn domains(at: &str, names: &[String], none: &str) -> Result<()> {
    check(!names.is_empty(), at, none)?;
    at_most(MAX_DOMAINS, at, names.len())?;
    each(at, names, |at, name| domain(at, name))?;
    distinct(at, names.iter().map(String::as_str))
}

fn domain(at: &str, name: &str) -> Result<()> {
    if name == "*" {
        return Ok(());
    }
    check(!name.contains("://"), at, "a domain has no scheme; write api.example.com")?;
    check(!name.contains('/'), at, "a domain has no path, and ranges of addresses are not rules")?;
    if name.parse::<Ipv6Addr>().is_ok() || name.parse::<Ipv4Addr>().is_ok() {
        return Ok(());
    }
    check(!name.contains(['[', ']']), at, "an IPv6 address is written without brackets")?;
    check(!name.contains(':'), at, "a domain has no port; use `ports`")?;
    check(name.is_ascii(), at, "write international names in their ASCII form (xn--…)")?;
    let host = name.strip_prefix("*.").unwrap_or(name);
    check(!host.contains('*'), at, "`*` stands alone or in front: *.example.com")?;
    let valid = host.len() <= 253 && host.split('.').all(is_label);
    check(valid, at, format_args!("`{}` is no host name", path::shown(name)))?;
    // Resolvers take 127.1 and 0x7f000001 for addresses: a name that ends in a number is one, or none.
    let last = host.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let hexadecimal = last.strip_prefix("0x").is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
    let number = hexadecimal || last.bytes().all(|b| b.is_ascii_digit());
    check(!number, at, "an address is written out, such as 192.0.2.1, and has no `*`")
}

fn is_label(label: &str) -> bool {
    let inner = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    inner && !label.is_empty() && label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-')
}

fn method(at: &str, name: &str) -> Result<()> {
    check(is_token(name) && name.len() <= 32, at, "a method is a word such as GET")?;
    check(!name.bytes().any(|b| b.is_ascii_lowercase()), at, "methods are written in capitals")?;
    check(!["CONNECT", "TRACE"].contains(&name), at, "CONNECT and TRACE are never sent")
}

/// A token as RFC 9110 defines it.
fn is_token(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}
