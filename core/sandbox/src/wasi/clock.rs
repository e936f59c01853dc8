//! The clocks that a guest sees: exact, rounded down to 1 ms, or standing still.
//!
//! The monotonic clock counts from the sandbox's own beginning, so that it tells nothing about the host; it begins
//! at one second because some runtimes take 0 for a broken clock. CPU-time clocks show the monotonic clock. Under a
//! frozen clock all of them stand still; sleeping then really waits, but no time is seen to pass.

use super::guest::{Outcome, put, register, slice};
use crate::files::Errno;
use crate::store::{GuestMemory, StoreData};
use crate::time::now_ns;
use std::time::{SystemTime, UNIX_EPOCH};
use wasm_sandbox_policy::{Clock, Error, ErrorCode, Result};
use wasmtime::Linker;

/// Resolution of the coarse clock, in nanoseconds.
const TICK: u64 = 1_000_000;
/// What the monotonic clock shows at first.
const START: u64 = 1_000_000_000;

pub(super) fn add_to_linker(linker: &mut Linker<StoreData>) -> wasmtime::Result<()> {
    register!(linker,
        clock_res_get(id: u32, out: u32);
        clock_time_get(id: u32, precision: u64, out: u32);
    );
    Ok(())
}

/// The clocks of one sandbox.
#[derive(Debug)]
pub(crate) struct Clocks {
    grain: Grain,
    /// Monotonic time of the process when the sandbox began.
    origin: u64,
}

#[derive(Clone, Copy, Debug)]
enum Grain {
    Exact,
    Coarse,
    /// Nanoseconds since 1970.
    Frozen(u64),
}

/// Which clock a guest asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClockId {
    Realtime,
    Monotonic,
}

impl ClockId {
    pub(super) fn of(id: u32) -> std::result::Result<ClockId, Errno> {
        match id {
            0 => Ok(ClockId::Realtime),
            1..=3 => Ok(ClockId::Monotonic),
            _ => Err(Errno::Invalid),
        }
    }
}

impl Clocks {
    pub(super) fn new(clock: &Clock) -> Result<Clocks> {
        let grain = match clock {
            Clock::Real => Grain::Exact,
            Clock::Coarse => Grain::Coarse,
            Clock::Frozen(moment) => match clock.frozen_ns() {
                Some(ns) => Grain::Frozen(ns),
                None => {
                    let shown: String = moment.chars().take(64).collect();
                    let why =
                        format_args!("capabilities.clock.frozen: {shown:?} is no RFC 3339 time between 1970 and 2500");
                    return Err(Error::new(ErrorCode::InvalidPolicy, why).with("path", "$.capabilities.clock.frozen"));
                }
            },
        };
        Ok(Clocks { grain, origin: now_ns() })
    }

    /// Nanoseconds since 1970 as the guest sees them.
    pub(crate) fn realtime(&self) -> u64 {
        self.shown(ClockId::Realtime)
    }

    /// What the guest sees of a clock.
    pub(super) fn shown(&self, id: ClockId) -> u64 {
        let exact = self.exact(id);
        match self.grain {
            Grain::Coarse => exact - exact % TICK,
            _ => exact,
        }
    }

    fn exact(&self, id: ClockId) -> u64 {
        match (self.grain, id) {
            (Grain::Frozen(moment), ClockId::Realtime) => moment,
            (Grain::Frozen(_), ClockId::Monotonic) => START,
            (_, ClockId::Realtime) => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_nanos() as u64),
            (_, ClockId::Monotonic) => now_ns().saturating_sub(self.origin).saturating_add(START),
        }
    }

    /// Nanoseconds to wait for a moment of a clock, or for a stretch of time. After them the clock shows at least
    /// that moment, unless it stands still.
    pub(super) fn wait_for(&self, id: ClockId, timeout: u64, absolute: bool) -> u64 {
        let exact = self.exact(id);
        let goal = if absolute { timeout } else { exact.saturating_add(timeout) };
        match self.grain {
            _ if !absolute && timeout == 0 => 0,
            Grain::Coarse if goal > exact - exact % TICK => {
                goal.div_ceil(TICK).saturating_mul(TICK).saturating_sub(exact)
            }
            _ => goal.saturating_sub(exact),
        }
    }

    fn resolution(&self) -> u64 {
        match self.grain {
            Grain::Exact => 1,
            Grain::Coarse | Grain::Frozen(_) => TICK,
        }
    }
}

fn clock_res_get(guest: &mut GuestMemory<'_>, id: u32, out: u32) -> Outcome {
    ClockId::of(id)?;
    let resolution = guest.data.wasi.clocks.resolution();
    Ok(put(guest.bytes, out, resolution.to_le_bytes())?)
}

fn clock_time_get(guest: &mut GuestMemory<'_>, id: u32, _precision: u64, out: u32) -> Outcome {
    slice(guest.bytes, out, 8)?;
    let shown = guest.data.wasi.clocks.shown(ClockId::of(id)?);
    Ok(put(guest.bytes, out, shown.to_le_bytes())?)
}
