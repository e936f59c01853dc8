//! Opening, making, moving and removing by path.

use super::descriptors::Descriptor;
use super::guest::{Desk, Outcome, desk, put, register, slice, slice_mut, text};
use super::stat::last;
use super::types::{fdflags, oflags, rights};
use crate::files::{Errno, Kind, Last, Place};
use crate::store::{GuestMemory, StoreData};
use wasmtime::Linker;

pub(super) fn add_to_linker(linker: &mut Linker<StoreData>) -> wasmtime::Result<()> {
    register!(linker,
        path_create_directory(fd: u32, path: u32, len: u32);
        path_link(old_fd: u32, lookup: u32, old: u32, old_len: u32, new_fd: u32, new: u32, new_len: u32);
        path_open(fd: u32, lookup: u32, path: u32, len: u32, how: u32, base: u64, inheriting: u64, flags: u32, out: u32);
        path_readlink(fd: u32, path: u32, len: u32, buffer: u32, buffer_len: u32, out: u32);
        path_remove_directory(fd: u32, path: u32, len: u32);
        path_rename(old_fd: u32, old: u32, old_len: u32, new_fd: u32, new: u32, new_len: u32);
        path_symlink(target: u32, target_len: u32, fd: u32, path: u32, len: u32);
        path_unlink_file(fd: u32, path: u32, len: u32);
    );
    Ok(())
}

impl Desk<'_> {
    /// The place that a path below a descriptor names.
    fn place(&self, fd: u32, path: u32, len: u32, last: Last) -> Result<Place, Errno> {
        let start = self.descriptors.directory(fd)?;
        self.tree.resolve(start, text(self.bytes, path, len)?, last)
    }
}

fn path_create_directory(guest: &mut GuestMemory<'_>, fd: u32, path: u32, len: u32) -> Outcome {
    let mut desk = desk(guest);
    let place = desk.place(fd, path, len, Last::Entry)?;
    desk.tree.make_directory(&mut desk.terms, &place)?;
    Ok(())
}

/// There are no hard links: a node has one name, so that what an unlink frees is never in doubt.
#[expect(clippy::too_many_arguments, reason = "the signature is WASI's")]
fn path_link(
    guest: &mut GuestMemory<'_>,
    old_fd: u32,
    lookup: u32,
    old: u32,
    old_len: u32,
    new_fd: u32,
    new: u32,
    new_len: u32,
) -> Outcome {
    let desk = desk(guest);
    desk.place(old_fd, old, old_len, last(lookup)?)?.node.ok_or(Errno::NotFound)?;
    desk.place(new_fd, new, new_len, Last::Entry)?;
    Err(Errno::NotSupported.into())
}

#[expect(clippy::too_many_arguments, reason = "the signature is WASI's")]
fn path_open(
    guest: &mut GuestMemory<'_>,
    fd: u32,
    lookup: u32,
    path: u32,
    len: u32,
    how: u32,
    base: u64,
    inheriting: u64,
    flags: u32,
    out: u32,
) -> Outcome {
    slice(guest.bytes, out, 4)?;
    let mut desk = desk(guest);
    let asked = |flag: u32| how & flag != 0;
    let (create, exclusive, truncate) = (asked(oflags::CREATE), asked(oflags::EXCLUSIVE), asked(oflags::TRUNCATE));
    let writes = base & rights::FD_WRITE != 0;
    let follow = last(lookup)?;
    if how & !oflags::ALL != 0
        || flags & !fdflags::ALL != 0
        || (create && asked(oflags::DIRECTORY))
        || (truncate && !writes)
    {
        return Err(Errno::Invalid.into());
    }
    let place = desk.place(fd, path, len, if create && exclusive { Last::Entry } else { follow })?;
    desk.descriptors.check_room(&mut desk.terms)?;
    let node = match place.node {
        Some(_) if create && exclusive => return Err(Errno::Exists.into()),
        Some(node) => match desk.tree.kind(node)? {
            Kind::Link => return Err(Errno::Loop.into()),
            Kind::Directory if writes || create => return Err(Errno::IsDirectory.into()),
            Kind::File if asked(oflags::DIRECTORY) => return Err(Errno::NotDirectory.into()),
            Kind::File if writes => desk.tree.writable(node).map(|()| node)?,
            _ => node,
        },
        None if create => desk.tree.make_file(&mut desk.terms, &place)?,
        None => return Err(Errno::NotFound.into()),
    };
    let descriptor = Descriptor::of(node, desk.tree.kind(node)?, flags as u16, base, inheriting);
    let opened = desk.descriptors.open(desk.tree, &mut desk.terms, descriptor)?;
    if truncate {
        desk.tree.set_size(&mut desk.terms, node, 0)?;
    }
    Ok(put(desk.bytes, out, opened.to_le_bytes())?)
}

fn path_readlink(
    guest: &mut GuestMemory<'_>,
    fd: u32,
    path: u32,
    len: u32,
    buffer: u32,
    buffer_len: u32,
    out: u32,
) -> Outcome {
    slice(guest.bytes, out, 4)?;
    slice(guest.bytes, buffer, buffer_len)?;
    let desk = desk(guest);
    let place = desk.place(fd, path, len, Last::Stay)?;
    let target = desk.tree.read_link(place.node.ok_or(Errno::NotFound)?)?.as_bytes();
    let count = target.len().min(buffer_len as usize);
    slice_mut(desk.bytes, buffer, count as u32)?.copy_from_slice(&target[..count]);
    Ok(put(desk.bytes, out, (count as u32).to_le_bytes())?)
}

fn path_remove_directory(guest: &mut GuestMemory<'_>, fd: u32, path: u32, len: u32) -> Outcome {
    let mut desk = desk(guest);
    let place = desk.place(fd, path, len, Last::Entry)?;
    Ok(desk.tree.remove_directory(&mut desk.terms, &place)?)
}

fn path_rename(
    guest: &mut GuestMemory<'_>,
    old_fd: u32,
    old: u32,
    old_len: u32,
    new_fd: u32,
    new: u32,
    new_len: u32,
) -> Outcome {
    let mut desk = desk(guest);
    let from = desk.place(old_fd, old, old_len, Last::Entry)?;
    let to = desk.place(new_fd, new, new_len, Last::Entry)?;
    Ok(desk.tree.rename(&mut desk.terms, &from, &to)?)
}

fn path_symlink(guest: &mut GuestMemory<'_>, target: u32, target_len: u32, fd: u32, path: u32, len: u32) -> Outcome {
    let mut desk = desk(guest);
    let place = desk.place(fd, path, len, Last::Entry)?;
    let target = text(desk.bytes, target, target_len)?;
    desk.tree.make_link(&mut desk.terms, &place, target)?;
    Ok(())
}

fn path_unlink_file(guest: &mut GuestMemory<'_>, fd: u32, path: u32, len: u32) -> Outcome {
    let mut desk = desk(guest);
    let place = desk.place(fd, path, len, Last::Entry)?;
    Ok(desk.tree.remove_file(&mut desk.terms, &place)?)
}
