//! Descriptors: numbers, closing, renumbering, flags, rights, positions.

use super::*;

#[test]
fn the_root_is_the_only_preopen() {
    let mut guest = guest();
    guest.call("fd_prestat_get", &[3, 16]).unwrap();
    assert_eq!((guest.u32(16), guest.u32(20)), (0, 1));
    guest.call("fd_prestat_dir_name", &[3, 32, 1]).unwrap();
    assert_eq!(guest.bytes(32, 2), b"/\0");
    guest.call("fd_prestat_dir_name", &[3, 32, 100]).unwrap();
    assert_eq!(guest.call("fd_prestat_dir_name", &[3, 32, 0]).unwrap_err(), Errno::NameTooLong);
    for fd in [0, 1, 2, 4, 5, 1 << 20, -1] {
        assert_eq!(guest.call("fd_prestat_get", &[fd, 16]).unwrap_err(), Errno::BadFd, "{fd}");
        assert_eq!(guest.call("fd_prestat_dir_name", &[fd, 16, 9]).unwrap_err(), Errno::BadFd, "{fd}");
    }
    // A directory that the guest opens is none.
    let dir = guest.open("tmp", 0, 0).unwrap();
    assert_eq!(guest.call("fd_prestat_get", &[dir.into(), 16]).unwrap_err(), Errno::BadFd);
}

#[test]
fn numbers_are_reused_lowest_first() {
    let mut guest = guest();
    let fds: Vec<u32> = (0..4).map(|n| guest.open(&format!("f{n}"), CREATE, BOTH).unwrap()).collect();
    assert_eq!(fds, [4, 5, 6, 7]);
    guest.close(6).unwrap();
    guest.close(4).unwrap();
    assert_eq!(guest.close(4).unwrap_err(), Errno::BadFd);
    assert_eq!(guest.open("f0", 0, READ).unwrap(), 4);
    assert_eq!(guest.open("f0", 0, READ).unwrap(), 6);
    assert_eq!(guest.open("f0", 0, READ).unwrap(), 8);
    // The standard streams can be closed, and their numbers taken.
    guest.close(1).unwrap();
    assert_eq!(guest.write(1, b"x").unwrap_err(), Errno::BadFd);
    assert_eq!(guest.open("f1", 0, BOTH).unwrap(), 1);
    assert_eq!(guest.write(1, b"into the file").unwrap(), 13);
    assert!(guest.data().output.take(&mut crate::store::Meter::new(&Default::default())).stdout.is_empty());
}

#[test]
fn the_limit_on_open_files() {
    let mut setup = Setup::default();
    setup.policy.limits.open_files = 5;
    let mut guest = setup.guest();
    for n in 0..5 {
        assert_eq!(guest.open("f", CREATE, BOTH).unwrap(), 4 + n);
    }
    let before = guest.data().meter.used();
    for _ in 0..1000 {
        assert_eq!(guest.open("another", CREATE, BOTH).unwrap_err(), Errno::TooManyOpen);
    }
    // The refused open made no file.
    let [at, len] = guest.put(TEXT, b"another");
    assert_eq!(guest.call("path_filestat_get", &[3, 0, at, len, 0x40]).unwrap_err(), Errno::NotFound);
    assert_eq!(guest.data().meter.used(), before);
    let error = guest.data().wasi.refused().unwrap();
    assert_eq!((error.details["field"].as_str(), error.details["limit"].as_u64()), (Some("openFiles"), Some(5)));
    let events = guest.data().audit.take().0;
    assert_eq!(events.len(), 1, "one event for a thousand refusals");
    assert_eq!(events[0].rule, "limits.openFiles");
    guest.close(6).unwrap();
    assert_eq!(guest.open("another", CREATE, BOTH).unwrap(), 6);
    // Opening and closing for ever needs no more than one number.
    for _ in 0..10_000 {
        guest.close(6).unwrap();
        assert_eq!(guest.open("another", 0, READ).unwrap(), 6);
    }
    assert_eq!(guest.data().wasi.descriptors.len(), 9);
}

