//! Reading and writing, arguments, environment, and what the host gets to see of it all.

use super::*;
use crate::store::Meter;

fn output(guest: &mut Guest) -> (String, String) {
    let data = guest.data();
    let written = data.output.take(&mut data.meter);
    (String::from_utf8(written.stdout).unwrap(), String::from_utf8(written.stderr).unwrap())
}

#[test]
fn standard_output() {
    let mut guest = guest();
    assert_eq!(guest.write(1, b"hello ").unwrap(), 6);
    assert_eq!(guest.write(2, b"oops").unwrap(), 4);
    guest.put(0x1000, b"worldly");
    let [array, count] = guest.buffers(0x100, &[(0x1000, 3), (0, 0), (0x1003, 2), (0x1000, 1)]);
    guest.call("fd_write", &[1, array, count, 0]).unwrap();
    assert_eq!(guest.u32(0), 6);
    assert_eq!(output(&mut guest), ("hello worldw".into(), "oops".into()));
    for (fd, errno) in [(0, Errno::BadFd), (3, Errno::IsDirectory), (8, Errno::BadFd)] {
        assert_eq!(guest.write(fd, b"x").unwrap_err(), errno);
    }
    assert_eq!(guest.read(1, 1).unwrap_err(), Errno::BadFd);
    assert_eq!(guest.read(3, 1).unwrap_err(), Errno::BadFd);
    for name in ["fd_pread", "fd_pwrite"] {
        assert_eq!(guest.call(name, &[1, 0, 0, 0, 0]).unwrap_err(), Errno::IllegalSeek);
        assert_eq!(guest.call(name, &[3, 0, 0, 0, 0]).unwrap_err(), Errno::IsDirectory);
    }
}

#[test]
fn output_beyond_its_limit() {
    let mut setup = Setup::default();
    setup.policy.limits.output_bytes = 10;
    let mut guest = setup.guest();
    assert_eq!(guest.write(1, &[b'a'; 3000]).unwrap(), 3000);
    assert_eq!(output(&mut guest).0, "aaaaaaaaaa");
    let mut setup = Setup::default();
    setup.policy.limits.output_bytes = 10;
    setup.policy.limits.on_output_limit = wasm_sandbox_policy::OutputLimitAction::Fail;
    let error = setup.guest().write(1, &[b'a'; 11]).unwrap_err().policy_error();
    assert_eq!(error.code, wasm_sandbox_policy::ErrorCode::OutputLimit);
}

