//! Descriptors themselves: closing, renumbering, flags, rights, positions, and the one directory that is open
//! from the start.

use super::descriptors::Target;
use super::guest::{Outcome, desk, put, register, slice, slice_mut};
use super::types::{Record, fdflags};
use crate::files::Errno;
use crate::store::{GuestMemory, StoreData};
use wasmtime::Linker;

pub(super) fn add_to_linker(linker: &mut Linker<StoreData>) -> wasmtime::Result<()> {
    register!(linker,
        fd_advise(fd: u32, offset: u64, len: u64, advice: u32);
        fd_close(fd: u32);
        fd_datasync(fd: u32);
        fd_fdstat_get(fd: u32, out: u32);
        fd_fdstat_set_flags(fd: u32, flags: u32);
        fd_fdstat_set_rights(fd: u32, base: u64, inheriting: u64);
        fd_prestat_get(fd: u32, out: u32);
        fd_prestat_dir_name(fd: u32, path: u32, len: u32);
        fd_renumber(from: u32, to: u32);
        fd_seek(fd: u32, delta: i64, whence: u32, out: u32);
        fd_sync(fd: u32);
        fd_tell(fd: u32, out: u32);
    );
    Ok(())
}

/// Kinds of advice that there are.
const ADVICES: u32 = 6;
/// The name under which guests know the root.
const PREOPEN: &[u8] = b"/";

/// Advice is heard and not needed: everything is in memory.
fn fd_advise(guest: &mut GuestMemory<'_>, fd: u32, offset: u64, len: u64, advice: u32) -> Outcome {
    guest.data.wasi.descriptors.file(fd)?;
    if advice >= ADVICES || offset.checked_add(len).is_none() {
        return Err(Errno::Invalid.into());
    }
    Ok(())
}

fn fd_close(guest: &mut GuestMemory<'_>, fd: u32) -> Outcome {
    let mut desk = desk(guest);
    Ok(desk.descriptors.close(desk.tree, &mut desk.terms, fd)?)
}

fn fd_renumber(guest: &mut GuestMemory<'_>, from: u32, to: u32) -> Outcome {
    let mut desk = desk(guest);
    Ok(desk.descriptors.renumber(desk.tree, &mut desk.terms, from, to)?)
}

/// Nothing lags behind in memory, and output is passed on as it is written.
fn fd_sync(guest: &mut GuestMemory<'_>, fd: u32) -> Outcome {
    match guest.data.wasi.descriptors.get(fd)?.target {
        Target::Input => Err(Errno::Invalid.into()),
        _ => Ok(()),
    }
}

fn fd_datasync(guest: &mut GuestMemory<'_>, fd: u32) -> Outcome {
    fd_sync(guest, fd)
}

fn fd_fdstat_get(guest: &mut GuestMemory<'_>, fd: u32, out: u32) -> Outcome {
    let descriptor = guest.data.wasi.descriptors.get(fd)?;
    let record = Record::<24>::new()
        .set(0, [descriptor.file_type() as u8])
        .set(2, descriptor.flags.to_le_bytes())
        .set(8, descriptor.rights.to_le_bytes())
        .set(16, descriptor.inheriting.to_le_bytes());
    Ok(put(guest.bytes, out, record.0)?)
}

fn fd_fdstat_set_flags(guest: &mut GuestMemory<'_>, fd: u32, flags: u32) -> Outcome {
    let descriptor = guest.data.wasi.descriptors.get_mut(fd)?;
    if flags & !fdflags::ALL != 0 {
        return Err(Errno::Invalid.into());
    }
    descriptor.flags = flags as u16;
    Ok(())
}

/// Rights can be given up, never gained.
fn fd_fdstat_set_rights(guest: &mut GuestMemory<'_>, fd: u32, base: u64, inheriting: u64) -> Outcome {
    let descriptor = guest.data.wasi.descriptors.get_mut(fd)?;
    if base & !descriptor.rights != 0 || inheriting & !descriptor.inheriting != 0 {
        return Err(Errno::NotCapable.into());
    }
    (descriptor.rights, descriptor.inheriting) = (base, inheriting);
    Ok(())
}

fn check_preopen(guest: &GuestMemory<'_>, fd: u32) -> Result<(), Errno> {
    match guest.data.wasi.descriptors.get(fd)?.target {
        Target::Directory { preopen: true, .. } => Ok(()),
        _ => Err(Errno::BadFd),
    }
}

fn fd_prestat_get(guest: &mut GuestMemory<'_>, fd: u32, out: u32) -> Outcome {
    check_preopen(guest, fd)?;
    let record = Record::<8>::new().set(4, (PREOPEN.len() as u32).to_le_bytes());
    Ok(put(guest.bytes, out, record.0)?)
}

fn fd_prestat_dir_name(guest: &mut GuestMemory<'_>, fd: u32, path: u32, len: u32) -> Outcome {
    check_preopen(guest, fd)?;
    if (len as usize) < PREOPEN.len() {
        return Err(Errno::NameTooLong.into());
    }
    slice_mut(guest.bytes, path, PREOPEN.len() as u32)?.copy_from_slice(PREOPEN);
    Ok(())
}

fn fd_seek(guest: &mut GuestMemory<'_>, fd: u32, delta: i64, whence: u32, out: u32) -> Outcome {
    slice(guest.bytes, out, 8)?;
    let (node, position) = guest.data.wasi.descriptors.file(fd)?;
    let base = match whence {
        0 => 0,
        1 => position,
        2 => desk(guest).tree.stat(node)?.size,
        _ => return Err(Errno::Invalid.into()),
    };
    let to = i64::try_from(base).ok().and_then(|base| base.checked_add(delta)).and_then(|to| u64::try_from(to).ok());
    let to = to.ok_or(Errno::Invalid)?;
    guest.data.wasi.descriptors.set_position(fd, to)?;
    Ok(put(guest.bytes, out, to.to_le_bytes())?)
}

fn fd_tell(guest: &mut GuestMemory<'_>, fd: u32, out: u32) -> Outcome {
    let (_, position) = guest.data.wasi.descriptors.file(fd)?;
    Ok(put(guest.bytes, out, position.to_le_bytes())?)
}
