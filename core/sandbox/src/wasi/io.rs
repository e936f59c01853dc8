//! Reading and writing, of files and of the standard streams.

use super::descriptors::Target;
use super::guest::{Buffers, Outcome, put, register, same_desk, slice, slice_mut};
use super::types::{fdflags, rights};
use crate::files::{Errno, NodeId};
use crate::output::Stream;
use crate::store::{GuestMemory, StoreData};
use wasmtime::Linker;

pub(super) fn add_to_linker(linker: &mut Linker<StoreData>) -> wasmtime::Result<()> {
    register!(linker,
        fd_read(fd: u32, buffers: u32, count: u32, out: u32);
        fd_pread(fd: u32, buffers: u32, count: u32, offset: u64, out: u32);
        fd_write(fd: u32, buffers: u32, count: u32, out: u32);
        fd_pwrite(fd: u32, buffers: u32, count: u32, offset: u64, out: u32);
    );
    Ok(())
}

fn fd_read(guest: &mut GuestMemory<'_>, fd: u32, buffers: u32, count: u32, out: u32) -> Outcome {
    let descriptor = guest.data.wasi.descriptors.get(fd)?;
    descriptor.may(rights::FD_READ)?;
    let (target, nonblocking) = (descriptor.target, descriptor.nonblocking());
    slice(guest.bytes, out, 4)?;
    let buffers = Buffers::check(guest.bytes, buffers, count)?;
    let moved = match target {
        Target::Input => read_input(guest, buffers, nonblocking)?,
        Target::File { node, position } => {
            let moved = read_file(guest, buffers, node, position)?;
            guest.data.wasi.descriptors.set_position(fd, position + u64::from(moved))?;
            moved
        }
        Target::Directory { .. } => return Err(Errno::IsDirectory.into()),
        Target::Output(_) => return Err(Errno::BadFd.into()),
    };
    Ok(put(guest.bytes, out, moved.to_le_bytes())?)
}

fn fd_pread(guest: &mut GuestMemory<'_>, fd: u32, buffers: u32, count: u32, offset: u64, out: u32) -> Outcome {
    let node = positioned(guest, fd, rights::FD_READ, offset)?;
    slice(guest.bytes, out, 4)?;
    let buffers = Buffers::check(guest.bytes, buffers, count)?;
    let moved = read_file(guest, buffers, node, offset)?;
    Ok(put(guest.bytes, out, moved.to_le_bytes())?)
}

fn fd_write(guest: &mut GuestMemory<'_>, fd: u32, buffers: u32, count: u32, out: u32) -> Outcome {
    let descriptor = guest.data.wasi.descriptors.get(fd)?;
    let (target, append) = (descriptor.target, descriptor.flags & fdflags::APPEND != 0);
    if !matches!(target, Target::Directory { .. }) {
        descriptor.may(rights::FD_WRITE)?;
    }
    slice(guest.bytes, out, 4)?;
    let buffers = Buffers::check(guest.bytes, buffers, count)?;
    let moved = match target {
        Target::Output(stream) => write_output(guest, buffers, stream)?,
        Target::File { node, position } => {
            let (moved, end) = write_file(guest, buffers, node, (!append).then_some(position))?;
            guest.data.wasi.descriptors.set_position(fd, end)?;
            moved
        }
        Target::Directory { .. } => return Err(Errno::IsDirectory.into()),
        Target::Input => return Err(Errno::BadFd.into()),
    };
    Ok(put(guest.bytes, out, moved.to_le_bytes())?)
}

fn fd_pwrite(guest: &mut GuestMemory<'_>, fd: u32, buffers: u32, count: u32, offset: u64, out: u32) -> Outcome {
    let node = positioned(guest, fd, rights::FD_WRITE, offset)?;
    let append = guest.data.wasi.descriptors.get(fd)?.flags & fdflags::APPEND != 0;
    slice(guest.bytes, out, 4)?;
    let buffers = Buffers::check(guest.bytes, buffers, count)?;
    // As on Linux, a descriptor that appends does so wherever it is told to write.
    let (moved, _) = write_file(guest, buffers, node, (!append).then_some(offset))?;
    Ok(put(guest.bytes, out, moved.to_le_bytes())?)
}

/// The file behind `fd`, for access at an offset of the guest's.
fn positioned(guest: &GuestMemory<'_>, fd: u32, right: u64, offset: u64) -> Outcome<NodeId> {
    let descriptors = &guest.data.wasi.descriptors;
    if matches!(descriptors.get(fd)?.target, Target::Directory { .. }) {
        return Err(Errno::IsDirectory.into());
    }
    let (node, _) = descriptors.file(fd)?;
    descriptors.get(fd)?.may(right)?;
    if i64::try_from(offset).is_err() {
        return Err(Errno::Invalid.into());
    }
    Ok(node)
}

fn read_file(guest: &mut GuestMemory<'_>, buffers: Buffers, node: NodeId, mut offset: u64) -> Outcome<u32> {
    guest.data.wasi.filesystem_ops += 1;
    buffers.each(guest, |guest, ptr, len| {
        let tree = guest.data.wasi.tree.as_ref().ok_or(Errno::BadFd)?;
        let done = tree.read(node, offset, slice_mut(guest.bytes, ptr, len)?)?;
        offset += done as u64;
        Ok(done)
    })
}

/// Writes from `offset` on, or at the end of the file; how much, and the position after it.
fn write_file(guest: &mut GuestMemory<'_>, buffers: Buffers, node: NodeId, offset: Option<u64>) -> Outcome<(u32, u64)> {
    guest.data.wasi.filesystem_ops += 1;
    let mut at = match offset {
        Some(offset) => offset,
        None => same_desk(guest).tree.stat(node)?.size,
    };
    let moved = buffers.each(guest, |guest, ptr, len| {
        let mut desk = same_desk(guest);
        let done = desk.tree.write(&mut desk.terms, node, at, slice(desk.bytes, ptr, len)?)?;
        at += done as u64;
        Ok(done)
    })?;
    Ok((moved, at))
}

fn write_output(guest: &mut GuestMemory<'_>, buffers: Buffers, stream: Stream) -> Outcome<u32> {
    buffers.each(guest, |guest, ptr, len| {
        let data = &mut *guest.data;
        data.output.write(&mut data.meter, stream, slice(guest.bytes, ptr, len)?)?;
        Ok(len as usize)
    })
}

/// Waits for the first byte or the end, then takes what is there.
fn read_input(guest: &mut GuestMemory<'_>, buffers: Buffers, nonblocking: bool) -> Outcome<u32> {
    if buffers.total == 0 {
        return Ok(0);
    }
    let slot = guest.data.slot.clone();
    let input = &guest.data.wasi.input;
    let ready = match input.ready(&slot) {
        Some(ready) => Some(ready),
        None if nonblocking => None,
        None => slot.wait(None, || input.ready(&slot))?,
    };
    ready.ok_or(Errno::Again)??;
    buffers.each(guest, |guest, ptr, len| Ok(guest.data.wasi.input.take(slice_mut(guest.bytes, ptr, len)?)))
}
