//! Sockets: there are none. Guests reach the network through the host's HTTP functions, if at all.

use super::guest::{Outcome, register};
use crate::files::Errno;
use crate::store::{GuestMemory, StoreData};
use wasm_sandbox_policy::AuditOutcome;
use wasmtime::Linker;

pub(super) fn add_to_linker(linker: &mut Linker<StoreData>) -> wasmtime::Result<()> {
    register!(linker,
        sock_accept(fd: u32, flags: u32, out: u32);
        sock_recv(fd: u32, buffers: u32, count: u32, flags: u32, length_out: u32, flags_out: u32);
        sock_send(fd: u32, buffers: u32, count: u32, flags: u32, out: u32);
        sock_shutdown(fd: u32, how: u32);
    );
    Ok(())
}

/// Refuses, and tells the audit log once per run: a guest in a loop must not wash out what else it holds.
fn deny(guest: &mut GuestMemory<'_>, fd: u32) -> Outcome {
    guest.data.wasi.descriptors.get(fd)?;
    if !std::mem::replace(&mut guest.data.wasi.socket_denied, true) {
        guest.data.audit.access("network_access", "socket", "capabilities.network", AuditOutcome::Denied);
    }
    Err(Errno::NotSocket.into())
}

fn sock_accept(guest: &mut GuestMemory<'_>, fd: u32, _flags: u32, _out: u32) -> Outcome {
    deny(guest, fd)
}

fn sock_recv(
    guest: &mut GuestMemory<'_>,
    fd: u32,
    _buffers: u32,
    _count: u32,
    _flags: u32,
    _length: u32,
    _out: u32,
) -> Outcome {
    deny(guest, fd)
}

fn sock_send(guest: &mut GuestMemory<'_>, fd: u32, _buffers: u32, _count: u32, _flags: u32, _out: u32) -> Outcome {
    deny(guest, fd)
}

fn sock_shutdown(guest: &mut GuestMemory<'_>, fd: u32, _how: u32) -> Outcome {
    deny(guest, fd)
}
