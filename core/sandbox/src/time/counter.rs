//! The processor's time-stamp counter as a clock, where Linux keeps its own time by it: then it runs at one pace on all
//! cores and through their sleep. Everywhere else, and whenever in doubt, the system is asked.
//!
//! One of the few modules with `unsafe`: it reads the counter.

/// Nanoseconds as `system` gives them, by the counter where that may be trusted.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
#[inline]
pub(super) fn now(system: fn() -> u64) -> u64 {
    imp::CLOCK.now(imp::ticks(), system)
}

/// Nanoseconds as `system` gives them.
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
pub(super) fn now(system: fn() -> u64) -> u64 {
    system()
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod imp {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering::Acquire, Ordering::Relaxed, Ordering::Release, fence};

    /// Ticks after which the system is asked again: a tenth of a second at 2.7 GHz.
    const STALE: u64 = 1 << 28;
    /// The least time between two readings that a pace is taken from.
    const BASELINE_NS: u64 = 50_000_000;
    /// A pair of readings that took more ticks than this (0.4 us) was interrupted, and says nothing. Over the baseline it
    /// is 7 parts in a million, which makes less than a microsecond until the system is asked again.
    const TOGETHER: u64 = 1_000;
    /// What is kept of a pace below one nanosecond a tick.
    const FRACTION: u32 = 32;

    pub(super) static CLOCK: Clock = Clock::new();
    static TRUSTED: LazyLock<bool> = LazyLock::new(|| {
        let kept_by = std::fs::read("/sys/devices/system/clocksource/clocksource0/current_clocksource");
        kept_by.is_ok_and(|name| name.trim_ascii() == b"tsc")
    });

    #[inline]
    pub(super) fn ticks() -> u64 {
        // SAFETY: every x86-64 processor has the instruction; a system that forbids it to programs does not keep time by
        // it for them either (its vDSO reads it in the same way).
        unsafe { core::arch::x86_64::_rdtsc() }
    }

    /// The last reading of both clocks, and the pace between them. Written by one thread at a time: the sequence is odd
    /// meanwhile, and whoever reads then asks the system.
    pub(super) struct Clock {
        sequence: AtomicU64,
        ticks: AtomicU64,
        ns: AtomicU64,
        /// Nanoseconds a tick, times 2^FRACTION; 0 while none is known.
        pace: AtomicU64,
    }

    impl Clock {
        pub(super) const fn new() -> Clock {
            Clock {
                sequence: AtomicU64::new(0),
                ticks: AtomicU64::new(0),
                ns: AtomicU64::new(0),
                pace: AtomicU64::new(0),
            }
        }

        #[inline]
        pub(super) fn now(&self, ticks: u64, system: fn() -> u64) -> u64 {
            let before = self.sequence.load(Acquire);
            let (then, ns, pace) = (self.ticks.load(Relaxed), self.ns.load(Relaxed), self.pace.load(Relaxed));
            fence(Acquire);
            // A reading of another core that is a little behind wraps round and is stale, too.
            let since = ticks.wrapping_sub(then);
            if before & 1 == 0 && self.sequence.load(Relaxed) == before && pace != 0 && since < STALE {
                return ns + ((since * pace) >> FRACTION);
            }
            self.compare(system)
        }

        /// Asks the system, and lays the counter beside its answer.
        #[cold]
        fn compare(&self, system: fn() -> u64) -> u64 {
            if !*TRUSTED {
                return system();
            }
            let before = ticks();
            let now = system();
            let after = ticks();
            let sequence = self.sequence.load(Relaxed);
            let together = after.wrapping_sub(before) < TOGETHER;
            if !together
                || sequence & 1 == 1
                || self.sequence.compare_exchange(sequence, sequence + 1, Acquire, Relaxed).is_err()
            {
                return now;
            }
            fence(Release);
            self.take(before + (after - before) / 2, now);
            self.sequence.store(sequence + 2, Release);
            now
        }

        fn take(&self, ticks: u64, now: u64) {
            let (then, ns) = (self.ticks.load(Relaxed), self.ns.load(Relaxed));
            let (passed, elapsed) = (ticks.wrapping_sub(then), now.saturating_sub(ns));
            if ns != 0 && elapsed < BASELINE_NS {
                // Too soon for a pace: the first reading stands, so that there soon is one.
                return;
            }
            // Beyond 8 ns a tick, or below a sixteenth, the counter jumped.
            let pace = (u128::from(elapsed) << FRACTION).checked_div(u128::from(passed)).unwrap_or(0);
            let known = ns != 0 && (1 << (FRACTION - 4)..8 << FRACTION).contains(&pace);
            self.pace.store(if known { pace as u64 } else { 0 }, Relaxed);
            self.ticks.store(ticks, Relaxed);
            self.ns.store(now, Relaxed);
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use crate::time::clock::now_ns;
        use std::time::{Duration, Instant};

        #[test]
        fn it_goes_as_the_system_goes() {
            let (begun, origin) = (now_ns(), Instant::now());
            let mut last = begun;
            while origin.elapsed() < Duration::from_millis(400) {
                // Between the two readings this thread may have to wait: only what is outside both is wrong.
                let (least, now, most) = (origin.elapsed(), now_ns(), origin.elapsed());
                let passed = now - begun;
                assert!(passed + 5_000 >= least.as_nanos() as u64, "{passed} {least:?}");
                assert!(passed <= most.as_nanos() as u64 + 5_000, "{passed} {most:?}");
                assert!(now + 1_000 >= last, "{now} after {last}");
                last = now;
            }
        }

        #[test]
        fn a_counter_that_jumps_is_not_believed() {
            let clock = Clock::new();
            let system = || 5_000_000_000;
            clock.take(1_000, 1_000_000);
            clock.take(1_000 + 150_000_000, 51_000_000);
            assert_eq!(clock.now(1_000 + 153_000_000, system), 51_999_999);
            // Backwards, and further ahead than is believed.
            assert_eq!(clock.now(900, system), 5_000_000_000);
            clock.take(1_000 + 300_000_000, 101_000_000);
            assert_eq!(clock.now(1_000 + 300_000_000 + STALE, system), 5_000_000_000);
            clock.take(5, 200_000_000);
            assert_eq!(clock.pace.load(Relaxed), 0);
            assert_eq!(clock.now(6, system), 5_000_000_000);
        }
    }
}
