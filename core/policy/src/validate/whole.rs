//! The whole policy, part by part: limits, environment, clock, host functions, key-value store.

use super::check::{at_most, check, distinct, each};
use super::{files, network};
use crate::document::path;
use crate::limit_table::MAX_SAFE_INTEGER;
use crate::{Capabilities, Clock, Environment, Kv, Limits, Policy, Random, Result};

/// Most rules of one kind.
pub(crate) const MAX_RULES: usize = 100;
/// Most variables, inherited names or host functions.
const MAX_NAMES: usize = 1_000;
/// Most bytes of all variables, names included: what an operating system hands a program, about.
const MAX_ENVIRONMENT: usize = 128 << 10;

impl Policy {
    /// Checks everything that the types leave open.
    ///
    /// # Errors
    /// `invalid_policy` with `details.path`.
    pub fn validate(&self) -> Result<()> {
        check(
            self.version == 1,
            "$.version",
            format_args!("version {} is not known; this is version 1", self.version),
        )?;
        limits(&self.limits)?;
        let Capabilities { network, secrets, filesystem, environment: variables, clock, random, host_functions, kv } =
            &self.capabilities;
        at_most(MAX_RULES, "$.capabilities.network", network.len())?;
        each("$.capabilities.network", network, network::rule)?;
        at_most(MAX_RULES, "$.capabilities.secrets", secrets.len())?;
        each("$.capabilities.secrets", secrets, network::secret)?;
        at_most(MAX_RULES, "$.capabilities.filesystem", filesystem.len())?;
        files::mounts("$.capabilities.filesystem", filesystem)?;
        environment("$.capabilities.environment", variables)?;
        if let Clock::Frozen(_) = clock {
            let why = "a moment from 1970 to 2500 as RFC 3339 writes it is meant, such as 2026-01-01T00:00:00Z";
            check(clock.frozen_ns().is_some(), "$.capabilities.clock.frozen", why)?;
        }
        if let Random::Seed(seed) = random {
            exact("$.capabilities.random.seed", Some(*seed))?;
        }
        if let Some(names) = host_functions {
            host_names("$.capabilities.hostFunctions", names)?;
        }
        kv.as_ref().map_or(Ok(()), |kv| store("$.capabilities.kv", kv))
    }
}

fn limits(limits: &Limits) -> Result<()> {
    for field in Limits::FIELDS {
        let (Some((least, most)), Some(value)) = (field.range, (field.value)(limits)) else { continue };
        let at = path::key("$.limits", field.name);
        check((least..=most).contains(&value), &at, format_args!("a number from {least} to {most} is meant"))?;
    }
    let endless = limits.wall_time_ms.is_none() && limits.cpu_time_ms.is_none();
    check(
        !endless,
        "$.limits.wallTimeMs",
        "wallTimeMs and cpuTimeMs cannot both be null: nothing would end an endless loop",
    )
}

fn environment(at: &str, environment: &Environment) -> Result<()> {
    let given = path::key(at, "variables");
    at_most(MAX_NAMES, &given, environment.variables.len())?;
    let mut bytes = 0;
    for (name, value) in &environment.variables {
        let at = path::key(&given, name);
        variable(&at, name)?;
        check(!value.contains('\0'), &at, "a value has no NUL")?;
        bytes += name.len() + value.len() + 2;
    }
    check(
        bytes <= MAX_ENVIRONMENT,
        &given,
        format_args!("{bytes} bytes with names; at most {MAX_ENVIRONMENT} are read"),
    )?;
    let inherit = path::key(at, "inherit");
    at_most(MAX_NAMES, &inherit, environment.inherit.len())?;
    each(&inherit, &environment.inherit, |at, name| {
        check(!name.contains('*'), at, "names are written out; `*` is no pattern here")?;
        variable(at, name)
    })?;
    distinct(&inherit, environment.inherit.iter().map(String::as_str))
}

fn variable(at: &str, name: &str) -> Result<()> {
    check(
        !name.is_empty() && !name.contains(['=', '\0']),
        at,
        "a variable's name is not empty and has no `=` and no NUL",
    )
}

fn host_names(at: &str, names: &[String]) -> Result<()> {
    at_most(MAX_NAMES, at, names.len())?;
    each(at, names, |at, name| check(!name.is_empty(), at, "a name cannot be empty"))?;
    distinct(at, names.iter().map(String::as_str))
}

fn store(at: &str, kv: &Kv) -> Result<()> {
    let word = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let namespace = kv.namespace.len() <= 64
        && kv.namespace.chars().all(word)
        && kv.namespace.starts_with(|c: char| c.is_ascii_alphanumeric());
    let why = "a namespace has 1 to 64 letters, digits, `-`, `_` and `.`, and begins with a letter or digit";
    check(namespace, &path::key(at, "namespace"), why)?;
    for (field, value) in [("maxBytes", kv.max_bytes), ("maxKeys", kv.max_keys)] {
        let at = path::key(at, field);
        check(value > 0, &at, "a store with room for nothing is written as null")?;
        exact(&at, Some(value))?;
    }
    Ok(())
}

/// What JSON keeps exactly; a policy that is built in Rust could hold more.
pub(super) fn exact(at: &str, value: Option<u64>) -> Result<()> {
    let holds = value.is_none_or(|value| value <= MAX_SAFE_INTEGER);
    check(holds, at, format_args!("a number is at most {MAX_SAFE_INTEGER}, the largest that JSON keeps exactly"))
}
