//! The two clocks that limits are measured with: monotonic time and the calling thread's CPU time.
//!
//! Asking the system for the time takes 28 ns, which is a good part of the shortest calls. Where the system itself keeps
//! time by the processor's counter, the counter is read instead (12 ns) and laid beside the system's clock ten times a
//! second (`counter.rs`).

use super::counter;
use std::sync::OnceLock;
use std::time::Instant;

/// Nanoseconds of monotonic time since the first call in this process, at least 1. Between two threads it may differ by
/// less than a microsecond.
#[inline]
pub(crate) fn now_ns() -> u64 {
    counter::now(system_ns)
}

/// The same as the system's clock has it.
fn system_ns() -> u64 {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    let origin = ORIGIN.get_or_init(Instant::now);
    origin.elapsed().as_nanos() as u64 + 1
}

/// Nanoseconds of CPU time of the calling thread. Costs a system call (0.2 to 0.4 us).
#[cfg(unix)]
pub(crate) fn thread_cpu_ns() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Where the system gives no exact per-thread clock, the time that this thread was not `asleep` stands in: a guest is
/// never charged less. Windows counts a thread's time in ticks of 15.6 ms, between which a guest that knows them could
/// run for nothing, and its count of cycles is of no length that would be promised.
#[cfg(not(unix))]
pub(crate) fn thread_cpu_ns() -> u64 {
    now_ns().saturating_sub(ASLEEP.get())
}

#[cfg(not(unix))]
thread_local! {
    /// Nanoseconds that this thread was asleep.
    static ASLEEP: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Does `sleep`, in which the calling thread does nothing but wait.
#[cfg(not(unix))]
pub(super) fn asleep<T>(sleep: impl FnOnce() -> T) -> T {
    let began = now_ns();
    let value = sleep();
    ASLEEP.set(ASLEEP.get() + (now_ns() - began));
    value
}

/// Does `sleep`; the thread's clock knows that it was none.
#[cfg(unix)]
#[inline]
pub(super) fn asleep<T>(sleep: impl FnOnce() -> T) -> T {
    sleep()
}
