//! Tests of the file tree, through a small bench that owns what an operation needs.

mod changes;
mod given;
mod hostile;
mod model;
mod quotas;
mod saved;
mod shared;

use super::*;
use crate::store::Meter;
use wasm_sandbox_policy::Limits;

/// A tree with its meter and limits.
struct Bench {
    tree: Tree,
    meter: Meter,
    limits: Limits,
    refusals: Refusals,
    now: u64,
}

impl Bench {
    fn new(limits: Limits) -> Bench {
        Bench { tree: Tree::new(1), meter: Meter::new(&limits), limits, refusals: Refusals::default(), now: 1 }
    }

    fn with<T>(&mut self, act: impl FnOnce(&mut Tree, &mut Terms<'_>) -> T) -> T {
        self.now += 1;
        let Bench { tree, meter, limits, refusals, now } = self;
        act(tree, &mut Terms { meter, limits, refusals, now: *now })
    }

    fn place(&self, path: &str, last: Last) -> Result<Place, Errno> {
        self.tree.resolve(ROOT, path, last)
    }

    /// The node that a path leads to, links followed.
    fn find(&self, path: &str) -> Result<NodeId, Errno> {
        self.place(path, Last::Follow)?.node.ok_or(Errno::NotFound)
    }

    fn mkdir(&mut self, path: &str) -> Result<NodeId, Errno> {
        let place = self.place(path, Last::Entry)?;
        self.with(|tree, terms| tree.make_directory(terms, &place))
    }

    fn link(&mut self, target: &str, path: &str) -> Result<NodeId, Errno> {
        let place = self.place(path, Last::Entry)?;
        self.with(|tree, terms| tree.make_link(terms, &place, target))
    }

    /// Opens as `O_CREAT` does: an existing file, or a new one.
    fn create(&mut self, path: &str) -> Result<NodeId, Errno> {
        let place = self.place(path, Last::Follow)?;
        match place.node {
            Some(id) if self.tree.kind(id)? == Kind::Directory => Err(Errno::IsDirectory),
            Some(id) => Ok(id),
            None => self.with(|tree, terms| tree.make_file(terms, &place)),
        }
    }

    fn write_at(&mut self, id: NodeId, offset: u64, bytes: &[u8]) -> Result<usize, Errno> {
        self.with(|tree, terms| tree.write(terms, id, offset, bytes))
    }

    fn set_size(&mut self, id: NodeId, size: u64) -> Result<(), Errno> {
        self.with(|tree, terms| tree.set_size(terms, id, size))
    }

    /// A new file with this content.
    fn file(&mut self, path: &str, bytes: &[u8]) -> NodeId {
        let id = self.create(path).unwrap();
        assert_eq!(self.write_at(id, 0, bytes), Ok(bytes.len()));
        id
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Errno> {
        self.tree.bytes(self.find(path)?)
    }

    fn unlink(&mut self, path: &str) -> Result<(), Errno> {
        let place = self.place(path, Last::Entry)?;
        self.with(|tree, terms| tree.remove_file(terms, &place))
    }

    fn rmdir(&mut self, path: &str) -> Result<(), Errno> {
        let place = self.place(path, Last::Entry)?;
        self.with(|tree, terms| tree.remove_directory(terms, &place))
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), Errno> {
        let (from, to) = (self.place(from, Last::Entry)?, self.place(to, Last::Entry)?);
        self.with(|tree, terms| tree.rename(terms, &from, &to))
    }

    fn names(&self, path: &str) -> Vec<String> {
        let id = self.find(path).unwrap();
        self.tree.list(id, 2).unwrap().map(|(.., name)| name.to_owned()).collect()
    }
}
