//! Key-value stores: what guests keep from sandbox to sandbox, by the namespace that their policy names.
//!
//! `store.rs` holds the entries within their quotas, `ask.rs` answers guests. They live in memory, as long as the
//! runtime does. Snapshots, branches and resets do not touch them.

mod ask;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use ask::{Grant, PREFIX, answer};
pub use store::KvStore;
pub(crate) use store::Stores;
