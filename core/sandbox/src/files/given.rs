//! The host's side of the tree: files it gives, and files it takes when a run has ended.

use super::node::Body;
use super::path::Last;
use super::quota::{DEPTH_MAX, NAME_MAX, PATH_MAX};
use super::{Errno, Kind, NodeId, ROOT, Terms, Tree};
use std::collections::BTreeMap;
use wasm_sandbox_policy::{Error, ErrorCode, Result};

impl Tree {
    /// Puts a file at `path` (from the root, with or without a slash before it), with the directories it needs.
    /// What was in the file before is replaced. The file counts as given, not as made by the guest.
    pub(crate) fn give(&mut self, terms: &mut Terms<'_>, path: &str, bytes: &[u8]) -> Result<()> {
        let names = split(path)?;
        self.place(terms, &names, bytes).map_err(|errno| refused(terms, path, errno))
    }

    fn place(&mut self, terms: &mut Terms<'_>, names: &[&str], bytes: &[u8]) -> Result<(), Errno> {
        let Some((file, directories)) = names.split_last() else {
            return Err(Errno::Invalid);
        };
        let mut here = ROOT;
        for name in directories {
            let place = self.resolve(here, name, Last::Stay)?;
            here = match place.node {
                Some(id) => self.directory(id).map(|_| id)?,
                None => self.make_directory(terms, &place)?,
            };
            if place.node.is_none() {
                self.get_mut(here)?.mark = 0;
            }
        }
        let mut place = self.resolve(here, file, Last::Stay)?;
        if place.node.is_some_and(|id| self.kind(id) == Ok(Kind::Link)) {
            self.remove_file(terms, &place)?;
            place.node = None;
        }
        let id = match place.node {
            Some(id) => id,
            None => self.make_file(terms, &place)?,
        };
        self.set_size(terms, id, bytes.len() as u64)?;
        self.write(terms, id, 0, bytes)?;
        self.get_mut(id)?.mark = 0;
        Ok(())
    }

    /// From now on, `changed` tells what happens after this.
    pub(crate) fn mark(&mut self) {
        self.mark += 1;
    }

    /// Whether there is a file at `path`, through links.
    pub(crate) fn is_file(&self, path: &str) -> bool {
        let node = self.resolve(ROOT, path, Last::Follow).ok().and_then(|place| place.node);
        node.is_some_and(|node| self.kind(node) == Ok(Kind::File))
    }

    /// The content of the file at `path`, through links; none where there is no file.
    pub(crate) fn content(&self, path: &str) -> Option<Vec<u8>> {
        let node = self.resolve(ROOT, path, Last::Follow).ok()?.node?;
        self.bytes(node).ok()
    }

    /// Absolute paths of files that are not shared, in order of their names, at most `most`.
    pub(crate) fn file_names(&self, most: usize) -> Vec<String> {
        let mut found = Vec::new();
        let mut open: Vec<(NodeId, String)> = vec![(ROOT, String::new())];
        while let Some((id, path)) = open.pop() {
            let Ok(node) = self.get(id) else { continue };
            match &node.body {
                Body::File(_) => found.push(path),
                Body::Directory(directory) => {
                    let own = directory.names.iter().filter(|(_, child)| !child.is_shared());
                    let mut children: Vec<_> = own.map(|(name, child)| (*child, format!("{path}/{name}"))).collect();
                    children.sort_by(|a, b| b.1.cmp(&a.1));
                    open.extend(children);
                }
                Body::Link(_) => {}
            }
            if found.len() == most {
                break;
            }
        }
        found
    }

    /// Files that the guest made, changed or moved since the mark, by absolute path. Their sizes together are
    /// within `fileBytes` and paid for; a path is at most `PATH_MAX` bytes.
    pub(crate) fn changed(&self) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut open: Vec<(NodeId, String, bool)> = vec![(ROOT, String::new(), false)];
        while let Some((id, path, moved)) = open.pop() {
            let Ok(node) = self.get(id) else { continue };
            let changed = moved || (node.mark == self.mark && id != ROOT);
            match &node.body {
                Body::File(_) if changed => {
                    if let Ok(bytes) = self.bytes(id) {
                        found.insert(path, bytes);
                    }
                }
                Body::Directory(directory) => {
                    let own = directory.names.iter().filter(|(_, child)| !child.is_shared());
                    open.extend(own.map(|(name, child)| (*child, format!("{path}/{name}"), changed)));
                }
                _ => {}
            }
        }
        found
    }
}

/// The names of a path that the host gives.
fn split(path: &str) -> Result<Vec<&str>> {
    let bad = |why: &str| {
        let shown: String = path.chars().take(200).collect();
        Err(Error::new(ErrorCode::InvalidArgument, format_args!("files: {shown:?} {why}")).with("path", shown))
    };
    if path.len() > PATH_MAX {
        return bad("is longer than 4096 bytes");
    }
    if path.contains('\0') {
        return bad("contains a NUL character");
    }
    if path.ends_with('/') {
        return bad("names a directory; give the files in it");
    }
    let names: Vec<&str> = path.split('/').filter(|name| !matches!(*name, "" | ".")).collect();
    match names.as_slice() {
        [] => bad("names no file"),
        _ if names.contains(&"..") => bad("contains `..`; write the path without it"),
        _ if names.iter().any(|name| name.len() > NAME_MAX) => bad("has a name of more than 255 bytes"),
        _ if names.len() > DEPTH_MAX => bad("is more than 64 levels deep"),
        _ => Ok(names),
    }
}

/// The typed error of a file that could not be put where the host wanted it.
fn refused(terms: &Terms<'_>, path: &str, errno: Errno) -> Error {
    let limit = || terms.refusals.error().or_else(|| terms.meter.refusal());
    match errno {
        Errno::NoSpace => limit().unwrap_or_else(|| Error::new(ErrorCode::FileLimit, "the file tree is full")),
        Errno::NotDirectory => invalid(path, "goes through something that is not a directory"),
        Errno::IsDirectory => invalid(path, "is a directory"),
        Errno::ReadOnly => {
            invalid(path, "lies in the folder of the packages, which is read-only; give it as a package")
        }
        _ => invalid(path, "cannot be a file's path"),
    }
}

fn invalid(path: &str, why: &str) -> Error {
    Error::new(ErrorCode::InvalidArgument, format_args!("files: `{path}` {why}")).with("path", path)
}
