//! What two network rules, or two secrets, have in common. Rules are compared pair by pair: a request that the
//! result lets out matches a whole rule on either side.

use super::limits::smaller;
use crate::validate::MAX_DOMAINS;
use crate::{NetworkRule, SecretRule};

pub(super) fn rules(asked: &[NetworkRule], allowed: &[NetworkRule]) -> Vec<NetworkRule> {
    let mut made: Vec<NetworkRule> = Vec::new();
    for rule in asked.iter().flat_map(|a| allowed.iter().filter_map(move |b| common(a, b))) {
        // Two patterns of a hundred names each can have more in common than one rule may name.
        for domains in rule.domains.chunks(MAX_DOMAINS) {
            let part = NetworkRule { domains: domains.to_vec(), ..rule.clone() };
            if !made.contains(&part) {
                made.push(part);
            }
        }
    }
    made
}

/// The same secret in the same header, for the hosts that both name.
pub(super) fn secrets(asked: &[SecretRule], allowed: &[SecretRule]) -> Vec<SecretRule> {
    let mut made: Vec<SecretRule> = Vec::new();
    for (a, b) in asked.iter().flat_map(|a| allowed.iter().map(move |b| (a, b))) {
        if a.name != b.name || a.format != b.format || !a.header.eq_ignore_ascii_case(&b.header) {
            continue;
        }
        let domains = narrowed(&a.domains, &b.domains);
        for domains in domains.chunks(MAX_DOMAINS) {
            let part = SecretRule { domains: domains.to_vec(), ..a.clone() };
            if !made.contains(&part) {
                made.push(part);
            }
        }
    }
    made
}

/// The requests that match both rules; `None` where there are none.
fn common(a: &NetworkRule, b: &NetworkRule) -> Option<NetworkRule> {
    let rule = NetworkRule {
        domains: narrowed(&a.domains, &b.domains),
        ports: ports(a, b),
        methods: match (&a.methods, &b.methods) {
            (Some(a), Some(b)) => Some(a.iter().filter(|method| b.contains(method)).cloned().collect()),
            (a, b) => a.clone().or_else(|| b.clone()),
        },
        require_https: a.require_https || b.require_https,
        max_request_size: smaller(a.max_request_size, b.max_request_size),
        max_response_size: smaller(a.max_response_size, b.max_response_size),
        allow_private: a.allow_private && b.allow_private,
    };
    let nothing = rule.domains.is_empty()
        || rule.ports.as_ref().is_some_and(Vec::is_empty)
        || rule.methods.as_ref().is_some_and(Vec::is_empty);
    (!nothing).then_some(rule)
}

/// Ports on both sides. No ports means those of the allowed schemes, which is not every port: where one side names
/// ports, they are held against the other side's own.
fn ports(a: &NetworkRule, b: &NetworkRule) -> Option<Vec<u16>> {
    let theirs = |rule: &NetworkRule| match &rule.ports {
        Some(ports) => ports.clone(),
        None if rule.require_https => vec![443],
        None => vec![443, 80],
    };
    if a.ports.is_none() && b.ports.is_none() {
        return None;
    }
    let others = theirs(b);
    Some(theirs(a).into_iter().filter(|port| others.contains(port)).collect())
}

/// The narrower of each two patterns of which one lies within the other.
fn narrowed(a: &[String], b: &[String]) -> Vec<String> {
    let mut made: Vec<String> = Vec::new();
    for (x, y) in a.iter().flat_map(|x| b.iter().map(move |y| (x, y))) {
        let narrower = if covers(y, x) {
            x
        } else if covers(x, y) {
            y
        } else {
            continue;
        };
        if !made.contains(narrower) {
            made.push(narrower.clone());
        }
    }
    made
}

/// Whether every host that pattern `inner` names is one that `outer` names. Letters of either case are the same.
fn covers(outer: &str, inner: &str) -> bool {
    if outer == "*" || outer.eq_ignore_ascii_case(inner) {
        return true;
    }
    // What is left of `*.example.com` keeps its dot, so that evilexample.com does not end in it.
    let Some(suffix) = outer.strip_prefix('*') else { return false };
    let start = inner.len().wrapping_sub(suffix.len());
    inner != "*" && start > 0 && inner.get(start..).is_some_and(|end| end.eq_ignore_ascii_case(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_cover_names_below_them_only() {
        let yes = [
            ("*", "*"),
            ("*", "a.b"),
            ("*.b.c", "a.b.c"),
            ("*.B.c", "*.a.b.C"),
            ("*.b.c", "*.b.c"),
            ("a.B", "A.b"),
            ("*", "192.0.2.1"),
        ];
        let no = [
            ("*.b.c", "b.c"),
            ("*.b.c", "xb.c"),
            ("*.b.c", "*"),
            ("*.b.c", "*.c"),
            ("a.b", "*.a.b"),
            ("a.b", "c.a.b"),
            ("*.b.c", ".b.c"),
            ("*.b.c", "c"),
        ];
        for (outer, inner) in yes {
            assert!(covers(outer, inner), "{outer} {inner}");
        }
        for (outer, inner) in no {
            assert!(!covers(outer, inner), "{outer} {inner}");
        }
    }
}