#[test]
fn renumbering_moves_and_closes() {
    let mut guest = guest();
    let (a, b) = (guest.open("a", CREATE, BOTH).unwrap(), guest.open("b", CREATE, BOTH).unwrap());
    guest.write(a, b"aaaa").unwrap();
    guest.path("path_unlink_file", "b").unwrap();
    for (from, to) in [(a, 99), (99, a), (99, 100), (a, u32::MAX), (u32::MAX, a)] {
        assert_eq!(guest.call("fd_renumber", &[from.into(), to.into()]).unwrap_err(), Errno::BadFd, "{from} {to}");
    }
    guest.call("fd_renumber", &[a.into(), a.into()]).unwrap();
    guest.call("fd_renumber", &[a.into(), b.into()]).unwrap();
    assert_eq!(guest.close(a).unwrap_err(), Errno::BadFd);
    assert_eq!(guest.size(b), 4);
    guest.call("fd_tell", &[b.into(), 0]).unwrap();
    assert_eq!(guest.u64(0), 4);
    // The unlinked file under `b` went with its descriptor.
    assert_eq!(guest.data().wasi.tree.as_ref().unwrap().used_nodes(), 1);
    // Over standard output, as `dup2` is used; and the old number is free again.
    guest.call("fd_renumber", &[b.into(), 1]).unwrap();
    assert_eq!(guest.write(1, b"out").unwrap(), 3);
    assert_eq!(guest.size(1), 7);
    assert_eq!(guest.open("c", CREATE, BOTH).unwrap(), 4);
    // A great many times, without the table growing.
    for _ in 0..1000 {
        let fd = guest.open("c", 0, READ).unwrap();
        guest.call("fd_renumber", &[fd.into(), 4]).unwrap();
    }
    assert_eq!(guest.data().wasi.descriptors.len(), 6);
    // Even the root may be moved.
    guest.call("fd_renumber", &[3, 4]).unwrap();
    guest.call("fd_prestat_get", &[4, 16]).unwrap();
    assert_eq!(guest.open_at(3, "c", 0, READ, 0).unwrap_err(), Errno::BadFd);
    assert!(guest.open_at(4, "c", 0, READ, 0).is_ok());
    guest.close(4).unwrap();
    assert_eq!(guest.open_at(4, "c", 0, READ, 0).unwrap_err(), Errno::BadFd);
}

#[test]
fn flags_and_rights() {
    let mut guest = guest();
    let fd = guest.open_at(3, "f", CREATE, READ, 1).unwrap();
    guest.call("fd_fdstat_get", &[fd.into(), 0x40]).unwrap();
    assert_eq!(guest.bytes(0x40, 4), [4, 0, 1, 0]);
    let base = guest.u64(0x48);
    assert_eq!(base & BOTH, READ);
    assert_eq!(guest.write(fd, b"x").unwrap_err(), Errno::BadFd);
    guest.call("fd_fdstat_set_flags", &[fd.into(), 4]).unwrap();
    assert_eq!(guest.call("fd_fdstat_set_flags", &[fd.into(), 32]).unwrap_err(), Errno::Invalid);
    assert_eq!(guest.call("fd_fdstat_set_flags", &[fd.into(), 0x1_0004]).unwrap_err(), Errno::Invalid);
    guest.call("fd_fdstat_get", &[fd.into(), 0x40]).unwrap();
    assert_eq!(guest.bytes(0x40, 4), [4, 0, 4, 0]);
    assert_eq!(
        guest.call("fd_fdstat_set_rights", &[fd.into(), (base | WRITE) as i64, 0]).unwrap_err(),
        Errno::NotCapable
    );
    guest.call("fd_fdstat_set_rights", &[fd.into(), 0, 0]).unwrap();
    assert_eq!(guest.read(fd, 1).unwrap_err(), Errno::BadFd);
    assert_eq!(guest.call("fd_fdstat_set_rights", &[fd.into(), base as i64, 0]).unwrap_err(), Errno::NotCapable);
    // The root passes on everything that C libraries ask for.
    guest.call("fd_fdstat_get", &[3, 0x40]).unwrap();
    assert_eq!(guest.bytes(0x40, 1), [3]);
    assert_eq!(guest.u64(0x50) & BOTH, BOTH);
    // Output looks like a terminal (no seeking), so that C libraries do not hold lines back; input does not.
    for (fd, kind, right) in [(0, 0, READ), (1, 2, WRITE), (2, 2, WRITE)] {
        guest.call("fd_fdstat_get", &[fd, 0x40]).unwrap();
        assert_eq!((guest.bytes(0x40, 1), guest.u64(0x48) & BOTH), (vec![kind], right), "{fd}");
        assert_eq!(guest.u64(0x48) & (types::rights::FD_SEEK | types::rights::FD_TELL), 0);
    }
    let fd = guest.open("f", 0, WRITE).unwrap();
    assert_eq!(guest.read(fd, 1).unwrap_err(), Errno::BadFd);
    for name in ["fd_filestat_set_size", "fd_allocate"] {
        let fd = guest.open("f", 0, READ).unwrap();
        let args = if name == "fd_allocate" { vec![fd.into(), 0, 5] } else { vec![fd.into(), 5] };
        assert_eq!(guest.call(name, &args).unwrap_err(), Errno::BadFd);
    }
}

