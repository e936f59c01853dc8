//! Looking out for an answer on the thread that asked: one that is about to come costs no waking of two threads (25 to
//! 80 us each).

use crate::bridge::Bridge;
use std::cell::Cell;
use std::time::{Duration, Instant};
use wasm_sandbox_core::cores;

/// How long.
const LOOKOUT: Duration = Duration::from_micros(500);
/// Calls that do not look out after one that did so in vain.
const DISCOURAGED: u32 = 15;
/// Answers are given without the event loop for so long at most; then it has its turn first.
const TURN: Duration = Duration::from_millis(2);
/// Looks between which the thread does something else.
const LOOKS: u32 = 64;

/// When it is worth while, for a thread with an event loop.
#[derive(Default)]
pub struct Lookout {
    /// Calls that are not going to.
    discouraged: Cell<u32>,
    /// Since when answers were given without a turn of the event loop.
    unturned: Cell<Option<Instant>>,
}

impl Lookout {
    /// Whether a call that has just begun should look out for its answer. If not, the event loop has its turn before the
    /// next one asks.
    pub fn worth_while(&self) -> bool {
        // With one core, whoever answers cannot run meanwhile.
        if cores() == 1 {
            return false;
        }
        if let Some(fewer) = self.discouraged.get().checked_sub(1) {
            self.discouraged.set(fewer);
            return false;
        }
        if self.unturned.get().is_some_and(|since| since.elapsed() >= TURN) {
            self.unturned.set(None);
            return false;
        }
        true
    }

    /// A call looks out. True: it is the first one since the event loop had its turn.
    pub fn begins(&self) -> bool {
        let first = self.unturned.get().is_none();
        if first {
            self.unturned.set(Some(Instant::now()));
        }
        first
    }

    /// The event loop has its turn.
    pub fn turned(&self) {
        self.unturned.set(None);
    }

    /// A call looked out in vain.
    pub fn in_vain(&self) {
        self.discouraged.set(DISCOURAGED);
    }
}

/// Waits a moment until `come`, and does a little of what has to be done anyway meanwhile.
pub fn look_out(come: impl Fn() -> bool) -> bool {
    let bridge = Bridge::process();
    let began = Instant::now();
    while began.elapsed() < LOOKOUT {
        for _ in 0..LOOKS {
            if come() {
                return true;
            }
            std::hint::spin_loop();
        }
        if !bridge.as_ref().is_ok_and(|bridge| bridge.clear_up()) {
            std::thread::yield_now();
        }
    }
    come()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_one_in_vain_some_calls_do_without() {
        let lookout = Lookout::default();
        assert_eq!(lookout.worth_while(), cores() > 1);
        lookout.in_vain();
        let refused = (0..100).take_while(|_| !lookout.worth_while()).count();
        assert_eq!(refused, if cores() > 1 { DISCOURAGED as usize } else { 100 });
    }

    #[test]
    fn the_event_loop_has_its_turn() {
        let lookout = Lookout::default();
        assert!(lookout.begins() && !lookout.begins());
        lookout.turned();
        assert!(lookout.begins());
        std::thread::sleep(TURN);
        assert!(!lookout.worth_while(), "it is the event loop's turn");
        assert_eq!(lookout.worth_while(), cores() > 1);
        assert!(lookout.begins());
    }

    #[test]
    fn it_ends_when_the_answer_comes_or_after_a_moment() {
        assert!(look_out(|| true));
        let began = Instant::now();
        assert!(!look_out(|| false));
        assert!(began.elapsed() >= LOOKOUT);
    }
}
