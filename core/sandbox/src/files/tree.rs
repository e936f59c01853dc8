//! The store of nodes: made, found, opened, read, written, freed; and the two counts that quotas are about.

use super::content::{Content, footprint};
use super::node::{Body, Directory, Node};
use super::{Errno, Kind, NodeId, SharedTree, Stat, Terms, Times};
use std::sync::Arc;

/// The directory `/`, which is never removed.
pub(crate) const ROOT: NodeId = NodeId(0);
/// Cookies of `.` and `..` in a listing; entries follow.
pub(super) const FIRST_ORDER: u64 = 3;

/// One sandbox's files.
#[derive(Debug)]
pub(crate) struct Tree {
    nodes: Vec<Option<Node>>,
    free: Vec<NodeId>,
    next_inode: u64,
    next_order: u64,
    /// What it has in common with other trees.
    pub(super) shared: Option<Arc<SharedTree>>,
    /// Nodes that stamp this number have been made, changed or moved since `mark`.
    pub(super) mark: u64,
    /// Nodes that count against `files`, and bytes that count against `fileBytes`.
    used_nodes: u64,
    used_bytes: u64,
}

impl Tree {
    /// The root and an empty `/tmp`, which cost nothing.
    pub(crate) fn new(now: u64) -> Tree {
        let mut tree = Tree {
            nodes: Vec::with_capacity(4),
            free: Vec::new(),
            next_inode: 1,
            next_order: FIRST_ORDER,
            shared: None,
            mark: 1,
            used_nodes: 0,
            used_bytes: 0,
        };
        let root = tree.store(Body::Directory(Directory::default()), 0, now);
        let tmp = tree.store(Body::Directory(Directory::default()), 0, now);
        if let Some(node) = tree.nodes[root.0 as usize].as_mut() {
            node.linked = true;
        }
        // The root was stored just now, so this cannot fail.
        let _ = tree.attach(root, "tmp".into(), tmp, now);
        tree
    }

    pub(super) fn get(&self, id: NodeId) -> Result<&Node, Errno> {
        if id.is_shared() {
            return self.shared.as_ref().and_then(|shared| shared.get(id)).ok_or(Errno::BadFd);
        }
        self.nodes.get(id.0 as usize).and_then(Option::as_ref).ok_or(Errno::BadFd)
    }

    pub(super) fn get_mut(&mut self, id: NodeId) -> Result<&mut Node, Errno> {
        self.writable(id)?;
        self.nodes.get_mut(id.0 as usize).and_then(Option::as_mut).ok_or(Errno::BadFd)
    }

    pub(super) fn directory(&self, id: NodeId) -> Result<&Directory, Errno> {
        match &self.get(id)?.body {
            Body::Directory(directory) => Ok(directory),
            _ => Err(Errno::NotDirectory),
        }
    }

    pub(super) fn directory_mut(&mut self, id: NodeId) -> Result<&mut Directory, Errno> {
        match &mut self.get_mut(id)?.body {
            Body::Directory(directory) => Ok(directory),
            _ => Err(Errno::NotDirectory),
        }
    }

    fn file(&self, id: NodeId) -> Result<&Content, Errno> {
        match &self.get(id)?.body {
            Body::File(content) => Ok(content),
            Body::Directory(_) => Err(Errno::IsDirectory),
            Body::Link(_) => Err(Errno::Invalid),
        }
    }

    fn file_mut(&mut self, id: NodeId) -> Result<&mut Content, Errno> {
        match &mut self.get_mut(id)?.body {
            Body::File(content) => Ok(content),
            Body::Directory(_) => Err(Errno::IsDirectory),
            Body::Link(_) => Err(Errno::Invalid),
        }
    }

    /// Puts a node without a name into the store.
    pub(super) fn store(&mut self, body: Body, charged: u64, now: u64) -> NodeId {
        let times = Times { accessed: now, modified: now, changed: now };
        let node = Node {
            inode: self.next_inode,
            parent: ROOT,
            name: Arc::from(""),
            order: 0,
            linked: false,
            opens: 0,
            mark: if charged > 0 { self.mark } else { 0 },
            charged,
            times,
            body,
        };
        self.next_inode += 1;
        self.used_nodes += u64::from(charged > 0);
        match self.free.pop() {
            Some(id) => {
                self.nodes[id.0 as usize] = Some(node);
                id
            }
            None => {
                self.nodes.push(Some(node));
                NodeId((self.nodes.len() - 1) as u32)
            }
        }
    }

