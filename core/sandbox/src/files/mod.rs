//! The in-memory file tree of one sandbox: nodes, names, paths, contents and their quotas.
//!
//! Owns what a path means and what may be kept. Knows nothing of guest memory, descriptors or the host's
//! file system: no path that comes in here ever reaches the operating system.

mod change;
mod content;
mod errno;
mod given;
mod node;
mod path;
mod quota;
mod saved;
mod shared;
#[cfg(test)]
mod tests;
mod tree;

pub(crate) use errno::Errno;
pub(crate) use node::{Kind, NodeId, Stat, Times};
pub(crate) use path::{Last, Place};
pub(crate) use quota::{Refusals, Terms};
pub(crate) use saved::{Saved, SavedBody};
pub(crate) use shared::SharedTree;
pub(crate) use tree::{ROOT, Tree};
