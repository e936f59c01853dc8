//! The turnstile's order, without threads.

use super::*;
use crate::time::Watchdog;

fn slots(count: usize) -> Vec<Arc<Slot>> {
    let watchdog = Watchdog::start().unwrap();
    (0..count).map(|_| Slot::new(&watchdog)).collect()
}

/// Which of the slots have a turn.
fn running(turnstile: &Turnstile, slots: &[Arc<Slot>]) -> Vec<usize> {
    let state = turnstile.state.lock();
    let at = |slot: &Arc<Slot>| slots.iter().position(|other| Arc::ptr_eq(slot, other)).unwrap();
    state.running.iter().map(at).collect()
}

#[test]
fn as_many_pass_as_there_are_cores_and_the_next_when_one_leaves() {
    let (turnstile, slots) = (Turnstile::new(2), slots(4));
    assert_eq!(slots.iter().map(|slot| turnstile.enter(slot)).collect::<Vec<_>>(), [true, true, false, false]);
    assert!(turnstile.contended());
    turnstile.leave(&slots[0]);
    assert_eq!(running(&turnstile, &slots), [1, 2]);
    turnstile.leave(&slots[1]);
    turnstile.leave(&slots[2]);
    assert_eq!(running(&turnstile, &slots), [3]);
    assert!(!turnstile.contended());
    turnstile.leave(&slots[3]);
    assert!(turnstile.enter(&slots[0]) && turnstile.enter(&slots[1]) && !turnstile.enter(&slots[2]));
}

#[test]
fn who_yields_stands_behind_and_who_is_alone_runs_on() {
    let (turnstile, slots) = (Turnstile::new(1), slots(3));
    assert!(turnstile.enter(&slots[0]));
    assert!(!turnstile.yield_turn(&slots[0]));
    assert!(!turnstile.enter(&slots[1]) && !turnstile.enter(&slots[2]));
    for next in [1, 2, 0, 1, 2, 0] {
        let now = running(&turnstile, &slots)[0];
        assert!(turnstile.yield_turn(&slots[now]));
        assert_eq!(running(&turnstile, &slots), [next]);
    }
}

#[test]
fn newcomers_and_the_worn_alternate() {
    let (turnstile, slots) = (Turnstile::new(1), slots(6));
    slots[..4].iter().for_each(|slot| _ = turnstile.enter(slot));
    // 1, 2 and 3 wait; 0 stands behind them.
    turnstile.yield_turn(&slots[0]);
    assert_eq!(running(&turnstile, &slots), [1]);
    turnstile.yield_turn(&slots[1]);
    assert_eq!(running(&turnstile, &slots), [0]);
    turnstile.yield_turn(&slots[0]);
    assert_eq!(running(&turnstile, &slots), [2]);
}

#[test]
fn who_leaves_the_queue_is_not_called() {
    let (turnstile, slots) = (Turnstile::new(1), slots(3));
    slots.iter().for_each(|slot| _ = turnstile.enter(slot));
    turnstile.leave(&slots[1]);
    turnstile.leave(&slots[1]);
    turnstile.leave(&slots[0]);
    assert_eq!(running(&turnstile, &slots), [2]);
    assert!(!turnstile.contended());
}