    /// Gives a node its name in a directory.
    pub(super) fn attach(&mut self, parent: NodeId, name: Arc<str>, id: NodeId, now: u64) -> Result<(), Errno> {
        let order = self.next_order;
        self.next_order += 1;
        let directory = self.directory_mut(parent)?;
        directory.names.insert(name.clone(), id);
        directory.listing.insert(order, id);
        self.touch(parent, now)?;
        let node = self.get_mut(id)?;
        (node.parent, node.name, node.order, node.linked) = (parent, name, order, true);
        node.times.changed = now;
        Ok(())
    }

    /// Gives a shared node its name in the root.
    pub(super) fn adopt(&mut self, name: Arc<str>, id: NodeId) {
        let order = self.next_order;
        self.next_order += 1;
        if let Ok(root) = self.directory_mut(ROOT) {
            root.names.insert(name, id);
            root.listing.insert(order, id);
        }
    }

    /// Takes a node's name away; it stays in the store.
    pub(super) fn detach(&mut self, id: NodeId, now: u64) -> Result<(), Errno> {
        let node = self.get_mut(id)?;
        node.linked = false;
        node.times.changed = now;
        let (parent, name, order) = (node.parent, node.name.clone(), node.order);
        let directory = self.directory_mut(parent)?;
        directory.names.remove(&name);
        directory.listing.remove(&order);
        self.touch(parent, now)
    }

    fn touch(&mut self, id: NodeId, now: u64) -> Result<(), Errno> {
        let times = &mut self.get_mut(id)?.times;
        (times.modified, times.changed) = (now, now);
        Ok(())
    }

    /// Frees a node that has neither a name nor a descriptor, with its bytes.
    pub(super) fn collect(&mut self, terms: &mut Terms<'_>, id: NodeId) {
        let Some(slot) = self.nodes.get_mut(id.0 as usize) else {
            return;
        };
        let Some(node) = slot.take_if(|node| !node.linked && node.opens == 0) else {
            return;
        };
        let size = match &node.body {
            Body::File(content) => content.size(),
            _ => 0,
        };
        terms.meter.release(node.charged + footprint(size));
        self.used_bytes -= size;
        self.used_nodes -= u64::from(node.charged > 0);
        self.free.push(id);
    }

    /// Nodes that count against `files`.
    pub(crate) fn used_nodes(&self) -> u64 {
        self.used_nodes
    }

    /// Bytes that count against `fileBytes`.
    #[cfg(test)]
    pub(crate) fn used_bytes(&self) -> u64 {
        self.used_bytes
    }

    pub(crate) fn kind(&self, id: NodeId) -> Result<Kind, Errno> {
        Ok(self.get(id)?.kind())
    }

    pub(crate) fn stat(&self, id: NodeId) -> Result<Stat, Errno> {
        Ok(self.get(id)?.stat())
    }

    /// A descriptor refers to the node from now on.
    pub(crate) fn open(&mut self, id: NodeId) -> Result<(), Errno> {
        if id.is_shared() {
            return Ok(());
        }
        let node = self.get_mut(id)?;
        node.opens = node.opens.checked_add(1).ok_or(Errno::TooManyOpen)?;
        Ok(())
    }

    /// A descriptor is gone; a node without a name goes with its last one.
    pub(crate) fn close(&mut self, terms: &mut Terms<'_>, id: NodeId) {
        if let Ok(node) = self.get_mut(id) {
            node.opens = node.opens.saturating_sub(1);
        }
        self.collect(terms, id);
    }

    /// Reads from a file; the number of bytes that there were.
    pub(crate) fn read(&self, id: NodeId, offset: u64, out: &mut [u8]) -> Result<usize, Errno> {
        Ok(self.file(id)?.read(offset, out))
    }

