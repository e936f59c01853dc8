//! The table of open descriptors: 0 to 2 are the standard streams, 3 is the directory `/`, the rest the guest opened.
//!
//! A number is always the lowest free one, so the table is never longer than the limit on open files allows.

use super::types::{FileType, fdflags, rights};
use crate::files::{Errno, Kind, NodeId, ROOT, Terms, Tree};
use crate::output::Stream;
use std::collections::BTreeSet;

/// What one open descriptor is counted as.
const DESCRIPTOR_BYTES: u64 = 128;

/// One descriptor.
#[derive(Clone, Debug)]
pub(super) struct Descriptor {
    pub(super) target: Target,
    /// Flags as set by the guest; of these, `APPEND` and `NONBLOCK` do something.
    pub(super) flags: u16,
    pub(super) rights: u64,
    pub(super) inheriting: u64,
}

/// What a descriptor refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Input,
    Output(Stream),
    /// A directory of the tree; `preopen` for the one that every guest begins with.
    Directory {
        node: NodeId,
        preopen: bool,
    },
    File {
        node: NodeId,
        position: u64,
    },
}

impl Descriptor {
    fn standard(target: Target, rights: u64) -> Descriptor {
        Descriptor { target, flags: 0, rights, inheriting: 0 }
    }

    /// A descriptor of a node, with those of the asked rights that make sense for it.
    pub(super) fn of(node: NodeId, kind: Kind, flags: u16, asked: u64, inheriting: u64) -> Descriptor {
        match kind {
            Kind::Directory => Descriptor {
                target: Target::Directory { node, preopen: false },
                flags,
                rights: rights::DIRECTORY,
                inheriting: rights::DIRECTORY | rights::FILE,
            },
            _ => Descriptor {
                target: Target::File { node, position: 0 },
                flags,
                // Old C libraries ask for less than they use; only reading and writing are taken at their word.
                rights: rights::FILE & !(rights::FD_READ | rights::FD_WRITE)
                    | asked & (rights::FD_READ | rights::FD_WRITE),
                inheriting: inheriting & rights::FILE,
            },
        }
    }

    /// The node, when it refers to one.
    pub(super) fn node(&self) -> Option<NodeId> {
        match self.target {
            Target::Directory { node, .. } | Target::File { node, .. } => Some(node),
            _ => None,
        }
    }

    pub(super) fn file_type(&self) -> FileType {
        match self.target {
            // Programs that find a terminal here ask questions; nobody is there to answer.
            Target::Input => FileType::Unknown,
            // C libraries then write line by line, so that a run which is stopped has lost nothing.
            Target::Output(_) => FileType::CharacterDevice,
            Target::Directory { .. } => FileType::Directory,
            Target::File { .. } => FileType::RegularFile,
        }
    }

    pub(super) fn may(&self, right: u64) -> Result<(), Errno> {
        if self.rights & right == right { Ok(()) } else { Err(Errno::BadFd) }
    }

    pub(super) fn nonblocking(&self) -> bool {
        self.flags & fdflags::NONBLOCK != 0
    }

    fn counted(&self) -> bool {
        matches!(self.target, Target::File { .. } | Target::Directory { preopen: false, .. })
    }
}

/// All descriptors of one sandbox.
#[derive(Debug)]
pub(super) struct Descriptors {
    slots: Vec<Option<Descriptor>>,
    free: BTreeSet<u32>,
    /// Descriptors that count against `openFiles`.
    opened: u32,
}

impl Descriptors {
    pub(super) fn new() -> Descriptors {
        let root = Descriptor {
            target: Target::Directory { node: ROOT, preopen: true },
            flags: 0,
            rights: rights::DIRECTORY,
            inheriting: rights::DIRECTORY | rights::FILE,
        };
        let slots = vec![
            Some(Descriptor::standard(Target::Input, rights::INPUT)),
            Some(Descriptor::standard(Target::Output(Stream::Stdout), rights::OUTPUT)),
            Some(Descriptor::standard(Target::Output(Stream::Stderr), rights::OUTPUT)),
            Some(root),
        ];
        Descriptors { slots, free: BTreeSet::new(), opened: 0 }
    }

