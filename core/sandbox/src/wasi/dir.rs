//! Listing directories.

use super::guest::{Outcome, desk, put, register, slice, slice_mut};
use super::types::{FileType, Record};
use crate::store::{GuestMemory, StoreData};
use wasmtime::Linker;

pub(super) fn add_to_linker(linker: &mut Linker<StoreData>) -> wasmtime::Result<()> {
    register!(linker, fd_readdir(fd: u32, buffer: u32, len: u32, cookie: u64, out: u32););
    Ok(())
}

/// Fills the buffer with the entries after `cookie`. The last one may be cut off, which is how a guest learns
/// that its buffer was too small.
fn fd_readdir(guest: &mut GuestMemory<'_>, fd: u32, buffer: u32, len: u32, cookie: u64, out: u32) -> Outcome {
    slice(guest.bytes, out, 4)?;
    let desk = desk(guest);
    let node = desk.descriptors.directory(fd)?;
    let room = slice_mut(desk.bytes, buffer, len)?;
    let mut used = 0;
    for (next, inode, kind, name) in desk.tree.list(node, cookie)? {
        let head = Record::<24>::new()
            .set(0, next.to_le_bytes())
            .set(8, inode.to_le_bytes())
            .set(16, (name.len() as u32).to_le_bytes())
            .set(20, [FileType::from(kind) as u8]);
        for part in [&head.0[..], name.as_bytes()] {
            let left = &mut room[used..];
            let count = left.len().min(part.len());
            left[..count].copy_from_slice(&part[..count]);
            used += count;
        }
        if used == room.len() {
            break;
        }
    }
    Ok(put(desk.bytes, out, (used as u32).to_le_bytes())?)
}
