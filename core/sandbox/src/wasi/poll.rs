//! Waiting for clocks and for standard input. The wait is the slot's, so deadline and cancel end it.

use super::clock::ClockId;
use super::descriptors::Target;
use super::guest::{Outcome, put, register, slice};
use super::types::Record;
use crate::files::Errno;
use crate::store::{GuestMemory, StoreData};
use crate::time::{Slot, now_ns};
use crate::wasi::Wasi;
use std::sync::Arc;
use wasmtime::Linker;

/// Subscriptions that one call may have.
const SUBSCRIPTIONS_MAX: u32 = 1024;
const SUBSCRIPTION_BYTES: u32 = 48;
const EVENT_BYTES: u32 = 32;
/// A clock subscription's time is a moment, not a stretch.
const ABSOLUTE: u16 = 1;
/// An event's flag: the other side is gone.
const HANGUP: u16 = 1;

pub(super) fn add_to_linker(linker: &mut Linker<StoreData>) -> wasmtime::Result<()> {
    register!(linker, poll_oneoff(subscriptions: u32, events: u32, count: u32, out: u32););
    Ok(())
}

/// One thing that is waited for.
struct Subscription {
    userdata: u64,
    kind: u8,
    wish: Wish,
}

enum Wish {
    /// Monotonic time of the process.
    Clock(u64),
    /// Standard input can be read or has ended.
    Input,
    /// True already, with this many bytes.
    Now(u64),
    /// Will never be true.
    Never(Errno),
}

struct Event {
    userdata: u64,
    kind: u8,
    errno: u16,
    bytes: u64,
    flags: u16,
}

fn poll_oneoff(guest: &mut GuestMemory<'_>, subscriptions: u32, events: u32, count: u32, out: u32) -> Outcome {
    // Without anything to wait for, a guest would wait for ever.
    if count == 0 || count > SUBSCRIPTIONS_MAX {
        return Err(Errno::Invalid.into());
    }
    slice(guest.bytes, out, 4)?;
    slice(guest.bytes, events, count * EVENT_BYTES)?;
    let array = slice(guest.bytes, subscriptions, count * SUBSCRIPTION_BYTES)?;
    let wasi = &guest.data.wasi;
    let wishes = array.chunks_exact(SUBSCRIPTION_BYTES as usize).map(|bytes| parse(wasi, bytes));
    let wishes: Vec<Subscription> = wishes.collect::<Result<_, _>>()?;
    let first = wishes.iter().filter_map(|s| if let Wish::Clock(due) = s.wish { Some(due) } else { None }).min();
    let slot = &guest.data.slot;
    let timeout = first.map(|due| due.saturating_sub(now_ns()));
    let due = slot.wait(timeout, || {
        let due = happened(&wishes, wasi, slot);
        (!due.is_empty()).then_some(due)
    })?;
    let due = due.unwrap_or_else(|| happened(&wishes, wasi, slot));
    for (event, at) in due.iter().zip((events..).step_by(EVENT_BYTES as usize)) {
        let record = Record::<{ EVENT_BYTES as usize }>::new()
            .set(0, event.userdata.to_le_bytes())
            .set(8, event.errno.to_le_bytes())
            .set(10, [event.kind])
            .set(16, event.bytes.to_le_bytes())
            .set(24, event.flags.to_le_bytes());
        put(guest.bytes, at, record.0)?;
    }
    Ok(put(guest.bytes, out, (due.len() as u32).to_le_bytes())?)
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], Errno> {
    bytes.get(at..at + N).and_then(|b| b.try_into().ok()).ok_or(Errno::Fault)
}

fn parse(wasi: &Wasi, bytes: &[u8]) -> Result<Subscription, Errno> {
    let userdata = u64::from_le_bytes(field(bytes, 0)?);
    let [kind] = field(bytes, 8)?;
    let word = u32::from_le_bytes(field(bytes, 16)?);
    let wish = match kind {
        0 => {
            let timeout = u64::from_le_bytes(field(bytes, 24)?);
            let flags = u16::from_le_bytes(field(bytes, 40)?);
            match ClockId::of(word) {
                Ok(id) => {
                    Wish::Clock(now_ns().saturating_add(wasi.clocks.wait_for(id, timeout, flags & ABSOLUTE != 0)))
                }
                Err(errno) => Wish::Never(errno),
            }
        }
        1 | 2 => transfer(wasi, word, kind == 1),
        _ => return Err(Errno::Invalid),
    };
    Ok(Subscription { userdata, kind, wish })
}

/// Whether a descriptor can be read or written.
fn transfer(wasi: &Wasi, fd: u32, reading: bool) -> Wish {
    match wasi.descriptors.get(fd).map(|descriptor| descriptor.target) {
        Ok(Target::Input) if reading => Wish::Input,
        Ok(Target::Output(_)) if !reading => Wish::Now(0),
        Ok(Target::File { node, position }) => {
            let size = wasi.tree.as_ref().and_then(|tree| tree.stat(node).ok()).map_or(0, |stat| stat.size);
            Wish::Now(if reading { size.saturating_sub(position) } else { 0 })
        }
        Ok(_) => Wish::Never(Errno::BadFd),
        Err(errno) => Wish::Never(errno),
    }
}

/// The events of everything that is true by now, or never will be.
fn happened(wishes: &[Subscription], wasi: &Wasi, slot: &Arc<Slot>) -> Vec<Event> {
    let now = now_ns();
    let event = |s: &Subscription| {
        let (errno, bytes, flags) = match s.wish {
            Wish::Clock(due) if due <= now => (0, 0, 0),
            Wish::Clock(_) => return None,
            Wish::Now(bytes) => (0, bytes, 0),
            Wish::Never(errno) => (errno as u16, 0, 0),
            Wish::Input => match wasi.input.ready(slot)? {
                Ok(ready) => (0, ready.bytes, if ready.ended && ready.bytes == 0 { HANGUP } else { 0 }),
                Err(errno) => (errno as u16, 0, HANGUP),
            },
        };
        Some(Event { userdata: s.userdata, kind: s.kind, errno, bytes, flags })
    };
    wishes.iter().filter_map(event).collect()
}
