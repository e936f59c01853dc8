//! What stands in the tree: files, directories and symbolic links, with their names and times.

use super::content::Content;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A node's place in the tree's store. Reused only after nothing refers to the node any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(pub(super) u32);

/// The three kinds of node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Directory,
    File,
    Link,
}

/// Times in nanoseconds since 1970 by the sandbox's clock. Reading does not touch the access time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    pub(crate) accessed: u64,
    pub(crate) modified: u64,
    pub(crate) changed: u64,
}

/// What a guest may know of a node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stat {
    /// Number of the node, never used twice in one tree.
    pub(crate) inode: u64,
    pub(crate) kind: Kind,
    /// 0 once the name is gone; there are no hard links.
    pub(crate) links: u64,
    pub(crate) size: u64,
    pub(crate) times: Times,
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) inode: u64,
    /// The directory it stands in; the root stands in itself.
    pub(super) parent: NodeId,
    pub(super) name: Arc<str>,
    /// Its position in listings of its directory.
    pub(super) order: u64,
    /// Whether it has its name still.
    pub(super) linked: bool,
    /// Descriptors that refer to it.
    pub(super) opens: u32,
    /// The tree's mark when the guest made, changed or moved it last; 0: it is as the host gave it.
    pub(super) mark: u64,
    /// Bytes charged for the node itself; 0 for the two that every tree has.
    pub(super) charged: u64,
    pub(super) times: Times,
    pub(super) body: Body,
}

#[derive(Debug)]
pub(super) enum Body {
    Directory(Directory),
    File(Content),
    Link(Arc<str>),
}

/// The entries of a directory by name, and in the order in which they came: a listing that goes on after
/// entries were added or removed neither repeats nor misses the others.
#[derive(Debug, Default)]
pub(super) struct Directory {
    pub(super) names: BTreeMap<Arc<str>, NodeId>,
    pub(super) listing: BTreeMap<u64, NodeId>,
}

impl Node {
    pub(super) fn kind(&self) -> Kind {
        match self.body {
            Body::Directory(_) => Kind::Directory,
            Body::File(_) => Kind::File,
            Body::Link(_) => Kind::Link,
        }
    }

    pub(super) fn stat(&self) -> Stat {
        let size = match &self.body {
            Body::Directory(_) => 0,
            Body::File(content) => content.size(),
            Body::Link(target) => target.len() as u64,
        };
        Stat { inode: self.inode, kind: self.kind(), links: u64::from(self.linked), size, times: self.times }
    }
}
