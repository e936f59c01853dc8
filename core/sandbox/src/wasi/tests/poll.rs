//! Waiting, and that nothing waits longer than it may.

use super::*;
use crate::time::Cancel;
use std::time::{Duration, Instant};
use wasm_sandbox_policy::ErrorCode;

const IN: u32 = 0x1000;
const OUT: u32 = 0x20000;

/// A subscription to a clock.
fn clock(userdata: u64, id: u32, timeout: u64, absolute: bool) -> [u8; 48] {
    types::Record::<48>::new()
        .set(0, userdata.to_le_bytes())
        .set(16, id.to_le_bytes())
        .set(24, timeout.to_le_bytes())
        .set(40, u16::from(absolute).to_le_bytes())
        .0
}

/// A subscription to a descriptor: 1 for reading, 2 for writing.
fn transfer(userdata: u64, kind: u8, fd: u32) -> [u8; 48] {
    types::Record::<48>::new().set(0, userdata.to_le_bytes()).set(8, [kind]).set(16, fd.to_le_bytes()).0
}

/// What came out: userdata, error, kind, bytes, flags.
type Event = (u64, u16, u8, u64, u16);

fn poll(guest: &mut Guest, subscriptions: &[[u8; 48]]) -> Result<Vec<Event>, Stopped> {
    guest.put(IN, &subscriptions.concat());
    guest.call("poll_oneoff", &[IN.into(), OUT.into(), subscriptions.len() as i64, 0])?;
    let event = |n: u32| {
        let at = OUT + n * 32;
        let half = |at: u32| u16::from_le_bytes(guest.bytes(at, 2).try_into().unwrap());
        (guest.u64(at), half(at + 8), guest.bytes(at + 10, 1)[0], guest.u64(at + 16), half(at + 24))
    };
    Ok((0..guest.u32(0)).map(event).collect())
}

#[test]
fn counts() {
    let mut guest = guest();
    assert_eq!(poll(&mut guest, &[]).unwrap_err(), Errno::Invalid);
    assert_eq!(poll(&mut guest, &vec![clock(0, 1, 0, false); 1025]).unwrap_err(), Errno::Invalid);
    assert_eq!(poll(&mut guest, &vec![clock(7, 1, 0, false); 1024]).unwrap().len(), 1024);
    for count in [i64::from(u32::MAX), 1 << 31, 0x0555_5556] {
        assert_eq!(guest.call("poll_oneoff", &[IN.into(), OUT.into(), count, 0]).unwrap_err(), Errno::Invalid);
    }
    let last = i64::from(MEMORY);
    for (subscriptions, events, out) in [(last - 47, 0, 0), (0, last - 31, 0), (0, 0, last - 3), (-1, 0, 0)] {
        assert_eq!(guest.call("poll_oneoff", &[subscriptions, events, 1, out]).unwrap_err(), Errno::Fault);
    }
    let mut odd = clock(0, 0, 0, false);
    odd[8] = 3;
    assert_eq!(poll(&mut guest, &[odd]).unwrap_err(), Errno::Invalid);
}

#[test]
fn sleeping() {
    let mut guest = guest();
    let started = Instant::now();
    assert_eq!(poll(&mut guest, &[clock(42, 1, 20_000_000, false)]).unwrap(), [(42, 0, 0, 0, 0)]);
    assert!(started.elapsed() >= Duration::from_millis(20), "{:?}", started.elapsed());
    // The first of several, and only those that are due.
    let waits = [clock(1, 1, 3_600_000_000_000, false), clock(2, 0, 10_000_000, false), clock(3, 1, u64::MAX, false)];
    assert_eq!(poll(&mut guest, &waits).unwrap(), [(2, 0, 0, 0, 0)]);
    // Moments: past ones are due at once.
    assert_eq!(
        poll(&mut guest, &[clock(1, 0, 1, true), clock(2, 1, 0, true), clock(3, 1, u64::MAX, true)]).unwrap().len(),
        2
    );
    guest.call("clock_time_get", &[1, 0, 0]).unwrap();
    let until = guest.u64(0) + 15_000_000;
    poll(&mut guest, &[clock(1, 1, until, true)]).unwrap();
    guest.call("clock_time_get", &[1, 0, 0]).unwrap();
    assert!(guest.u64(0) >= until, "the clock shows the moment that was waited for");
    let started = Instant::now();
    assert_eq!(poll(&mut guest, &[clock(1, 9, 5, false)]).unwrap(), [(1, Errno::Invalid as u16, 0, 0, 0)]);
    assert!(started.elapsed() < Duration::from_millis(100));
}

