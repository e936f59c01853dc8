//! A read-only tree that any number of sandboxes have in theirs, without a copy: packages.
//!
//! Its nodes have numbers of their own, above those of any sandbox's. `Tree::get` finds both kinds, `Tree::get_mut` only
//! a sandbox's own: whatever would change a shared node is `ReadOnly`.

use super::content::Content;
use super::node::{Body, Directory, Node};
use super::{Errno, NodeId, ROOT, Times, Tree};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The first number of shared nodes; a sandbox has fewer of its own.
pub(super) const FIRST: u32 = 1 << 31;
/// The first inode number of shared nodes.
const FIRST_INODE: u64 = 1 << 48;
/// The time of all shared nodes: 1980-01-01, when zip files begin. It is the same in every process, so that a snapshot
/// that remembers it goes on anywhere.
const TIME: u64 = 315_532_800_000_000_000;

/// See the module's head.
#[derive(Debug)]
pub(crate) struct SharedTree {
    nodes: Vec<Node>,
    /// Names in `/` and what they stand for.
    top: BTreeMap<Arc<str>, NodeId>,
}

impl SharedTree {
    /// Of files by path from the root, without a slash before it; no path may go through a file.
    pub(crate) fn new(files: BTreeMap<String, Vec<u8>>) -> SharedTree {
        let mut tree = SharedTree { nodes: Vec::with_capacity(files.len() + 16), top: BTreeMap::new() };
        for (path, bytes) in files {
            let (folders, name) = path.rsplit_once('/').unwrap_or(("", &path));
            let mut here = ROOT;
            for folder in folders.split('/').filter(|folder| !folder.is_empty()) {
                here = match tree.names(here).and_then(|names| names.get(folder)) {
                    Some(id) => *id,
                    None => tree.add(here, folder, Body::Directory(Directory::default())),
                };
            }
            tree.add(here, name, Body::File(Content::of(bytes)));
        }
        tree
    }

    fn names(&self, id: NodeId) -> Option<&BTreeMap<Arc<str>, NodeId>> {
        match id {
            ROOT => Some(&self.top),
            id => match &self.get(id)?.body {
                Body::Directory(directory) => Some(&directory.names),
                _ => None,
            },
        }
    }

    fn add(&mut self, parent: NodeId, name: &str, body: Body) -> NodeId {
        let index = self.nodes.len() as u32;
        let (id, name) = (NodeId(FIRST + index), Arc::<str>::from(name));
        let order = super::tree::FIRST_ORDER + u64::from(index);
        match parent {
            ROOT => drop(self.top.insert(name.clone(), id)),
            NodeId(number) => {
                if let Some(Body::Directory(directory)) =
                    self.nodes.get_mut((number - FIRST) as usize).map(|node| &mut node.body)
                {
                    directory.names.insert(name.clone(), id);
                    directory.listing.insert(order, id);
                }
            }
        }
        let times = Times { accessed: TIME, modified: TIME, changed: TIME };
        let inode = FIRST_INODE + u64::from(index);
        self.nodes.push(Node { inode, parent, name, order, linked: true, opens: 0, mark: 0, charged: 0, times, body });
        id
    }

    pub(super) fn get(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0.checked_sub(FIRST)? as usize)
    }
}

impl NodeId {
    /// Whether it is a node of a shared tree.
    pub(super) fn is_shared(self) -> bool {
        self.0 >= FIRST
    }
}

impl Tree {
    /// An empty tree with what is shared in its root.
    pub(crate) fn with_shared(now: u64, shared: Arc<SharedTree>) -> Tree {
        let mut tree = Tree::new(now);
        for (name, id) in &shared.top {
            tree.adopt(name.clone(), *id);
        }
        tree.shared = Some(shared);
        tree
    }

    /// Names in a shared folder of the root, in order, at most `most`.
    pub(crate) fn shared_names(&self, folder: &str, most: usize) -> Vec<String> {
        let names = self.shared.as_ref().and_then(|shared| shared.names(*shared.top.get(folder)?));
        names.into_iter().flat_map(BTreeMap::keys).take(most).map(|name| name.to_string()).collect()
    }

    /// `ReadOnly` where the node is one of those that many sandboxes have.
    pub(crate) fn writable(&self, id: NodeId) -> Result<(), Errno> {
        if id.is_shared() { Err(Errno::ReadOnly) } else { Ok(()) }
    }
}
