//! The environment under a ceiling.
//!
//! Names from the host's environment pass only where the ceiling lists them under `inherit`. Values that a tenant
//! writes itself tell it nothing, so a ceiling that is built on `moderate` or `permissive`, whose presets grant
//! given variables, lets them all pass; one built on `strict` only those whose names it lists. Where the ceiling
//! gives a variable a value, that value holds.

use crate::Environment;
use std::collections::BTreeMap;

/// `names_only`: the ceiling is built on `strict`.
pub(super) fn both(asked: &Environment, allowed: &Environment, names_only: bool) -> Environment {
    let inherit = asked.inherit.iter().filter(|name| allowed.inherit.contains(name)).cloned().collect();
    let variable = |(name, own): (&String, &String)| match allowed.variables.get(name) {
        Some(value) => Some((name.clone(), value.clone())),
        None if names_only && !allowed.inherit.contains(name) => None,
        None => Some((name.clone(), own.clone())),
    };
    let variables: BTreeMap<String, String> = asked.variables.iter().filter_map(variable).collect();
    Environment { variables, inherit }
}
