//! What each kind of clock shows.

use super::*;
use wasm_sandbox_policy::Clock;

fn with(clock: Clock) -> Guest {
    let mut setup = Setup::default();
    setup.policy.capabilities.clock = clock;
    setup.guest()
}

fn time(guest: &mut Guest, id: i64) -> u64 {
    guest.call("clock_time_get", &[id, 0, 0]).unwrap();
    guest.u64(0)
}

fn resolution(guest: &mut Guest, id: i64) -> u64 {
    guest.call("clock_res_get", &[id, 0]).unwrap();
    guest.u64(0)
}

#[test]
fn coarse_clocks_tell_milliseconds() {
    let mut guest = with(Clock::Coarse);
    for id in 0..4 {
        assert_eq!(resolution(&mut guest, id), 1_000_000);
        let mut seen = std::collections::BTreeSet::new();
        let started = std::time::Instant::now();
        while started.elapsed().as_millis() < 20 {
            let now = time(&mut guest, id);
            assert_eq!(now % 1_000_000, 0, "clock {id}");
            seen.insert(now);
        }
        let most = started.elapsed().as_millis() as usize + 2;
        assert!((2..=most).contains(&seen.len()), "clock {id}: {} steps in {most} ms", seen.len());
    }
}

#[test]
fn real_clocks_run() {
    let mut guest = with(Clock::Real);
    let host = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64;
    assert!(time(&mut guest, 0).abs_diff(host) < 5_000_000_000);
    for id in 1..4 {
        assert_eq!(resolution(&mut guest, id), 1);
        let (first, second) = (time(&mut guest, id), time(&mut guest, id));
        assert!(first <= second && second < first + 1_000_000_000);
        assert!(
            (1_000_000_000..10_000_000_000).contains(&first),
            "time begins with the sandbox, not with the host: {first}"
        );
    }
}

#[test]
fn frozen_clocks_stand_while_sleeping_waits() {
    let mut guest = with(Clock::Frozen("2026-01-01T00:00:00Z".into()));
    let moment = 1_767_225_600_000_000_000;
    let started = std::time::Instant::now();
    guest.put(0x100, &types::Record::<48>::new().set(16, 1u32.to_le_bytes()).set(24, 10_000_000u64.to_le_bytes()).0);
    guest.call("poll_oneoff", &[0x100, 0x200, 1, 0]).unwrap();
    assert!(started.elapsed().as_millis() >= 10);
    assert_eq!(time(&mut guest, 0), moment);
    for id in 1..4 {
        assert_eq!(time(&mut guest, id), 1_000_000_000);
    }
    let fd = guest.open("f", CREATE, BOTH).unwrap();
    guest.call("fd_filestat_get", &[fd.into(), 0x40]).unwrap();
    assert_eq!(guest.u64(0x40 + 48), moment, "files carry the sandbox's time");
}

#[test]
fn no_other_clocks() {
    let mut guest = guest();
    for id in [4, 5, 1 << 20, -1] {
        assert_eq!(guest.call("clock_time_get", &[id, 0, 0]).unwrap_err(), Errno::Invalid);
        assert_eq!(guest.call("clock_res_get", &[id, 0]).unwrap_err(), Errno::Invalid);
    }
    for at in [i64::from(MEMORY), i64::from(MEMORY) - 7, -1] {
        assert_eq!(guest.call("clock_time_get", &[0, 0, at]).unwrap_err(), Errno::Fault);
        assert_eq!(guest.call("clock_res_get", &[0, at]).unwrap_err(), Errno::Fault);
    }
    let options = WasiOptions {
        argv: Vec::new(),
        env: Vec::new(),
        stdin: Stdin::Empty,
        clock: Clock::Frozen("yesterday".into()),
        random: Default::default(),
        shared: None,
    };
    let limits = wasm_sandbox_policy::Limits::default();
    let error = Wasi::new(options, &BTreeMap::new(), &limits, &mut crate::store::Meter::new(&limits)).err().unwrap();
    assert_eq!(error.code, wasm_sandbox_policy::ErrorCode::InvalidPolicy);
}

/// A guest that waits for a moment and then reads the clock must not find it earlier than that.
#[test]
fn coarse_waits_reach_the_tick() {
    use super::clock::{ClockId, Clocks};
    let clocks = Clocks::new(&Clock::Coarse).unwrap();
    for id in [ClockId::Realtime, ClockId::Monotonic] {
        for n in 0..1000 {
            let shown = clocks.shown(id);
            let wait = clocks.wait_for(id, shown + 1, true);
            let later = clocks.shown(id) + 1_000_000;
            assert!(wait <= 1_000_000 && later + wait > shown + 1_000_000, "{id:?} {n}: {wait}");
            assert!(wait > 0 || later > shown + 1_000_000, "{id:?} {n}: a tick is still to come");
        }
        assert_eq!(clocks.wait_for(id, clocks.shown(id), true), 0);
        assert_eq!(clocks.wait_for(id, 0, false), 0);
        assert!((1..=2_000_000).contains(&clocks.wait_for(id, 1, false)));
    }
}
