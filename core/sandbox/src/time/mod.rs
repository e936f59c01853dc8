//! Time limits and turns: one watchdog thread per process, one slot per store.
//!
//! A slot says until when its run may go on; when it is due the watchdog makes the run ask, by the engines' epoch or by
//! the page that the run looks at; the run itself then decides, on its own thread and from its own slot, whether it has to end.

mod clock;
mod counter;
#[cfg(unix)]
pub(crate) mod fault;
#[cfg(not(unix))]
#[path = "no_fault.rs"]
pub(crate) mod fault;
#[cfg(unix)]
mod poll;
#[cfg(not(unix))]
#[path = "no_poll.rs"]
mod poll;
mod slot;
mod turnstile;
mod watchdog;

pub(crate) use clock::{now_ns, thread_cpu_ns};
pub(crate) use poll::Poll;
pub(crate) use slot::{Budget, Cancel, Slot, Spent};
pub(crate) use turnstile::here_turns_are_taken;
pub use turnstile::{cores, taking_turns};
pub(crate) use watchdog::Watchdog;
