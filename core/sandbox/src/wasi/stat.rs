//! What is known of files and directories: size, kind, times; and changing sizes and times.

use super::guest::{Outcome, desk, put, register, text};
use super::types::{FileType, LOOKUP_FOLLOW, Record, fstflags, rights};
use crate::files::{Errno, Last, Stat};
use crate::store::{GuestMemory, StoreData};
use wasmtime::Linker;

pub(super) fn add_to_linker(linker: &mut Linker<StoreData>) -> wasmtime::Result<()> {
    register!(linker,
        fd_filestat_get(fd: u32, out: u32);
        fd_filestat_set_size(fd: u32, size: u64);
        fd_filestat_set_times(fd: u32, accessed: u64, modified: u64, flags: u32);
        fd_allocate(fd: u32, offset: u64, len: u64);
        path_filestat_get(fd: u32, lookup: u32, path: u32, len: u32, out: u32);
        path_filestat_set_times(fd: u32, lookup: u32, path: u32, len: u32, accessed: u64, modified: u64, flags: u32);
    );
    Ok(())
}

/// The device number of every file.
const DEVICE: u64 = 1;

fn record(stat: &Stat) -> Record<64> {
    Record::new()
        .set(0, DEVICE.to_le_bytes())
        .set(8, stat.inode.to_le_bytes())
        .set(16, [FileType::from(stat.kind) as u8])
        .set(24, stat.links.to_le_bytes())
        .set(32, stat.size.to_le_bytes())
        .set(40, stat.times.accessed.to_le_bytes())
        .set(48, stat.times.modified.to_le_bytes())
        .set(56, stat.times.changed.to_le_bytes())
}

/// How the end of a path is followed, by the guest's flags.
pub(super) fn last(lookup: u32) -> Result<Last, Errno> {
    match lookup {
        0 => Ok(Last::Stay),
        LOOKUP_FOLLOW => Ok(Last::Follow),
        _ => Err(Errno::Invalid),
    }
}

fn fd_filestat_get(guest: &mut GuestMemory<'_>, fd: u32, out: u32) -> Outcome {
    let descriptor = guest.data.wasi.descriptors.get(fd)?;
    let (node, kind) = (descriptor.node(), descriptor.file_type());
    let record = match node {
        Some(node) => record(&desk(guest).tree.stat(node)?),
        None => Record::new().set(16, [kind as u8]).set(24, 1u64.to_le_bytes()),
    };
    Ok(put(guest.bytes, out, record.0)?)
}

fn fd_filestat_set_size(guest: &mut GuestMemory<'_>, fd: u32, size: u64) -> Outcome {
    let mut desk = desk(guest);
    let (node, _) = desk.descriptors.file(fd).map_err(|_| Errno::BadFd)?;
    desk.descriptors.get(fd)?.may(rights::FD_WRITE)?;
    if i64::try_from(size).is_err() {
        return Err(Errno::Invalid.into());
    }
    Ok(desk.tree.set_size(&mut desk.terms, node, size)?)
}

/// Makes sure that a file reaches as far as asked. The space counts from then on, as if it were written.
fn fd_allocate(guest: &mut GuestMemory<'_>, fd: u32, offset: u64, len: u64) -> Outcome {
    let mut desk = desk(guest);
    let (node, _) = desk.descriptors.file(fd)?;
    desk.descriptors.get(fd)?.may(rights::FD_WRITE)?;
    let end = offset.checked_add(len).filter(|end| i64::try_from(*end).is_ok()).ok_or(Errno::FileTooBig)?;
    if len == 0 {
        return Err(Errno::Invalid.into());
    }
    if end > desk.tree.stat(node)?.size {
        desk.tree.set_size(&mut desk.terms, node, end)?;
    }
    Ok(())
}

/// The times to set, by the guest's flags: given, now, or left alone.
fn times(accessed: u64, modified: u64, flags: u32, now: u64) -> Result<(Option<u64>, Option<u64>), Errno> {
    let one = |given: u64, set: u32, set_now: u32| match (flags & set != 0, flags & set_now != 0) {
        (true, true) => Err(Errno::Invalid),
        (true, false) => Ok(Some(given)),
        (false, true) => Ok(Some(now)),
        (false, false) => Ok(None),
    };
    if flags & !fstflags::ALL != 0 {
        return Err(Errno::Invalid);
    }
    Ok((
        one(accessed, fstflags::ACCESSED, fstflags::ACCESSED_NOW)?,
        one(modified, fstflags::MODIFIED, fstflags::MODIFIED_NOW)?,
    ))
}

fn fd_filestat_set_times(guest: &mut GuestMemory<'_>, fd: u32, accessed: u64, modified: u64, flags: u32) -> Outcome {
    let desk = desk(guest);
    let node = desk.descriptors.get(fd)?.node().ok_or(Errno::BadFd)?;
    let (accessed, modified) = times(accessed, modified, flags, desk.terms.now)?;
    Ok(desk.tree.set_times(node, accessed, modified, desk.terms.now)?)
}

fn path_filestat_get(guest: &mut GuestMemory<'_>, fd: u32, lookup: u32, path: u32, len: u32, out: u32) -> Outcome {
    let desk = desk(guest);
    let start = desk.descriptors.directory(fd)?;
    let place = desk.tree.resolve(start, text(desk.bytes, path, len)?, last(lookup)?)?;
    let record = record(&desk.tree.stat(place.node.ok_or(Errno::NotFound)?)?);
    Ok(put(desk.bytes, out, record.0)?)
}

#[expect(clippy::too_many_arguments, reason = "the signature is WASI's")]
fn path_filestat_set_times(
    guest: &mut GuestMemory<'_>,
    fd: u32,
    lookup: u32,
    path: u32,
    len: u32,
    accessed: u64,
    modified: u64,
    flags: u32,
) -> Outcome {
    let desk = desk(guest);
    let start = desk.descriptors.directory(fd)?;
    let place = desk.tree.resolve(start, text(desk.bytes, path, len)?, last(lookup)?)?;
    let node = place.node.ok_or(Errno::NotFound)?;
    let (accessed, modified) = times(accessed, modified, flags, desk.terms.now)?;
    Ok(desk.tree.set_times(node, accessed, modified, desk.terms.now)?)
}
