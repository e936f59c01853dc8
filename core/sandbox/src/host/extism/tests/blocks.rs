//! Blocks: charged, given back, bounds held against every hostile offset and length.

use super::*;
use wasm_sandbox_policy::Limits;

fn meter(memory_bytes: u64) -> Meter {
    Meter::new(&Limits { memory_bytes, ..Limits::default() })
}

#[test]
fn blocks_are_charged_and_given_back() {
    let mut meter = meter(1000);
    let mut blocks = Blocks::default();
    let a = blocks.alloc(&mut meter, 100).unwrap();
    let b = blocks.give(&mut meter, b"abc").unwrap();
    assert!(a != 0 && b > a + 100);
    assert_eq!(blocks.range(b, 3).unwrap(), b"abc");
    assert_eq!((meter.used(), blocks.charged()), (103 + 2 * OVERHEAD, 103 + 2 * OVERHEAD));
    blocks.free(&mut meter, a, false);
    assert_eq!((blocks.length(a), meter.used()), (0, 3 + OVERHEAD));
    assert!(blocks.alloc(&mut meter, 2000).is_err());
    blocks.clear(&mut meter);
    assert_eq!(meter.used(), 0);
}

#[test]
fn freeing_twice_or_freeing_nothing_gives_nothing_back() {
    let mut meter = meter(10_000);
    meter.charge(500).unwrap();
    let mut blocks = Blocks::default();
    let a = blocks.alloc(&mut meter, 100).unwrap();
    for offset in [a, a, 0, a + 1, u64::MAX] {
        blocks.free(&mut meter, offset, false);
    }
    blocks.clear(&mut meter);
    assert_eq!(meter.used(), 500);
}

#[test]
fn stray_stale_and_hostile_offsets_are_refused() {
    let mut meter = meter(64 << 20);
    let mut blocks = Blocks::default();
    let a = blocks.alloc(&mut meter, 8).unwrap();
    let b = blocks.alloc(&mut meter, 8).unwrap();
    for (offset, length) in [
        (0, 1),
        (a, 9),
        (a + 8, 1),
        (a + 7, 2),
        (u64::MAX, 1),
        (u64::MAX, u64::MAX),
        (a, u64::MAX),
        (a - 1, 2),
        (a, b - a + 1),
    ] {
        assert!(blocks.range(offset, length).is_err(), "{offset} {length}");
    }
    for (offset, length) in [(0, 1), (a + 1, 8), (a + 8, 8), (u64::MAX - 3, 8)] {
        assert!(blocks.store(offset, &vec![1; length]).is_err(), "{offset} {length}");
    }
    assert_eq!(blocks.range(a, 8).unwrap(), [0; 8]);
    assert!(blocks.alloc(&mut meter, u64::MAX).is_err());
    assert!(blocks.alloc(&mut meter, LONGEST + 1).is_err());
    blocks.free(&mut meter, a, false);
    assert!(blocks.range(a, 1).is_err() && blocks.block(a).is_err());
    assert!(blocks.alloc(&mut meter, 8).unwrap() > b);
    assert_eq!(blocks.length(b), 8);
}

#[test]
fn a_freed_output_can_still_be_taken() {
    let mut meter = meter(10_000);
    let mut blocks = Blocks::default();
    let a = blocks.give(&mut meter, b"output").unwrap();
    blocks.free(&mut meter, a, true);
    assert!(blocks.range(a, 1).is_err());
    assert_eq!(blocks.take(a + 1, 3).unwrap(), b"utp");
    assert_eq!(blocks.take(a, 6).unwrap(), b"output");
    assert_eq!(blocks.take(a, 7), None);
    blocks.clear(&mut meter);
    assert_eq!(meter.used(), 0);
}

#[test]
fn a_million_small_blocks_meet_the_meter() {
    let mut meter = meter(1 << 20);
    let mut blocks = Blocks::default();
    let made = (0..1_000_000).take_while(|_| blocks.alloc(&mut meter, 1).is_ok()).count() as u64;
    assert_eq!(made, (1 << 20) / (1 + OVERHEAD));
}

#[test]
fn a_million_blocks_made_and_freed_leave_nothing_behind() {
    let mut meter = meter(1 << 20);
    let mut blocks = Blocks::default();
    let kept = blocks.give(&mut meter, b"kept").unwrap();
    for _ in 0..1_000_000 {
        let offset = blocks.alloc(&mut meter, 100).unwrap();
        blocks.free(&mut meter, offset, false);
    }
    assert!(blocks.list.capacity() < 4 * TIDY, "{}", blocks.list.capacity());
    assert_eq!(blocks.block(kept).unwrap(), b"kept");
    assert_eq!(meter.used(), 4 + OVERHEAD);
}

#[test]
fn an_empty_block_is_offset_zero() {
    let mut meter = meter(1000);
    let mut blocks = Blocks::default();
    assert_eq!(blocks.alloc(&mut meter, 0).unwrap(), 0);
    assert_eq!(blocks.give(&mut meter, b"").unwrap(), 0);
    assert_eq!(blocks.block(0).unwrap(), b"");
    assert_eq!(meter.used(), 0);
}
