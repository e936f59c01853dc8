//! Standard input of each kind; above all, that a reader which never answers holds nobody.

use super::*;
use crate::time::Cancel;
use std::io::Read;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};
use wasm_sandbox_policy::ErrorCode;

/// Reads what is sent to it, one message at a time, and ends when the sender is gone.
struct Piped(Receiver<Vec<u8>>);

impl Read for Piped {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let Ok(bytes) = self.0.recv() else { return Ok(0) };
        out[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }
}

fn piped() -> (Sender<Vec<u8>>, Stdin) {
    let (sender, receiver) = channel();
    (sender, Stdin::reader(Piped(receiver)))
}

fn with(stdin: Stdin, wall_ms: Option<u64>) -> Guest {
    Setup { stdin, wall_ms, ..Setup::default() }.guest()
}

#[test]
fn nothing_and_bytes() {
    let mut guest = with(Stdin::Empty, None);
    assert_eq!(guest.read(0, 100).unwrap(), b"");
    let mut guest = with(Stdin::Bytes(b"hello world".to_vec()), None);
    assert_eq!(guest.read(0, 0).unwrap(), b"");
    assert_eq!(guest.read(0, 6).unwrap(), b"hello ");
    let [array, count] = guest.buffers(0x100, &[(0x1000, 2), (0x1002, 100)]);
    guest.call("fd_read", &[0, array, count, 0]).unwrap();
    assert_eq!((guest.u32(0), guest.bytes(0x1000, 5)), (5, b"world".to_vec()));
    assert_eq!(guest.read(0, 6).unwrap(), b"");
    guest.data().wasi.begin_run(None, &[], &Stdin::Bytes(b"next".to_vec())).unwrap();
    assert_eq!(guest.read(0, 6).unwrap(), b"next");
}

#[test]
fn a_reader_is_read_as_asked() {
    let (sender, stdin) = piped();
    let mut guest = with(stdin.clone(), None);
    sender.send(b"first".to_vec()).unwrap();
    assert_eq!(guest.read(0, 3).unwrap(), b"fir");
    assert_eq!(guest.read(0, 300).unwrap(), b"st");
    let late = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(30));
        sender.send(b"second".to_vec()).unwrap();
        sender.send(b"third".to_vec()).unwrap();
    });
    assert_eq!(guest.read(0, 300).unwrap(), b"second");
    late.join().unwrap();
    // Another run with the same reader goes on where this one stopped.
    guest.data().wasi.begin_run(None, &[], &stdin).unwrap();
    assert_eq!(guest.read(0, 300).unwrap(), b"third");
    assert_eq!(guest.read(0, 300).unwrap(), b"");
    assert_eq!(guest.read(0, 300).unwrap(), b"");
}

#[test]
fn a_silent_reader_is_left_at_the_deadline_and_on_cancel() {
    let (sender, stdin) = piped();
    let mut guest = with(stdin, Some(100));
    let started = Instant::now();
    assert_eq!(guest.read(0, 10).unwrap_err().policy_error().code, ErrorCode::WallTimeout);
    assert!(started.elapsed() < Duration::from_millis(1500), "{:?}", started.elapsed());
    drop((guest, sender));

    let (sender, stdin) = piped();
    let mut guest = with(stdin, None);
    let slot = guest.slot.clone();
    let other = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(30));
        slot.cancel(Cancel::Dispose);
    });
    assert_eq!(guest.read(0, 10).unwrap_err().policy_error().code, ErrorCode::Closed);
    other.join().unwrap();
    // Dropping the sandbox does not wait for the reader either; its thread goes when the read returns.
    let started = Instant::now();
    drop(guest);
    assert!(started.elapsed() < Duration::from_millis(1000));
    drop(sender);
}

#[test]
fn not_waiting_when_told_so() {
    let (sender, stdin) = piped();
    let mut guest = with(stdin, None);
    guest.call("fd_fdstat_set_flags", &[0, 4]).unwrap();
    assert_eq!(guest.read(0, 10).unwrap_err(), Errno::Again);
    sender.send(b"x".to_vec()).unwrap();
    let started = Instant::now();
    let bytes = loop {
        match guest.read(0, 10) {
            Ok(bytes) => break bytes,
            Err(stopped) => assert_eq!(stopped, Errno::Again),
        }
        assert!(started.elapsed() < Duration::from_secs(5));
        std::thread::yield_now();
    };
    assert_eq!(bytes, b"x");
}

#[test]
fn polling_a_reader() {
    let (sender, stdin) = piped();
    let mut guest = with(stdin, None);
    let input = types::Record::<48>::new().set(0, 5u64.to_le_bytes()).set(8, [1]).0;
    let clock = types::Record::<48>::new()
        .set(0, 6u64.to_le_bytes())
        .set(16, 1u32.to_le_bytes())
        .set(24, 20_000_000u64.to_le_bytes())
        .0;
    let poll = |guest: &mut Guest, subscriptions: &[u8]| {
        guest.put(0x100, subscriptions);
        guest.call("poll_oneoff", &[0x100, 0x800, (subscriptions.len() / 48) as i64, 0]).unwrap();
        (guest.u32(0), guest.u64(0x800), guest.u64(0x810), guest.bytes(0x818, 1)[0])
    };
    // Nothing comes: the clock.
    assert_eq!(poll(&mut guest, &[input, clock].concat()), (1, 6, 0, 0));
    let late = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(30));
        sender.send(b"abc".to_vec()).unwrap();
    });
    assert_eq!(poll(&mut guest, &input), (1, 5, 3, 0));
    assert_eq!(guest.read(0, 10).unwrap(), b"abc");
    late.join().unwrap();
    assert_eq!(poll(&mut guest, &input), (1, 5, 0, 1));
}

#[test]
fn readers_that_fail() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("/secret/host/path"))
        }
    }
    struct Panicking;
    impl Read for Panicking {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            panic!("in a reader")
        }
    }
    struct Boasting;
    impl Read for Boasting {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Ok(usize::MAX)
        }
    }
    for stdin in [Stdin::reader(Broken), Stdin::reader(Panicking)] {
        let mut guest = with(stdin, None);
        assert_eq!(guest.read(0, 10).unwrap_err(), Errno::Io);
        assert_eq!(guest.read(0, 10).unwrap_err(), Errno::Io);
    }
    // A reader that claims more than the buffer holds is believed as far as the buffer goes.
    let mut guest = with(Stdin::reader(Boasting), None);
    assert_eq!(guest.read(0, 10).unwrap(), [0; 10]);
}