#[test]
fn positions() {
    let mut setup = Setup::default();
    setup.files.insert("f".into(), b"0123456789".to_vec());
    let mut guest = setup.guest();
    let fd = i64::from(guest.open("f", 0, BOTH).unwrap());
    let mut seek = |delta: i64, whence: i64| guest.call("fd_seek", &[fd, delta, whence, 0]).map(|()| guest.u64(0));
    assert_eq!(seek(4, 0).unwrap(), 4);
    assert_eq!(seek(3, 1).unwrap(), 7);
    assert_eq!(seek(-2, 1).unwrap(), 5);
    assert_eq!(seek(-1, 2).unwrap(), 9);
    assert_eq!(seek(1 << 40, 2).unwrap(), (1 << 40) + 10);
    assert_eq!(seek(i64::MAX, 0).unwrap(), i64::MAX as u64);
    for (delta, whence) in [(1, 1), (-1, 0), (i64::MIN, 0), (i64::MIN, 1), (-11, 2), (i64::MAX, 2), (0, 3), (0, -1)] {
        assert_eq!(seek(delta, whence).unwrap_err(), Errno::Invalid, "{delta} {whence}");
    }
    assert_eq!(guest.read(fd as u32, 4).unwrap(), b"");
    assert_eq!(guest.write(fd as u32, b"x").unwrap_err(), Errno::NoSpace);
    for (fd, errno) in [(0, Errno::IllegalSeek), (1, Errno::IllegalSeek), (3, Errno::BadFd), (77, Errno::BadFd)] {
        assert_eq!(guest.call("fd_seek", &[fd, 0, 0, 0]).unwrap_err(), errno);
        assert_eq!(guest.call("fd_tell", &[fd, 0]).unwrap_err(), errno);
        assert_eq!(guest.call("fd_advise", &[fd, 0, 0, 0]).unwrap_err(), errno);
    }
    guest.call("fd_advise", &[fd, 0, 5, 5]).unwrap();
    assert_eq!(guest.call("fd_advise", &[fd, 0, 5, 6]).unwrap_err(), Errno::Invalid);
    assert_eq!(guest.call("fd_advise", &[fd, 9, -1, 0]).unwrap_err(), Errno::Invalid);
    for name in ["fd_sync", "fd_datasync"] {
        for fd in [1, 2, 3, fd] {
            guest.call(name, &[fd]).unwrap();
        }
        assert_eq!(guest.call(name, &[0]).unwrap_err(), Errno::Invalid);
        assert_eq!(guest.call(name, &[50]).unwrap_err(), Errno::BadFd);
    }
}

#[test]
fn sockets_are_denied_and_told_once() {
    let mut guest = guest();
    for _ in 0..3 {
        assert_eq!(guest.call("sock_accept", &[3, 0, 0]).unwrap_err(), Errno::NotSocket);
        assert_eq!(guest.call("sock_recv", &[0, 0, 0, 0, 0, 0]).unwrap_err(), Errno::NotSocket);
        assert_eq!(guest.call("sock_send", &[1, 0, 0, 0, 0]).unwrap_err(), Errno::NotSocket);
        assert_eq!(guest.call("sock_shutdown", &[1, 0]).unwrap_err(), Errno::NotSocket);
    }
    assert_eq!(guest.call("sock_accept", &[9, 0, 0]).unwrap_err(), Errno::BadFd);
    let events = guest.data().audit.take().0;
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].capability.as_str(), events[0].rule.as_str()), ("network_access", "capabilities.network"));
}

#[test]
fn ends_of_the_guest_own_making() {
    let mut guest = guest();
    let Stopped::End(error) = guest.call("proc_exit", &[-7]).unwrap_err() else { panic!() };
    assert_eq!(Wasi::exit_code(&error), Some(-7));
    let error = guest.call("proc_raise", &[6]).unwrap_err().policy_error();
    assert_eq!((error.code, error.details["signal"].as_u64()), (wasm_sandbox_policy::ErrorCode::GuestTrap, Some(6)));
    guest.call("sched_yield", &[]).unwrap();
    guest.slot.cancel(crate::time::Cancel::Caller);
    let error = guest.call("sched_yield", &[]).unwrap_err().policy_error();
    assert_eq!(error.code, wasm_sandbox_policy::ErrorCode::Cancelled);
}
