//! Time limits and turns: one watchdog thread per process, one slot per store.
//!
//! A slot says until when its run may go on; the watchdog wakes the engines when the earliest slot is
//! due; the run itself then decides, on its own thread and from its own slot, whether it has to end.

mod clock;
mod counter;
mod slot;
mod turnstile;
mod watchdog;

pub(crate) use clock::{now_ns, thread_cpu_ns};
pub(crate) use slot::{Budget, Cancel, Slot, Spent};
pub use turnstile::taking_turns;
pub(crate) use watchdog::Watchdog;