    pub(super) fn get(&self, fd: u32) -> Result<&Descriptor, Errno> {
        self.slots.get(fd as usize).and_then(Option::as_ref).ok_or(Errno::BadFd)
    }

    pub(super) fn get_mut(&mut self, fd: u32) -> Result<&mut Descriptor, Errno> {
        self.slots.get_mut(fd as usize).and_then(Option::as_mut).ok_or(Errno::BadFd)
    }

    /// The directory behind `fd`.
    pub(super) fn directory(&self, fd: u32) -> Result<NodeId, Errno> {
        match self.get(fd)?.target {
            Target::Directory { node, .. } => Ok(node),
            Target::File { .. } => Err(Errno::NotDirectory),
            _ => Err(Errno::BadFd),
        }
    }

    /// The file behind `fd`, with its position; `IllegalSeek` for the streams.
    pub(super) fn file(&self, fd: u32) -> Result<(NodeId, u64), Errno> {
        match self.get(fd)?.target {
            Target::File { node, position } => Ok((node, position)),
            Target::Directory { .. } => Err(Errno::BadFd),
            _ => Err(Errno::IllegalSeek),
        }
    }

    pub(super) fn set_position(&mut self, fd: u32, to: u64) -> Result<(), Errno> {
        match &mut self.get_mut(fd)?.target {
            Target::File { position, .. } => *position = to,
            _ => return Err(Errno::BadFd),
        }
        Ok(())
    }

    /// Whether one more may be opened; asked before anything is created for it.
    pub(super) fn check_room(&self, terms: &mut Terms<'_>) -> Result<(), Errno> {
        if self.opened < terms.limits.open_files {
            return Ok(());
        }
        terms.refusals.note("openFiles", terms.limits.open_files.into(), u64::from(self.opened) + 1);
        Err(Errno::TooManyOpen)
    }

    /// Opens a descriptor under the lowest free number.
    pub(super) fn open(
        &mut self,
        tree: &mut Tree,
        terms: &mut Terms<'_>,
        descriptor: Descriptor,
    ) -> Result<u32, Errno> {
        self.check_room(terms)?;
        terms.meter.charge(DESCRIPTOR_BYTES).map_err(|_| Errno::TooManyOpen)?;
        if let Some(node) = descriptor.node() {
            tree.open(node)?;
        }
        self.opened += 1;
        let fd = match self.free.pop_first() {
            Some(fd) => fd,
            None => {
                self.slots.push(None);
                (self.slots.len() - 1) as u32
            }
        };
        self.slots[fd as usize] = Some(descriptor);
        Ok(fd)
    }

    /// Closes a descriptor; its number is free from now on.
    pub(super) fn close(&mut self, tree: &mut Tree, terms: &mut Terms<'_>, fd: u32) -> Result<(), Errno> {
        self.get(fd)?;
        let gone = self.slots[fd as usize].take();
        self.free.insert(fd);
        self.let_go(tree, terms, gone);
        Ok(())
    }

    /// Gives `from`'s descriptor the number of `to`, which is closed. Both must be open.
    pub(super) fn renumber(&mut self, tree: &mut Tree, terms: &mut Terms<'_>, from: u32, to: u32) -> Result<(), Errno> {
        self.get(to)?;
        self.get(from)?;
        if from == to {
            return Ok(());
        }
        let moved = self.slots[from as usize].take();
        self.free.insert(from);
        let gone = std::mem::replace(&mut self.slots[to as usize], moved);
        self.let_go(tree, terms, gone);
        Ok(())
    }

    fn let_go(&mut self, tree: &mut Tree, terms: &mut Terms<'_>, gone: Option<Descriptor>) {
        let Some(gone) = gone.filter(Descriptor::counted) else {
            return;
        };
        self.opened -= 1;
        terms.meter.release(DESCRIPTOR_BYTES);
        if let Some(node) = gone.node() {
            tree.close(terms, node);
        }
    }

    /// How many the guest has opened and not closed.
    pub(super) fn opened(&self) -> u32 {
        self.opened
    }

    /// Length of the table, for tests.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }
}
