//! Randomness: different where it must be, equal where the policy says so, and counted.

use super::*;
use wasm_sandbox_policy::{ErrorCode, Random};

fn with(random: Random) -> Guest {
    let mut setup = Setup::default();
    setup.policy.capabilities.random = random;
    setup.guest()
}

fn draw(guest: &mut Guest, len: u32) -> Vec<u8> {
    guest.call("random_get", &[0x1000, len.into()]).unwrap();
    guest.bytes(0x1000, len)
}

#[test]
fn secure_bytes_differ() {
    let (mut one, mut two) = (with(Random::Secure), with(Random::Secure));
    let mut seen = std::collections::HashSet::new();
    for _ in 0..100 {
        assert!(seen.insert(draw(&mut one, 16)));
        assert!(seen.insert(draw(&mut two, 16)));
        one.data().wasi.begin_call();
    }
    // All of a long buffer is filled, chunk by chunk and across new seeds.
    let long = draw(&mut one, 200_000);
    assert!(long.chunks(64).all(|chunk| chunk.iter().any(|b| *b != 0)));
}

#[test]
fn seeded_bytes_are_the_same_everywhere() {
    let (mut one, mut two, mut other) = (with(Random::Seed(7)), with(Random::Seed(7)), with(Random::Seed(8)));
    let first = draw(&mut one, 32);
    assert_eq!(first, draw(&mut two, 32));
    assert_ne!(first, draw(&mut other, 32));
    assert_eq!(
        first[..8],
        [25, 69, 74, 39, 183, 82, 249, 5],
        "the sequence is part of what deterministic runs promise"
    );
    one.data().wasi.begin_call();
    let second = draw(&mut one, 100_000);
    assert_eq!(second, draw(&mut two, 100_000));
    assert_ne!(first, second[..32]);
}

#[test]
fn drawing_is_counted() {
    let mut setup = Setup::default();
    setup.policy.limits.random_bytes = 1000;
    let mut guest = setup.guest();
    draw(&mut guest, 999);
    guest.call("random_get", &[0, 0]).unwrap();
    draw(&mut guest, 1);
    let error = guest.call("random_get", &[0, 1]).unwrap_err().policy_error();
    assert_eq!((error.code, error.details["field"].as_str()), (ErrorCode::HostCallLimit, Some("randomBytes")));
    assert_eq!((error.details["limit"].as_u64(), error.details["used"].as_u64()), (Some(1000), Some(1001)));
    // A new run has its own thousand.
    guest.data().wasi.begin_run(None, &[], &Stdin::Empty).unwrap();
    draw(&mut guest, 1000);
    for (at, len) in [(0, -1), (1, i64::from(MEMORY)), (i64::from(MEMORY), 1), (-1, -1)] {
        assert_eq!(guest.call("random_get", &[at, len]).unwrap_err(), Errno::Fault, "{at} {len}");
    }
}
