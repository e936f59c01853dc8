//! A tenant's policy under the host's ceiling: the result allows only what both allow.
//!
//! Where what both allow cannot be written as a rule, the rule is dropped: less is granted, never more.

mod environment;
mod files;
mod limits;
mod network;

use crate::validate::MAX_RULES;
use crate::{Audit, Capabilities, Clock, Isolation, Kv, Policy, ProcessGrade, Random};

impl Policy {
    /// What both this policy and `ceiling` allow: each limit the smaller (null is no limit), each rule narrowed or
    /// dropped, the coarser clock, the stronger isolation, the more talkative audit. A seed given by either holds,
    /// the ceiling's first. The preset stays this policy's own.
    ///
    /// Host paths are compared as text, so whoever opens a mount has to refuse links that lead out of it.
    #[must_use]
    pub fn intersect(&self, ceiling: &Policy) -> Policy {
        Policy {
            version: self.version,
            preset: self.preset,
            limits: limits::both(&self.limits, &ceiling.limits),
            capabilities: capabilities(self, ceiling),
            audit: audit(self.audit, ceiling.audit),
            isolation: if self.isolation == ceiling.isolation { self.isolation } else { Isolation::Fresh },
            process: if self.process == ceiling.process { self.process } else { ProcessGrade::Worker },
        }
    }
}

fn capabilities(asked: &Policy, ceiling: &Policy) -> Capabilities {
    let names_only = ceiling.preset == crate::Preset::Strict;
    let (asked, allowed) = (&asked.capabilities, &ceiling.capabilities);
    let mut made = Capabilities {
        network: network::rules(&asked.network, &allowed.network),
        secrets: network::secrets(&asked.secrets, &allowed.secrets),
        filesystem: files::mounts(&asked.filesystem, &allowed.filesystem),
        environment: environment::both(&asked.environment, &allowed.environment, names_only),
        clock: clock(&asked.clock, &allowed.clock),
        random: match (asked.random, allowed.random) {
            (_, seed @ Random::Seed(_)) | (seed, Random::Secure) => seed,
        },
        host_functions: match (&asked.host_functions, &allowed.host_functions) {
            (Some(a), Some(b)) => Some(a.iter().filter(|name| b.contains(name)).cloned().collect()),
            (a, b) => a.clone().or_else(|| b.clone()),
        },
        kv: asked.kv.as_ref().zip(allowed.kv.as_ref()).and_then(|(a, b)| kv(a, b)),
    };
    // Both documents are bounded, but pairs of their rules are many more.
    made.network.truncate(MAX_RULES);
    made.secrets.truncate(MAX_RULES);
    // Outer mounts come first: what is dropped there shows nothing that an inner one hides.
    made.filesystem.drain(..made.filesystem.len().saturating_sub(MAX_RULES));
    made
}

fn kv(a: &Kv, b: &Kv) -> Option<Kv> {
    (a.namespace == b.namespace).then(|| Kv {
        namespace: a.namespace.clone(),
        max_bytes: a.max_bytes.min(b.max_bytes),
        max_keys: a.max_keys.min(b.max_keys),
    })
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

/// What either records is recorded.
fn audit(a: Audit, b: Audit) -> Audit {
    let level = match (a.enabled, b.enabled) {
        (true, true) => a.level.max(b.level),
        (false, true) => b.level,
        (_, false) => a.level,
    };
    Audit { enabled: a.enabled || b.enabled, level }
}