#[test]
fn files_are_read_and_written_at_positions() {
    let mut guest = guest();
    let fd = guest.open("/tmp/f", CREATE, BOTH).unwrap();
    assert_eq!(guest.write(fd, b"0123456789").unwrap(), 10);
    assert_eq!(guest.read(fd, 5).unwrap(), b"");
    guest.call("fd_seek", &[fd.into(), 2, 0, 0]).unwrap();
    // Scattered over buffers.
    let [array, count] = guest.buffers(0x100, &[(0x2000, 2), (0x2010, 0), (0x2020, 4)]);
    guest.call("fd_read", &[fd.into(), array, count, 0]).unwrap();
    assert_eq!((guest.u32(0), guest.bytes(0x2000, 2), guest.bytes(0x2020, 4)), (6, b"23".to_vec(), b"4567".to_vec()));
    // At an offset, without moving.
    guest.call("fd_pread", &[fd.into(), array, count, 7, 0]).unwrap();
    assert_eq!((guest.u32(0), guest.bytes(0x2000, 2), guest.bytes(0x2020, 1)), (3, b"78".to_vec(), b"9".to_vec()));
    guest.put(0x2000, b"AB");
    let [array, count] = guest.buffers(0x100, &[(0x2000, 2)]);
    guest.call("fd_pwrite", &[fd.into(), array, count, 12, 0]).unwrap();
    assert_eq!(guest.read(fd, 100).unwrap(), b"89\0\0AB");
    for offset in [-1, i64::MIN] {
        assert_eq!(guest.call("fd_pread", &[fd.into(), array, count, offset, 0]).unwrap_err(), Errno::Invalid);
        assert_eq!(guest.call("fd_pwrite", &[fd.into(), array, count, offset, 0]).unwrap_err(), Errno::Invalid);
    }
    // Appending ignores both the position and the offset.
    let fd = guest.open_at(3, "/tmp/f", 0, BOTH, 1).unwrap();
    guest.write(fd, b"!").unwrap();
    let [array, count] = guest.buffers(0x100, &[(0x2000, 2)]);
    guest.call("fd_pwrite", &[fd.into(), array, count, 0, 0]).unwrap();
    guest.call("fd_tell", &[fd.into(), 0]).unwrap();
    assert_eq!(guest.u64(0), 15);
    assert_eq!(guest.size(fd), 17);
    // Sizes.
    guest.call("fd_filestat_set_size", &[fd.into(), 3]).unwrap();
    guest.call("fd_allocate", &[fd.into(), 2, 4]).unwrap();
    guest.call("fd_allocate", &[fd.into(), 0, 1]).unwrap();
    assert_eq!(guest.size(fd), 6);
    assert_eq!(guest.call("fd_allocate", &[fd.into(), 0, 0]).unwrap_err(), Errno::Invalid);
    assert_eq!(guest.call("fd_allocate", &[fd.into(), 5, i64::MAX]).unwrap_err(), Errno::FileTooBig);
    assert_eq!(guest.call("fd_filestat_set_size", &[fd.into(), -1]).unwrap_err(), Errno::Invalid);
    assert_eq!(guest.call("fd_filestat_set_size", &[fd.into(), 1 << 40]).unwrap_err(), Errno::NoSpace);
    for fd in [0, 1, 3] {
        assert_eq!(guest.call("fd_filestat_set_size", &[fd, 0]).unwrap_err(), Errno::BadFd);
    }
    assert_eq!(guest.data().wasi.changed_files()["/tmp/f"], b"012\0\0\0");
}

#[test]
fn two_descriptors_have_two_positions() {
    let mut guest = guest();
    let (a, b) = (guest.open("f", CREATE, BOTH).unwrap(), guest.open("f", 0, BOTH).unwrap());
    guest.write(a, b"one").unwrap();
    assert_eq!(guest.read(b, 10).unwrap(), b"one");
    guest.path("path_unlink_file", "f").unwrap();
    guest.write(a, b"two").unwrap();
    assert_eq!(guest.read(b, 10).unwrap(), b"two");
    guest.call("fd_filestat_get", &[a.into(), 0x40]).unwrap();
    assert_eq!(guest.u64(0x40 + 24), 0, "no link is left");
    assert!(guest.data().wasi.changed_files().is_empty());
    guest.close(a).unwrap();
    guest.close(b).unwrap();
    assert_eq!(guest.data().meter.used(), u64::from(MEMORY));
}

#[test]
fn large_transfers_go_in_pieces() {
    let mut guest = guest();
    let fd = guest.open("f", CREATE, BOTH).unwrap();
    let pattern: Vec<u8> = (0..200_000u32).map(|n| (n % 251) as u8).collect();
    guest.put(0xC000, &pattern);
    let [array, count] = guest.buffers(0x100, &[(0xC000, 200_000)]);
    guest.call("fd_write", &[fd.into(), array, count, 0]).unwrap();
    assert_eq!(guest.u32(0), 200_000);
    guest.put(0xC000, &[0; 200_000]);
    guest.call("fd_pread", &[fd.into(), array, count, 0, 0]).unwrap();
    assert_eq!(guest.u32(0), 200_000);
    assert!(guest.bytes(0xC000, 200_000) == pattern);
}

#[test]
fn the_quota_cuts_writes_off() {
    let mut setup = Setup::default();
    setup.policy.limits.file_bytes = 1000;
    let mut guest = setup.guest();
    let fd = guest.open("f", CREATE, BOTH).unwrap();
    assert_eq!(guest.write(fd, &[1; 1500]).unwrap(), 1000);
    assert_eq!(guest.write(fd, b"x").unwrap_err(), Errno::NoSpace);
    let error = guest.data().wasi.refused().unwrap();
    assert_eq!(error.code, wasm_sandbox_policy::ErrorCode::FileLimit);
    assert_eq!(guest.data().audit.take().0.len(), 1);
    // What the next run meets is not this run's fault.
    guest.data().wasi.begin_run(None, &[], &Stdin::Empty).unwrap();
    assert!(guest.data().wasi.refused().is_none());
    assert_eq!(guest.write(fd, b"x").unwrap_err(), Errno::NoSpace);
    assert!(guest.data().wasi.refused().is_some());
}