#[test]
fn no_sleep_outlasts_the_deadline() {
    for (subscription, what) in [
        (clock(0, 1, 1_000_000_000_000_000_000, false), "long"),
        (clock(0, 1, u64::MAX, false), "longest"),
        (clock(0, 0, u64::MAX, true), "latest"),
    ] {
        let mut guest = Setup { wall_ms: Some(100), ..Setup::default() }.guest();
        let started = Instant::now();
        let error = poll(&mut guest, &[subscription]).unwrap_err().policy_error();
        assert_eq!(error.code, ErrorCode::WallTimeout, "{what}");
        assert!(started.elapsed() < Duration::from_millis(1500), "{what}: {:?}", started.elapsed());
    }
}

#[test]
fn cancelling_ends_a_sleep_without_limits() {
    let mut guest = guest();
    let slot = guest.slot.clone();
    let other = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        slot.cancel(Cancel::Caller);
    });
    let started = Instant::now();
    let error = poll(&mut guest, &[clock(0, 1, u64::MAX, false)]).unwrap_err().policy_error();
    assert_eq!(error.code, ErrorCode::Cancelled);
    assert!(started.elapsed() < Duration::from_secs(2));
    other.join().unwrap();
}

#[test]
fn descriptors_that_are_ready() {
    let mut setup = Setup { stdin: Stdin::Bytes(b"input".to_vec()), ..Setup::default() };
    setup.files.insert("f".into(), b"1234".to_vec());
    let mut guest = setup.guest();
    let fd = guest.open("f", 0, BOTH).unwrap();
    guest.read(fd, 1).unwrap();
    let hour = clock(9, 1, 3_600_000_000_000, false);
    let bad = Errno::BadFd as u16;
    let cases = [
        (transfer(1, 1, 0), (1, 0, 1, 5, 0)),
        (transfer(2, 2, 1), (2, 0, 2, 0, 0)),
        (transfer(3, 2, 2), (3, 0, 2, 0, 0)),
        (transfer(4, 1, fd), (4, 0, 1, 3, 0)),
        (transfer(5, 2, fd), (5, 0, 2, 0, 0)),
        (transfer(6, 1, 1), (6, bad, 1, 0, 0)),
        (transfer(7, 2, 0), (7, bad, 2, 0, 0)),
        (transfer(8, 1, 3), (8, bad, 1, 0, 0)),
        (transfer(9, 1, 77), (9, bad, 1, 0, 0)),
    ];
    for (subscription, event) in cases {
        assert_eq!(poll(&mut guest, &[hour, subscription]).unwrap(), [event]);
    }
    let all: Vec<[u8; 48]> = cases.iter().map(|(subscription, _)| *subscription).collect();
    assert_eq!(poll(&mut guest, &all).unwrap(), cases.map(|(_, event)| event));
    assert_eq!(guest.read(0, 100).unwrap(), b"input");
    assert_eq!(poll(&mut guest, &[transfer(1, 1, 0)]).unwrap(), [(1, 0, 1, 0, 1)], "the end is ready, and said");
}

/// Results may be written over the subscriptions: these were read before.
#[test]
fn overlapping_arrays() {
    let mut guest = guest();
    let subscriptions: Vec<[u8; 48]> = (0..100).map(|n| transfer(n, 2, 1)).collect();
    guest.put(IN, &subscriptions.concat());
    guest.call("poll_oneoff", &[IN.into(), IN.into(), 100, 0]).unwrap();
    assert_eq!(guest.u32(0), 100);
    assert!((0..100u32).all(|n| guest.u64(IN + n * 32) == u64::from(n)));
}
