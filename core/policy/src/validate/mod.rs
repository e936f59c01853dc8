//! What types alone do not say: ranges, names, paths, combinations. Each refusal names its JSON path.
//!
//! Lists have a greatest length, so that no document, not even a tenant's, is expensive to compare with a ceiling.

mod check;
mod files;
mod network;
mod whole;

pub(crate) use files::parts;
pub(crate) use network::MAX_DOMAINS;
pub(crate) use whole::MAX_RULES;