#[test]
fn operations_are_counted() {
    let mut guest = guest();
    guest.write(1, b"x").unwrap();
    assert_eq!(guest.data().wasi.take_filesystem_ops(), 0);
    let fd = guest.open("f", CREATE, BOTH).unwrap();
    guest.write(fd, &[0; 100]).unwrap();
    guest.path("path_create_directory", "d").unwrap();
    guest.close(fd).unwrap();
    assert_eq!(guest.data().wasi.take_filesystem_ops(), 4);
    assert_eq!(guest.data().wasi.take_filesystem_ops(), 0);
}

#[test]
fn arguments_and_environment() {
    let strings = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
    let pairs =
        |list: &[(&str, &str)]| list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<Vec<_>>();
    let setup = Setup {
        argv: strings(&["prog", "", "dé"]),
        env: pairs(&[("A", "1"), ("B", "x=y"), ("A", "2"), ("EMPTY", "")]),
        ..Setup::default()
    };
    let mut guest = setup.guest();
    let texts = |guest: &mut Guest, sizes: &str, get: &str| -> Vec<String> {
        guest.call(sizes, &[0, 4]).unwrap();
        let (count, size) = (guest.u32(0), guest.u32(4));
        guest.call(get, &[0x100, 0x1000]).unwrap();
        let all = guest.bytes(0x1000, size);
        (0..count)
            .map(|n| {
                let at = (guest.u32(0x100 + n * 4) - 0x1000) as usize;
                let end = at + all[at..].iter().position(|b| *b == 0).unwrap();
                String::from_utf8(all[at..end].to_vec()).unwrap()
            })
            .collect()
    };
    assert_eq!(texts(&mut guest, "args_sizes_get", "args_get"), ["prog", "", "dé"]);
    assert_eq!(texts(&mut guest, "environ_sizes_get", "environ_get"), ["A=2", "B=x=y", "EMPTY="]);
    guest.data().wasi.begin_run(Some(strings(&["other"])), &pairs(&[("B", "b"), ("C", "c")]), &Stdin::Empty).unwrap();
    assert_eq!(texts(&mut guest, "args_sizes_get", "args_get"), ["other"]);
    assert_eq!(texts(&mut guest, "environ_sizes_get", "environ_get"), ["A=2", "B=b", "EMPTY=", "C=c"]);
    guest.data().wasi.begin_run(None, &[], &Stdin::Empty).unwrap();
    assert_eq!(guest.data().wasi.argv().len(), 3);
    assert_eq!(guest.data().wasi.env()[1].1, "x=y");
    for (argv, env) in [
        (strings(&["a\0b"]), pairs(&[])),
        (strings(&[]), pairs(&[("", "x")])),
        (strings(&[]), pairs(&[("A=B", "x")])),
        (strings(&[]), pairs(&[("A\0", "x")])),
        (strings(&[]), pairs(&[("A", "x\0")])),
    ] {
        let error = guest.data().wasi.begin_run(Some(argv), &env, &Stdin::Empty).unwrap_err();
        assert_eq!(error.code, wasm_sandbox_policy::ErrorCode::InvalidArgument);
    }
}

#[test]
fn a_sandbox_begins_cheaply() {
    let policy = Policy::default();
    let make = || {
        let (clock, random) = (policy.capabilities.clock.clone(), policy.capabilities.random);
        let options =
            WasiOptions { argv: Vec::new(), env: Vec::new(), stdin: Stdin::Empty, clock, random, shared: None };
        Wasi::new(options, &BTreeMap::new(), &policy.limits, &mut Meter::new(&policy.limits)).unwrap()
    };
    assert!(make().tree.is_none(), "the tree comes with its first use");
    let started = std::time::Instant::now();
    for _ in 0..1000 {
        make();
    }
    assert!(started.elapsed().as_millis() < 100, "100 us each would be far too slow: {:?}", started.elapsed());
}
