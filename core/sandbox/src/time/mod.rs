//! Time limits: one watchdog thread per process, one slot per store.
//!
//! A slot says until when its run may go on; the watchdog wakes the engines when the earliest slot is
//! due; the run itself then decides, on its own thread and from its own slot, whether it has to end.

mod clock;
mod slot;
mod watchdog;

pub(crate) use clock::{now_ns, thread_cpu_ns};
pub(crate) use slot::{Budget, Cancel, Slot, Spent};
pub(crate) use watchdog::Watchdog;
