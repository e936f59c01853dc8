//! The whole tree as a list, and back: what a session's snapshot holds of its files.

use super::node::Body;
use super::path::Last;
use super::{Errno, Kind, NodeId, ROOT, Terms, Times, Tree};

/// One entry of the tree. Directories come before what is in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Saved {
    pub(crate) path: String,
    /// Nanoseconds since 1970.
    pub(crate) modified: u64,
    pub(crate) body: SavedBody,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SavedBody {
    Directory,
    File(Vec<u8>),
    Link(String),
}

impl Tree {
    /// Everything in the tree but the root and what is shared.
    pub(crate) fn saved(&self) -> Vec<Saved> {
        let (mut found, mut open) = (Vec::new(), vec![(ROOT, String::new())]);
        while let Some((id, path)) = open.pop() {
            let Ok(node) = self.get(id) else { continue };
            let body = match &node.body {
                Body::Directory(directory) => {
                    let own = directory.names.iter().rev().filter(|(_, child)| !child.is_shared());
                    open.extend(own.map(|(name, child)| (*child, format!("{path}/{name}"))));
                    SavedBody::Directory
                }
                Body::File(_) => SavedBody::File(self.bytes(id).unwrap_or_default()),
                Body::Link(target) => SavedBody::Link(target.to_string()),
            };
            if id != ROOT {
                found.push(Saved { path, modified: node.times.modified, body });
            }
        }
        found
    }

    /// Makes the tree what the list says: what is not in it goes. Quotas hold as for a guest's own doing.
    pub(crate) fn put_back(&mut self, terms: &mut Terms<'_>, saved: &[Saved]) -> Result<(), Errno> {
        let there: Vec<String> = self.saved().into_iter().map(|saved| saved.path).collect();
        // Directories of both stay: `/tmp`, which every tree has, costs nothing as it is.
        let stays = |path: &String| saved.iter().any(|s| s.path == *path && s.body == SavedBody::Directory);
        for path in there.iter().rev().filter(|path| !(stays(path) && self.is_directory(path))).collect::<Vec<_>>() {
            let place = self.resolve(ROOT, path, Last::Stay)?;
            match place.node.map(|id| self.kind(id)).transpose()? {
                Some(Kind::Directory) => self.remove_directory(terms, &place)?,
                Some(_) => self.remove_file(terms, &place)?,
                None => {}
            }
        }
        let mut made = Vec::with_capacity(saved.len());
        for Saved { path, modified, body } in saved {
            let place = self.resolve(ROOT, path, Last::Stay)?;
            let id = match body {
                SavedBody::Directory if let Some(id) = place.node => id,
                SavedBody::Directory => self.make_directory(terms, &place)?,
                SavedBody::Link(target) => self.make_link(terms, &place, target)?,
                SavedBody::File(bytes) => {
                    let id = self.make_file(terms, &place)?;
                    self.set_size(terms, id, bytes.len() as u64)?;
                    self.write(terms, id, 0, bytes)?;
                    id
                }
            };
            made.push((id, *modified));
        }
        // Last, because what comes into a directory changes its time.
        made.into_iter().try_for_each(|(id, modified)| self.restamp(id, modified))
    }

    fn is_directory(&self, path: &str) -> bool {
        let node = self.resolve(ROOT, path, Last::Stay).ok().and_then(|place| place.node);
        node.is_some_and(|id| self.kind(id) == Ok(Kind::Directory))
    }

    /// The time that it had, and the host's doing, not the guest's.
    fn restamp(&mut self, id: NodeId, modified: u64) -> Result<(), Errno> {
        let node = self.get_mut(id)?;
        node.times = Times { accessed: modified, modified, changed: modified };
        node.mark = 0;
        Ok(())
    }
}