    /// Writes to a file as many of `bytes` as the quota has room for; `NoSpace` when that is none. A gap before
    /// `offset` counts as if it were written.
    pub(crate) fn write(
        &mut self,
        terms: &mut Terms<'_>,
        id: NodeId,
        offset: u64,
        bytes: &[u8],
    ) -> Result<usize, Errno> {
        let size = self.file(id)?.size();
        self.writable(id)?;
        if bytes.is_empty() {
            return Ok(0);
        }
        let end = offset.checked_add(bytes.len() as u64).ok_or(Errno::FileTooBig)?;
        let largest = size.saturating_add(terms.limits.file_bytes.saturating_sub(self.used_bytes));
        if end > largest {
            let wanted = self.used_bytes.saturating_add(end - size);
            terms.refusals.note("fileBytes", terms.limits.file_bytes, wanted);
        }
        let end = end.min(largest);
        let bytes = bytes.get(..end.saturating_sub(offset) as usize).unwrap_or(bytes);
        if bytes.is_empty() {
            return Err(Errno::NoSpace);
        }
        if end > size {
            terms.charge(footprint(end) - footprint(size))?;
            self.used_bytes += end - size;
        }
        self.file_mut(id)?.write(offset, bytes);
        self.stamp(id, terms.now)?;
        Ok(bytes.len())
    }

    /// Cuts a file off, or extends it by a hole that counts in full.
    pub(crate) fn set_size(&mut self, terms: &mut Terms<'_>, id: NodeId, size: u64) -> Result<(), Errno> {
        let old = self.file(id)?.size();
        self.writable(id)?;
        if size > old {
            let wanted = self.used_bytes.saturating_add(size - old);
            if wanted > terms.limits.file_bytes {
                terms.refusals.note("fileBytes", terms.limits.file_bytes, wanted);
                return Err(Errno::NoSpace);
            }
            terms.charge(footprint(size) - footprint(old))?;
            self.used_bytes = wanted;
        } else {
            terms.meter.release(footprint(old) - footprint(size));
            self.used_bytes -= old - size;
        }
        self.file_mut(id)?.set_size(size);
        self.stamp(id, terms.now)
    }

    fn stamp(&mut self, id: NodeId, now: u64) -> Result<(), Errno> {
        let mark = self.mark;
        self.get_mut(id)?.mark = mark;
        self.touch(id, now)
    }

    /// Sets the access and modification times that are given.
    pub(crate) fn set_times(
        &mut self,
        id: NodeId,
        accessed: Option<u64>,
        modified: Option<u64>,
        now: u64,
    ) -> Result<(), Errno> {
        let times = &mut self.get_mut(id)?.times;
        times.accessed = accessed.unwrap_or(times.accessed);
        times.modified = modified.unwrap_or(times.modified);
        times.changed = now;
        Ok(())
    }

    /// The target of a symbolic link.
    pub(crate) fn read_link(&self, id: NodeId) -> Result<&str, Errno> {
        match &self.get(id)?.body {
            Body::Link(target) => Ok(target),
            _ => Err(Errno::Invalid),
        }
    }

    /// The entries of a directory whose cookie is greater than `after`, `.` and `..` among them: cookie, number,
    /// kind and name of each.
    pub(crate) fn list(&self, id: NodeId, after: u64) -> Result<impl Iterator<Item = (u64, u64, Kind, &str)>, Errno> {
        let node = self.get(id)?;
        let parent = self.get(node.parent).map_or(node.inode, |parent| parent.inode);
        let dots = [(1, node.inode, "."), (2, parent, "..")].into_iter();
        let dots = dots
            .filter(move |(cookie, ..)| *cookie > after)
            .map(|(cookie, inode, name)| (cookie, inode, Kind::Directory, name));
        let later = after
            .checked_add(1)
            .map(|next| self.directory(id).map(|directory| directory.listing.range(next..)))
            .transpose()?;
        let entries = later.into_iter().flatten().filter_map(|(order, id)| {
            let node = self.get(*id).ok()?;
            Some((*order, node.inode, node.kind(), &*node.name))
        });
        Ok(dots.chain(entries))
    }

    /// Bytes allocated for a file's content.
    #[cfg(test)]
    pub(super) fn allocated(&self, id: NodeId) -> u64 {
        self.file(id).map_or(0, Content::allocated)
    }

    pub(super) fn bytes(&self, id: NodeId) -> Result<Vec<u8>, Errno> {
        Ok(self.file(id)?.to_vec())
    }
}
