//! From a path to a place in the tree. Everything happens inside: `..` of the root is the root, absolute paths
//! and absolute link targets begin at the tree's root, and the number of links is limited.

use super::node::Body;
use super::quota::{LINKS_MAX, NAME_MAX, PATH_MAX};
use super::{Errno, NodeId, ROOT, Tree};
use std::sync::Arc;

/// What is done with a symbolic link at the end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Last {
    /// The path names what the link points to.
    Follow,
    /// The path names the link, unless a slash follows it.
    Stay,
    /// The path names an entry of a directory, which is made, moved or removed: never followed, slash or not.
    Entry,
}

/// Where a path leads.
#[derive(Debug)]
pub(crate) struct Place {
    /// The directory that holds or would hold the entry.
    pub(crate) parent: NodeId,
    /// The entry's name; none where the path ends in `.`, `..` or nothing.
    pub(crate) name: Option<String>,
    /// What is there.
    pub(crate) node: Option<NodeId>,
    /// The path ends in a slash (or needs a directory for another reason).
    pub(crate) slash: bool,
}

/// Text that is still to be walked: the path itself, or a link's target.
enum Text<'a> {
    Given(&'a str),
    Target(Arc<str>),
}

impl Text<'_> {
    fn as_str(&self) -> &str {
        match self {
            Text::Given(text) => text,
            Text::Target(text) => text,
        }
    }
}

/// The rest of a walk: texts, innermost last, each with how far it was walked. At most `LINKS_MAX + 1` deep.
struct Rest<'a>(Vec<(Text<'a>, usize)>);

impl<'a> Rest<'a> {
    fn push(&mut self, text: Text<'a>) {
        self.0.push((text, 0));
    }

    /// Steps over slashes; whether there were any, and whether nothing but them was left.
    fn skip(&mut self) -> (bool, bool) {
        let mut slash = false;
        while let Some((text, at)) = self.0.last_mut() {
            let rest = &text.as_str().as_bytes()[*at..];
            let slashes = rest.iter().take_while(|byte| **byte == b'/').count();
            slash |= slashes > 0;
            *at += slashes;
            if slashes < rest.len() {
                return (slash, false);
            }
            self.0.pop();
        }
        (slash, true)
    }

    /// The next component; `skip` came before.
    fn next(&mut self) -> Option<String> {
        let (text, at) = self.0.last_mut()?;
        let rest = &text.as_str()[*at..];
        let name = rest.split('/').next().unwrap_or(rest).to_owned();
        *at += name.len();
        Some(name)
    }
}

/// Whether `path` may be walked or kept at all.
pub(super) fn check(path: &str) -> Result<(), Errno> {
    match path {
        "" => Err(Errno::NotFound),
        _ if path.len() > PATH_MAX => Err(Errno::NameTooLong),
        _ if path.contains('\0') => Err(Errno::Invalid),
        _ => Ok(()),
    }
}

impl Tree {
    /// Walks `path` from the directory `start`.
    pub(crate) fn resolve(&self, start: NodeId, path: &str, last: Last) -> Result<Place, Errno> {
        check(path)?;
        let mut here = if path.starts_with('/') { ROOT } else { start };
        if !self.get(here)?.linked {
            return Err(Errno::NotFound);
        }
        self.directory(here)?;
        let mut rest = Rest(vec![(Text::Given(path), 0)]);
        let (mut links, mut needs_directory) = (0, false);
        rest.skip();
        while let Some(name) = rest.next() {
            let (slash, ends) = rest.skip();
            match name.as_str() {
                "." => continue,
                ".." => {
                    here = self.get(here)?.parent;
                    continue;
                }
                _ if name.len() > NAME_MAX => return Err(Errno::NameTooLong),
                _ => {}
            }
            needs_directory |= ends && slash;
            let node = self.directory(here)?.names.get(name.as_str()).copied();
            if let Some(id) = node
                && let Body::Link(target) = &self.get(id)?.body
                && (!ends || last == Last::Follow || (last == Last::Stay && needs_directory))
            {
                links += 1;
                if links > LINKS_MAX {
                    return Err(Errno::Loop);
                }
                if target.starts_with('/') {
                    here = ROOT;
                }
                rest.push(Text::Target(target.clone()));
                rest.skip();
                continue;
            }
            if ends {
                let place = Place { parent: here, name: Some(name), node, slash: needs_directory };
                if let Some(id) = node
                    && needs_directory
                    && last != Last::Entry
                {
                    self.directory(id)?;
                }
                return Ok(place);
            }
            here = node.ok_or(Errno::NotFound)?;
            self.directory(here)?;
        }
        Ok(Place { parent: self.get(here)?.parent, name: None, node: Some(here), slash: true })
    }
}
