//! Making, removing and moving entries of the tree.

use super::node::{Body, Directory};
use super::path::{Place, check};
use super::quota::{DEPTH_MAX, NODE_BYTES, PATH_MAX};
use super::{Errno, Kind, NodeId, ROOT, Terms, Tree};
use std::sync::Arc;

impl Tree {
    /// Makes a directory where nothing is.
    pub(crate) fn make_directory(&mut self, terms: &mut Terms<'_>, place: &Place) -> Result<NodeId, Errno> {
        self.make(terms, place, Body::Directory(Directory::default()), 0)
    }

    /// Makes an empty file where nothing is.
    pub(crate) fn make_file(&mut self, terms: &mut Terms<'_>, place: &Place) -> Result<NodeId, Errno> {
        if place.slash {
            return Err(Errno::IsDirectory);
        }
        self.make(terms, place, Body::File(Default::default()), 0)
    }

    /// Makes a symbolic link where nothing is. The target is kept as text; it need not lead anywhere.
    pub(crate) fn make_link(&mut self, terms: &mut Terms<'_>, place: &Place, target: &str) -> Result<NodeId, Errno> {
        check(target)?;
        match place.node {
            None if place.slash => return Err(Errno::NotFound),
            Some(id) if place.slash => self.directory(id).map(drop)?,
            _ => {}
        }
        self.make(terms, place, Body::Link(Arc::from(target)), target.len() as u64)
    }

    fn make(&mut self, terms: &mut Terms<'_>, place: &Place, body: Body, extra: u64) -> Result<NodeId, Errno> {
        let Some(name) = place.name.as_deref().filter(|_| place.node.is_none()) else {
            return Err(Errno::Exists);
        };
        self.writable(place.parent)?;
        self.fits(place.parent, name, 0, 0)?;
        let wanted = self.used_nodes() + 1;
        if wanted > terms.limits.files {
            terms.refusals.note("files", terms.limits.files, wanted);
            return Err(Errno::NoSpace);
        }
        let charged = NODE_BYTES + name.len() as u64 + extra;
        terms.charge(charged)?;
        let id = self.store(body, charged, terms.now);
        self.attach(place.parent, Arc::from(name), id, terms.now)?;
        Ok(id)
    }

    /// Whether an entry `name` below `parent`, with `levels` directories and `length` bytes of path below itself,
    /// stays within the limits on depth and path.
    fn fits(&self, parent: NodeId, name: &str, levels: usize, length: usize) -> Result<(), Errno> {
        let (mut depth, mut bytes, mut here) = (levels + 1, length + name.len() + 1, parent);
        while here != ROOT {
            let node = self.get(here)?;
            depth += 1;
            bytes += node.name.len() + 1;
            if depth > DEPTH_MAX || bytes > PATH_MAX {
                return Err(Errno::NameTooLong);
            }
            here = node.parent;
        }
        if depth > DEPTH_MAX || bytes > PATH_MAX { Err(Errno::NameTooLong) } else { Ok(()) }
    }

    /// Levels and bytes of the longest paths below a directory. Visits each node below it once, of which there
    /// are at most `files`.
    fn extent(&self, id: NodeId) -> Result<(usize, usize), Errno> {
        let (mut levels, mut length) = (0, 0);
        let mut open = vec![(id, 0, 0)];
        while let Some((id, depth, bytes)) = open.pop() {
            (levels, length) = (levels.max(depth), length.max(bytes));
            if let Body::Directory(directory) = &self.get(id)?.body {
                open.extend(directory.names.iter().map(|(name, child)| (*child, depth + 1, bytes + name.len() + 1)));
            }
        }
        Ok((levels, length))
    }

    /// Removes the name of a file or link. Bytes of a file that is open go when it is closed.
    pub(crate) fn remove_file(&mut self, terms: &mut Terms<'_>, place: &Place) -> Result<(), Errno> {
        let id = place.node.ok_or(Errno::NotFound)?;
        if place.name.is_none() || self.kind(id)? == Kind::Directory {
            return Err(Errno::IsDirectory);
        }
        if place.slash {
            return Err(Errno::NotDirectory);
        }
        self.drop_name(terms, id)
    }

    /// Removes an empty directory.
    pub(crate) fn remove_directory(&mut self, terms: &mut Terms<'_>, place: &Place) -> Result<(), Errno> {
        let id = place.node.ok_or(Errno::NotFound)?;
        if id == ROOT {
            return Err(Errno::Busy);
        }
        self.writable(id)?;
        if place.name.is_none() {
            return Err(Errno::Invalid);
        }
        if !self.directory(id)?.names.is_empty() {
            return Err(Errno::NotEmpty);
        }
        self.drop_name(terms, id)
    }

    fn drop_name(&mut self, terms: &mut Terms<'_>, id: NodeId) -> Result<(), Errno> {
        self.detach(id, terms.now)?;
        self.collect(terms, id);
        Ok(())
    }

    /// Moves an entry, over an existing one where POSIX allows that.
    pub(crate) fn rename(&mut self, terms: &mut Terms<'_>, from: &Place, to: &Place) -> Result<(), Errno> {
        let id = from.node.ok_or(Errno::NotFound)?;
        let (Some(old), Some(new)) = (&from.name, &to.name) else {
            return Err(Errno::Busy);
        };
        [Some(id), Some(to.parent), to.node].into_iter().flatten().try_for_each(|id| self.writable(id))?;
        let moves_directory = self.kind(id)? == Kind::Directory;
        if (from.slash || to.slash) && !moves_directory {
            return Err(Errno::NotDirectory);
        }
        if moves_directory && self.is_within(to.parent, id)? {
            return Err(Errno::Invalid);
        }
        match to.node {
            Some(over) if over == id => return Ok(()),
            Some(over) => match (moves_directory, self.kind(over)? == Kind::Directory) {
                (true, false) => return Err(Errno::NotDirectory),
                (false, true) => return Err(Errno::IsDirectory),
                (true, true) if !self.directory(over)?.names.is_empty() => return Err(Errno::NotEmpty),
                _ => {}
            },
            None => {}
        }
        let (levels, length) = if moves_directory { self.extent(id)? } else { (0, 0) };
        self.fits(to.parent, new, levels, length)?;
        let (more, less) = (new.len().saturating_sub(old.len()) as u64, old.len().saturating_sub(new.len()) as u64);
        if self.get(id)?.charged > 0 {
            terms.charge(more)?;
            terms.meter.release(less);
            let node = self.get_mut(id)?;
            node.charged = node.charged + more - less;
        }
        if let Some(over) = to.node {
            self.drop_name(terms, over)?;
        }
        self.detach(id, terms.now)?;
        self.attach(to.parent, Arc::from(new.as_str()), id, terms.now)?;
        let mark = self.mark;
        self.get_mut(id)?.mark = mark;
        Ok(())
    }

    /// Whether `id` is `ancestor` or below it.
    fn is_within(&self, id: NodeId, ancestor: NodeId) -> Result<bool, Errno> {
        let mut here = id;
        while here != ancestor {
            if here == ROOT {
                return Ok(false);
            }
            here = self.get(here)?.parent;
        }
        Ok(true)
    }
}
